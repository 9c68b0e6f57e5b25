"""The same methods and providers over HTTP, for `detection.py`: checks as the command makes them, at a zoo process.

The zoo remembers what its networks answered; supplier, providers, requests, journal and report are real. Its providers
live on from run to run: the cache knows the inputs of earlier runs, the mix goes on drawing. Only warmup, which every
run wants to find fresh, is asked for under an option that no other run has.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from assay_client.checks import checking
from assay_client.checks.checking import Wishes
from assay_client.zoo import models, reading, serving
from assay_client.zoo.providers import AUDITOR, PROVIDERS, Provider, Warmup
from assay_oracles.audits.evidence.method import Target, VerdictName
from detection_cases import Case, Outcome
from detection_recorded import RecordedModels
from detection_zoo import FORWARDS, STEGANOGRAPHY, alone, together

RUNS = 20
SLA = {
    "schema": "assay/sla/1",
    "name": "latency",
    "parties": {"provider": "the zoo", "client": "anyone"},
    "parameters": {"late": {"resource": "late", "milliseconds": 125}},  # /slow waits 150
    "objectives": [{"name": "p95", "then": {"parameter": "late", "op": "<=", "share": 0.05}}],
}
PROBES = 100
STATES: Mapping[str, VerdictName] = {"kept": "pass", "broken": "fail", "undecided": "inconclusive"}


def _serve(stego: bool, ready: Any) -> None:
    torch.set_num_threads(1)
    found = reading.load()[0] if stego else models.load()
    serving.serve(RecordedModels(**vars(found)), 0, ready.put)


@cache
def zoo(stego: bool) -> str:
    """The base URL of a zoo in a process of its own, which ends with this one."""
    context = get_context("fork")
    ready = context.Queue()
    context.Process(target=_serve, args=(stego, ready), daemon=True).start()
    return str(ready.get())


@cache
def kit() -> str:
    """The file of the client's hide kit."""
    return str(reading.load()[1])


def play(kind: type[Provider], wishes: Wishes, number: int, seed: int) -> Outcome:
    """One check; `number` is that of the case."""
    base = zoo(STEGANOGRAPHY in wishes.methods)
    fresh = f"?k={50 - (RUNS * number + seed) / 10_000:.4f}" if kind is Warmup else ""
    wishes = replace(wishes, provider=f"{base}/{kind.NAME}{fresh}", against=f"{base}/supplier", seed=seed, pace=0.0)
    if STEGANOGRAPHY in wishes.methods:
        wishes = replace(wishes, options={STEGANOGRAPHY: {"kit": kit()}})
    report = _checked(wishes)
    return report["verdict"], report["queries_by_target"][Target.PROVIDER]


def play_sla(kind: type[Provider], seed: int) -> Outcome:
    """One check of the agreement, which needs no supplier."""
    base = zoo(False)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(SLA, file)
        file.flush()
        wishes = Wishes(f"{base}/{kind.NAME}", sla=Path(file.name), budget=PROBES, seed=seed, pace=0.0)
        report = _checked(wishes)
    (claim,) = report["claims"]
    return STATES[claim["state"]], report["queries_by_target"][Target.PROVIDER]


def _checked(wishes: Wishes) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return checking.start(checking.prepare(wishes), Path(folder) / "report", None, lambda _: None)


def cases() -> list[Case]:
    """What the command does unasked, each method alone, an agreement about latency."""
    found = []
    for names in ((), *((name,) for name in (STEGANOGRAPHY, *alone()))):
        for kind in PROVIDERS:
            run = partial(play, kind, Wishes("", methods=names), len(found))
            found.append(_case(", ".join(names or together()), kind.NAME, kind.NAME not in FORWARDS, run))
    known = Wishes("", headers={Target.PROVIDER: {"Authorization": AUDITOR}})
    (sticky,) = (kind for kind in PROVIDERS if kind.NAME == "sticky")
    found.append(_case(", ".join(together()), "sticky, asked by an auditor", True, partial(play, sticky, known, 0)))
    for kind in PROVIDERS:
        if kind.NAME in FORWARDS:
            found.append(_case("agreement on latency", kind.NAME, kind.NAME == "slow", partial(play_sla, kind)))
    return found


def _case(label: str, provider: str, cheats: bool, run: Any) -> Case:
    return Case(f"{label}, over HTTP", provider, cheats, run, most=RUNS)
