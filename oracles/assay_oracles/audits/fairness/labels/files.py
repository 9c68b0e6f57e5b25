"""The six files of a session: header, the mark of the file before, body, signature (docs/fairness.md, section 10).

Each party signs its files, and each file carries digest and signature of the one before. So nothing can be changed that
the other party has built upon: the signature that it holds tells who changed it.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import sigma, transcript
from assay_oracles.audits.fairness.groups import GroupId, group_of
from assay_oracles.audits.fairness.labels.equations import Role, Session
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.table import SIGNATURE_BYTES

MAGIC: Final = b"assay/faas/labels/v1".ljust(32, b"\0")
HEADER_BYTES: Final = 10 * 32
MARK_BYTES: Final = 32 + SIGNATURE_BYTES
PROOF_BYTES: Final = 64
"""One branch of a proof."""


class Step(IntEnum):
    """The files in their order; each is made by one party. Numbers are part of the format."""

    OWNER_KEY = 1
    SUPPLIER_KEY = 2
    OWNER_ROWS = 3
    SUPPLIER_ROWS = 4
    SUPPLIER_SHARE = 5
    OWNER_SHARE = 6

    @property
    def role(self) -> Role:
        """Who makes the file."""
        return "owner" if self in (Step.OWNER_KEY, Step.OWNER_ROWS, Step.OWNER_SHARE) else "supplier"

    @property
    def file(self) -> str:
        """What the file is called, for example `owner.key`."""
        return self.name.lower().replace("_", ".")

    @property
    def action(self) -> str:
        """What it does: "key", "rows" or "share"."""
        return self.file.partition(".")[2]


@dataclass(frozen=True)
class Terms:
    """What both parties agree on, at the head of every file.

    Attributes:
        params: Number of protected groups; secp256k1, no pads.
        n: Number of rows, 2 <= n < 2^w.
        chain_id: Chain of the board, 0 offline.
        board: Address of the board, 20 bytes, zero offline.
        owner: Address of the labels' owner, 20 bytes.
        supplier: Address of the supplier, 20 bytes; another one.
        nonce: 32 bytes, never used for another session.
        data_commit: The owner's commitment to its rows, see `transcript.data_commitment`.
    """

    params: Params
    n: int
    chain_id: int
    board: bytes
    owner: bytes
    supplier: bytes
    nonce: bytes
    data_commit: bytes

    def encode(self) -> bytes:
        """Write the terms: eight words."""
        numbers = (self.params.word, self.n, self.chain_id)
        addresses = (self.board, self.owner, self.supplier)
        return (
            b"".join(map(transcript.word, numbers))
            + b"".join(address.rjust(32, b"\0") for address in addresses)
            + self.nonce
            + self.data_commit
        )

    @property
    def session(self) -> Session:
        """The session that they define; its table id is a hash of them all."""
        return Session(transcript.keccak(transcript.tag("labels-table") + self.encode()), self.params, self.n)

    def address(self, role: Role) -> bytes:
        """Return the address of a party, 20 bytes."""
        return self.owner if role == "owner" else self.supplier

    def row_bytes(self, step: Step) -> int:
        """Length of a row in a file of rows."""
        branches = 2 * self.params.groups if step is Step.OWNER_ROWS else 2
        return 2 * group_of(self.params.group).wire_bytes + PROOF_BYTES * branches

    def body_bytes(self, step: Step) -> int:
        """Length of what stands between the mark and the signature."""
        proven = group_of(self.params.group).wire_bytes + PROOF_BYTES
        return {
            Step.OWNER_KEY: proven,
            Step.SUPPLIER_KEY: proven,
            Step.OWNER_ROWS: 32 + self.n * self.row_bytes(step) + 64 * self.params.groups + PROOF_BYTES,
            Step.SUPPLIER_ROWS: 32 + self.n * self.row_bytes(step),
            Step.SUPPLIER_SHARE: proven + 32,
            Step.OWNER_SHARE: proven + 32 * self.params.permutations,
        }[step]


@dataclass(frozen=True)
class Mark:
    """What identifies a signed file.

    Attributes:
        content: H of all its bytes before the signature, 32 bytes.
        signature: Its party's signature over `signing_digest`, 65 bytes as in a table.
    """

    content: bytes = bytes(32)
    signature: bytes = bytes(SIGNATURE_BYTES)

    def encode(self) -> bytes:
        """Write the mark, 97 bytes."""
        return self.content + self.signature


def head(step: Step, terms: Terms, before: Mark) -> bytes:
    """Write what stands before the body."""
    return MAGIC + transcript.word(step) + terms.encode() + before.encode()


def read_head(step: Step, data: bytes) -> tuple[Terms, Mark]:
    """Read what `head` wrote.

    Args:
        step: The step that the file's name promises.
        data: At least the first 417 bytes of the file.

    Raises:
        SpecError: anything but the one encoding of a header, or that of another step.
    """
    if len(data) < HEADER_BYTES + MARK_BYTES:
        raise malformed(step, f"it has {len(data)} bytes, its header alone has {HEADER_BYTES + MARK_BYTES}")
    words = [data[i : i + 32] for i in range(0, HEADER_BYTES, 32)]
    if words[0] != MAGIC:
        raise malformed(step, "it does not begin as a file of a session with independent labels, version 1")
    number, params_word, n, chain_id = (int.from_bytes(part, "big") for part in words[1:5])
    if number != step:
        raise malformed(step, f"it says that it is number {number} of the session's files, not {int(step)}")
    if any(any(part[:12]) for part in words[5:8]):
        raise malformed(step, "an address has more than 20 bytes")
    try:
        params = Params.from_word(params_word)
    except SpecError as error:
        raise malformed(step, error.message) from error
    if params.group is not GroupId.SECP256K1 or params.pads:
        raise malformed(step, "sessions are on secp256k1, without pads")
    if not 2 <= n < 1 << params.width:
        raise malformed(step, f"{n} rows are outside 2 ... 2^{params.width} - 1")
    board, owner, supplier = (part[12:] for part in words[5:8])
    if owner == supplier:
        raise malformed(step, "owner and supplier are one address")
    mark = data[HEADER_BYTES : HEADER_BYTES + MARK_BYTES]
    if step is Step.OWNER_KEY and any(mark):
        raise malformed(step, "the first file has none before it")
    return Terms(params, n, chain_id, board, owner, supplier, words[8], words[9]), Mark(mark[:32], mark[32:])


def signing_digest(terms: Terms, step: Step, content: bytes) -> bytes:
    """Return what a party signs: table id, role, step and content of the file."""
    parts = (terms.session.table, step.role.encode(), step.action.encode(), content)
    return transcript.keccak(transcript.tag("labels-sign") + sigma.framed(*parts))


def malformed(step: Step, message: str) -> SpecError:
    """Return the error for a file that is none of a session at all, as opposed to a false one."""
    return SpecError(
        code="malformed-session",
        field=step.file,
        message=message,
        hint=f"ask the {step.role} for the file in the format of docs/fairness.md, section 10",
        culprit=step.role,
    )
