"""A party's turn: everything before it is checked, then it may make its file, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from assay_chain.errors import Refused
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.labels.equations import PublicKey, Role, Session
from assay_oracles.audits.fairness.labels.files import PROOF_BYTES, Mark, Step, Terms
from assay_oracles.audits.fairness.labels.signed import Signed
from assay_oracles.audits.fairness.labels.verify import Finding
from assay_oracles.audits.fairness.sigma import Proof
from assay_oracles.audits.fairness.signature import address_of

from assay_client.verifier.fairness.checking import Memory
from assay_client.verifier.fairness.sessions import Progress, check, opened

from ..plan import refused
from ..state import locked, remove
from .secret import Secret

COMMANDS: Final = {
    Step.OWNER_KEY: "start",
    Step.SUPPLIER_KEY: "join",
    Step.OWNER_ROWS: "commit",
    Step.SUPPLIER_ROWS: "predict",
    Step.SUPPLIER_SHARE: "share",
    Step.OWNER_SHARE: "share",
}
"""Which command of `assay fairness labels` makes which file."""


@dataclass(frozen=True)
class Party:
    """Who acts, and where.

    Attributes:
        signer: Its Ethereum key.
        shared: The folder of the session's files, which both parties see.
        root: Its own folder for secrets.
        memory: Where long checks remember how far they came; None for nowhere.
        progress: Told after every chunk of rows, and of steps in the search for the counts.
    """

    signer: int
    shared: Path
    root: Path
    memory: Memory | None
    progress: Progress

    def folder(self, terms: Terms, role: Role) -> Path:
        """Return the folder for the secrets of a session."""
        return self.root / "labels" / terms.session.table.hex() / role


@dataclass(frozen=True)
class Turn:
    """A party that may act.

    Attributes:
        step: The file that it is to make.
        terms: The session's terms.
        finding: What the files before it show.
        secret: Its secrets.
        folder: Where they are.
        done: Whether the file exists already, made by an interrupted run.
    """

    step: Step
    terms: Terms
    finding: Finding
    secret: Secret
    folder: Path
    done: bool

    @property
    def session(self) -> Session:
        """The session."""
        return self.terms.session

    @property
    def before(self) -> Mark:
        """The mark of the file that the new one is built upon."""
        return self.finding.files[self.step - 2].mark

    @property
    def half(self) -> int:
        """The secret of the party's half key."""
        return int(self.secret.half, 16)

    def key(self, role: Role) -> PublicKey:
        """Return a party's half of the joint key."""
        file = self.finding.files[0 if role == "owner" else 1]
        wire = group_of(self.terms.params.group).wire_bytes
        element = group_of(self.terms.params.group).from_wire(file.body[:wire])
        return PublicKey(element, Proof.decode(file.body[wire : wire + PROOF_BYTES]))

    def pair(self) -> Element:
        """Return h_O h_S G, which only the two parties know."""
        other = self.key("supplier" if self.step.role == "owner" else "owner")
        return group_of(self.terms.params.group).scale_secret(other.element, self.half)

    def file(self, step: Step) -> Signed:
        """Return one of the files before."""
        return self.finding.files[step - 1]


@contextmanager
def turn(party: Party, step: Step) -> Iterator[Turn]:
    """Check the session up to here and hold the party's secrets.

    Raises:
        Refused: it is not this party's session or turn; a file is false (the culprit is its party); the secrets are
            not here, or another process holds them.
        MalformedInput: a file is malformed, or there is no session.
    """
    with opened(party.shared) as files:
        terms, role = files[0].terms, step.role
        folder = party.folder(terms, role)
        check_party(party, terms, role)
        if not folder.exists():
            raise _lost(party, step)
        with locked(folder):
            secret = Secret.load(folder)
            if secret is None:
                raise _lost(party, step)
            finding = check(files, party.memory, party.progress, {*secret.checked, secret.made})
            check_turn(step, finding)
            checked = tuple(file.mark.content.hex() for file in files if file.step.action == "rows")
            secret = replace(secret, checked=checked)
            secret.save(folder)
            given = Turn(step, terms, finding, secret, folder, len(files) >= step)
            _check_own(given)
            if step.action == "rows" and not secret.key:
                raise made(party, step)
            yield given


def finish(given: Turn) -> None:
    """Remove a party's secrets after its last step."""
    remove(given.folder)
    if not any(given.folder.parent.iterdir()):
        given.folder.parent.rmdir()


def check_party(party: Party, terms: Terms, role: Role) -> None:
    """Refuse to act for somebody else."""
    if terms.address(role) != address_of(party.signer):
        raise refused(
            "not-your-session",
            f"the {role} of this session is 0x{terms.address(role).hex()}",
            f"Sign with that account; yours is 0x{address_of(party.signer).hex()}.",
        )


def check_turn(step: Step, finding: Finding) -> None:
    """Refuse to build upon what is false, or out of turn; the file of the step itself may be there."""
    if finding.fault is not None:
        raise Refused(
            str(finding.fault),
            code="false-session",
            culprit=finding.fault.step.role,
            hint="Do not go on with this session. Keep the files: they are signed.",
        )
    if len(finding.files) < step - 1 or len(finding.files) > step:
        raise _not_your_turn(step, finding)


def _not_your_turn(step: Step, finding: Finding) -> Refused:
    awaited = finding.next
    if awaited is None:
        return refused("finished", "the session is finished", "Check it with `assay fairness labels verify`.")
    command = f"`assay fairness labels {COMMANDS[awaited]}`"
    if awaited.role == step.role:
        return refused(
            "wrong-step",
            f"it is your turn, but {awaited.file} comes before {step.file}",
            f"Make {awaited.file} with {command} first.",
        )
    return Refused(
        f"it is the {awaited.role}'s turn: {awaited.file} comes next",
        code="not-your-turn",
        culprit=awaited.role,
        hint=f"The {awaited.role} makes it with {command}; `assay fairness labels status` tells whose turn it is.",
    )


def _check_own(given: Turn) -> None:
    """Refuse to build upon files of one's own that one did not make."""
    role, rows = given.step.role, Step.OWNER_ROWS if given.step.role == "owner" else Step.SUPPLIER_ROWS
    own = given.key(role).element == group_of(given.terms.params.group).base(given.half)
    if len(given.finding.files) >= rows:
        own = own and given.file(rows).mark.content.hex() == given.secret.made
    if not own:
        raise refused(
            "replaced-file",
            f"a file of the {role} in this folder is not the one that this machine made",
            "Bring back your own files. If you did not sign this one, somebody else has your key.",
        )


def _lost(party: Party, step: Step) -> Refused:
    if (party.shared / step.file).exists():
        return made(party, step)
    if step.role == "supplier" and not (party.shared / Step.SUPPLIER_KEY.file).exists():
        return refused(
            "not-joined",
            f"you have not joined this session: {Step.SUPPLIER_KEY.file} comes first",
            "Join it with `assay fairness labels join`; then it is the owner's turn.",
        )
    return refused(
        "no-secrets",
        f"the {step.role}'s secrets of this session are not in {party.root}",
        "Go on where the session was started or joined; without the secrets it cannot be finished.",
    )


def made(party: Party, step: Step) -> Refused:
    """The error for a file that cannot be made again."""
    return refused(
        "exists",
        f"{step.file} of this session was made before",
        f"Nothing is left to do. If it is gone from {party.shared}, bring it back: a file is never made twice.",
    )
