"""Publishing fairness tables, true or forged, where nodes find them."""

from collections.abc import Sequence
from pathlib import Path

from assay_chain.addressbook import AddressBook
from assay_chain.keystore import load_account, read_password
from assay_chain.store import Artifact, Store
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.fairness import Published, Row, Submission, Tables
from assay_chain.wrappers.token import Permit
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.signature import seal
from assay_oracles.audits.fairness.table import HEADER_BYTES, Footer, Header

from tests.contracts.harness.tables import leaves_of, parsed, path, root_of
from tests.oracles.audits.fairness import forge
from tests.oracles.node.harness import acting


def resealed(data: bytes, key: int, counts: Sequence[int] | None = None) -> bytes:
    """The file with a root over its rows as they stand, signed with a key."""
    head, rows = parsed(data)
    counts = counts or Footer.decode(data[-head.footer_bytes :], head.params).counts
    root = root_of(leaves_of(rows), transcript.depth_of(head.n))
    return data[: -head.footer_bytes] + seal(head, root, tuple(counts), key).encode()


def written(data: bytes, row: int, offset: int, value: bytes) -> bytes:
    """The file with other bytes at a place of a row (from 1)."""
    begin = HEADER_BYTES + (row - 1) * Header.decode(data).row_bytes + offset
    return data[:begin] + value + data[begin + len(value) :]


def published(data: bytes, artifact: Artifact) -> Published:
    """How a board would tell of a table whose file says all of this."""
    head = Header.decode(data)
    footer = Footer.decode(data[-head.footer_bytes :], head.params)
    return Published(
        table_id=head.table_id,
        model_id=1,
        block=1,
        tx_hash=bytes(32),
        chain_id=head.chain_id,
        board="0x" + head.board.hex(),
        supplier="0x" + head.supplier.hex(),
        params=head.params.word,
        n=head.n,
        nonce=head.nonce,
        data_commit=head.data_commit,
        root=footer.root,
        tally=head.params.tally(footer.counts),
        signature=footer.signature,
        file=artifact.digest,
        uri=artifact.uri,
    )


class Supplier:
    """The development supplier of a network, who signs whatever it likes."""

    def __init__(self, book: AddressBook, folder: Path) -> None:
        self._session = acting(book, book.accounts["supplier"])
        self._tables, self._store = Tables(self._session), Store(folder.as_uri())
        entry = book.accounts["supplier"]
        assert entry.keystore is not None
        assert entry.password_file is not None
        self.key = int.from_bytes(load_account(entry.keystore, read_password(entry.password_file)).key, "big")
        self.address = bytes.fromhex(entry.address[2:])

    def table(self, choices: Sequence[int]) -> bytes:
        """A true table for this network."""
        board = bytes.fromhex(self._tables.address[2:])
        head = forge.header(len(choices), chain_id=self._session.book.chain_id, board=board, supplier=self.address)
        return resealed(forge.honest(choices, head=head), self.key)

    def submission(self, model_id: int, data: bytes, file: bytes | None = None) -> Submission:
        """What publishes a table; its file (or another one) is in the store."""
        artifact = self._store.put(file or data)
        told = published(data, artifact)
        _, rows = parsed(data)
        leaves = leaves_of(rows)
        first, last = (Row(row.x, row.y, row.c, row.b, transcript.proof(row.branches)) for row in (rows[0], rows[-1]))
        return Submission(
            model_id=model_id,
            params=told.params,
            n=told.n,
            nonce=told.nonce,
            data_commit=told.data_commit,
            root=told.root,
            tally=told.tally,
            signature=told.signature,
            file=artifact.digest,
            uri=artifact.uri,
            first=first,
            last=last,
            first_path=tuple(path(leaves, 1)),
            last_path=tuple(path(leaves, told.n)),
        )

    def publish(self, model_id: int, data: bytes, file: bytes | None = None) -> bytes:
        """Put a table on the board, pending; returns its id."""
        return self._tables.publish(self.submission(model_id, data, file), self.permit())[0]

    def permit(self) -> Permit:
        """What the bond of a table is paid with."""
        block = self._session.latest().number
        return Vault(self._session).permit(Disputes(self._session).table_bond(block))
