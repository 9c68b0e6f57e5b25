"""Who acts in the demo, and what every act does: pay for an audit, follow it, and check that it went as told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT, format_amount
from assay_chain.errors import AssayError
from assay_chain.session import Session
from assay_chain.wrappers.board import Verdict
from assay_chain.wrappers.policies import Kind
from assay_chain.wrappers.vault import Vault
from rich.console import Console

from assay_client.cli.progress import Progress
from assay_client.sdk import Client

from . import record, screen
from .record import Record
from .stage import Stage

HONEST = ("oracle-1", "oracle-2", "oracle-3")
LIAR, REPLAYER = "oracle-4", "oracle-5"
VERIFIER = "verifier"
STAKE = 150 * UNIT  # enough for one bond of 100, not for a second after a slash
AUDIT_SECONDS = 180.0


class StoryDiffers(AssayError):
    """What the demo saw is not what it says."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Cast:
    """Everybody who acts: processes on the stage, and the client and the supplier through the SDK.

    The liar and the replayer do honest work once; see `dishonest`.
    """

    stage: Stage
    book: AddressBook
    client: Client
    supplier: Session
    show: Console

    @property
    def names(self) -> dict[str, str]:
        """Names of accounts by address."""
        return {entry.address: name for name, entry in self.book.accounts.items()}

    def seat(self, name: str) -> int:
        """The seat of a named oracle."""
        address, head = self.book.accounts[name].address, self.supplier.head().number
        index = Vault(self.supplier).seat_of(address, head)
        assert index is not None, "every oracle of the story has staked"
        return index


def audit(cast: Cast, model_id: int, kind: Kind = Kind.WHITEBOX, outcome: Verdict = Verdict.VALUES) -> Record:
    """Pay for an audit of a model, follow it to its end, and show what came out."""
    client, show = cast.client, cast.show
    offer = client.quote(model_id, kind=kind)
    receipt = client.request(offer)
    show.print(
        f"The client paid {format_amount(receipt.cost)} for audit {receipt.audit_id} of model {model_id} "
        f"by {offer.roster_size} oracles, under the policy {offer.policy.name}"
    )
    with Progress(show) as progress:
        for status in client.follow(receipt.audit_id, timeout=AUDIT_SECONDS):
            cast.stage.check()
            progress.show(status)
    found = record.read(client, model_id, receipt.audit_id)
    expect(status.outcome is outcome, f"a majority agrees on {outcome.name.lower()}")
    screen.votes(show, found, cast.names)
    screen.result(show, found)
    return found


def expect(true: bool, what: str) -> None:
    """Check the story.

    Raises:
        StoryDiffers: it did not go as told.
    """
    if not true:
        raise StoryDiffers(
            f"the story says that {what}, but it is not so",
            code="story-differs",
            culprit="local",
            hint="Run `assay demo --keep` and read the logs.",
        )
