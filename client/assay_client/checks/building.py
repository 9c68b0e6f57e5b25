"""From a plan and its samples to the methods; the same ones whether a run starts, goes on or is replayed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assay_chain.errors import MalformedInput, Usage
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Method, Target
from assay_oracles.audits.evidence.verdict import Rule
from assay_oracles.audits.robustness.method import Robustness
from assay_oracles.audits.service import sla as agreements
from assay_oracles.audits.service.probe import Probe
from assay_oracles.audits.service.sla import Sla

from assay_client.specs import malformed

from . import data, methods, robustness
from .data import Pool
from .engine import Engine
from .plan import Plan
from .setting import Setting

DATA: Final = "data.safetensors"
BATCH: Final = 8
"""Inputs in one request, where a service takes so many."""


@dataclass(frozen=True)
class Run:
    """A run's parts: the engine and, for an agreement, what probes the service and measures its robustness."""

    engine: Engine
    probe: Probe | None
    measure: Robustness | None

    @property
    def apart(self) -> list[Method]:
        """What serves the agreement, and does not join in the verdict."""
        return [method for method in (self.probe, self.measure) if method is not None]


def build(plan: Plan, pool: Pool, generator: Path | None = None) -> Run:
    """Make the methods, none of which has asked anything yet.

    Args:
        plan: of the run.
        pool: its samples.
        generator: file of the generator that the agreement cites, if it does.

    Raises:
        Usage: a method cannot run in this setting.
        MalformedInput: the agreement, the samples or the generator do not fit.
    """
    rule = Rule(plan.alpha, max(1, len(plan.methods)))
    try:
        built = [_method(plan, pool, name, rule) for name in plan.methods]
        sla = None if plan.sla is None else agreements.parse(plan.sla)
        probe = _probe(plan, pool, sla) if sla is not None and sla.objectives else None
        measure = robustness.build(
            plan, pool, sla.robustness if sla else None, generator, min(BATCH, plan.provider.info.batch)
        )
    except SpecError as error:
        raise malformed(error, "the run's plan") from error
    return Run(Engine(plan, built, probe, measure), probe, measure)


def read_pool(folder: Path, plan: Plan) -> Pool:
    """The samples of a run, from its folder.

    Raises:
        MalformedInput: they are missing, or not those that the plan names.
    """
    pool = data.load(folder / DATA, plan.provider.info)
    pool = Pool(plan.data["name"], pool.inputs, pool.labels)
    if pool.digest != plan.data["digest"]:
        raise MalformedInput(
            f"{folder / DATA} holds other samples than the run used",
            code="wrong-data",
            culprit="local",
            hint="The folder was changed: get it again from where it was made.",
        )
    return pool


def _method(plan: Plan, pool: Pool, name: str, rule: Rule) -> Method:
    module = methods.load(name)
    options = plan.options.get(name, {})
    if unknown := set(options) - set(module.OPTIONS):
        known = ", ".join(sorted(module.OPTIONS)) or "none"
        raise Usage(
            f"the method {name} has no option {', '.join(sorted(unknown))}",
            code="unknown-option",
            culprit="local",
            hint=f"Its options: {known}",
        )
    assert plan.reference is not None, "methods compare with a reference"
    info, reference = plan.provider.info, plan.reference.info
    setting = Setting(
        pool=pool,
        info=info,
        supplier=reference,
        decimals=min(info.decimals, reference.decimals),
        reference=plan.kind,
        seed_config=plan.seed_config,
        seed=plan.seed_of(name),
        rule=rule,
        share=plan.budget // plan.shares,
        batch=min(BATCH, info.batch, reference.batch),
        nonce_key=bytes.fromhex(plan.nonce_key),
        options=options,
    )
    return module.build(setting)


def _probe(plan: Plan, pool: Pool, sla: Sla) -> Probe:
    reference: Target | None = plan.kind if plan.reference is not None else None
    if sla.uses("agreeing") and reference is None:
        raise Usage(
            "the agreement promises answers that agree with the supplier's, and no supplier is named",
            code="no-reference",
            culprit="local",
            hint="Name it with --against.",
        )
    share = plan.budget // plan.shares
    queries = share // 2 if sla.uses("agreeing") else share
    return Probe(pool.inputs, pool.labels, plan.seed_of("service"), sla, queries=queries, reference=reference)
