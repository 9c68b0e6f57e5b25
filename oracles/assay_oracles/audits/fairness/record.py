"""A table as its board has it, and whether a file is the file of that table."""

from dataclasses import dataclass
from typing import BinaryIO

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.evaluate import open_table
from assay_oracles.audits.fairness.params import BATCH, Params
from assay_oracles.audits.fairness.table import Footer, Header


@dataclass(frozen=True)
class Record:
    """What the file of a published table must begin and end with."""

    header: Header
    footer: Footer

    @classmethod
    def of(
        cls,
        *,
        chain_id: int,
        board: bytes,
        supplier: bytes,
        params: int,
        n: int,
        nonce: bytes,
        data_commit: bytes,
        root: bytes,
        tally: int,
        signature: bytes,
    ) -> "Record":
        """Put together what a board says of a table.

        Args:
            chain_id: Chain of the board.
            board: Its address, 20 bytes.
            supplier: Address of who signed, 20 bytes.
            params: The table's parameters as a word.
            n: Number of rows, pads included.
            nonce: 32 bytes.
            data_commit: 32 bytes.
            root: 32 bytes.
            tally: The counts, packed.
            signature: 65 bytes.

        Raises:
            SpecError: the parameters are none that this version knows.
        """
        known = Params.from_word(params)
        header = Header(BATCH, known, n, chain_id, board, supplier, nonce, data_commit)
        return cls(header, Footer(root, known.counts(tally), signature))

    @classmethod
    def decode(cls, header: bytes, footer: bytes) -> "Record":
        """Read a record from the bytes that its file must begin and end with."""
        known = Header.decode(header)
        return cls(known, Footer.decode(footer, known.params))

    def check(self, stream: BinaryIO) -> None:
        """Check that a file is that of this table, as far as header, length and footer tell.

        Raises:
            SpecError: it is no table, or another one.
        """
        header, footer = open_table(stream)
        recorded, found = vars(self.header) | vars(self.footer), vars(header) | vars(footer)
        for field, expected in recorded.items():
            if found[field] != expected:
                raise SpecError(
                    code="another-table",
                    field=field,
                    message="is not what the board has on record for this table",
                    hint="ask the supplier for the file that belongs to the published table",
                )
