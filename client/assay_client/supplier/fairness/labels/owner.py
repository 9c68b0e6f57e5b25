"""The owner of the labels: begins a session, fixes the labels, and at the end finds and publishes the counts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np
from assay_chain.errors import Refused
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.labels import count, equations, rows
from assay_oracles.audits.fairness.labels.files import Mark, Step, Terms
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.release import Release
from assay_oracles.audits.fairness.signature import address_of

from assay_client.parallel import workers

from ..ledger import Ledger
from ..plan import malformed, refused
from ..proving import refuse_existing
from ..rows import Rows
from ..state import locked
from .making import encode, write, write_rows
from .secret import Secret
from .turn import Party, finish, turn


@dataclass(frozen=True)
class Plan:
    """What a session shall be.

    Attributes:
        supplier: Address of the supplier, 20 bytes.
        nonce: 32 bytes; None for random ones.
        chain_id: Chain of the board, 0 offline.
        board: Address of the board, 20 bytes, zero offline.
    """

    supplier: bytes
    nonce: bytes | None = None
    chain_id: int = 0
    board: bytes = bytes(20)


def start(party: Party, given: Rows, plan: Plan, ledger: Ledger) -> Terms:
    """Begin a session about the owner's rows (step 1): `owner.key`.

    Args:
        party: The owner.
        given: Its rows, without predictions, identified by a column that the supplier has too.
        plan: What the session shall be.
        ledger: The owner's ledger of rows.

    Raises:
        MalformedInput: the rows are too few or too many, or their counts could not be found at the end.
        Refused: the folder holds a session, or the ledger forbids these rows.
    """
    params = Params(groups=given.groups)
    _check_size(given, params)
    owner, salt, nonce = address_of(party.signer), secrets.token_bytes(32), plan.nonce or secrets.token_bytes(32)
    if owner == plan.supplier:
        raise malformed("owner and supplier are one address", "Labels are independent if somebody else holds them.")
    commitment = transcript.data_commitment(salt, _digest(given))
    terms = Terms(params, len(given), plan.chain_id, plan.board, owner, plan.supplier, nonce, commitment)
    half = equations.draw(terms.session)
    party.shared.mkdir(parents=True, exist_ok=True)
    refuse_existing(party.shared / Step.OWNER_KEY.file)
    ledger.reserve(terms.session.table, transcript.word(half), given.tags)
    folder = party.folder(terms, "owner")
    with locked(folder):
        Secret(transcript.word(half).hex(), secrets.token_hex(32), salt.hex()).save(folder)
        public = equations.half_key(terms.session, "owner", half)
        write(party, Step.OWNER_KEY, terms, Mark(), encode(terms, public))
    return terms


def fix(party: Party, given: Rows) -> Terms:
    """Fix the labels of all rows (step 2): `owner.rows`. An interrupted run goes on.

    Args:
        party: The owner.
        given: The rows that the session was started with.

    Raises:
        Refused: as `turn`; or these are other rows.
        MalformedInput, Usage: as `turn`.
    """
    with turn(party, Step.OWNER_ROWS) as own:
        if own.terms.data_commit != transcript.data_commitment(bytes.fromhex(own.secret.salt), _digest(given)):
            raise refused(
                "other-rows",
                "the session was started with other rows, or the same ones read in another way",
                "Go on with exactly those and the same --protected, --groups, --actual and --row-id, or start another "
                "session: a row must never be encrypted twice.",
            )
        session, joint, key = own.session, own.finding.joint, bytes.fromhex(own.secret.key)
        order, ids = rows.align(session, own.pair(), given.tags)
        labels = given.labels[order].tobytes()

        def tail() -> bytes:
            totals = [labels.count(m) for m in range(2 * session.params.groups)]
            rho = sum(equations.mask(session, key, row) for row in range(1, session.n + 1))
            proof = equations.prove_totals(session, joint, totals, rho)
            return b"".join(map(transcript.word, totals)) + proof.encode()

        write_rows(
            party,
            own,
            ids,
            lambda first, length: (rows.fix, session, joint, key, first, labels[first - 1 : first - 1 + length]),
            tail,
        )
        return own.terms


def publish(party: Party, release: Release) -> tuple[Terms, tuple[int, ...]]:
    """Decrypt the sums, find the counts and publish both (step 4): `owner.share`. The owner's secrets are removed.

    Args:
        party: The owner.
        release: Minimum sizes.

    Returns:
        The terms and the counts n_k.

    Raises:
        Refused: as `turn`; or the supplier's declaration is false; or the release policy forbids these counts.
        MalformedInput, Usage: as `turn`.
    """
    with turn(party, Step.OWNER_SHARE) as own:
        if own.done:
            finish(own)
            return own.terms, own.finding.counts
        session, finding, supplier = own.session, own.finding, own.finding.half
        assert supplier is not None, "the supplier's share holds"
        share = equations.share(session, "owner", own.half, own.key("owner"), finding.sums[0])
        tally = equations.opened(session, finding.sums[1], share, supplier)
        with workers(count.runs(finding.labels)) as (executor, number):
            counts = count.find(
                session.params, tally, finding.labels, finding.positives, executor, number, party.progress
            )
        if counts is None:
            raise Refused(
                "the supplier declared a number of predictions of 1 that no counts fit",
                code="false-session",
                culprit="supplier",
                hint="Do not go on with this session. Keep the files: they are signed.",
            )
        if reason := release.violation(counts):
            raise refused("release-policy", reason, "Release more rows at once, or merge groups.")
        body = encode(own.terms, share) + b"".join(map(transcript.word, counts))
        write(party, own.step, own.terms, own.before, body)
        finish(own)
        return own.terms, counts


def _check_size(given: Rows, params: Params) -> None:
    if not 2 <= len(given) < 1 << params.width:
        raise malformed(
            f"a session with {params.groups} groups has 2 to {(1 << params.width) - 1} rows, not {len(given)}",
            "Fewer protected groups leave room for more rows.",
        )
    labels = np.bincount(given.labels, minlength=2 * params.groups).tolist()
    if not count.feasible(labels):
        raise malformed(
            f"the counts of {len(given)} rows in {params.groups} groups could not be found at the end",
            "Merge groups, or make several sessions of fewer rows (docs/fairness.md, section 10, has the limits).",
        )


def _digest(given: Rows) -> bytes:
    """Digest identities and labels, whatever the order in the file."""
    known = np.column_stack((given.tags, given.labels))
    return transcript.keccak(known[np.lexsort(given.tags.T[::-1])].tobytes())
