"""A supplier who lies: rows of its own true table, changed to say something nicer, and signed again.

The board takes such a table, because both ends, the tally and the signature are right. What no supplier can make is the
proof of a changed row: its challenge covers the cryptogram. Only the demo and the tests forge.
"""

from __future__ import annotations

from pathlib import Path

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.evaluate import open_table, rows_of
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.groups.base import IDENTITY
from assay_oracles.audits.fairness.signature import seal


def forge(path: Path, key: int, rows: range, told: int, kept: int) -> None:
    """Let rows of a batch table file speak of permutation `told` where they spoke of `kept`, and count accordingly.

    Args:
        path: the file, which is changed.
        key: the supplier's private key.
        rows: numbers of the rows to change; at least as many are counted under `kept`.
        told: permutation that the table is to claim.
        kept: permutation that it claims less of.
    """
    with path.open("rb") as stream:
        header, footer = open_table(stream)
        params, group = header.params, group_of(header.params.group)
        shift = group.base(params.encodings[told] - params.encodings[kept])
        data, tree, moved = bytearray(header.encode()), transcript.Tree(transcript.depth_of(header.n)), IDENTITY
        for row in rows_of(stream, header):
            changed = row.number in rows
            moved = group.add(moved, shift) if changed else moved
            cryptogram = group.add(row.c, shift) if changed else row.c
            total = group.add(row.b, moved)
            data += row.x + row.y + cryptogram + total + b"".join(row.branches)
            tree.append(transcript.leaf(row.x, row.y, cryptogram, total, row.branches))
    counts = list(footer.counts)
    counts[told] += len(rows)
    counts[kept] -= len(rows)
    path.write_bytes(data + seal(header, tree.root(), tuple(counts), key).encode())
