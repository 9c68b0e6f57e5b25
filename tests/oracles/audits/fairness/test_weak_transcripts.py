"""Why the challenge hashes what it hashes: each weaker transcript is forged here for real, and ours stands."""

import secrets

import pytest
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.params import Params

from tests.oracles.audits.fairness.forge import Part, assemble, check, header, keys, part, secrets_of, word
from tests.oracles.audits.fairness.polynomials import root

PARAMS = Params()
GROUP = group_of(PARAMS.group)
N = GROUP.order
OURS = transcript.challenge


def randoms(number):
    return [secrets.randbelow(N - 1) + 1 for _ in range(number)]


def branch(x, y, gamma, j, c, r) -> bytes:
    """A branch whose equations hold, for a cryptogram with logarithm gamma."""
    a, b = r + c * x, r * y + c * (gamma - PARAMS.encodings[j])
    return GROUP.base(a) + GROUP.base(b) + word(c) + word(r)


def without_a(table, row, x, y, c, commitments, order):
    """Hashes the b_j only."""
    return OURS(
        table, row, x, y, c, b"".join(commitments[i + 64 : i + 128] for i in range(0, len(commitments), 128)), N
    )


def without_last_b(table, row, x, y, c, commitments, order):
    """Leaves out the last commitment."""
    return OURS(table, row, x, y, c, commitments[:-64], N)


def without_commitments(table, row, x, y, c, commitments, order):
    """Hashes the statement only."""
    return OURS(table, row, x, y, c, b"", N)


def without_cryptogram(table, row, x, y, c, commitments, order):
    """Leaves out C."""
    return OURS(table, row, x, y, b"", commitments, N)


def without_key(table, row, x, y, c, commitments, order):
    """Leaves out X."""
    return OURS(table, row, b"", y, c, commitments, N)


def without_table(table, row, x, y, c, commitments, order):
    """Leaves out the table id."""
    return OURS(bytes(32), row, x, y, c, commitments, N)


def chosen_plaintext(head, own, plaintext, weak) -> Part:
    """A row that encrypts whatever one likes, against a transcript that leaves out some commitment."""
    x, y = own.x, own.y
    gamma = (x * y + plaintext) % N
    c, r = randoms(7), randoms(7)
    branches = [branch(x, y, gamma, j, c[j], r[j]) for j in range(7)]
    element = GROUP.base(gamma)
    # The last branch is made to fit the challenge afterwards, with the commitment that nothing binds.
    alpha, beta = randoms(2)
    commitments = b"".join(part[:128] for part in branches) + GROUP.base(alpha) + GROUP.base(beta)
    challenge = (weak(head.table_id, own.row, own.public, own.mask, element, commitments, N) - sum(c)) % N
    if weak is without_last_b:
        response = (alpha - challenge * x) % N
    else:
        response = (beta - challenge * (gamma - PARAMS.encodings[7])) * pow(y, -1, N) % N
    branches.append(branch(x, y, gamma, 7, challenge, response))
    return Part(own.public, own.mask, element, tuple(branches))


@pytest.mark.parametrize("weak", [without_a, without_last_b, without_commitments])
def test_forgery__commitments_left_out__counts_at_will_and_ours_refuses(weak, monkeypatch):
    # Whatever the first row holds, the second encrypts what is missing to any counts that one likes.
    head, xs, counts = header(2), secrets_of(PARAMS, 2), (0, 0, 0, 1, 0, 0, 1, 0)
    plaintext = PARAMS.tally(counts) - PARAMS.encodings[0]
    with monkeypatch.context() as patch:
        patch.setattr(transcript, "challenge", weak)
        forged = chosen_plaintext(head, keys(PARAMS, xs, 2), plaintext, weak)
        data = assemble(head, [part(head, xs, 1, 0), forged], counts)
        assert check(data).valid, "the forgery must work against the weak transcript"
    assert not check(data).valid
    # With an honest first row, ours names the second.
    fault = check(assemble(head, [part(head, xs, 1, 0), forged], counts)).fault
    assert fault is not None
    assert fault.row == 2


def adaptive(head, row, weak) -> tuple[Part, int, int]:
    """A row made from its commitments: z = gamma - xy is solved for after the challenge is known.

    With a_j = alpha_j G and b_j = (alpha_j y + delta_j) G, every c_j is delta_j / (z - p_j), and they must add up.
    """
    while True:
        (x, y), alphas, deltas = randoms(2), randoms(8), randoms(8)
        public, mask = GROUP.base(x), GROUP.base(y)
        points = [(GROUP.base(a), GROUP.base(a * y + d)) for a, d in zip(alphas, deltas, strict=True)]
        commitments = b"".join(a + b for a, b in points)
        gamma = randoms(1)[0]
        element = GROUP.base(gamma)
        total = weak(head.table_id, row, public, mask, element, commitments, N)
        z = root(deltas, PARAMS.encodings, total, N)
        if z is None:
            continue
        if weak is without_cryptogram:
            element = GROUP.base(z + x * y)
        else:
            x = (gamma - z) * pow(y, -1, N) % N
            public = GROUP.base(x)
        challenges = [d * pow(z - p, -1, N) % N for d, p in zip(deltas, PARAMS.encodings, strict=True)]
        responses = [(a - c * x) % N for a, c in zip(alphas, challenges, strict=True)]
        branches = [a + b + word(c) + word(r) for (a, b), c, r in zip(points, challenges, responses, strict=True)]
        return Part(public, mask, element, tuple(branches)), x, y


@pytest.mark.parametrize("weak", [without_cryptogram, without_key])
def test_forgery__statement_left_out__a_row_of_no_permutation_and_ours_refuses(weak, monkeypatch):
    from assay_oracles.audits.fairness.row import Row, check_row

    head = header(2)
    forged, x, y = adaptive(head, 1, weak)
    row = Row(1, forged.x, forged.y, forged.c, forged.c, forged.branches)
    plaintexts = {GROUP.base(x * y + encoding) for encoding in PARAMS.encodings}
    assert forged.c not in plaintexts
    with monkeypatch.context() as patch:
        patch.setattr(transcript, "challenge", weak)
        assert check_row(head.table_id, PARAMS, None, row) is None, "the forgery must work against the weak transcript"
    assert check_row(head.table_id, PARAMS, None, row) is not None


def test_forgery__table_id_left_out__rows_move_between_tables_and_ours_refuses(monkeypatch):
    xs, counts = secrets_of(PARAMS, 2), (0, 1, 0, 0, 0, 0, 1, 0)
    with monkeypatch.context() as patch:
        patch.setattr(transcript, "challenge", without_table)
        rows = [part(header(2), xs, 1, 1), part(header(2), xs, 2, 6)]
        stolen = assemble(header(2), rows, counts)
        assert check(stolen).valid, "the forgery must work against the weak transcript"
    assert not check(stolen).valid
