"""What a report states, statement by statement: each function does one again from the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assay_chain import lanes as packed
from assay_chain.amounts import parse_amount
from assay_chain.wrappers.audit_types import FAULT_LANES
from assay_chain.wrappers.policies import Kind, assemble
from assay_oracles.audits.fairness import lanes as fairness
from assay_oracles.audits.fairness import metrics as fairness_metrics
from assay_oracles.audits.whitebox import metrics as whitebox_metrics
from assay_oracles.protocol.commitment import commitment
from assay_oracles.protocol.consensus import Decision, Verdict
from assay_oracles.protocol.draw import MAX_ROSTER, audit_seed, shuffled
from assay_oracles.protocol.hashing import keccak
from assay_oracles.protocol.roster import seats

from assay_client.documents.policies import policy_json

from .evidence import Event, Evidence
from .replay import Replay, mask, replay

State = Literal["holds", "fails", "unproven"]
Report = Mapping[str, Any]
_SHOWN = 80  # characters of a value, which may be anything, in the reason of a failure
_UNDECIDED = ("requested", "committing", "revealing", "closing")
_UNSETTLED = (*_UNDECIDED, "dispute", "finalizing")
_REWARDS = {
    Verdict.VALUES: "fee_per_oracle",
    Verdict.INVALID: "fee_per_oracle",
    Verdict.INVALID_SPEC: "inspection_fee",
    Verdict.UNAVAILABLE: "stipend",
}


@dataclass(frozen=True)
class Check:
    """One statement about a report: it holds, it fails, or the report cannot prove it."""

    name: str
    state: State
    detail: str


class Fails(Exception):
    """A statement is false; the text says how."""


def inclusion(report: Report, evidence: Evidence) -> Check:
    """Every transaction and receipt is in the block whose hash is given."""
    if evidence.headless:
        listed = ", ".join(map(str, evidence.headless))
        return Check("inclusion", "unproven", f"the chain hashes headers in a way of its own (blocks {listed})")
    count = len(evidence.entries)
    return Check(
        "inclusion", "holds", f"{count} transactions are in blocks with the {len(evidence.hashes)} hashes given"
    )


def request(report: Report, evidence: Evidence) -> Check:
    """Who requested the audit, of what, under which policy."""
    audit, event = report["audit"], _only(evidence, report, "Requested")
    stated = audit["client"], audit["model_id"], audit["policy_id"], audit["request_block"]
    found = event.args["client"], event.args["modelId"], event.args["policyId"], event.entry.block
    _same("the request", stated, found)
    if event.entry.call is None or event.entry.call.name != "request":
        return Check("request", "unproven", f"{audit['client']} acts through a contract")
    told = event.entry.call.args["r"][:3]
    _same("what was requested", (found[1], found[2], bytes(event.args["testSet"])), (told[0], told[1], bytes(told[2])))
    _same("the client", audit["client"], event.entry.transaction.sender)
    return Check("request", "holds", f"signed by {audit['client']} in block {event.entry.block}")


def model(report: Report, evidence: Evidence) -> Check:
    """The model version: its owner, manifest and claims."""
    stated = report["model"]
    event = _one(evidence.events, "ModelRegistered")
    _same("the model's number", (stated["model_id"], report["audit"]["model_id"]), (event.args["modelId"],) * 2)
    call = event.entry.call
    if call is None or call.name != "register":
        return Check("model", "unproven", f"{stated['owner']} acts through a contract")
    manifest, _, _, claims = call.args.values()
    _same("the manifest", stated["manifest_digest"], bytes(manifest).hex())
    told = [
        (each["metric"], each["op"] == "<=", each["bound_micro"], each["tolerance_micro"]) for each in stated["claims"]
    ]
    kept = [(bytes(name).rstrip(b"\0").decode(), bool(op), bound, slack) for name, op, bound, slack in claims]
    _same("the claims", told, kept)
    _same("the owner", stated["owner"], event.entry.transaction.sender)
    return Check("model", "holds", f"registered by {stated['owner']} with {len(kept)} claims")


def policy(report: Report, evidence: Evidence) -> Check:
    """The policy: what was measured, what it cost, and who may differ by how much."""
    event = _one(evidence.events, "PolicyAdded")
    call = event.entry.call
    if call is None or call.name != "add":
        return Check("policy", "unproven", "it was added through a contract: its terms are taken as stated")
    found = policy_json(assemble(event.args["policyId"], call.args["name"], False, *list(call.args.values())[1:]))
    stated = {**report["policy"], "retired": False}
    _same("the policy", stated, found)
    _same("the policy's number", report["audit"]["policy_id"], found["policy_id"])
    return Check("policy", "holds", f"{found['name']}, added in block {event.entry.block}")


def seed(report: Report, evidence: Evidence) -> Check:
    """The seed follows from the client's secret and the hash of the request's block, and from nothing else."""
    opened = _opened(report, evidence)
    if opened is None:
        return Check("seed", "holds", "the audit was never opened")
    asked, call = _only(evidence, report, "Requested"), opened.entry.call
    if call is None or call.name != "open" or asked.entry.call is None:
        return Check("seed", "unproven", "the request or its opening was sent through a contract")
    _same("the audit that was opened", report["audit"]["audit_id"], call.args["auditId"])
    secret = bytes(call.args["secret"])
    *_, secret_hash, _ = asked.entry.call.args["r"]
    _same("the secret's hash", keccak(secret).hex(), bytes(secret_hash).hex())
    found = audit_seed(evidence.hashes[asked.entry.block], secret, report["audit"]["audit_id"])
    _same("the seed", bytes(opened.args["seed"]).hex(), found.hex())
    return Check("seed", "holds", f"0x{found.hex()}")


def roster(report: Report, evidence: Evidence) -> Check:
    """The roster is the first eligible seats of the seed's order."""
    opened = _opened(report, evidence)
    if opened is None:
        return Check("roster", "holds", "nobody was drawn")
    order = shuffled(seats(_pool(report, evidence)), bytes(opened.args["seed"]))
    drawn = set(seats(opened.args["roster"]))
    skipped = _passed_over(order, drawn, report["policy"]["max_roster"])
    said = f"seats {_listed(drawn)}"
    for event in _of(evidence, report):
        if event.name == "Appealed":
            added = set(seats(event.args["added"]))
            rest = [seat for seat in order if seat not in drawn]
            skipped |= _passed_over(rest, added, MAX_ROSTER - len(drawn))
            said += f", on appeal {_listed(added)}"
    if skipped:
        return Check("roster", "unproven", f"seats {_listed(skipped)} were passed over: whether rightly, is state")
    return Check("roster", "holds", f"{said}, in the seed's order {order}")


