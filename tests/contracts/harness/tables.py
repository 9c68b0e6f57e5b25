"""Fairness tables, honest or forged, as the submissions that a supplier would send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.row import Row, split
from assay_oracles.audits.fairness.signature import sign
from assay_oracles.audits.fairness.table import HEADER_BYTES, Footer, Header

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.contract import Contract, Receipt, refuses
from tests.contracts.harness.world import World
from tests.oracles.audits.fairness import forge

PENDING, VERIFIED, REJECTED, REFUTED = 1, 2, 3, 4
URI = "store://table"
Fields = dict[str, Any]
Point = tuple[int, int]


class Tables:
    """Tables for the fairness board of a world, or for another one."""

    def __init__(self, world: World, board: Contract | None = None) -> None:
        self.world = world
        self.board = board or world.tables

    def header(self, n: int, params: Params | None = None, supplier: Account | None = None, **fields: Any) -> Header:
        """A header of a table for this board."""
        owner = bytes.fromhex((supplier or self.world.supplier)[2:])
        given = {"chain_id": self.world.evm.chain_id, "board": bytes.fromhex(self.board.address[2:]), "supplier": owner}
        return forge.header(n, params, **(given | fields))

    def honest(self, choices: Sequence[int], params: Params | None = None, **fields: Any) -> Fields:
        """The submission of a true table."""
        head = self.header(len(choices), params, **fields)
        return self.submission(forge.honest(choices, head=head))

    def submission(self, data: bytes, **changes: Any) -> Fields:
        """A table's file as a submission of the supplier, who signs whatever it says. Keys are the Solidity names."""
        head, rows = parsed(data)
        footer = Footer.decode(data[-head.footer_bytes :], head.params)
        leaves = leaves_of(rows)
        fields: Fields = {
            "modelId": self.world.model,
            "params": head.params.word,
            "n": head.n,
            "nonce": head.nonce,
            "dataCommit": head.data_commit,
            "root": root_of(leaves, transcript.depth_of(head.n)),
            "tally": head.params.tally(footer.counts),
            "signature": b"",
            "file": hashlib.sha256(data).digest(),
            "uri": URI,
            "first": opened(rows[0]),
            "last": opened(rows[-1]),
            "firstPath": path(leaves, 1),
            "lastPath": path(leaves, head.n),
        }
        return self.signed(fields | changes)

    def signed(self, fields: Fields, signer: Account | None = None) -> Fields:
        """The same submission, signed by the supplier (or another) over what it now says."""
        return {**fields, "signature": sign(key_of(signer or self.world.supplier), self.digest(fields))}

    def digest(self, fields: Fields, supplier: Account | None = None) -> bytes:
        """What the supplier of a submission signs; counts beyond the last permutation's are dropped."""
        params, tally = fields["params"], fields["tally"]
        bits, permutations = params & 255, 4 * (params >> 16 & 255)
        counts = [tally >> bits * k & (1 << bits) - 1 for k in range(permutations)]
        return transcript.signing_digest(self.id_of(fields, supplier), fields["root"], counts)

    def id_of(self, fields: Fields, supplier: Account | None = None) -> bytes:
        """The table's id, as this side of the chain computes it."""
        return transcript.keccak(
            transcript.tag("table")
            + transcript.word(self.world.evm.chain_id)
            + bytes.fromhex(self.board.address[2:]).rjust(32, b"\0")
            + bytes.fromhex((supplier or self.world.supplier)[2:]).rjust(32, b"\0")
            + transcript.word(fields["params"])
            + transcript.word(fields["n"])
            + fields["nonce"]
            + fields["dataCommit"]
        )

    def publish(self, fields: Fields, sender: Account | None = None, permit: Permit | None = None) -> Receipt:
        """Sends a submission."""
        submission, supplier = tuple(fields.values()), sender or self.world.supplier
        receipt: Receipt = self.board.publish(submission, permit or Permit(), sender=supplier)
        return receipt

    def published(self, choices: Sequence[int] = (3, 0, 6), params: Params | None = None, **fields: Any) -> bytes:
        """The id of a true table that is now on the board, pending."""
        return bytes(self.publish(self.honest(choices, params, **fields)).value)

    @contextmanager
    def refuses(self, name: str, *values: Any) -> Iterator[None]:
        """Expects exactly this custom error and an untouched state."""
        before = self.state()
        with refuses(name, *values):
            yield
        assert self.state() == before

    def refused(self, fields: Fields, field: str, sender: Account | None = None) -> None:
        """Expects a submission to be refused for this field, and to leave no trace."""
        supplier = sender or self.world.supplier
        before = self.board.table(self.id_of(fields, supplier))
        with self.refuses("BadTable", field):
            self.publish(fields, supplier)
        assert self.board.table(self.id_of(fields, supplier)) == before

    def state(self) -> tuple[Any, ...]:
        """What a refused call must leave alone."""
        return [self.board.tableAt(i) for i in range(self.board.count())], self.world.state()


def parsed(data: bytes) -> tuple[Header, list[Row]]:
    """Header and rows of a table's file."""
    head = Header.decode(data)
    return head, list(split(data[HEADER_BYTES : -head.footer_bytes], head.params, 1))


def patched(data: bytes, row: int, place: int, new: bytes) -> bytes:
    """The file with X, Y, C or B (0 to 3) of a row overwritten."""
    at = HEADER_BYTES + (row - 1) * Header.decode(data).row_bytes + 64 * place
    return data[:at] + new + data[at + 64 :]


def leaves_of(rows: Sequence[Row]) -> list[bytes]:
    """The leaf of every row."""
    return [transcript.leaf(row.x, row.y, row.c, row.b, row.branches) for row in rows]


def root_of(leaves: Sequence[bytes], depth: int) -> bytes:
    """The root over these leaves and absent ones."""
    tree = transcript.Tree(depth)
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def opened(row: Row) -> tuple[Any, ...]:
    """A row as the `Row` struct."""
    proof = transcript.tag("proof")
    for branch in row.branches:
        proof += transcript.keccak(transcript.tag("branch") + branch)
    return (*map(point, (row.x, row.y, row.c, row.b)), transcript.keccak(proof))


def path(leaves: Sequence[bytes], row: int) -> list[bytes]:
    """The siblings of a row's leaf (from 1), from the leaf up: the whole tree, level by level."""
    level, index, siblings = list(leaves), row - 1, []
    empty = transcript.EMPTY
    for _ in range(transcript.depth_of(len(leaves))):
        level += [empty] * (len(level) % 2)
        siblings.append(level[index ^ 1])
        level = [node(*level[i : i + 2]) for i in range(0, len(level), 2)]
        index, empty = index >> 1, node(empty, empty)
    return siblings


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return transcript.keccak(transcript.tag("node") + left + right)


def point(element: bytes) -> Point:
    """64 bytes as the `Point` struct; the identity is (0, 0)."""
    return int.from_bytes(element[:32], "big"), int.from_bytes(element[32:], "big")


def element(of: Point) -> bytes:
    """A point as the native side has it."""
    return b"" if of == (0, 0) else raw(of)


def raw(of: Point) -> bytes:
    """Any two coordinates as 64 bytes."""
    return b"".join(coordinate.to_bytes(32, "big") for coordinate in of)


def key_of(account: Account) -> int:
    """The private key as a number."""
    return int.from_bytes(account.key, "big")
