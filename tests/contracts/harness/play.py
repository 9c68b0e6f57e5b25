"""Playing one audit: the votes are the reference's, the moves are transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay_chain.lanes import pack
from assay_oracles.protocol.consensus import Decision, Verdict, Vote, closing
from eth_utils import keccak

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.contract import Receipt
from tests.contracts.harness.world import SECRET, World

EVIDENCE = keccak(text="evidence")


class Round:
    """One audit from its opening on. Positions are ranks in the roster, then among those that an appeal added."""

    def __init__(self, world: World, audit: int) -> None:
        self.world = world
        self.audit = audit
        self.seats: list[int] = []
        self.voters: list[str] = []
        self.revealed: dict[int, Vote] = {}
        self._join(self.state.roster)

    @classmethod
    def start(cls, world: World, **changes: Any) -> Round:
        """Requests and opens."""
        audit = world.request(**changes)
        world.evm.mine()
        world.board.open(audit, SECRET, sender=world.client)
        return cls(world, audit)

    @property
    def state(self) -> Any:
        """The board's `Audit`."""
        return self.world.board.audit(self.audit)

    def position(self, account: Account) -> int:
        """The rank of an oracle in the roster."""
        return self.voters.index(account)

    def commitment(self, position: int, vote: Vote) -> bytes:
        """What this voter commits to for this vote."""
        return bytes(self.world.board.commitmentOf(self.audit, self.voters[position], *opening(position, vote)))

    def commit(self, position: int, vote: Vote) -> Receipt:
        """Commits a vote."""
        digest = self.commitment(position, vote)
        receipt: Receipt = self.world.board.commit(self.audit, digest, sender=self.voters[position])
        return receipt

    def reveal(self, position: int, vote: Vote, *, sender: str | None = None) -> Receipt:
        """Opens a commitment."""
        voter = self.voters[position]
        receipt: Receipt = self.world.board.reveal(self.audit, voter, *opening(position, vote), sender=sender or voter)
        self.revealed[position] = vote
        return receipt

    def end_commits(self) -> None:
        """Goes to the first block of the reveal phase."""
        self._go_past(self.state.commitEnd)

    def end_reveals(self) -> None:
        """Goes to the first block in which anyone may close."""
        self._go_past(self.state.revealEnd)

    def end_dispute(self) -> None:
        """Goes to the first block in which anyone may finalize."""
        self._go_past(self.state.disputeEnd)

    def vote(self, votes: Sequence[Vote | None], *, first: int = 0) -> None:
        """Everyone from position `first` on commits and reveals; None stays away altogether. Ends after the reveals."""
        present = [(position, vote) for position, vote in enumerate(votes, first) if vote is not None]
        for position, vote in present:
            self.commit(position, vote)
        self.end_commits()
        for position, vote in present:
            self.reveal(position, vote)
        self.end_reveals()

    def hint(self) -> tuple[int, ...]:
        """The honest hint for `close`: packed lower medians of values or faults, empty without a majority of either."""
        return pack(closing(self._votes(), self._counted())[0])

    def wide_votes(self) -> list[tuple[int, ...]]:
        """The words that `close` wants again for wide policies."""
        votes = [pack(lanes) for lanes in closing(self._votes(), self._counted())[1]]
        return votes if votes and len(votes[0]) > 1 else []

    def close(self, hint: Sequence[int] | None = None, votes: Sequence[Sequence[int]] | None = None) -> Receipt:
        """Closes with the honest hint unless told otherwise; a stranger pays for it."""
        receipt: Receipt = self.world.board.close(
            self.audit,
            self.hint() if hint is None else hint,
            self.wide_votes() if votes is None else votes,
            sender=Account.named("stranger"),
        )
        return receipt

    def appeal(self, appellant: Account) -> Receipt:
        """Appeals; those added have the next positions."""
        receipt: Receipt = self.world.board.appeal(self.audit, Permit(), sender=appellant)
        self._join(self.state.added)
        return receipt

    def finalize(self) -> Receipt:
        """Settles."""
        receipt: Receipt = self.world.board.finalize(self.audit, sender=Account.named("stranger"))
        return receipt

    def play(self, votes: Sequence[Vote | None]) -> None:
        """The whole audit, to its end."""
        self.vote(votes)
        closed = self.close()
        if closed.all("Decided"):
            self.end_dispute()
            self.finalize()

    def _join(self, seats: int) -> None:
        joining = [seat for seat in range(256) if seats >> seat & 1]
        self.seats += joining
        self.voters += [str(self.world.vault.operatorOf(seat)) for seat in joining]

    def _counted(self) -> int:
        first = self.state.roster.bit_count()
        gone = [p for p, vote in self.revealed.items() if p >= first and vote.verdict is Verdict.UNAVAILABLE]
        return len(self.seats) - len(gone)

    def _votes(self) -> list[Vote]:
        return [self.revealed[position] for position in sorted(self.revealed)]

    def _go_past(self, block: int) -> None:
        self.world.evm.mine(max(0, block + 1 - self.world.evm.number))


def opening(position: int, vote: Vote) -> tuple[int, tuple[int, ...], bytes, bytes]:
    """Verdict, words, evidence and salt of a voter's vote."""
    return int(vote.verdict), pack(vote.lanes), EVIDENCE, keccak(text=f"salt {position}")


def values(*lanes: int) -> Vote:
    """A vote with values."""
    return Vote(Verdict.VALUES, lanes)


def fault(kind: int, row: int, branch: int = 0) -> Vote:
    """A vote that a table is false."""
    return Vote(Verdict.INVALID, (kind, row, branch))


HONEST = values(5, 6, 7, 100, 200, 300, 1000, 2000)
FALSE = fault(4, 3, 2)
SPEC = Vote(Verdict.INVALID_SPEC)
GONE = Vote(Verdict.UNAVAILABLE)


def masks(decision: Decision) -> tuple[int, int]:
    """The paid and slashed masks of a decision."""
    paid, slashed = (sum(1 << i for i in each) for each in (decision.paid, decision.slashed))
    return paid, slashed
