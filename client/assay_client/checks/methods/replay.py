"""Deterministic benchmarking (paper A, IV-A.2)."""

from collections.abc import Mapping

from assay_oracles.audits.evidence.method import Method, Target
from assay_oracles.audits.replay.method import replay

from ..endpoints.info import Info
from ..setting import Setting

ABOUT = "does the provider answer as an instance that the supplier starts from the same seed configuration?"
OPTIONS: Mapping[str, str] = {}


def unasked(reference: Target, supplier: Info) -> bool:
    """See `methods.Module`."""
    return reference is Target.SUPPLIER


def build(setting: Setting) -> Method:
    """See `methods.Module`; against a registered model, the model itself is what answers are compared with."""
    seed_config = setting.seed_config if setting.reference is Target.SUPPLIER else None
    return replay(
        setting.pool.inputs,
        setting.decimals,
        setting.seed,
        setting.rule,
        seed_config=seed_config,
        batch=setting.batch,
        limit=setting.limit,
    )
