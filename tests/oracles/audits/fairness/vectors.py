"""Writes tests/vectors/faas-*.json: `python -m tests.oracles.audits.fairness.vectors`.

Tiny tables with fixed secrets and fixed randomness, every hash along the way, and false variants with their faults.
Randomness is fixed here only, by replacing the system's: the product has no switch for it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any
from unittest import mock

from assay_oracles.audits.fairness import prove, transcript
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Form, Params
from assay_oracles.audits.fairness.signature import seal
from assay_oracles.audits.fairness.table import HEADER_BYTES, Header

from tests.oracles.audits.fairness.forge import KEY, check, counts_of, header, word

SEED = bytes(range(32))
FOLDER = Path(__file__).parents[3] / "vectors"
CASES: dict[str, tuple[Form, Params, list[int]]] = {
    "faas-batch": (BATCH, Params(), [3, 0, 6]),
    "faas-batch-pads": (BATCH, Params(pads=True), [8, 5]),
    "faas-compact": (COMPACT, Params(), [3, 0, 6]),
    "faas-compact-three-groups": (COMPACT, Params(groups=3), [11, 2]),
}


class Tape:
    """Randomness that is the same every time."""

    def __init__(self, name: str) -> None:
        self._name, self._calls = name.encode(), 0

    def __call__(self, size: int) -> bytes:
        self._calls += 1
        return hashlib.shake_256(self._name + self._calls.to_bytes(4, "big")).digest(size)


def build(name: str) -> dict[str, Any]:
    """One vector. Numbers and bytes are hexadecimal without prefix, big-endian."""
    form, params, choices = CASES[name]
    group, tape = group_of(params.group), Tape(name)
    with mock.patch("secrets.token_bytes", tape):
        head = header(
            len(choices), params, form, chain_id=1337, board=bytes(range(20)), nonce=tape(32), data_commit=tape(32)
        )
        secret = prove.Secret.fresh(params)
        start, *_ = prove.starts(secret, params, choices, len(choices))
        keys_of_rows = prove.keys_of(secret, params, start, len(choices))
        cryptograms = prove.encrypt(head.table_id, secret, params, keys_of_rows, choices)
    rows, data, tally, tree = [], head.encode(), b"", transcript.Tree(transcript.depth_of(head.n))
    for keys, cryptogram, choice in zip(keys_of_rows, cryptograms, choices, strict=True):
        tally = group.add(tally, cryptogram.element)
        leaf = transcript.leaf(keys.public, keys.mask, cryptogram.element, tally, cryptogram.branches)
        tree.append(leaf)
        if form == BATCH:
            data += keys.public + keys.mask + cryptogram.element + tally + b"".join(cryptogram.branches)
        else:
            data += (
                group.to_wire(keys.public)
                + group.to_wire(cryptogram.element)
                + b"".join(branch[-64:] for branch in cryptogram.branches)
            )
        commitments = b"".join(branch[:-64] for branch in cryptogram.branches)
        rows.append(
            {
                "permutation": choice,
                "x": word(keys.x).hex(),
                "X": keys.public.hex(),
                "Y": keys.mask.hex(),
                "C": cryptogram.element.hex(),
                "B": tally.hex(),
                "branches": [branch.hex() for branch in cryptogram.branches],
                "challenge": word(
                    transcript.challenge(
                        head.table_id, keys.row, keys.public, keys.mask, cryptogram.element, commitments, group.order
                    )
                ).hex(),
                "leaf": leaf.hex(),
            }
        )
    counts = counts_of(choices, params)
    footer = seal(head, tree.root(), counts, KEY)
    data += footer.encode()
    shares = [transcript.leaf_share(SEED, bytes.fromhex(row["leaf"])) for row in rows]
    return {
        "signing_key": word(KEY).hex(),
        "supplier": head.supplier.hex(),
        "table_id": head.table_id.hex(),
        "rows": rows,
        "root": footer.root.hex(),
        "counts": list(counts),
        "signing_digest": transcript.signing_digest(head.table_id, footer.root, counts).hex(),
        "signature": footer.signature.hex(),
        "seed": SEED.hex(),
        "leaves": sum(shares) % 2**32,
        "file": data.hex(),
        "false": [false(data, offset, new) for offset, new in changes(head)],
    }


def changes(head: Header) -> list[tuple[int, bytes]]:
    """Places in a file, and what to write there to make the table false."""
    second, length = HEADER_BYTES + head.row_bytes, head.row_bytes
    footer = HEADER_BYTES + head.n * length
    scalar = second + (256 + 128 if head.form == BATCH else 66)
    places = [
        (7 * 32, bytes(32)),  # another nonce
        (second, bytes(33)),  # X
        (scalar, bytes(32)),  # c_0
        (scalar, b"\xff" * 32),
        (scalar, word(1)),
        (scalar + 32, word(1)),  # r_0
        (footer, bytes(32)),  # root
        (footer + 32, word(2)),  # n_0
        (footer + 32 * (1 + head.params.permutations), word(5)),  # signature
    ]
    if head.form == BATCH:
        generator = group_of(head.params.group).base(1)
        places += [(second + 64 * place, generator) for place in (1, 2, 3, 4, 5)]  # Y, C, B, a_0, b_0
    return places


def false(data: bytes, offset: int, new: bytes) -> dict[str, Any]:
    """A change, and the fault that every verifier names for it."""
    report = check(data[:offset] + new + data[offset + len(new) :])
    assert not report.valid
    fault = report.fault
    named = {"kind": int(fault.kind), "row": fault.row, "branch": fault.branch} if fault else None
    return {"offset": offset, "bytes": new.hex(), "fault": named}


if __name__ == "__main__":
    for each in CASES:
        (FOLDER / f"{each}.json").write_text(json.dumps(build(each), indent=1) + "\n")
