"""How often, and how soon, each black-box method sees each provider: power, false alarms and queries to the verdict.

Run ``python benchmarks/detection.py`` (about an hour and a half of one core; ``--replays 200`` for a look, ``--only
PATTERN`` for some cases). The cases are providers with known chances of erring (`detection_cases.py`), steganography
until a cheat is exposed (`detection_stego.py`) and every method against every provider of the zoo
(`detection_zoo.py`), all in seeded replays of recorded answers, and 20 checks of each over HTTP (`detection_http.py`).
Columns:

- *fail*, *pass*: shares of the verdicts; the fails of a cheat are power, those of an honest provider false alarms, with
  their Clopper-Pearson interval at 95 %.
- *mean*, *median*, *95th*: queries to P until the verdict, without a cap in the first two; the zoo's samples run out.
- *fixed*: queries of the fixed-size test with power 95 %, and *ratio*, the mean over it. *capped ratio* is the same if
  the method gives up where it has seen 95 % of the cheats, so that it has no more power than the fixed-size test.
"""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import detection_cases
import detection_http
import detection_stego
import detection_zoo
import numpy as np
from assay_oracles.audits.intervals import clopper_pearson
from detection_cases import Case, Outcome

REPLAYS = 2000
CHUNK = 50
SOURCES = (detection_cases, detection_stego, detection_zoo, detection_http)


def play(case: Case, seeds: range) -> list[Outcome]:
    """The outcome of each replay."""
    return [case.play(seed) for seed in seeds]


def played(pool: ProcessPoolExecutor, case: Case, replays: int) -> Iterator[Outcome]:
    """All replays of a case, with progress on stderr."""
    begin = time.perf_counter()
    chunks = [range(start, min(start + CHUNK, replays)) for start in range(0, replays, CHUNK)]
    for chunk, outcomes in zip(chunks, pool.map(play, [case] * len(chunks), chunks), strict=True):
        yield from outcomes
        took = time.perf_counter() - begin
        print(f"\r{case.method}, {case.provider}: {chunk.stop} of {replays}, {took:.0f} s ", end="", file=sys.stderr)
    print(file=sys.stderr)


def row(case: Case, outcomes: list[Outcome]) -> str:
    """One line of the table."""
    verdicts = Counter(verdict for verdict, _ in outcomes)
    queries = np.array([asked for _, asked in outcomes])
    total = len(outcomes)
    low, high = clopper_pearson(verdicts["fail"], total)
    last = np.percentile(queries, 95)
    cells = [
        case.method,
        case.provider,
        "power" if case.cheats else "false alarms",
        f"{verdicts['fail']} of {total} ({low:.2%} to {high:.2%})",
        f"{verdicts['pass'] / total:.2%}",
        f"{queries.mean():,.1f}",
        f"{np.median(queries):,.0f}",
        f"{last:,.0f}",
    ]
    if case.fixed:
        fixed = case.fixed()
        cells += [f"{fixed:,}", f"{queries.mean() / fixed:.3f}", f"{np.minimum(queries, last).mean() / fixed:.3f}"]
    else:
        cells += ["", "", ""]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Play every chosen case and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replays", type=int, default=REPLAYS)
    parser.add_argument("--only", default="", help="cases whose 'METHOD, PROVIDER' this regular expression finds")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    head = (
        "method",
        "provider",
        "fails are",
        "fail",
        "pass",
        "mean",
        "median",
        "95th",
        "fixed",
        "ratio",
        "capped ratio",
    )
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    with ProcessPoolExecutor(options.jobs) as pool:
        for case in (case for source in SOURCES for case in source.cases()):
            if re.search(options.only, f"{case.method}, {case.provider}"):
                replays = min(options.replays, case.most or options.replays)
                print(row(case, list(played(pool, case, replays))), flush=True)


if __name__ == "__main__":
    main()
