"""Whose report it is: a digest over its canonical form, and a signature as fairness tables carry it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from assay_oracles.audits.fairness import signature
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER
from assay_oracles.protocol.hashing import tagged_hash

SEAL: Final = ("report_digest", "signer", "ephemeral_key", "signature")


def digest(report: Mapping[str, Any]) -> bytes:
    """Hash of everything but the seal: keys sorted, no blanks, numbers as Python's `repr` writes them; 32 bytes."""
    body = {name: value for name, value in report.items() if name not in SEAL}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return tagged_hash("check/report/v1", text.encode("ascii"))


def seal(report: Mapping[str, Any], key: int | None) -> dict[str, Any]:
    """The report with digest and signature; without a key, one made for this report alone signs."""
    found = digest(report)
    signing = key or 1 + secrets.randbelow(ORDER - 1)
    return {
        **report,
        "report_digest": found.hex(),
        "signer": f"0x{signature.address_of(signing).hex()}",
        "ephemeral_key": key is None,
        "signature": signature.sign(signing, found).hex(),
    }


def holds(report: Mapping[str, Any]) -> bool:
    """Whether digest and signature fit; False also for a seal of the wrong form."""
    try:
        signed, found = bytes.fromhex(report["signature"]), digest(report)
        signer = signature.signer(found, signed) if len(signed) == 65 else None
    except (KeyError, TypeError, ValueError):
        return False
    return signer is not None and report["report_digest"] == found.hex() and report["signer"] == f"0x{signer.hex()}"
