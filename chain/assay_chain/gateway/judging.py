"""Judging one JSON-RPC request by the tables of `rules`: what goes to the node, and what comes back of its answer.

Only what was understood is forwarded: unknown fields, second spellings and additional parameters (overrides of state
would run code of the caller's on the node) are refused, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assay_chain.errors import AssayError, MalformedInput, Refused

from . import rawtx
from .abi import Abis
from .members import Member, Members
from .rawtx import RawTransaction
from .rules import MEMBERS, METHODS, TRANSACTIONS, WITHOUT_TOKEN, Kind, Method, Party, readable
from .settings import Settings
from .visibility import Audits

_ADDRESS: Final = re.compile("0x[0-9a-fA-F]{40}")
_DATA: Final = re.compile("0x(?:[0-9a-fA-F]{2})*")
_NUMBER: Final = re.compile("0x[0-9a-fA-F]{1,16}")
_CALL_FIELDS: Final = frozenset(
    ("from", "to", "data", "input", "value", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
) | {"nonce", "chainId", "type"}
_LOG_FIELDS: Final = frozenset(("address", "topics", "fromBlock", "toBlock", "blockHash"))

Screen = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        member: the account that signed in, which may hold no role; None for a stranger.
        parties: as what it comes; empty if it may do nothing that a stranger may not.
        trouble: why it has no parties.
    """

    member: Member | None
    parties: frozenset[Party]
    trouble: AssayError | None = None

    @property
    def address(self) -> str | None:
        """The account that signed in."""
        return None if self.member is None else self.member.address


@dataclass(frozen=True)
class Forward:
    """What goes to the node.

    Attributes:
        method: its name.
        params: as judged.
        screen: what to make of the result before the caller gets it.
        act: what the audit log keeps of it, if it changes the chain.
    """

    method: str
    params: list[Any]
    screen: Screen | None = None
    act: Mapping[str, Any] | None = None