def votes(report: Report, evidence: Evidence) -> Check:
    """Every vote was committed to by its oracle's own signature, and opened as it was committed to."""
    audit_id, board = report["audit"]["audit_id"], report["contracts"]["AuditBoard"]
    oracles = {ballot["seat"]: ballot["oracle"] for ballot in report["ballots"]}
    commitments: dict[int, str] = {}
    signers: dict[int, str] = {}
    delegated: set[int] = set()
    opened = 0
    happened = [event.name for event in _of(evidence, report)]
    stated = report["audit"]["committed"], report["audit"]["revealed"]
    _same("how many committed and revealed", stated, (happened.count("Committed"), happened.count("Revealed")))
    for event in _of(evidence, report):
        call = event.entry.call
        if event.name not in ("Committed", "Revealed"):
            continue
        seat = event.args["seat"]
        if call is None or call.name not in ("commit", "reveal"):
            delegated.add(seat)
            if event.name == "Committed":
                commitments[seat], signers[seat] = bytes(event.args["commitment"]).hex(), oracles[seat]
            continue
        told = call.args
        _same(f"the audit that seat {seat} votes on", audit_id, told["auditId"])
        if event.name == "Committed":
            signers[seat] = event.entry.transaction.sender
            commitments[seat] = bytes(told["commitment"]).hex()
            _same(f"the commitment of seat {seat}", bytes(event.args["commitment"]).hex(), commitments[seat])
            _same(f"the oracle of seat {seat}", oracles.get(seat), signers[seat])
        else:
            fields = told["verdict"], told["words"], told["evidence"], told["salt"]
            found = commitment(report["chain_id"], board, audit_id, told["voter"], *fields)
            _same(f"the opening of seat {seat}", commitments.get(seat), found.hex())
            _same(f"the voter of seat {seat}", signers.get(seat), told["voter"])
            shown = event.args["verdict"], tuple(event.args["words"]), bytes(event.args["evidence"])
            _same(f"the vote of seat {seat}", shown, (told["verdict"], told["words"], bytes(told["evidence"])))
            opened += 1
    if delegated:
        return Check("votes", "unproven", f"oracles of the seats {_listed(delegated)} act through contracts")
    signed = f"{len(commitments)} commitments signed by their oracles, {opened} of them opened"
    return Check("votes", "holds", signed)


