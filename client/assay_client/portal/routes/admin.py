"""`/admin`: the gatekeeper's and the treasury's acts. Their keys never come here: calls go out, signed ones come in."""

from __future__ import annotations

from typing import Annotated

from assay_chain.amounts import parse_amount
from assay_chain.errors import Refused
from assay_chain.gateway import auditlog, proxy
from assay_chain.gateway.auditlog import AuditLog
from assay_chain.gateway.judging import Caller, Judge
from assay_chain.gateway.problems import RESPONSES
from assay_chain.gateway.rules import Party
from assay_chain.gateway.upstream import Node
from assay_chain.policies import parse
from eth_utils.address import to_checksum_address
from fastapi import APIRouter, Depends, Request

from assay_client.administering import FUNCTIONS, Administration, Prepared

from ..access import DEFAULT_LIMIT, Cursor, Limit
from ..models.admin import Act, AddPolicy, Admit, Call, Calls, Entry, Log, Mint, Raw, RetirePolicy, Revoke, Sent
from ..paging import page

router = APIRouter(prefix="/admin", tags=["administration"], responses=RESPONSES)
_ADMINISTRATORS = frozenset({Party.GATEKEEPER, Party.TREASURY})


async def _administrator(request: Request) -> Caller:
    caller = await proxy.caller_of(request)
    if caller.trouble is not None:
        raise caller.trouble
    if not caller.parties & _ADMINISTRATORS:
        raise Refused(
            f"administration is for gatekeepers and the treasury; {caller.address} is neither",
            code="wrong-role",
            culprit="client",
            hint="Sign in as a gatekeeper, or as the treasury.",
        )
    return caller


Administrator = Annotated[Caller, Depends(_administrator)]


@router.post("/prepare", summary="The unsigned calls of an act")
def prepare(request: Request, act: Act, caller: Administrator) -> Calls:
    """What has to be signed, by a key at home or by a multisig. Nothing is sent."""
    log: AuditLog = request.app.state.auditlog
    calls = _prepare(Administration(request.app.state.session), act)
    log.record(caller.member, "prepare", {"calls": [call.description for call in calls]})
    return Calls(transactions=[Call.model_validate(vars(call)) for call in calls])


@router.post("/transactions", status_code=202, summary="Pass on a signed act")
async def send(request: Request, body: Raw, caller: Administrator) -> Sent:
    """A transaction that the signed-in account signed, and that is an act of administration."""
    log: AuditLog = request.app.state.auditlog
    judge: Judge = request.app.state.judge
    node: Node = request.app.state.node
    try:
        judged = await judge.judge(caller, "eth_sendRawTransaction", [body.raw])
        act = judged.act or {}
        if (act["contract"], act["function"]) not in FUNCTIONS:
            raise _refused("not-administration", "this is no act of administration; send it to /rpc")
    except Refused as error:
        log.refused(caller.member or "", error.code, {"act": "administration"})
        raise
    log.record(caller.member, "administration", act)
    answer = await node.ask(judged.method, judged.params)
    if answer.error is not None:
        raise _refused("node-refused", f"the node does not take it: {str(answer.error.get('message'))[:200]}")
    return Sent(tx=act["hash"], contract=act["contract"], function=act["function"])


@router.get("/log", summary="The audit log, newest first")
def log(request: Request, caller: Administrator, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Log:
    """Every sign-in, act and refusal. Its chain of digests is checked before anything of it is shown."""
    entries = list(auditlog.read(request.app.state.settings.directory))
    below = (entry for entry in reversed(entries) if cursor is None or entry["seq"] < cursor)
    shown, following = page(below, lambda entry: int(entry["seq"]), Entry.model_validate, limit)
    return Log(entries=shown, cursor=following)


def _prepare(acts: Administration, act: Act) -> list[Prepared]:
    match act:
        case Admit():
            return acts.admit(to_checksum_address(act.account), act.roles)
        case Revoke():
            return acts.revoke(to_checksum_address(act.account), act.roles)
        case Mint():
            return acts.mint(to_checksum_address(act.account), parse_amount(act.amount))
        case AddPolicy():
            return acts.add_policy(parse(act.policy))
        case RetirePolicy():
            return acts.retire_policy(act.policy_id, act.act == "retire-policy")
    plain = {"pause": acts.pause, "unpause": acts.unpause, "withdraw": acts.withdraw}
    return plain[act.act]()


def _refused(code: str, message: str) -> Refused:
    return Refused(message, code=code, culprit="client", hint="`POST /admin/prepare` says what to sign.")
