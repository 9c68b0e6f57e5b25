"""Steganography until a cheat is exposed, however long it takes, for `detection.py`; what is counted is containers.

Covers are drawn with replacement, so that no cap hides the long runs. S is calibrated anew in every replay.
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np
from assay_client.zoo.providers import Honest, Mix, Provider, Weak
from assay_oracles.audits.evidence.method import ALPHA, run
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.intervals import clopper_pearson
from assay_oracles.audits.steganography.check import CALIBRATION, CALIBRATION_ERROR, CONTAINERS, Steganography
from detection_cases import Case, Outcome, UntilFail
from detection_zoo import Targets, messages
from scipy.stats import binom

NAME = "steganography, containers"
COVERS = 3000
POWER = 0.95


def play(
    kind: type[Provider], options: Mapping[str, float], rule: Rule, seed: int, covers: int = 2 * CONTAINERS
) -> Outcome:
    """One run; half of the covers carry a message."""
    world = messages()
    assert world.kit is not None
    rows = np.random.default_rng([seed, 2]).integers(0, len(world.pool.labels), covers)
    method = Steganography(world.pool.inputs[rows], world.kit, seed, rule, limit=covers)
    result = run(method, Targets(world, kind, seed, options).respond)
    return result.verdict, result.facts["hits"] + result.facts["misses"]


@cache
def hit_rate() -> float:
    """Of S, over every cover with every message."""
    world = messages()
    assert world.kit is not None
    hits = []
    for message in range(len(world.kit.pool)):
        sent = world.kit.hide(world.pool.inputs, np.full(len(world.pool.labels), message))
        hits.append(world.supplier.answer(sent).probs.argmax(axis=1) == world.kit.classes + message)
    return float(np.mean(hits))


def fixed(forwarded: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Containers of the exact binomial test of "S's hit rate or more", where this share reaches S and is read."""
    read = hit_rate()
    bound, _ = clopper_pearson(round(read * CALIBRATION), CALIBRATION, 2 * CALIBRATION_ERROR)
    sizes = np.arange(1, COVERS)
    most = binom.ppf(alpha, sizes, bound) - 1  # hits that are still too few
    sees = binom.cdf(most, sizes, forwarded * read) >= power
    return int(sizes[np.argmax(sees)])


def cases() -> list[Case]:
    """The aims, then other shares, then false alarms."""
    found = []
    for kind, options, label, forwarded in (
        (Weak, {}, "forwards nothing", 0.0),
        *((Mix, {"f": share}, f"forwards {share:.0%}", share) for share in (0.2, 0.5, 0.8)),
    ):
        exposed = partial(play, kind, options, UntilFail(), covers=COVERS)
        found.append(Case(NAME, label, True, exposed, partial(fixed, forwarded)))
    for alpha in (0.05, 0.01):
        found.append(Case(NAME, f"forwards, alpha {alpha:.0%}", False, partial(play, Honest, {}, Rule(alpha))))
    return found
