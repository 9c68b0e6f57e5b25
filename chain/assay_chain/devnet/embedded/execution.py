"""Running a message without a transaction: `eth_call` and `eth_estimateGas`, as geth does them.

No fee is charged and no nonce is checked. Reverts become code 3 with the revert data; anything else that stops the
machine becomes code -32000 in geth's words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eth.abc import VirtualMachineAPI
from eth.exceptions import (
    ContractCreationCollision,
    InsufficientFunds,
    InvalidJumpDestination,
    OutOfGas,
    Revert,
    StackDepthLimit,
    VMError,
    WriteProtection,
)
from eth.vm.forks.berlin.transactions import calculate_txn_intrinsic_gas_berlin
from eth.vm.forks.london.state import LondonTransactionExecutor
from eth.vm.message import Message
from eth_typing import Address

from .faults import SERVER_ERROR, RpcError, reverted
from .forms import Call
from .records import checksum, contract_address

_STIPEND = 2300
_ERROR_RATIO = 0.015  # geth stops its search for a gas limit at this relative width

_WORDS: dict[type[VMError], str] = {
    OutOfGas: "out of gas",
    InvalidJumpDestination: "invalid jump destination",
    StackDepthLimit: "max call depth exceeded",
    WriteProtection: "write protection",
    ContractCreationCollision: "contract address collision",
    InsufficientFunds: "insufficient balance for transfer",
}


@dataclass(frozen=True)
class _Outcome:
    """What a run did. `gas_spent` includes the intrinsic part and is what it takes before `gas_refunded` comes back."""

    output: bytes
    error: VMError | None
    gas_spent: int
    gas_refunded: int


def call(machine: VirtualMachineAPI, message: Call) -> bytes:
    """What the message returns (the deployed code for a deployment). Raises RpcError when it fails."""
    limit = machine.get_header().gas_limit
    gas = limit if message.gas is None else min(message.gas, limit)
    if gas < _intrinsic(message):
        raise RpcError(SERVER_ERROR, f"intrinsic gas too low: have {gas}, want {_intrinsic(message)}")
    outcome = _run(machine, message, gas)
    if outcome.error is not None:
        raise _fault(outcome)
    return outcome.output


def estimate(machine: Callable[[], VirtualMachineAPI], message: Call) -> int:
    """A gas limit with which the message succeeds, at most 1.5 % too large. `machine` makes a fresh one for each run.

    Raises RpcError: the revert of the message, or what the sender cannot afford.
    """
    first = machine()
    limit = first.get_header().gas_limit
    high = limit if message.gas is None else min(message.gas, limit)
    if message.max_fee_per_gas:
        available = first.state.get_balance(Address(message.sender)) - message.value
        if available < 0:
            raise RpcError(SERVER_ERROR, "insufficient funds for transfer")
        high = min(high, available // message.max_fee_per_gas)
    if high < _intrinsic(message):
        raise RpcError(SERVER_ERROR, f"gas required exceeds allowance ({high})")
    outcome = _run(first, message, high)
    if isinstance(outcome.error, OutOfGas):
        raise RpcError(SERVER_ERROR, f"gas required exceeds allowance ({high})")
    if outcome.error is not None:
        raise _fault(outcome)
    # What was spent often suffices; a call deeper down needs more, because each keeps one 64th of the gas back.
    low = outcome.gas_spent - 1
    guesses = [(outcome.gas_spent + _STIPEND) * 64 // 63, outcome.gas_spent]
    while high - low > 1 and (high - low) / high > _ERROR_RATIO:
        middle = guesses.pop() if guesses else (low + high) // 2
        if not low < middle < high:
            continue
        if _run(machine(), message, middle).error is None:
            high = middle
        else:
            low = middle
    return high


def _run(machine: VirtualMachineAPI, message: Call, gas: int) -> _Outcome:
    state = machine.state
    balance = state.get_balance(Address(message.sender))
    if balance < message.value:
        raise RpcError(
            SERVER_ERROR,
            f"insufficient funds for gas * price + value: address {checksum(message.sender)} "
            f"have {balance} want {message.value}",
        )
    created = contract_address(message.sender, state.get_nonce(Address(message.sender)))
    state.increment_nonce(Address(message.sender))
    executor = LondonTransactionExecutor(state)
    computation = executor.build_computation(
        Message(
            gas=gas - _intrinsic(message),
            to=Address(message.to),
            sender=Address(message.sender),
            value=message.value,
            data=message.data if message.to else b"",
            code=state.get_code(Address(message.to)) if message.to else message.data,
            create_address=None if message.to else Address(created),  # type: ignore[arg-type]
        ),
        message,  # type: ignore[arg-type]  # the executor reads sender, access list and fees only
    )
    spent = gas - computation.get_gas_remaining()
    error = computation.error if computation.is_error else None
    refunded = 0 if error else executor.calculate_gas_refund(computation, spent)
    return _Outcome(computation.output, error, spent, refunded)


def _intrinsic(message: Call) -> int:
    return calculate_txn_intrinsic_gas_berlin(message)  # type: ignore[arg-type]  # reads data, to and access list only


def _fault(outcome: _Outcome) -> RpcError:
    error = outcome.error
    if isinstance(error, Revert):
        return reverted(outcome.output)
    return RpcError(SERVER_ERROR, _WORDS.get(type(error), f"invalid opcode or stack: {error}"))  # type: ignore[arg-type]
