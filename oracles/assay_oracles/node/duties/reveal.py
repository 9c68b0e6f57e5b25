"""Open our commitment once the commit phase is over for good."""

import structlog
from assay_chain.wrappers.board import Verdict as BoardVerdict

from assay_oracles.node.duties import commit
from assay_oracles.node.finding import Finding
from assay_oracles.node.node import Node
from assay_oracles.node.view import View
from assay_oracles.protocol.ballot import Ballot
from assay_oracles.protocol.consensus import Verdict
from assay_oracles.protocol.round import Stage

_LOST = frozenset({"NothingToReveal"})
_log = structlog.get_logger()


def run(node: Node, view: View) -> None:
    """Reveal once.

    The commit phase must be over in the *settled* state: were a reorganisation to reopen it, others could copy what we
    have shown.
    """
    if view.seat is None or not view.acts or not view.in_mask(view.latest.progress.committed):
        return
    if view.in_mask(view.latest.progress.revealed) or view.stage not in {Stage.COMMITTING, Stage.REVEALING}:
        return
    committed = node.board.vote_of(view.audit.id, view.seat, view.latest_block)
    ballot = node.journal.opening(view.audit.id, committed) or _recover(node, view, committed)
    if ballot is None or view.settled_stage is not Stage.REVEALING or view.stage is not Stage.REVEALING:
        return
    node.send(
        "reveal",
        lambda: node.board.reveal(
            view.audit.id,
            node.voter.address,
            BoardVerdict(ballot.verdict),
            ballot.lanes,
            ballot.evidence,
            ballot.salt,
        ),
        lost=_LOST,
        audit_id=view.audit.id,
    )


def _recover(node: Node, view: View, committed: bytes) -> Ballot | None:
    """Open a commitment that is ours but not in our journal: the disk was lost, or the key is used elsewhere too.

    Computation and salt are deterministic, so the vote can be computed anew. A different one is never sent.
    """
    node.alarm(
        "unknown-commitment",
        view.audit.id,
        "the chain has a commitment of this oracle that is not in its journal; its vote is computed anew. "
        "Was the journal lost, or does another machine use this key?",
    )
    computed = node.bench.finding(view.key)
    for finding in (Finding(Verdict.UNAVAILABLE), computed):
        if finding is None:
            commit.assign(node, view)
        elif (ballot := commit.seal(node, view, finding)).commitment == committed:
            node.journal.add_opening(ballot)
            node.bench.drop(view.key)
            _log.warning("vote.recovered", audit_id=view.audit.id, commitment="0x" + committed.hex())
            return ballot
    if computed is not None:
        node.alarm(
            "foreign-commitment",
            view.audit.id,
            "a commitment of this oracle cannot be opened: another machine uses its key and voted otherwise. "
            "Stop one of the two; unless the other one reveals, the bond is lost",
        )
    return None
