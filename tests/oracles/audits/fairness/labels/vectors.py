"""Writes tests/vectors/faas-labels-*.json: `python -m tests.oracles.audits.fairness.labels.vectors`.

Tiny sessions with fixed secrets and fixed randomness, every hash along the way, and false variants with their culprits.
"""

import json
from hashlib import blake2b
from typing import Any
from unittest import mock

import numpy as np
from assay_oracles.audits.fairness.labels import equations, rows
from assay_oracles.audits.fairness.labels.files import Step, signing_digest
from assay_oracles.audits.fairness.params import Params

from tests.oracles.audits.fairness.forge import word
from tests.oracles.audits.fairness.labels.exchange import OWNER, SUPPLIER, Exchange, Files, check, mark, sign_all, terms
from tests.oracles.audits.fairness.vectors import FOLDER, Tape

CASES: dict[str, tuple[int, dict[str, tuple[int, int]]]] = {
    "faas-labels-two-groups": (2, {"anna": (1, 1), "bert": (2, 0), "carl": (1, 0)}),
    "faas-labels-three-groups": (3, {"7": (5, 1), "12": (0, 1)}),
}
"""Number of groups; of each row by its id the label 2 * group + actual, and the prediction."""


def build(name: str) -> dict[str, Any]:
    """One vector. Numbers and bytes are hexadecimal without prefix, big-endian."""
    groups, people = CASES[name]
    tape = Tape(name)
    given = terms(
        len(people), Params(groups=groups), chain_id=1337, board=bytes(range(20)), nonce=tape(32), data_commit=tape(32)
    )
    halves = int.from_bytes(tape(31), "big"), int.from_bytes(tape(31), "big")
    tags = [blake2b(json.dumps(person).encode(), digest_size=16).digest() for person in people]
    session, group = given.session, Exchange([0, 0], [0, 0]).group
    pair = group.base(halves[0] * halves[1] % group.order)
    order, ids = rows.align(session, pair, np.frombuffer(b"".join(tags), dtype=np.uint8).reshape(-1, 16))
    chosen = [list(people)[place] for place in order]
    labels, predictions = [people[person][0] for person in chosen], [people[person][1] for person in chosen]
    with mock.patch("secrets.token_bytes", tape):
        exchange = Exchange(labels, predictions, given, halves, tags)
        bodies = exchange.bodies()
        files = sign_all(given, bodies)
        forged = false(exchange, bodies)
    assert exchange.ids == ids
    return {
        "signing_keys": {"owner": word(OWNER).hex(), "supplier": word(SUPPLIER).hex()},
        "table_id": session.table.hex(),
        "half_keys": {"owner": word(halves[0]).hex(), "supplier": word(halves[1]).hex()},
        "joint_key": exchange.joint.hex(),
        "pair": pair.hex(),
        "ids": list(people),
        "order": [int(place) for place in order],
        "ids_commitment": ids.hex(),
        "rows": [
            {
                "label": labels[i],
                "prediction": predictions[i],
                "rho": word(equations.mask(session, b"o" * 32, i + 1)).hex(),
                "rho'": word(equations.mask(session, b"s" * 32, i + 1)).hex(),
            }
            for i in range(given.n)
        ],
        "labels": exchange.totals,
        "positives": exchange.positives,
        "sums": [total.hex() for total in rows.totals(session, given.n, exchange.predicted)],
        "counts": list(exchange.counts),
        "contents": {step.file: mark(files, step).content.hex() for step in Step},
        "signing_digests": {step.file: signing_digest(given, step, mark(files, step).content).hex() for step in Step},
        "files": {step.file: data.hex() for step, data in files.items()},
        "false": forged,
    }


def false(exchange: Exchange, bodies: dict[Step, bytes]) -> list[dict[str, Any]]:
    """Sessions with one body changed and everything signed again, and what every verifier finds."""
    first, honest = exchange.terms.row_bytes(Step.OWNER_ROWS), sign_all(exchange.terms, bodies)
    places = [
        (Step.OWNER_KEY, 40, b"\1"),
        (Step.SUPPLIER_KEY, 0, b"\4"),
        (Step.OWNER_ROWS, 32 + first, bytes(33)),  # R of row 2
        (Step.OWNER_ROWS, 32 + 66, word(1)),  # c_0 of row 1
        (Step.OWNER_ROWS, 32 + exchange.terms.n * first, word(3)),  # N_0
        (Step.SUPPLIER_ROWS, 0, bytes(32)),  # identities
        (Step.SUPPLIER_ROWS, 32 + 66 + 96, bytes(32)),  # r_1 of row 1
        (Step.SUPPLIER_SHARE, 0, bodies[Step.OWNER_SHARE][:97]),
        (Step.SUPPLIER_SHARE, 97, word(0)),
        (Step.OWNER_SHARE, 97 + 32, word(2)),  # n_1
    ]
    found = []
    for step, at, new in places:
        body = bodies[step][:at] + new + bodies[step][at + len(new) :]
        found.append(described(honest, sign_all(exchange.terms, bodies | {step: body})))
    return found


def described(honest: Files, files: Files) -> dict[str, Any]:
    """The files that differ, and the fault of the session with them."""
    fault = check(files).fault
    assert fault is not None
    changed = {step.file: data.hex() for step, data in files.items() if data != honest[step]}
    return {"files": changed, "fault": {"file": fault.step.file, "row": fault.row}}


if __name__ == "__main__":
    for each in CASES:
        (FOLDER / f"{each}.json").write_text(json.dumps(build(each), indent=1) + "\n")
