"""The cryptogram table of the paper's setup phase: all permutations and their proofs a row (paper B, section 3.3.1).

It is made before predictions exist, and the ML system keeps it secret: two cryptograms of one row name both (`c` of the
four properties), so this file next to the published table tells every label. Selecting the cryptogram of the predicted
permutation gives the row of the auditing table. Here is one row: X | Y | (C | (a | b | c | r)_j)_k, uncompressed.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.params import BATCH, Form, Params
from assay_oracles.audits.fairness.prove import Secret, Start, draw, keys_of, prove_choices

MAGIC: Final = b"assay/faas/prepared/v1".ljust(32, b"\0")


def row_bytes(params: Params) -> int:
    """Length of one prepared row."""
    element = element_bytes(params)
    return 2 * element + params.branches * (element + params.branches * (2 * element + 64))


def element_bytes(params: Params) -> int:
    """Length of an uncompressed element."""
    return len(group_of(params.group).base(1))


def prepare_rows(table: bytes, secret: Secret, params: Params, start: Start, length: int) -> bytes:
    """Write all cryptograms of a run of rows, each with its proof.

    Args:
        table: The table id.
        secret: The table's secret.
        params: The table's parameters.
        start: Where the run begins; its tally is not used.
        length: Number of rows.
    """
    group, encodings = group_of(params.group), params.encodings
    keys = keys_of(secret, params, start, length)
    # The cryptograms of a row differ by multiples of G that are the same in every row: additions, no multiplications.
    steps = [(group.base(following - encoding),) for encoding, following in pairwise(encodings)]
    firsts = group.base_many([(own.x * own.y + encodings[0]) % secret.order for own in keys])
    elements = [element for first in firsts for element in (first, *group.running(first, steps))]
    each = [own for own in keys for _ in encodings]
    # One of them at most is ever published, so the proofs of a row share their nonces: half of all multiplications.
    nonces = [drawn for drawn in draw(table, secret, params, keys) for _ in encodings]
    proofs = prove_choices(table, secret, params, each, [*range(params.branches)] * length, elements, nonces)
    parts: list[bytes] = []
    for index, (own, element, proof) in enumerate(zip(each, elements, proofs, strict=True)):
        if index % params.branches == 0:
            parts += (own.public, own.mask)
        parts += (element, *proof)
    return b"".join(parts)


def select_rows(
    params: Params, form: Form, data: bytes, choices: Sequence[int], tally: Element
) -> tuple[bytes, list[bytes], Element]:
    """Select one cryptogram of each row of a run.

    Args:
        params: The table's parameters.
        form: How rows of the auditing table are written.
        data: The prepared rows.
        choices: Permutation of each row.
        tally: B of the row before the run, the identity for the first run.

    Returns:
        The rows and their leaves as `prove.prove_rows` gives them, and B of the last one.
    """
    group = group_of(params.group)
    rows: list[bytes] = []
    leaves: list[bytes] = []
    for public, mask, element, branches in _selected(params, data, choices):
        tally = group.add(tally, element)
        if form == BATCH:
            rows += (public, mask, element, tally, *branches)
        else:
            rows += (group.to_wire(public), group.to_wire(element), *(branch[-64:] for branch in branches))
        leaves.append(transcript.leaf(public, mask, element, tally, branches))
    return b"".join(rows), leaves, tally


def _selected(
    params: Params, data: bytes, choices: Sequence[int]
) -> Iterator[tuple[Element, Element, Element, list[bytes]]]:
    """Yield X, Y, and of the chosen cryptogram C and the branches, for each row."""
    element, branch, length = element_bytes(params), 2 * element_bytes(params) + 64, row_bytes(params)
    for index, choice in enumerate(choices):
        row = data[index * length : (index + 1) * length]
        begin = 2 * element + choice * (element + params.branches * branch)
        proof = begin + element
        branches = [row[i : i + branch] for i in range(proof, proof + params.branches * branch, branch)]
        yield row[:element], row[element : 2 * element], row[begin:proof], branches
