"""Metaresults: signed records and explanations (paper A, IV-A.4)."""

import re
from collections.abc import Mapping

from assay_chain.errors import Usage
from assay_oracles.audits.evidence.method import Method, Target
from assay_oracles.audits.metaresult.method import Metaresult

from ..endpoints.info import Info
from ..setting import Setting

ABOUT = "does every answer carry the supplier's signature over it and the client's nonce, or at least its explanation?"
OPTIONS: Mapping[str, str] = {
    "signer": "the supplier's key: an address (0x and 40 hexadecimal digits), or model:DIGEST for the owner of that "
    "registered model; by default as the agreement says, else as the supplier declares",
    "proof": "records or explanations; by default records where the supplier signs",
}
PROOFS = ("records", "explanations")


def unasked(reference: Target, supplier: Info) -> bool:
    """See `methods.Module`."""
    return reference is Target.SUPPLIER and supplier.signer is not None


def build(setting: Setting) -> Method:
    """See `methods.Module`; the provider's own word for the supplier's key is never taken."""
    if setting.reference is not Target.SUPPLIER:
        raise _usage("no-supplier", "metaresults are proofs by a supplier's service", "Give its URL with --against.")
    proof = setting.options.get("proof")
    if proof not in (None, *PROOFS):
        raise _usage("bad-option", f"metaresult.proof cannot be {proof!r}", f"Choose one of {', '.join(PROOFS)}.")
    signer = None if proof == "explanations" else setting.options.get("signer", setting.supplier.signer)
    if signer is not None and not re.fullmatch("0x[0-9a-fA-F]{40}", signer):
        raise _usage(
            "bad-option", f"metaresult.signer is no address: {signer[:100]!r}", "0x and 40 hexadecimal digits."
        )
    if signer is None and (proof == "records" or setting.supplier.baseline is None):
        raise _usage(
            "no-metaresults",
            "the supplier declares no key that signs its answers"
            + ("" if proof == "records" else ", and no explanations either"),
            "Name the key with --set metaresult.signer=ADDRESS, or choose other --methods.",
        )
    method = Metaresult(
        setting.pool.inputs,
        setting.seed,
        setting.nonce_key,
        setting.rule,
        signer=None if signer is None else bytes.fromhex(signer[2:]),
        baseline=setting.supplier.baseline,
        decimals=setting.decimals,
        batch=setting.batch,
        budget=setting.share,
    )
    if not method.rounds:
        raise _usage(
            "budget-too-small",
            "the budget does not allow metaresults a single round after the trial of the supplier",
            "Allow more with --budget, or choose fewer --methods.",
        )
    return method


def _usage(code: str, message: str, hint: str) -> Usage:
    return Usage(message, code=code, culprit="local", hint=hint)
