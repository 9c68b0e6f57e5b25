"""Who has how many tokens: the demo's balance sheet."""

from __future__ import annotations

from assay_chain.session import Session
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault

Balances = dict[str, int]


def read(session: Session) -> Balances:
    """Tokens of every named account in the smallest unit: held, owed, and staked; and the bonds in the vault."""
    block = session.head().number
    token, vault = Token(session), Vault(session)
    stakes = {seat.operator: seat.free + seat.locked for seat in vault.all_seats(block)}
    held = {
        name: token.balance_of(entry.address, block) + vault.owed(entry.address, block) + stakes.get(entry.address, 0)
        for name, entry in session.book.accounts.items()
    }
    return {**held, "bonds of tables": vault.escrowed(block)}
