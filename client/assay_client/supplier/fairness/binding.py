"""Binding a run to its rows: beginning one, going on with one, and refusing to go on with other rows.

Rows are held in a secret order. The data commitment covers what is known before predictions (identity, group and actual
label of each row, in that order); the permutations are bound by a digest in the state.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from assay_chain.errors import Refused
from assay_oracles.audits.fairness import prove, sampling, transcript
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.signature import address_of
from assay_oracles.audits.fairness.table import Header

from .ledger import Ledger
from .plan import Plan, refused
from .rows import Rows
from .state import State


def begin(
    folder: Path, kind: str, rows: Rows, params: Params, plan: Plan, ledger: Ledger | None, permutations: bytes
) -> tuple[State, Header]:
    """Return the state of an interrupted run of the same rows, or that of a new one."""
    state = State.load(folder)
    if state is None:
        state = _new_state(kind, rows, params, plan, permutations)
        header = Header.decode(bytes.fromhex(state.header))
        if ledger is not None:
            ledger.reserve(header.table_id, bytes.fromhex(state.key), rows.tags, plan.model)
        state.save(folder)
        return state, header
    header = Header.decode(bytes.fromhex(state.header))
    check_same(state, header, rows, params, plan)
    if state.kind != kind or state.choices != (digest(in_table_order(permutations, state)) if permutations else ""):
        raise _other_rows(folder)
    return state, header


def _new_state(kind: str, rows: Rows, params: Params, plan: Plan, permutations: bytes) -> State:
    signer = plan.signer or secrets.randbelow(2**255) + 1
    order, salt = secrets.token_bytes(32), secrets.token_bytes(32)
    header = Header(
        plan.form,
        params,
        max(len(rows), plan.pads_to),
        plan.chain_id,
        plan.board,
        address_of(signer),
        plan.nonce or secrets.token_bytes(32),
        transcript.data_commitment(salt, _data_digest(rows, plan, order)),
    )
    state = State(
        kind,
        header.encode().hex(),
        prove.Secret.fresh(params).key.hex(),
        salt.hex(),
        order.hex(),
        "" if plan.signer else signer.to_bytes(32, "big").hex(),
        model=plan.model,
    )
    return replace(state, choices=digest(in_table_order(permutations, state))) if permutations else state


def check_same(state: State, header: Header, rows: Rows, params: Params, plan: Plan) -> None:
    """Refuse to go on with anything but the rows and the plan that the state is bound to."""
    data = _data_digest(rows, plan, bytes.fromhex(state.order))
    same = (
        header.params == params
        and header.n == max(len(rows), plan.pads_to)
        and header.form == plan.form
        and header.data_commit == transcript.data_commitment(bytes.fromhex(state.salt), data)
        and (plan.nonce is None or header.nonce == plan.nonce)
        and (header.chain_id, header.board) == (plan.chain_id, plan.board)
        and state.model == plan.model
        and bool(state.signer) == (plan.signer is None)
        and (plan.signer is None or header.supplier == address_of(plan.signer))
    )
    if not same:
        raise _other_rows(None)


def permutations(rows: Rows, params: Params, plan: Plan) -> bytes:
    """Return the permutation of every row, pads last."""
    return rows.permutations.tobytes() + bytes([params.permutations]) * max(0, plan.pads_to - len(rows))


def in_table_order(permutations: bytes, state: State) -> bytes:
    """Return the permutations in the secret order of the table."""
    order = sampling.secret_order(len(permutations), bytes.fromhex(state.order))
    return np.frombuffer(permutations, dtype=np.uint8)[order].tobytes()


def digest(choices: bytes) -> str:
    """Digest permutations in table order, for the state."""
    return sha256(b"choices" + choices).hexdigest()


def _data_digest(rows: Rows, plan: Plan, order: bytes) -> bytes:
    """Digest what is known of the rows before predictions: identity, group and actual label, in table order."""
    pads = max(0, plan.pads_to - len(rows))
    known = np.zeros((len(rows) + pads, 17), dtype=np.uint8)
    known[: len(rows), :16], known[: len(rows), 16], known[len(rows) :, 16] = rows.tags, rows.labels, 255
    return transcript.keccak(known[sampling.secret_order(len(known), order)].tobytes())


def _other_rows(folder: Path | None) -> Refused:
    where = f" (in {folder})" if folder else ""
    return refused(
        "other-rows",
        f"an unfinished table{where} was begun with other rows, predictions or options",
        "Go on with exactly those, or remove its folder and begin a new table: a row must never be encrypted twice.",
    )
