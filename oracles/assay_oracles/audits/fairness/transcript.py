"""Every hash of the protocol: tags, table id, challenge, leaves and tree (design section 4).

Words are 32 bytes, big-endian; H is keccak256; T(s) = H("assay/faas/v1/" + s).
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from sha3 import keccak_256

from assay_oracles.audits.fairness.params import Params

EMPTY: Final = bytes(32)
"""The hash of an absent leaf."""


def keccak(data: bytes) -> bytes:
    """Return H(data), 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


@cache
def tag(name: str) -> bytes:
    """Return T(name), 32 bytes."""
    return keccak(b"assay/faas/v1/" + name.encode("ascii"))


def word(number: int) -> bytes:
    """Return a number as a word."""
    return number.to_bytes(32, "big")


def data_commitment(secret: bytes, digest: bytes) -> bytes:
    """Commit to the supplier's rows: H(T("data"), 32 secret random bytes, digest of the rows).

    Unsalted it would tell whether a guessed row set is the right one.
    """
    return keccak(tag("data") + secret + digest)


def table_id(
    chain_id: int, board: bytes, supplier: bytes, params: Params, n: int, nonce: bytes, data_commit: bytes
) -> bytes:
    """Return the identity that every challenge of a table is bound to.

    Args:
        chain_id: Chain of the board, 0 offline.
        board: Address, 20 bytes; zero offline.
        supplier: Address of the signer, 20 bytes.
        params: The table's parameters.
        n: Number of rows, pads included.
        nonce: 32 bytes, never used for another table of this supplier.
        data_commit: See `data_commitment`.
    """
    return keccak(
        tag("table")
        + word(chain_id)
        + board.rjust(32, b"\0")
        + supplier.rjust(32, b"\0")
        + word(params.word)
        + word(n)
        + nonce
        + data_commit
    )


def challenge(table: bytes, row: int, x: bytes, y: bytes, c: bytes, commitments: bytes, order: int) -> int:
    """Return the challenge of a row's proof.

    Args:
        table: The table id.
        row: Number of the row, from 1.
        x: X_i, uncompressed.
        y: Y_i, uncompressed.
        c: C_i, uncompressed.
        commitments: a_0 | b_0 | a_1 | b_1 | ..., uncompressed.
        order: Order of the group.
    """
    return int.from_bytes(keccak(tag("challenge") + table + word(row) + x + y + c + commitments), "big") % order


def digests(branches: Iterable[bytes]) -> list[bytes]:
    """Return the hash of a | b | c | r of every branch, in order."""
    branch = tag("branch")
    return [keccak_256(branch + part).digest() for part in branches]


def proof(branches: Iterable[bytes]) -> bytes:
    """Return the hash of a row's proof: of a | b | c | r of every branch, in order."""
    return keccak(tag("proof") + b"".join(digests(branches)))


def leaf(x: bytes, y: bytes, c: bytes, b: bytes, branches: Iterable[bytes]) -> bytes:
    """Return the hash of a row.

    Args:
        x: X_i, uncompressed.
        y: Y_i, uncompressed.
        c: C_i, uncompressed.
        b: B_i, uncompressed.
        branches: a | b | c | r of every branch, in order.
    """
    return keccak(tag("leaf") + x + y + c + b + proof(branches))


def signing_digest(table: bytes, root: bytes, counts: Iterable[int]) -> bytes:
    """Return what the supplier signs: H(T("sign"), table id, root, counts)."""
    return keccak(tag("sign") + table + root + b"".join(map(word, counts)))


def leaf_share(seed: bytes, leaf_: bytes) -> int:
    """Return what one leaf adds to the digest lane of a vote: H(T("leaves"), seed, leaf) as a number.

    Args:
        seed: The audit's seed, 32 bytes.
        leaf_: The hash of a row.
    """
    return int.from_bytes(keccak(tag("leaves") + seed + leaf_), "big")


class Tree:
    """The root of leaves that arrive one by one, in memory proportional to the depth.

    Depth ceil(log2 n); absent leaves are zero and empty subtrees are hashed up, so that a position follows from its
    path.

    Attributes:
        pending: For every level a left subtree that waits for its right neighbour, or None; all that there is to keep.
    """

    def __init__(self, depth: int, pending: Iterable[bytes | None] = ()) -> None:
        """Start an empty tree of that depth, or go on with what an earlier one had pending."""
        self._node = tag("node")
        self.pending: list[bytes | None] = list(pending) or [None] * (depth + 1)

    def append(self, node: bytes) -> None:
        """Add the next leaf."""
        level = 0
        while (left := self.pending[level]) is not None:
            self.pending[level] = None
            node = keccak(self._node + left + node)
            level += 1
        self.pending[level] = node

    def root(self) -> bytes:
        """Return the root over all leaves so far, padded with absent ones."""
        empty, carry = EMPTY, None
        for left in self.pending[:-1]:
            if left is not None:
                carry = keccak(self._node + left + (empty if carry is None else carry))
            elif carry is not None:
                carry = keccak(self._node + carry + empty)
            empty = keccak(self._node + empty + empty)
        return self.pending[-1] or carry or empty


def paths(leaves: Iterable[bytes], n: int, numbers: Sequence[int]) -> list[tuple[bytes, ...]]:
    """Return the siblings of the leaves of some rows, from the leaf up, in one pass over all n leaves.

    Args:
        leaves: All n, in order.
        n: How many they are.
        numbers: Rows, from 1.
    """
    indices = [number - 1 for number in numbers]
    beside = [[Tree(level) for level in range(depth_of(n))] for _ in indices]
    for index, leaf_ in enumerate(leaves):
        for own, siblings in zip(indices, beside, strict=True):
            if index != own:  # below their lowest common ancestor, the leaf is in the sibling of the own subtree
                siblings[(index ^ own).bit_length() - 1].append(leaf_)
    return [tuple(tree.root() for tree in siblings) for siblings in beside]


def root_of(leaf_: bytes, number: int, path: Iterable[bytes]) -> bytes:
    """Return the root under which a path shows the leaf of a row; numbers begin at 1."""
    node, index = leaf_, number - 1
    for level, sibling in enumerate(path):
        node = keccak(tag("node") + (sibling + node if index >> level & 1 else node + sibling))
    return node


def depth_of(n: int) -> int:
    """Return ceil(log2 n), the depth of a tree over n leaves."""
    return (n - 1).bit_length()