def outcome(report: Report, evidence: Evidence) -> Check:
    """What was decided is what rule 5 makes of the votes."""
    said = None
    for state in _replayed(report, evidence):
        event = state.event
        assert event is not None, "a replay yields events"
        if event.name == "Decided":
            said = _decided(state, event)
        elif event.name == "Expired" and state.roster:
            found = state.decide()
            _same("the outcome", Verdict.NONE, found.outcome)
            _same("who is slashed", event.args["slashed"], mask(found.slashed))
            said = "no majority agreed"
        elif event.name == "Expired":
            said = "it was never opened"
    if said is None:
        _waits(report, "its decision", *_UNDECIDED)
        said = "nothing is decided yet"
    return Check("outcome", "holds", said)


def money(report: Report, evidence: Evidence) -> Check:
    """Who was paid and slashed follows from the decision, and how much from the policy."""
    decision: Decision | None = None
    for state in _replayed(report, evidence):
        event = state.event
        assert event is not None, "a replay yields events"
        if event.name in ("Finalized", "Expired") and state.roster:
            decision = state.decide()
            break
    else:
        if not _undrawn(report):
            _waits(report, "its settlement", *_UNSETTLED)
        return Check("money", "holds", "nothing is settled yet, or nobody was drawn")
    masks = mask(decision.paid), mask(decision.slashed)
    fairness_audit = report["policy"]["kind"] == Kind.FAIRNESS.name.lower()
    if fairness_audit and event.name == "Finalized" and masks != (event.args["paid"], event.args["slashed"]):
        return Check("money", "unproven", "a refutation or rebuttal on the fairness board changed who is paid")
    terms, everyone = report["policy"], state.seats
    reward = parse_amount(terms[_REWARDS[decision.outcome]]) if decision.outcome else 0
    moved = {name: _moved(event, name) for name in ("Rewarded", "Slashed")}
    _same("who is paid", moved["Rewarded"], {everyone[position]: reward for position in decision.paid if reward})
    bond = parse_amount(terms["bond"])
    _same("who is slashed", moved["Slashed"], {everyone[position]: bond for position in decision.slashed})
    first = mask(decision.paid) & (1 << state.roster.bit_count()) - 1
    escrow = _only(evidence, report, "Requested").args["escrow"]
    _same("the refund", event.args["refund"], escrow - first.bit_count() * reward)
    return Check("money", "holds", f"{len(decision.paid)} paid, {len(decision.slashed)} slashed, the rest refunded")


def summary(report: Report, evidence: Evidence) -> Check:
    """What the report shows of votes and metrics is what the evidence says."""
    last = decided = None
    for state in _replayed(report, evidence):
        last = state
        decided = state.event if state.event and state.event.name == "Decided" else decided
    names = [lane["name"] for lane in report["policy"]["lanes"]]
    cast = last.votes if last else {}
    for ballot in report["ballots"]:
        vote = cast.get(ballot["seat"])
        _same(f"the verdict of seat {ballot['seat']}", ballot["verdict"], _word(vote.verdict if vote else Verdict.NONE))
        labels = {Verdict.VALUES: names, Verdict.INVALID: FAULT_LANES}.get(vote.verdict, ()) if vote else ()
        lanes = dict(zip(labels, vote.lanes, strict=True)) if vote else {}
        _same(f"the ballot of seat {ballot['seat']}", ballot["lanes"], lanes)
    audit, finding = report["audit"], report["finding"]
    happened = [event.name for event in _of(evidence, report)]
    waiting = seats(_pool(report, evidence)) if audit["phase"] == "requested" else ()
    _same("the seats", tuple(audit["seats"]), last.seats if last and last.roster else waiting)
    ended = audit["phase"] in ("final", "overturned"), audit["phase"] == "expired"
    _same("how it ended", ended, ("Finalized" in happened, "Expired" in happened))
    verdict = Verdict(decided.args["outcome"]) if decided and not ended[1] else Verdict.NONE
    _same("the outcome", audit["outcome"], _word(verdict))
    if decided is None or finding is None:
        return Check("summary", "holds", "the ballots are those of the evidence")
    _same("the outcome found", finding["outcome"], _word(verdict))
    if report["policy"]["kind"] in ("service", "both"):
        return Check("summary", "unproven", "what a service's counts mean is in the model's manifest")
    _same("the metrics", finding["metrics"], _metrics(report, names, decided) if verdict is Verdict.VALUES else {})
    return Check("summary", "holds", "ballots and metrics are those of the evidence")