class Judge:
    """Applies the rules on one network."""

    def __init__(self, settings: Settings, members: Members, audits: Audits) -> None:
        """Rules need to know members, the network's contracts, and whose audits are whose."""
        self._book = settings.book
        self._public = settings.fairness == "public"
        self._logs_blocks = settings.limits.logs_blocks
        self._members = members
        self._audits = audits
        self._abis = Abis(settings.book)
        self._request = self._abis.named("AuditBoard", "request")  # does not tell which audit it becomes
        self._kinds: Mapping[Kind, Callable[[Caller, str, list[Any]], Awaitable[Forward]]] = {
            "plain": self._plain,
            "block": self._block,
            "call": self._call,
            "logs": self._logs,
            "transaction": self._transaction,
            "send": self._send,
        }

    async def judge(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        """What to do with a request.

        Raises:
            AssayError: the caller's `trouble` when a member might pass, `Refused` for what the rules do not allow,
                `MalformedInput` for what is none of the method's forms; `PeerUnreachable` without a node.
        """
        rule = METHODS.get(method)
        if rule is None:
            raise _refused("method-not-allowed", f"the gateway does not pass {method[:64]}", _METHODS_HINT)
        if len(params) > rule.parameters:
            raise _refused("too-many-parameters", f"{method} passes with at most {rule.parameters} parameters")
        if rule.kind != "send" and not self._may_use(caller, rule):
            raise caller.trouble or _refused("method-not-allowed", f"{method} is for members", _METHODS_HINT)
        return await self._kinds[rule.kind](caller, method, params)

    def finishes(self, method: str, params: list[Any]) -> bool:
        """Whether a request looks like one that passes without a sign-in; cheap, its signature is not looked at."""
        if method != "eth_sendRawTransaction" or len(params) != 1:
            return False
        try:
            return self._target(rawtx.decode(params[0])) in WITHOUT_TOKEN
        except MalformedInput:
            return False

    def _may_use(self, caller: Caller, rule: Method) -> bool:
        return bool(caller.parties & rule.parties) or (self._public and rule.public)

    async def _plain(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        return Forward(method, params)

    async def _block(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        if len(params) > 1 and params[1] is not False:
            raise _refused("full-blocks", "blocks pass without their transactions", "Ask with `false`.")
        return Forward(method, params)

    async def _call(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        call = params[0] if params else None
        if not isinstance(call, dict) or not _is_address(call.get("to")):
            raise _malformed(f"{method} wants an object that names the contract in `to`")
        if unknown := call.keys() - _CALL_FIELDS:
            raise _refused("unknown-field", f"{method} does not pass with {min(unknown)[:32]!r}")
        data = call.get("input", call.get("data", "0x"))
        if call.get("data", data) != data or not isinstance(data, str) or not _DATA.fullmatch(data):
            raise _malformed(f"{method} wants its data once, in hexadecimal")
        name = await self._readable(caller, call["to"])
        audit_id = None if name is None else self._abis.audit_of_call(name, bytes.fromhex(data[2:]))
        if audit_id is not None and not await self._audits.sees(caller.member, audit_id):
            raise _hidden(audit_id)
        return Forward(method, params)

    async def _logs(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        query = params[0] if params else None
        if not isinstance(query, dict) or query.keys() - _LOG_FIELDS:
            raise _malformed("eth_getLogs wants an object with address, topics, and a range or a block's hash")
        addresses = query.get("address")
        addresses = addresses if isinstance(addresses, list) else [addresses]
        if not addresses or not all(_is_address(address) for address in addresses):
            raise _refused("no-contract", "eth_getLogs passes for named contracts only", "Name them in `address`.")
        for address in addresses:
            await self._readable(caller, address)
        if "blockHash" not in query:
            head = (await self._members.roll()).block.number
            first, last = (_number(query.get(name, "latest"), head) for name in ("fromBlock", "toBlock"))
            if last - first >= self._logs_blocks:
                raise _refused(
                    "range-too-long",
                    f"{last - first + 1} blocks are more than {self._logs_blocks}",
                    "Ask for a shorter range.",
                )

        async def screen(logs: Any) -> Any:
            return [log for log in logs or () if await self._sees_log(caller, log)]

        return Forward(method, params, screen)

    async def _transaction(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        async def screen(found: Any) -> Any:
            if found is None or str(found["from"]).lower() == str(caller.address).lower():
                return found
            if Party.LEAVING in caller.parties and Party.BONDED not in caller.parties:
                raise _refused("not-yours", "the transaction is another account's")
            name = await self._readable(caller, str(found["to"]))
            data = bytes.fromhex(str(found.get("input", "0x"))[2:])
            audit_id = None if name is None else self._abis.audit_of_call(name, data)
            if audit_id is not None and not await self._audits.sees(caller.member, audit_id):
                raise _hidden(audit_id)
            if "input" in found and self._abis.function(name or "", data) == self._request:
                raise _refused("not-yours", "a request is its client's", "The audit shows what members may see of it.")
            if "logs" in found and not all([await self._sees_log(caller, log) for log in found["logs"]]):
                raise _refused("audit-hidden", "the transaction is about an audit whose details its client keeps")
            return found

        return Forward(method, params, screen)

    async def _send(self, caller: Caller, method: str, params: list[Any]) -> Forward:
        sent = rawtx.decode(params[0] if params else None)
        contract, function = target = self._target(sent)
        if not caller.parties and target not in WITHOUT_TOKEN:
            assert caller.trouble is not None, "who has no parties has a reason"
            raise caller.trouble
        if sent.chain_id != self._book.chain_id:
            raise _refused("wrong-chain", f"the transaction is for chain {sent.chain_id}, not {self._book.chain_id}")
        sender = sent.sender()
        if sender == caller.address:
            parties = caller.parties
        elif target in WITHOUT_TOKEN:
            parties = await self._members.parties(sender)
        else:
            raise _refused("not-yours", f"the transaction is {sender}'s", "Send what the signed-in account signed.")
        if not await self._takes(sent, contract, function, parties):
            raise (caller.trouble if not parties else None) or _refused(
                "transaction-not-allowed",
                f"{sender} may not send this to {contract or sent.to or 'a new contract'}",
                "See docs/gateway.md for what each role may send.",
            )
        act = {"hash": sent.hash, "sender": sender, "to": sent.to, "contract": contract, "function": function}
        return Forward(method, params, act=act)

    def _target(self, sent: RawTransaction) -> tuple[str, str]:
        """Contract and function that a transaction is for; empty where it is none of the network's."""
        contract = self._abis.names.get((sent.to or "").lower(), "")
        function = self._abis.function(contract, sent.data)
        return contract, function.name if function is not None else ""

    async def _takes(self, sent: RawTransaction, contract: str, function: str, parties: frozenset[Party]) -> bool:
        if contract:
            return bool(TRANSACTIONS[contract].get(function, frozenset()) & parties)
        if sent.to is None or not parties & MEMBERS:
            return False
        # Members' wallets may be contracts; and gatekeepers hand out the native coin that pays for gas.
        admitted = sent.to in (await self._members.roll()).roles
        return admitted or (not sent.data and Party.GATEKEEPER in parties)

    async def _readable(self, caller: Caller, address: str) -> str | None:
        """The contract's name if the caller may read it; None for a member's own account (it may be a wallet)."""
        name = self._abis.names.get(address.lower())
        if name in readable(caller.parties, self._public):
            return name
        roles = (await self._members.roll()).roles
        if name is None and caller.parties & MEMBERS and address.lower() in (member.lower() for member in roles):
            return None
        raise caller.trouble or _refused(
            "contract-not-allowed", f"{name or address} is not among what you may read", _METHODS_HINT
        )

    async def _sees_log(self, caller: Caller, log: Mapping[str, Any]) -> bool:
        audit_id = self._abis.audit_of_log(log)
        return audit_id is None or await self._audits.sees(caller.member, audit_id)


def _number(tag: object, head: int) -> int:
    if tag in ("latest", "pending"):
        return head
    if tag == "earliest":
        return 0
    if not isinstance(tag, str) or not _NUMBER.fullmatch(tag):
        raise _malformed("eth_getLogs wants block numbers in hexadecimal, `earliest` or `latest`")
    return int(tag, 16)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


_METHODS_HINT: Final = "docs/gateway.md lists what passes, for whom."


def _refused(code: str, message: str, hint: str = "") -> Refused:
    return Refused(message, code=code, culprit="client", hint=hint)


def _hidden(audit_id: int) -> Refused:
    return _refused(
        "audit-hidden",
        f"the details of audit {audit_id} are for those whom it concerns",
        "Ask its client for a report.",
    )


def _malformed(message: str) -> MalformedInput:
    return MalformedInput(message, code="bad-params", culprit="client", hint="See the JSON-RPC specification.")
