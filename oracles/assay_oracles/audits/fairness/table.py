"""The file format of an auditing table: header, rows, footer (design section 4)."""

from dataclasses import dataclass
from typing import Final

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import GroupId, group_of
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Form, Params

MAGIC: Final = b"assay/faas/table/v1".ljust(32, b"\0")
HEADER_BYTES: Final = 9 * 32
SIGNATURE_BYTES: Final = 65
POINT: Final = 64
BRANCH: Final = 2 * POINT + 2 * 32


@dataclass(frozen=True)
class Header:
    """What stands before the rows.

    Attributes:
        form: `COMPACT` or `BATCH`.
        params: Group, protected groups, pads.
        n: Number of rows, 2 <= n < 2^w.
        chain_id: Chain of the board, 0 offline.
        board: Address of the board, 20 bytes, zero offline.
        supplier: Address of the signer, 20 bytes.
        nonce: 32 bytes.
        data_commit: 32 bytes, see `transcript.data_commitment`.
    """

    form: Form
    params: Params
    n: int
    chain_id: int
    board: bytes
    supplier: bytes
    nonce: bytes
    data_commit: bytes

    @property
    def table_id(self) -> bytes:
        """The identity of the table, 32 bytes."""
        return transcript.table_id(
            self.chain_id, self.board, self.supplier, self.params, self.n, self.nonce, self.data_commit
        )

    @property
    def row_bytes(self) -> int:
        """Length of one row."""
        if self.form == BATCH:
            return 4 * POINT + BRANCH * self.params.branches
        return 2 * group_of(self.params.group).wire_bytes + 64 * self.params.branches

    @property
    def footer_bytes(self) -> int:
        """Length of root, counts and signature."""
        return 32 + 32 * self.params.permutations + SIGNATURE_BYTES

    @property
    def file_bytes(self) -> int:
        """Length of the whole file."""
        return HEADER_BYTES + self.n * self.row_bytes + self.footer_bytes

    def encode(self) -> bytes:
        """Write the header, 288 bytes."""
        numbers = (self.form, self.params.word, self.n, self.chain_id)
        addresses = (self.board, self.supplier)
        return (
            MAGIC
            + b"".join(map(transcript.word, numbers))
            + b"".join(address.rjust(32, b"\0") for address in addresses)
            + self.nonce
            + self.data_commit
        )

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        """Read a header.

        Args:
            data: At least the first 288 bytes of the file.

        Raises:
            SpecError: anything but the one encoding of a header.
        """
        if len(data) < HEADER_BYTES:
            raise malformed("file", f"it has {len(data)} bytes, a header has {HEADER_BYTES}")
        words = [data[i : i + 32] for i in range(0, HEADER_BYTES, 32)]
        if words[0] != MAGIC:
            raise malformed("header.magic", "the file does not begin as a fairness table, version 1")
        form, params_word, n, chain_id = (int.from_bytes(part, "big") for part in words[1:5])
        if form not in (COMPACT, BATCH):
            raise malformed("header.form", f"{form} is neither 1 (compact) nor 2 (batch)")
        if any(words[5][:12]) or any(words[6][:12]):
            raise malformed("header", "an address has more than 20 bytes")
        params = Params.from_word(params_word)
        if not 2 <= n < 1 << params.width:
            raise malformed("header.n", f"{n} is outside 2 ... 2^{params.width} - 1")
        if form == BATCH and params.group is not GroupId.SECP256K1:
            raise malformed("header.form", "the batch form exists for secp256k1 only")
        return cls(
            COMPACT if form == 1 else BATCH, params, n, chain_id, words[5][12:], words[6][12:], words[7], words[8]
        )


@dataclass(frozen=True)
class Footer:
    """What stands after the rows.

    Attributes:
        root: Merkle root over the rows, 32 bytes.
        counts: Declared counts of the permutations, k = 0 ... 4g - 1; pads are not counted.
        signature: r | s | v by the supplier over `transcript.signing_digest`, 65 bytes, low s, v 27 or 28.
    """

    root: bytes
    counts: tuple[int, ...]
    signature: bytes

    def encode(self) -> bytes:
        """Write the footer."""
        return self.root + b"".join(map(transcript.word, self.counts)) + self.signature

    @classmethod
    def decode(cls, data: bytes, params: Params) -> "Footer":
        """Read a footer of exactly the right length (see `Header.footer_bytes`)."""
        words = [data[i : i + 32] for i in range(0, 32 + 32 * params.permutations, 32)]
        counts = tuple(int.from_bytes(part, "big") for part in words[1:])
        return cls(words[0], counts, data[-SIGNATURE_BYTES:])


def malformed(field: str, message: str) -> SpecError:
    """Return the error for a file that is no table at all, as opposed to a false table."""
    return SpecError(
        code="malformed-table",
        field=field,
        message=message,
        hint="ask the supplier for the table in the format of docs/fairness.md",
    )
