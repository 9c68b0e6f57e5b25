"""The four properties of a row (paper B, section 3.2), and what follows from the third."""

import secrets
from itertools import permutations

import pytest
from assay_oracles.audits.fairness import prove, recover, transcript
from assay_oracles.audits.fairness.fault import Kind
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.row import Row, check_row
from scipy.stats import kstest

from tests.oracles.audits.fairness.forge import Part, Serial, header, keys, part, secrets_of, word

PARAMS = Params()
GROUP = group_of(PARAMS.group)
N = GROUP.order


def faults(head, row: Part, number: int = 1):
    """The first fault of a first row, the table's running sum aside."""
    tally = row.c if number == 1 else bytes(64)
    return check_row(head.table_id, PARAMS, None, Row(number, row.x, row.y, row.c, tally, row.branches))


@pytest.mark.parametrize("choice", range(8))
def test_property_a__each_of_the_eight_permutations__verifies_alone(choice):
    head = header(3)
    assert faults(head, part(head, secrets_of(PARAMS, 3), 1, choice)) is None


@pytest.mark.parametrize("plaintext", [0, 3, (1 << 31) + 1, 2 << 31, N - 1, 1 << 8 * 31], ids=str)
def test_property_a__anything_but_the_eight__no_proof_is_accepted(plaintext, monkeypatch):
    # The prover is made to believe in a ninth permutation: it can simulate all branches but the hash picks the sum.
    head, xs = header(3), secrets_of(PARAMS, 3)
    own = keys(PARAMS, xs, 1)
    for claimed in range(8):
        encodings = list(PARAMS.encodings)
        encodings[claimed] = plaintext
        with monkeypatch.context() as patch:
            patch.setattr(Params, "encodings", property(lambda self, forged=tuple(encodings): forged))
            secret = prove.Secret.fresh(PARAMS)
            (cryptogram,) = prove.encrypt(head.table_id, secret, PARAMS, [own], [claimed])
        fault = faults(head, Part(own.public, own.mask, cryptogram.element, tuple(cryptogram.branches)))
        assert fault is not None
        assert (fault.kind, fault.branch) == (Kind.COMMITMENT_B, claimed)


def simulate(head, own, c: bytes, total: int) -> Part:
    """A row's proof from public values alone, for a challenge known in advance: it needs neither x nor k."""
    challenges = [secrets.randbelow(N - 1) + 1 for _ in range(7)]
    challenges.append((total - sum(challenges)) % N)
    branches = []
    for challenge, encoding in zip(challenges, PARAMS.encodings, strict=True):
        response = secrets.randbelow(N - 1) + 1
        a = GROUP.add(GROUP.base(response), GROUP.scale(own.public, challenge))
        shifted = GROUP.add(c, GROUP.base(-encoding))
        b = GROUP.add(GROUP.scale(own.mask, response), GROUP.scale(shifted, challenge))
        branches.append(a + b + word(challenge) + word(response))
    return Part(own.public, own.mask, c, tuple(branches))


def test_property_b__proof__is_simulated_without_secret_and_permutation(monkeypatch):
    # So a proof tells nothing that the cryptogram does not; and C alone hides p_k as long as xY looks random (DDH).
    head, xs = header(3), secrets_of(PARAMS, 3)
    own, total = keys(PARAMS, xs, 1), secrets.randbelow(N)
    monkeypatch.setattr(transcript, "challenge", lambda *_: total)
    for choice in range(8):
        c = GROUP.base(own.x * own.y + PARAMS.encodings[choice])
        assert faults(head, simulate(head, own, c, total)) is None
    # Even for a cryptogram of none of them: without the hash, the equations say nothing about C.
    assert faults(head, simulate(head, own, GROUP.base(12345), total)) is None


def test_property_b__true_branch__is_distributed_like_the_others():
    # A predictor that only sees challenges, responses or commitments: each is uniform in every branch.
    head, choice, rows = header(3), 5, 150
    samples: dict[tuple[str, bool], list[float]] = {}
    for _ in range(rows):
        row = part(head, secrets_of(PARAMS, 3), 1, choice)
        for j, branch in enumerate(row.branches):
            for name, begin in (("a", 0), ("b", 64), ("c", 128), ("r", 160)):
                value = int.from_bytes(branch[begin : begin + 8], "big") / 2**64
                samples.setdefault((name, j == choice), []).append(value)
    for key, values in samples.items():
        assert kstest(values, "uniform").pvalue > 1e-6, key


def test_property_b__every_permutation__is_explained_by_some_secret():
    # For whoever cannot compute xY, each k is as good: C - p_k G is a possible mask for all k, and all differ.
    row = part(header(3), secrets_of(PARAMS, 3), 1, 2)
    assert len({GROUP.add(row.c, GROUP.base(-encoding)) for encoding in PARAMS.encodings}) == 8


def test_property_c__two_cryptograms_of_one_row__anyone_reads_both_labels():
    # This is why a second cryptogram of a row must never leave the house.
    head, xs = header(3), secrets_of(PARAMS, 3)
    differences = {GROUP.base(PARAMS.encodings[k] - PARAMS.encodings[m]): (k, m) for k, m in permutations(range(8), 2)}
    assert len(differences) == 56
    for k, m in ((0, 1), (3, 6), (7, 2)):
        one, other = (part(head, xs, 2, choice) for choice in (k, m))
        assert one.c != other.c
        assert differences[GROUP.add(one.c, GROUP.negate(other.c))] == (k, m)


def test_property_d__any_selection__its_counts_follow_from_the_sum():
    head, choices = header(9), [0, 3, 3, 7, 1, 6, 5, 2, 3]
    xs = secrets_of(PARAMS, 9)
    tally = GROUP.add(*(part(head, xs, i + 1, choice).c for i, choice in enumerate(choices)))
    counts = tuple(choices.count(k) for k in range(8))
    assert tally == GROUP.base(PARAMS.tally(counts))
    assert recover.recover(tally, 9, Serial()) == counts


def test_recover__no_counts_fit__none():
    assert recover.recover(GROUP.base(12345), 7, Serial()) is None


@pytest.mark.parametrize("counts", [(2,) + (0,) * 7, (0,) * 7 + (5,), (1,) * 8, (0, 0, 0, 11, 0, 0, 0, 2)])
def test_recover__known_counts__found(counts):
    assert recover.recover(GROUP.base(PARAMS.tally(counts)), sum(counts), Serial()) == counts
