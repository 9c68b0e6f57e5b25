"""Mutated rows by the thousand: random bits, special points and scalars, and rows proved around a chosen falsehood."""

from __future__ import annotations

from collections.abc import Callable

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER as N
from assay_oracles.audits.fairness.row import Row

from tests.contracts.harness.points import SCALARS, SPECIAL, P, rotated
from tests.contracts.harness.rows import CUTS, GROUP, NOTHING, Draft, Maker, with_part
from tests.contracts.harness.tables import point, raw

Pair = tuple[Row, Row]
Mutation = Callable[[Maker], Pair]
PLACES = ("x", "y", "c", "b")
TRUE_PAIRS = 10


def true_pair(maker: Maker) -> Pair:
    """A true row and one that it may follow, of the few that a maker keeps: a proof costs more than its mutations."""
    if len(maker.true_pairs) < TRUE_PAIRS:
        draft, tally = maker.draft(maker.dice.randrange(2, 6)), maker.scalar()
        maker.true_pairs.append((maker.previous(draft, tally), maker.prove(draft, tally=tally)))
        return maker.true_pairs[-1]
    return maker.dice.choice(maker.true_pairs)


def strange_point(maker: Maker, known: bytes) -> bytes:
    """Something in place of a point: special ones, near ones, ones written otherwise, bytes that are none."""
    x, y = point(known)
    near = [(x, -y % P), (x, y ^ 1), (y, x), rotated((x, y)), (x + P, y), (x, y + P), (x, 0), (0, y)]
    fitting = [each for each in [*near, *SPECIAL] if max(each) < 2**256]
    doubled = GROUP.add(known, known) if GROUP.is_element(known) else NOTHING
    return maker.dice.choice([*map(raw, fitting), doubled, maker.dice.randbytes(64), GROUP.base(maker.scalar())])


def strange_scalar(maker: Maker, known: int) -> bytes:
    """Something in place of a scalar."""
    near = [N - known, known + 1, known ^ 1 << maker.dice.randrange(256), known + N, maker.scalar()]
    return transcript.word(maker.dice.choice([each for each in [*SCALARS, *near] if 0 <= each < 2**256]))


def flipped_bit(maker: Maker) -> Pair:
    """Any bit of a row but of its mask of steps."""
    previous, row = true_pair(maker)
    if maker.dice.random() < 0.3:
        place = maker.dice.choice(PLACES)
        return previous, row._replace(**{place: flip(maker, getattr(row, place))})
    j, name = maker.dice.randrange(len(row.branches)), maker.dice.choice("abcr")
    return previous, with_part(row, j, name, flip(maker, row.branches[j][CUTS[name]]))


def flip(maker: Maker, data: bytes) -> bytes:
    """One bit flipped."""
    at = maker.dice.randrange(8 * len(data))
    return (int.from_bytes(data, "big") ^ 1 << at).to_bytes(len(data), "big")


def strange_part(maker: Maker) -> Pair:
    """One point or scalar of a row replaced, and nothing mended."""
    previous, row = true_pair(maker)
    if maker.dice.random() < 0.4:
        place = maker.dice.choice(PLACES)
        return previous, row._replace(**{place: strange_point(maker, getattr(row, place))})
    j, name = maker.dice.randrange(len(row.branches)), maker.dice.choice("abcr")
    known = row.branches[j][CUTS[name]]
    if name in "ab":
        return previous, with_part(row, j, name, strange_point(maker, known))
    return previous, with_part(row, j, name, strange_scalar(maker, int.from_bytes(known, "big")))


def swapped_parts(maker: Maker) -> Pair:
    """Branches of a row exchanged, copied, or taken from another row; a with b, c with r."""
    (previous, row), (_, other) = true_pair(maker), true_pair(maker)
    i, j = (maker.dice.randrange(len(row.branches)) for _ in range(2))
    branches, branch = list(row.branches), row.branches[i]
    swap = maker.dice.randrange(5)
    if swap == 0:
        branches[i], branches[j] = branches[j], branch
    elif swap == 1:
        branches[j] = branch
    elif swap == 2:
        branches[i] = other.branches[j]
    elif swap == 3:
        branches[i] = branch[64:128] + branch[:64] + branch[128:]
    else:
        branches[i] = branch[:128] + branch[160:] + branch[128:160]
    return previous, row._replace(branches=tuple(branches))


