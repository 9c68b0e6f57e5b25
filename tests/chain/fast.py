"""Networks that cost little: the faster engine where it is installed, and deadlines in blocks that pass at once."""

from __future__ import annotations

from assay_chain.devnet import anvil
from assay_chain.devnet.settings import Engine
from assay_chain.errors import Usage
from assay_chain.session import Session


def engine() -> Engine:
    """anvil, which serves the same chain for a sixth of the processor time, or else the embedded one."""
    try:
        anvil.find()
    except Usage:
        return "embedded"
    return "anvil"


def mine_until(session: Session, block: int) -> None:
    """Make a devnet's chain at least `block` long."""
    missing = block - session.latest().number
    if missing > 0:
        answer = session.w3.provider.make_request("anvil_mine", [hex(missing)])  # type: ignore[arg-type]
        assert "error" not in answer, answer
