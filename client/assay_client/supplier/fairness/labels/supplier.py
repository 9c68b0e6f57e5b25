"""The supplier: joins a session, raises the owner's rows to its predictions, and opens its half of the sums."""

from __future__ import annotations

import secrets
from dataclasses import replace
from hashlib import sha256
from typing import Any

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.labels import equations, rows
from assay_oracles.audits.fairness.labels.files import Step, Terms

from assay_client.verifier.fairness.sessions import check, opened

from ..ledger import Ledger
from ..plan import refused
from ..rows import Rows
from ..state import locked
from .making import encode, write, write_rows
from .secret import Secret
from .turn import Party, Turn, check_party, check_turn, finish, made, turn


def join(party: Party) -> Terms:
    """Join a session that names this supplier (step 1): `supplier.key`.

    Raises:
        Refused, MalformedInput, Usage: as `turn`.
    """
    with opened(party.shared) as files:
        terms, step = files[0].terms, Step.SUPPLIER_KEY
        check_party(party, terms, "supplier")
        finding = check(files[:1], None, party.progress)
        check_turn(step, replace(finding, files=tuple(files)))
        if len(files) >= step:
            raise made(party, step)
        folder = party.folder(terms, "supplier")
        with locked(folder):
            # A run that was interrupted before it handed over its key goes on with it.
            half = transcript.word(equations.draw(terms.session)).hex()
            secret = Secret.load(folder) or Secret(half, secrets.token_hex(32))
            secret.save(folder)
            public = equations.half_key(terms.session, "supplier", int(secret.half, 16))
            write(party, step, terms, files[0].mark, encode(terms, public))
    return terms


def predict(party: Party, given: Rows, ledger: Ledger, least: int) -> Terms:
    """Add the predictions to the owner's rows, every one of which is checked first (step 3): `supplier.rows`.

    An interrupted run goes on.

    Args:
        party: The supplier.
        given: The same rows as the owner's, with predictions and without labels.
        ledger: The supplier's ledger of rows.
        least: Fewest rows of any label that occurs. An owner that makes a label rare, truly or not, learns the
            predictions of its rows.

    Raises:
        Refused: as `turn`; or the rows are not the owner's, a label is too rare, the ledger forbids these rows, or the
            run was begun with other predictions.
        MalformedInput, Usage: as `turn`.
    """
    with turn(party, Step.SUPPLIER_ROWS) as own:
        session, joint, key = own.session, own.finding.joint, bytes.fromhex(own.secret.key)
        order, ids = rows.align(session, own.pair(), given.tags)
        _check_rows(own, ids, least)
        predictions = given.predictions[order].tobytes()
        own = _bind(own, predictions)
        ledger.reserve(session.table, bytes.fromhex(own.secret.half), given.tags)
        fixed = own.file(Step.OWNER_ROWS)

        def task(first: int, length: int) -> tuple[Any, ...]:
            _, _, before = fixed.chunk((first - 1) // fixed.chunk_rows)
            own_predictions = predictions[first - 1 : first - 1 + length]
            return rows.predict, session, joint, key, first, before, own_predictions

        write_rows(party, own, ids, task, lambda: b"")
        return own.terms


def share(party: Party) -> Terms:
    """Open the supplier's half of the sums, and declare how many predictions are 1 (step 4): `supplier.share`.

    The supplier's secrets are removed.

    Raises:
        Refused, MalformedInput, Usage: as `turn`.
    """
    with turn(party, Step.SUPPLIER_SHARE) as own:
        if not own.done:
            given = equations.share(own.session, "supplier", own.half, own.key("supplier"), own.finding.sums[0])
            body = encode(own.terms, given) + transcript.word(own.secret.positives)
            write(party, own.step, own.terms, own.before, body)
        finish(own)
        return own.terms


def _check_rows(own: Turn, ids: bytes, least: int) -> None:
    if own.file(Step.OWNER_ROWS).body[:32] != ids:
        raise refused(
            "other-ids",
            "the identities of these rows are not those of the owner's rows",
            f"Both need the same {own.terms.n} rows, in any order, with the same values in the column of --row-id.",
        )
    if rare := [str(m) for m, total in enumerate(own.finding.labels) if 0 < total < least]:
        raise refused(
            "rare-label",
            f"fewer than {least} rows have label {', '.join(rare)} (2 * group + actual)",
            "Counts would show the owner what you predict for them. --min-label sets another minimum.",
        )


def _bind(own: Turn, predictions: bytes) -> Turn:
    """Bind the run to its predictions before the first row: two of one row, and the owner knows both."""
    choices = sha256(b"predictions" + bytes.fromhex(own.secret.key) + predictions).hexdigest()
    if own.secret.choices not in ("", choices):
        raise refused(
            "other-rows",
            "this run was begun with other predictions",
            "Go on with exactly those, or have the owner start another session.",
        )
    secret = replace(own.secret, choices=choices, positives=predictions.count(1))
    secret.save(own.folder)
    return replace(own, secret=secret)