def false_commitment(maker: Maker) -> Pair:
    """A row whose challenge holds, proved around one commitment that was replaced."""
    draft, tally = maker.draft(maker.dice.randrange(2, 6)), maker.scalar()
    j, name = maker.dice.randrange(len(draft.branches)), maker.dice.choice("ab")

    def change(known: Draft) -> None:
        known.branches[j][name] = strange_point(maker, known.branches[j][name])

    return maker.previous(draft, tally), maker.prove(draft, change, tally)


def false_response(maker: Maker) -> Pair:
    """A response changed after all, which no hash of the row's proof but the leaf covers."""
    previous, row = true_pair(maker)
    j = maker.dice.randrange(len(row.branches))
    return previous, with_part(row, j, "r", transcript.word(maker.scalar()))


def false_cryptogram(maker: Maker) -> Pair:
    """C holds a number that is no permutation's, proved as if it did."""
    draft = maker.draft(maker.dice.randrange(2, 6), plain=maker.dice.choice([3, 5, N - 1, 1 << 255, maker.scalar()]))
    tally = maker.scalar()
    return maker.previous(draft, tally), maker.prove(draft, tally=tally)


def through_infinity(maker: Maker) -> Pair:
    """Equations that pass through infinity or a doubling, true or false at that place."""
    tally, k = maker.scalar(), maker.dice.randrange(maker.params.branches)
    number = maker.dice.randrange(2, 6)
    case = maker.dice.randrange(5)
    secrets = {"choice": k}
    if case == 0:  # C = p_j G for another j, or for the same
        j = maker.dice.randrange(maker.params.branches)
        plain, y = maker.params.encodings[k], maker.scalar()
        goal = maker.params.encodings[j]
        x = (goal - plain) * pow(y, -1, N) % N
        secrets |= {"x": x, "y": y} if x else {}
    draft = maker.draft(number, **secrets)
    others = [j for j in range(maker.params.branches) if j != k]
    j = maker.dice.choice(others)
    branch = draft.branches[j]
    shifted = (draft.exponent - maker.params.encodings[j]) % N
    if case == 1:  # a_j is infinity
        branch["r"] = -branch["c"] * draft.x % N
    elif case == 2:  # b_j is infinity
        branch["r"] = -branch["c"] * shifted * pow(draft.y, -1, N) % N
    elif case == 3:  # b_j is a doubling
        branch["r"] = branch["c"] * shifted * pow(draft.y, -1, N) % N
    elif case == 4:  # a_j is a doubling
        branch["r"] = branch["c"] * draft.x % N

    def change(known: Draft) -> None:
        name = "a" if case in (1, 4) else "b"
        if maker.dice.random() < 0.7:
            true = known.branches[j][name] or NOTHING
            known.branches[j][name] = maker.dice.choice(
                [GROUP.base(1), strange_point(maker, true), GROUP.base(draft.y)]
            )

    return maker.previous(draft, tally), maker.prove(draft, change, tally)


def steps(maker: Maker) -> Pair:
    """Neighbours of a true row: equal, opposite and doubled points, true or false at that place."""
    draft, tally = maker.draft(maker.dice.randrange(2, 6)), maker.scalar()
    case = maker.dice.randrange(7)
    if case == 0:  # B_{i-1} = C_i
        tally = draft.exponent
    elif case == 1:  # B_{i-1} = -C_i, so that B_i is infinity
        tally = -draft.exponent % N
    elif case == 2:  # B_{i-1} = -2 C_i
        tally = -2 * draft.exponent % N
    elif case == 3:  # Y_i = X_i, so that X_{i-1} and Y_{i-1} are opposite
        draft = maker.draft(draft.number, x=draft.x, y=draft.x)
    key = (draft.y - draft.x) * pow(2, -1, N) % N if case == 4 else None  # X_{i-1} = Y_{i-1}
    row = maker.prove(draft, tally=tally)
    return maker.previous(draft, tally, key), row


def false_steps(maker: Maker) -> Pair:
    """A step in which one point was replaced."""
    previous, row = steps(maker)
    place = maker.dice.choice(PLACES)
    if maker.dice.random() < 0.6:
        return previous._replace(**{place: strange_point(maker, getattr(previous, place))}), row
    return previous, row._replace(b=strange_point(maker, row.b))


MUTATIONS: dict[str, tuple[Mutation, int]] = {
    "true": (true_pair, 2),
    "flipped": (flipped_bit, 20),
    "strange": (strange_part, 20),
    "swapped": (swapped_parts, 10),
    "commitment": (false_commitment, 14),
    "response": (false_response, 4),
    "cryptogram": (false_cryptogram, 4),
    "infinity": (through_infinity, 10),
    "steps": (steps, 4),
    "false steps": (false_steps, 12),
}
"""Each with its share of a hundred."""
