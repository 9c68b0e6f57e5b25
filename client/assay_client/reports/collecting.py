"""Making a report: what the chain says of one audit, and the transactions and receipts that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from assay_chain import events
from assay_chain.errors import AssayError, PeerUnreachable
from assay_chain.session import BlockRef, Session
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies
from web3.types import RPCEndpoint

from assay_client import ballots, verified, watching
from assay_client.documents.audits import ballot_json, status_json
from assay_client.documents.metrics import report_json
from assay_client.documents.policies import policy_json

from . import encoding

SCHEMA: Final = "assay/audit-report/1"


def collect(session: Session, audit_id: int, head: BlockRef) -> dict[str, Any]:
    """Everything about one audit as of a block, as JSON.

    Raises:
        MalformedInput: there is no such audit.
        PeerUnreachable: the node does not answer.
    """
    block = head.number
    status = watching.look(session, audit_id, block)
    policy = Policies(session).get(status.policy_id, block)
    model = Models(session).model(status.model_id, block)
    finding, problem = _finding(session, audit_id, block)
    return {
        "schema": SCHEMA,
        "chain_id": session.book.chain_id,
        "contracts": session.book.contracts,
        "as_of": {"number": block, "hash": f"0x{head.hash.hex()}", "time": head.timestamp},
        "audit": status_json(status),
        "policy": policy_json(policy),
        "model": {
            "model_id": model.id,
            "owner": model.owner,
            "manifest_digest": model.manifest.hex(),
            "uri": model.uri,
            "claims": [
                {
                    "metric": claim.metric,
                    "op": "<=" if claim.op else ">=",
                    "bound_micro": claim.bound_micro,
                    "tolerance_micro": claim.tolerance_micro,
                }
                for claim in model.claims
            ],
        },
        "ballots": [ballot_json(ballot) for ballot in ballots.read(session, audit_id, block)],
        "finding": finding,
        "problem": problem,
        "evidence": [_evidence(session, number, wanted) for number, wanted in _where(session, status, block).items()],
    }


def _finding(session: Session, audit_id: int, block: int) -> tuple[dict[str, Any] | None, str | None]:
    try:
        report = verified.report(session, audit_id, block)
    except AssayError as error:  # what a service's counts mean is in its manifest, which may be gone
        return None, error.message
    return report_json(report), None


def _where(session: Session, status: watching.Status, block: int) -> dict[int, set[int]]:
    """Block and index of every transaction that made the audit what it is, oldest first."""
    policies, registry = session.contract("Policies").events, session.contract("ModelRegistry").events
    since = status.request_block
    entries = [
        *session.logs(policies.PolicyAdded, 0, since, {"policyId": status.policy_id}),
        *session.logs(registry.ModelRegistered, 0, since, {"modelId": status.model_id}),
    ]
    for event in events.of(session.contract("AuditBoard")):
        if any(each["name"] == "auditId" and each["indexed"] for each in event.abi["inputs"]):
            entries += session.logs(event, since, block, {"auditId": status.audit_id})
    found: dict[int, set[int]] = {}
    for entry in sorted(entries, key=lambda entry: entry["blockNumber"]):
        found.setdefault(entry["blockNumber"], set()).add(entry["transactionIndex"])
    return found


def _evidence(session: Session, number: int, wanted: set[int]) -> dict[str, Any]:
    """The header of one block, and some of its transactions with receipts and proofs that it has them.

    Without a header and proofs where the chain hashes headers in a way of its own, as BFT clients do.
    """
    block = _ask(session, "eth_getBlockByNumber", hex(number), True)
    transactions = block["transactions"]
    receipts = [_ask(session, "eth_getTransactionReceipt", each["hash"]) for each in transactions]
    raws = [encoding.encode_transaction(each) for each in transactions]
    outcomes = [encoding.encode_receipt(each) for each in receipts]
    try:
        header = encoding.encode_header(block)
    except encoding.Mismatch:
        header = None
    roots = bytes.fromhex(block["transactionsRoot"][2:]), bytes.fromhex(block["receiptsRoot"][2:])
    return {
        "block": number,
        "hash": block["hash"],
        "header": _hex(header) if header else None,
        "transactions": [
            {
                "index": index,
                "raw": _hex(raws[index]),
                "proof": [_hex(node) for node in encoding.prove(raws, index, roots[0])],
                "receipt": _hex(outcomes[index]),
                "receipt_proof": [_hex(node) for node in encoding.prove(outcomes, index, roots[1])],
            }
            for index in sorted(wanted)
        ],
    }


def _ask(session: Session, method: str, *params: Any) -> Mapping[str, Any]:
    """A node's answer as it came, which web3 would reshape."""
    answer = session.w3.provider.make_request(RPCEndpoint(method), params)
    result = answer.get("result")
    if not isinstance(result, dict):
        raise PeerUnreachable(
            f"the node does not answer {method} for what it has included",
            code="node-without-history",
            culprit="chain",
            hint="Use a node that keeps transactions and receipts of the whole audit.",
        )
    return result


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"
