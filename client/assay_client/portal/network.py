"""The network, its members and its money."""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from assay_chain.amounts import format_amount
from assay_chain.wrappers.board import Board
from assay_chain.wrappers.fairness import Tables
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault

from .models.network import Counts, Member, Members, Network, Treasury
from .reading import Reading


def network(reading: Reading, signer: str, fairness: Literal["public", "members"]) -> Network:
    """The network that this gateway is the door of; `signer` signs its receipts."""
    session, block, book = reading.session, reading.block, reading.session.book
    vault, board = Vault(session), Board(session)
    return Network(
        as_of=reading.as_of,
        chain_id=book.chain_id,
        contracts=book.contracts,
        block_time=book.block_time,
        development=book.development,
        paused=board.paused(block),
        signer=signer,
        fairness=fairness,
        version=version("assay-network"),
        counts=Counts(
            audits=board.count(block),
            models=Models(session).count(block),
            policies=Policies(session).count(block),
            oracles=vault.seats(block),
            active_oracles=vault.active_mask(block).bit_count(),
            tables=Tables(session).count(block),
        ),
    )


def treasury(reading: Reading) -> Treasury:
    """Every token there is, and where."""
    session, block = reading.session, reading.block
    vault, token = Vault(session), Token(session)
    seats, moved = vault.all_seats(block), vault.movements(0, block)
    account = vault.treasury(block)
    amounts = {
        "balance": token.balance_of(account, block),
        "owed": vault.owed(account, block),
        "supply": token.total_supply(block),
        "vault": token.balance_of(vault.address, block),
        "staked": sum(seat.free + seat.locked for seat in seats),
        "locked": sum(seat.locked for seat in seats),
        "escrowed": vault.escrowed(block),
        "total_owed": vault.total_owed(block),
        "slashed": sum(each.amount for each in moved if each.event == "Slashed"),
        "rewarded": sum(each.amount for each in moved if each.event == "Rewarded"),
    }
    shown = {name: format_amount(amount) for name, amount in amounts.items()}
    return Treasury(as_of=reading.as_of, treasury=account, **shown)


def members(reading: Reading) -> Members:
    """Every admitted account."""
    names = {entry.address: name for name, entry in reading.session.book.accounts.items()}
    found = Membership(reading.session).members(reading.block)
    return Members(
        as_of=reading.as_of,
        members=[
            Member(address=each.address, name=names.get(each.address), roles=sorted(each.roles)) for each in found
        ],
    )
