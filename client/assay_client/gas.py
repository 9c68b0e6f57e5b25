"""Gas money for newcomers to a development network.

A devnet charges for gas and gives native coin only to the accounts that it makes. On a consortium's chain gas is
free, or its operators hand out the coin: Assay never does there.
"""

from __future__ import annotations

from assay_chain.node_errors import translated
from assay_chain.session import Session

GIFT = 10**18  # wei; an audit costs an oracle about 10**15


def give(session: Session, address: str) -> bool:
    """Send `GIFT` from the session's account to an account that has less; return whether it was needed."""
    assert session.book.development, "real networks have their own way"
    assert session.account is not None, "gifts are signed"
    w3 = session.w3
    with translated():
        to = w3.to_checksum_address(address)
        if w3.eth.get_balance(to) >= GIFT:
            return False
        signed = session.account.sign_transaction(
            {
                "chainId": session.book.chain_id,
                "nonce": w3.eth.get_transaction_count(session.account.address, "pending"),
                "to": to,
                "value": GIFT,
                "gas": 21_000,
                "gasPrice": 2 * w3.eth.gas_price,
            }
        )
        tx_hash = w3.eth.send_raw_transaction(signed.raw_transaction)
    session.wait(tx_hash)
    return True
