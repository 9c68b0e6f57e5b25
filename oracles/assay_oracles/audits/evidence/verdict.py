"""The one rule that joins the black-box methods (design, section 3).

Each e-value is a non-negative number whose mean under its hypothesis is at most 1, at every stopping time; so is the
mean of several, however they depend on each other (Vovk and Wang, "E-values: calibration, combination and
applications", Annals of Statistics 49, 2021). By Markov's inequality, or Ville's over the whole run, E >= 1/alpha has a
chance of at most alpha when P is honest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assay_oracles.audits.evidence.method import ALPHA, MethodResult, VerdictName

PRIOR: Final = 0.5


@dataclass(frozen=True, slots=True)
class Rule:
    """When a method has said enough: `methods` share a run whose verdict is wrong with a chance of at most `alpha`."""

    alpha: float = ALPHA
    methods: int = 1

    def settled(self, e_value: float, pass_e_value: float) -> bool:
        """Whether a method may stop: alone it carries the mean over 1/alpha, or its margin is rejected."""
        return e_value >= self.methods / self.alpha or pass_e_value >= 1 / self.alpha


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the methods say together; `p_cheat` is the chance that P cheats for who held it at `prior` before."""

    verdict: VerdictName
    e_value: float
    p_cheat: float
    prior: float
    alpha: float
    methods: tuple[MethodResult, ...]


def join(methods: Sequence[MethodResult], alpha: float = ALPHA, prior: float = PRIOR) -> Verdict:
    """Join the results of all chosen methods, made with the same `alpha`.

    E is the mean over the methods that could speak. Which ones those are never depends on P's answers, so the mean
    keeps the level. Fail iff E >= 1/alpha. Pass iff every chosen method, a silent one too, rejects "effect >= margin"
    at alpha: where an effect does reach its margin, its method errs with a chance of at most alpha, so the pass does.
    """
    if not methods:
        raise ValueError("nothing to join: no method was chosen")
    if not 0 < prior < 1 or not 0 < alpha < 1:
        raise ValueError(f"prior and alpha must lie between 0 and 1: {prior}, {alpha}")
    spoken = [result.e_value for result in methods if result.silent is None]
    e_value = sum(spoken) / len(spoken) if spoken else 1.0
    if e_value >= 1 / alpha:
        verdict: VerdictName = "fail"
    else:
        verdict = "pass" if all(result.pass_e_value >= 1 / alpha for result in methods) else "inconclusive"
    odds = prior * e_value
    return Verdict(verdict, e_value, odds / (odds + 1 - prior), prior, alpha, tuple(methods))
