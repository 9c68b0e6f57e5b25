"""Paired benchmark (paper A, IV-A.3)."""

from collections.abc import Mapping

from assay_oracles.audits.benchmark.method import Benchmark
from assay_oracles.audits.evidence.method import Method, Target

from ..endpoints.info import Info
from ..setting import Setting

ABOUT = "is the provider less accurate than the supplier on labelled inputs?"
OPTIONS: Mapping[str, str] = {}


def unasked(reference: Target, supplier: Info) -> bool:
    """See `methods.Module`."""
    return True


def build(setting: Setting) -> Method:
    """See `methods.Module`."""
    return Benchmark(
        setting.pool.inputs,
        setting.pool.labels,
        setting.seed,
        setting.rule,
        reference=setting.reference,
        batch=setting.batch,
        limit=setting.limit,
    )