STATEMENTS = (inclusion, request, model, policy, seed, roster, votes, outcome, money, summary)


def _pool(report: Report, evidence: Evidence) -> int:
    return int(_only(evidence, report, "Requested").args["activeMask"])


def _passed_over(order: Sequence[int], chosen: set[int], most: int) -> set[int]:
    """Seats that come before a chosen one, and were not chosen themselves."""
    if not chosen <= set(order) or len(chosen) > most:
        raise Fails("the roster has seats that were not in the pool, or too many")
    reached = max(map(order.index, chosen)) + 1 if len(chosen) == most else len(order)
    return set(order[:reached]) - chosen


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _metrics(report: Report, names: list[str], decided: Event) -> dict[str, Any]:
    def lanes(words: Sequence[int]) -> dict[str, int]:
        return dict(zip(names, packed.unpack(words, len(names)), strict=True))

    result, lowest, highest = (lanes(decided.args[name]) for name in ("result", "lowest", "highest"))
    if report["policy"]["kind"] == Kind.FAIRNESS.name.lower():
        found = fairness_metrics.derive(fairness.counts(result))
    else:
        found = whitebox_metrics.derive(result, lowest, highest)
    return {name: metric.to_json() for name, metric in found.items()}


def _decided(state: Replay, event: Event) -> str:
    found = state.decide()
    shown = event.args["outcome"], event.args["paid"], event.args["slashed"]
    _same("the decision", shown, (int(found.outcome), mask(found.paid), mask(found.slashed)))
    for name in ("result", "lowest", "highest"):
        words = tuple(event.args[name])
        _same(f"the {name}", words, packed.pack(getattr(found, name)))
    return f"{_word(found.outcome)}: {len(found.paid)} of {len(state.seats)} votes carry it"


def _moved(settlement: Event, name: str) -> dict[int, int]:
    events = [event for event in settlement.entry.events if event.contract == "Vault" and event.name == name]
    return {event.args["seat"]: event.args["amount"] for event in events}


def _of(evidence: Evidence, report: Report) -> list[Event]:
    """What happened to the audit; at least its request, for nothing follows from no evidence."""
    audit_id = report["audit"]["audit_id"]
    found = [
        event for event in evidence.events if event.contract == "AuditBoard" and event.args.get("auditId") == audit_id
    ]
    _one(found, "Requested")
    return found


def _replayed(report: Report, evidence: Evidence) -> Iterator[Replay]:
    _of(evidence, report)
    return replay(evidence, report["audit"]["audit_id"], report["policy"])


def _only(evidence: Evidence, report: Report, name: str) -> Event:
    return _one(_of(evidence, report), name)


def _one(events: Sequence[Event], name: str) -> Event:
    found = [event for event in events if event.name == name]
    if len(found) != 1:
        raise Fails(f"the evidence has {len(found)} events {name} of the contracts that the report names, not one")
    return found[0]


def _opened(report: Report, evidence: Evidence) -> Event | None:
    """The opening; None when the audit waits for it, or ended without."""
    if any(event.name == "Opened" for event in _of(evidence, report)):
        return _only(evidence, report, "Opened")
    if not _undrawn(report):
        _waits(report, "its opening", "requested")
    return None


def _undrawn(report: Report) -> bool:
    """Whether the report says that the audit ended before it had a roster."""
    return report["audit"]["phase"] == "expired" and not report["audit"]["seats"]


def _waits(report: Report, what: str, *phases: str) -> None:
    """That the evidence lacks something is right while the audit waits for it."""
    phase = report["audit"]["phase"]
    if phase not in phases:
        raise Fails(f"the evidence lacks {what}, and the report says that the audit is {str(phase)[:_SHOWN]}")


def _same(what: str, stated: object, found: object) -> None:
    if isinstance(stated, Mapping) and isinstance(found, Mapping):
        for key in sorted(stated.keys() | found.keys()):
            if key not in stated or key not in found:
                raise Fails(f"{what}: only {'the report' if key in stated else 'the evidence'} has {key!r}")
            _same(f"{what}, {key}", stated[key], found[key])
    elif isinstance(stated, list) and isinstance(found, list) and len(stated) == len(found):
        for number, pair in enumerate(zip(stated, found, strict=True), 1):
            _same(f"{what}, {number}", *pair)
    elif stated != found:
        raise Fails(f"{what}: the report says {str(stated)[:_SHOWN]}, the evidence {str(found)[:_SHOWN]}")


def _word(verdict: Verdict) -> str:
    return verdict.name.lower().replace("_", "-")
