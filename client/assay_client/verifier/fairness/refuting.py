"""Refuting a false table: announced in one block, shown in a later one, and paid for (design section 5).

The salt of an announcement follows from the account's key, so nothing has to be remembered between the two: after an
interruption the same call finds its announcement on the chain and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from assay_chain.errors import Reverted
from assay_chain.session import Session
from assay_chain.wrappers.disputes import Disputes, Refuted
from assay_chain.wrappers.fairness import Tables, TableState
from assay_oracles.audits.fairness.refute import Evidence
from assay_oracles.protocol.salt import refutation_salt

from assay_client.watching import pause

from . import showing

Say = Callable[[str], None]


@dataclass(frozen=True)
class Refutation:
    """How a table was refuted.

    Attributes:
        event: what the board says: by whom, by which check, and in which block.
        gas: used by the transaction that showed it.
    """

    event: Refuted
    gas: int


def refute(session: Session, table_id: bytes, evidence: Evidence, say: Say = lambda _: None) -> Refutation:
    """Announce and send a refutation as the session's account, and have the supplier's bond paid out.

    Args:
        session: acts as whoever refutes; no role is needed.
        table_id: the table.
        evidence: one of its checks, which fails.
        say: told what happens.

    Returns:
        What the board has: somebody else may have been first.

    Raises:
        Refused: the account cannot pay the gas, or the check holds.
        PeerUnreachable: the chain.
    """
    assert session.account is not None, "refuting is signed"
    disputes, me, fault = Disputes(session), session.account.address, showing.fault(evidence.named)
    salt = refutation_salt(bytes(session.account.key), session.book.chain_id, disputes.address, table_id)
    head = session.latest().number
    commitment = disputes.commitment_of(me, table_id, fault, salt, head)
    announced = disputes.announced_at(me, commitment, head)
    if not announced:
        announced = int(disputes.announce(commitment)["blockNumber"])
        say(f"Announced in block {announced}")
    while session.latest().number <= announced:  # whoever copies it from here on has announced nothing
        time.sleep(pause(session))
    try:
        disputes.refute(table_id, fault, salt, showing.evidence(evidence, table_id))
    except Reverted as error:
        if error.name != "TableRefuted":
            raise
    settle_bond(session, table_id)
    return refutation(session, table_id, session.latest().number)


def refutation(session: Session, table_id: bytes, block: int) -> Refutation:
    """How a refuted table was refuted, as of `block`."""
    since = Tables(session).table(table_id, block).published_at
    (event,) = Disputes(session).refuted(since, block, table_id=table_id)
    return Refutation(event, int(session.wait(event.tx_hash)["gasUsed"]))


def settle_bond(session: Session, table_id: bytes) -> None:
    """Have the bond of a refuted table paid out, a tenth of it to the refuter, unless somebody did before."""
    table = Tables(session).table(table_id, session.latest().number)
    if table.state is TableState.REFUTED and table.bonded:
        try:
            Disputes(session).settle_bond(table_id)
        except Reverted as error:
            if error.name != "NotBonded":  # somebody else just did
                raise
