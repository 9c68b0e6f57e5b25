"""Agreement of classes between deterministic endpoints (paper A, IV-A.3)."""

from collections.abc import Mapping

from assay_oracles.audits.benchmark.agreement import agreement
from assay_oracles.audits.evidence.method import Method, Target

from ..endpoints.info import Info
from ..setting import Setting

ABOUT = "do provider and supplier name the same class? (deterministic services only)"
OPTIONS: Mapping[str, str] = {}


def unasked(reference: Target, supplier: Info) -> bool:
    """See `methods.Module`."""
    return False


def build(setting: Setting) -> Method:
    """See `methods.Module`."""
    return agreement(
        setting.pool.inputs,
        setting.seed,
        setting.rule,
        reference=setting.reference,
        batch=setting.batch,
        limit=setting.limit,
    )
