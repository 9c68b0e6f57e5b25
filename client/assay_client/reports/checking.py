"""Checking a report without a chain: everything that follows from signatures, hashes and the votes is done again.

What cannot be known without the chain is that the evidence's blocks are *its* blocks. A gateway's receipt over the
report vouches for that; so does any node that has a block of that number and hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jsonschema
from assay_chain.errors import AssayError, MalformedInput

from .collecting import SCHEMA
from .encoding import Mismatch
from .evidence import read
from .statements import STATEMENTS, Check, Fails

_HEX: Final = {"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}
_HASH: Final = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}
_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
_PROOF: Final = {"type": "array", "maxItems": 64, "items": _HEX}
_FORM: Final = {
    "type": "object",
    "required": [
        *("schema", "chain_id", "contracts", "as_of", "audit", "policy", "model", "ballots", "finding", "evidence")
    ],
    "properties": {
        "schema": {"const": SCHEMA},
        "chain_id": _NUMBER,
        "contracts": {
            "type": "object",
            "required": ["AuditBoard", "Policies", "ModelRegistry", "Vault"],
            "additionalProperties": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"},
        },
        "audit": {"type": "object", "required": ["audit_id", "phase", "outcome", "seats", "committed", "revealed"]},
        "policy": {"type": "object", "required": ["lanes", "max_roster", "kind"]},
        "ballots": {"type": "array", "items": {"type": "object"}},
        "finding": {"type": ["object", "null"]},
        "evidence": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["block", "hash", "header", "transactions"],
                "properties": {
                    "block": _NUMBER,
                    "hash": _HASH,
                    "header": {"anyOf": [_HEX, {"type": "null"}]},
                    "transactions": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["index", "raw", "proof", "receipt", "receipt_proof"],
                            "properties": {
                                "index": _NUMBER,
                                "raw": _HEX,
                                "receipt": _HEX,
                                "proof": _PROOF,
                                "receipt_proof": _PROOF,
                            },
                        },
                    },
                },
            },
        },
    },
}


def check(report: Mapping[str, Any]) -> list[Check]:
    """Check everything that a report says; it is sound if nothing fails.

    Raises:
        MalformedInput: it is no report of this version.
    """
    try:
        jsonschema.validate(report, _FORM)
    except jsonschema.ValidationError as error:
        raise MalformedInput(
            f"this is no audit report: {error.json_path}: {error.message[:200]}",
            code="bad-report",
            culprit="local",
            hint="`assay audit report` writes one; keep it as it is.",
        ) from error
    try:
        evidence = read(report)
    except (Mismatch, ValueError) as error:
        return [Check("evidence", "fails", str(error))]
    checks = []
    for statement in STATEMENTS:
        try:
            checks.append(statement(report, evidence))
        except Fails as failure:
            checks.append(Check(statement.__name__, "fails", str(failure)))
        except AssayError as error:
            checks.append(Check(statement.__name__, "fails", error.message))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, AssertionError):
            checks.append(Check(statement.__name__, "fails", "what the report says of it is incomplete, or malformed"))
    return checks
