"""Labels from an independent owner (design section 4; the case that paper B, section 3.1, leaves open).

The owner O knows protected group and actual label of every row, the supplier S the prediction; neither sees the
other's. Labels are fixed before predictions: O publishes all its rows first. q_m = 2^(2wm) with m = 2 * group + actual,
s_0 = 1 and s_1 = 2^w, so that q_m s_t = p_k with k = 2m + t. A row of O is an ElGamal encryption of q_m under the joint
key H; S raises it to s_t and re-encrypts; both together decrypt the sum over all rows and nothing else.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assay_oracles.audits.fairness import sigma, transcript
from assay_oracles.audits.fairness.groups import Element, group_of
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.sigma import Proof, Statement

Role = Literal["owner", "supplier"]


@dataclass(frozen=True)
class Session:
    """What both parties agreed on.

    Attributes:
        table: Identity of the joint table, 32 bytes.
        params: Group and number of protected groups; pads have no place here.
        n: Number of rows, 2 <= n < 2^w.
    """

    table: bytes
    params: Params
    n: int

    def context(self, role: Role, step: str, row: int, *published: bytes) -> bytes:
        """Return what a challenge is bound to: table, role, step, row, and everything published for it."""
        numbers = (self.params.word, self.n, row)
        parts = (self.table, role.encode(), step.encode(), *map(transcript.word, numbers), *published)
        return transcript.tag("labels") + sigma.framed(*parts)


@dataclass(frozen=True)
class PublicKey:
    """One party's half of the joint key, with proof that the party knows its secret (a Schnorr proof)."""

    element: Element
    proof: Proof


@dataclass(frozen=True)
class Ciphertext:
    """An ElGamal pair R = rho G, M = rho H + message, with the proof that its message is an admissible one."""

    r: Element
    m: Element
    proof: Proof


@dataclass(frozen=True)
class Share:
    """One party's half of the decryption, D = h sum R', with proof that h is the party's secret."""

    element: Element
    proof: Proof


def draw(session: Session) -> int:
    """Draw a party's secret, in [1, N - 1]."""
    return secrets.randbelow(group_of(session.params.group).order - 1) + 1


def mask(session: Session, key: bytes, row: int) -> int:
    """Return the exponent rho in [1, N - 1] of a party's row, so that a row made again is the same ciphertext.

    Args:
        session: What both agreed on.
        key: 32 random bytes, one party's, never used for a second session.
        row: Number of the row, from 1.
    """
    digest = hmac.digest(key, b"assay/faas/v1/rho" + row.to_bytes(4, "big"), "sha512")
    return int.from_bytes(digest, "big") % (group_of(session.params.group).order - 1) + 1


def half_key(session: Session, role: Role, secret: int) -> PublicKey:
    """Return a party's half of the joint key (step 1)."""
    group = group_of(session.params.group)
    element = group.base(secret)
    proof = sigma.prove(group, session.context(role, "key", 0), b"", [(element, b"")], 0, secret)
    return PublicKey(element, proof)


def key_holds(session: Session, role: Role, key: PublicKey) -> bool:
    """Check a half of the joint key."""
    group = group_of(session.params.group)
    return group.is_element(key.element) and sigma.holds(
        group, session.context(role, "key", 0), b"", [(key.element, b"")], key.proof
    )


def joint_key(session: Session, owner: PublicKey, supplier: PublicKey) -> Element:
    """Return H = H_O + H_S."""
    return group_of(session.params.group).add(owner.element, supplier.element)


def fix_label(session: Session, joint: Element, row: int, label: int, rho: int) -> Ciphertext:
    """Encrypt group and actual label of a row, m = 2 * group + actual (step 2, the owner)."""
    group, messages = group_of(session.params.group), _labels(session)
    r, m = group.base(rho), group.add(group.scale_secret(joint, rho), group.base(messages[label]))
    context = session.context("owner", "row", row, joint, r, m)
    return Ciphertext(r, m, sigma.prove(group, context, joint, _label_statements(session, r, m), label, rho))


def label_holds(session: Session, joint: Element, row: int, label: Ciphertext) -> bool:
    """Check one of the owner's rows."""
    if not _present(session, label):
        return False
    context = session.context("owner", "row", row, joint, label.r, label.m)
    statements = _label_statements(session, label.r, label.m)
    return sigma.holds(group_of(session.params.group), context, joint, statements, label.proof)


def prove_totals(session: Session, joint: Element, totals: Sequence[int], rho: int) -> Proof:
    """Prove how many rows hold each label (step 2): sum R = rho G and sum M - (sum N_m q_m) G = rho H.

    Args:
        session: What both agreed on.
        joint: The joint key H.
        totals: N_m, the number of rows of each label m.
        rho: The sum of the exponents of all rows.
    """
    group, rho = group_of(session.params.group), rho % group_of(session.params.group).order
    statement = group.base(rho), group.scale_secret(joint, rho)
    sums = statement[0], group.add(statement[1], group.base(_encoded(session, totals)))
    context = session.context("owner", "totals", 0, joint, *sums)
    return sigma.prove(group, context, joint, [statement], 0, rho)


def totals_hold(session: Session, joint: Element, sums: Statement, totals: Sequence[int], proof: Proof) -> bool:
    """Check the declared number of rows of each label: the proof, that they add up to n, that each is in range."""
    group, in_range = group_of(session.params.group), all(0 <= total < 1 << session.params.width for total in totals)
    if not (in_range and sum(totals) == session.n and group.is_element(sums[0])):
        return False
    context = session.context("owner", "totals", 0, joint, *sums)
    statement = sums[0], group.add(sums[1], group.base(-_encoded(session, totals)))
    return sigma.holds(group, context, joint, [statement], proof)


def predict(session: Session, joint: Element, row: int, label: Ciphertext, predicted: int, rho: int) -> Ciphertext:
    """Raise the owner's row to s_t for the prediction t and re-encrypt it (step 3, the supplier)."""
    group, factor = group_of(session.params.group), _factors(session)[predicted]
    # The factor is 1 or 2^w: how long it takes must not tell which.
    r = group.add(group.scale_secret(label.r, factor), group.base(rho))
    m = group.add(group.scale_secret(label.m, factor), group.scale_secret(joint, rho))
    context = session.context("supplier", "row", row, joint, label.r, label.m, r, m)
    statements = _prediction_statements(session, label, r, m)
    return Ciphertext(r, m, sigma.prove(group, context, joint, statements, predicted, rho))


def prediction_holds(session: Session, joint: Element, row: int, label: Ciphertext, prediction: Ciphertext) -> bool:
    """Check one of the supplier's rows against the owner's, itself checked before."""
    if not _present(session, prediction):
        return False
    r, m = prediction.r, prediction.m
    context = session.context("supplier", "row", row, joint, label.r, label.m, r, m)
    statements = _prediction_statements(session, label, r, m)
    return sigma.holds(group_of(session.params.group), context, joint, statements, prediction.proof)


def share(session: Session, role: Role, secret: int, key: PublicKey, total: Element) -> Share:
    """Decrypt half of the sum of all R' (steps 3 and 4)."""
    group = group_of(session.params.group)
    element = group.scale_secret(total, secret)
    context = session.context(role, "share", 0, total, element)
    return Share(element, sigma.prove(group, context, total, [(key.element, element)], 0, secret))


def share_holds(session: Session, role: Role, key: PublicKey, total: Element, given: Share) -> bool:
    """Check a half of the decryption."""
    group = group_of(session.params.group)
    context = session.context(role, "share", 0, total, given.element)
    statement = (key.element, given.element)
    present = group.is_element(total) and group.is_element(given.element)
    return present and sigma.holds(group, context, total, [statement], given.proof)


def opened(session: Session, total_m: Element, owner: Share, supplier: Share) -> Element:
    """Return what both shares decrypt: sum M' - D_O - D_S = (sum n_k p_k) G."""
    group = group_of(session.params.group)
    return group.add(total_m, group.negate(owner.element), group.negate(supplier.element))


def counts_hold(session: Session, tally: Element, counts: Sequence[int]) -> bool:
    """Check the declared counts against what was opened: (sum n_k p_k) G, sum n_k = n, every n_k in range (step 4)."""
    params = session.params
    in_range = len(counts) == params.permutations and all(0 <= count < 1 << params.width for count in counts)
    if not in_range or sum(counts) != session.n:
        return False
    return tally == group_of(params.group).base(params.tally(counts))


def _labels(session: Session) -> list[int]:
    return [1 << 2 * session.params.width * m for m in range(2 * session.params.groups)]


def _factors(session: Session) -> tuple[int, int]:
    return 1, 1 << session.params.width


def _label_statements(session: Session, r: Element, m: Element) -> list[Statement]:
    group = group_of(session.params.group)
    return [(r, group.add(m, group.base(-message))) for message in _labels(session)]


def _encoded(session: Session, totals: Sequence[int]) -> int:
    return sum(total * message for total, message in zip(totals, _labels(session), strict=True))


def _prediction_statements(session: Session, label: Ciphertext, r: Element, m: Element) -> list[Statement]:
    group = group_of(session.params.group)
    return [
        (group.add(r, group.negate(group.scale(label.r, s))), group.add(m, group.negate(group.scale(label.m, s))))
        for s in _factors(session)
    ]


def _present(session: Session, row: Ciphertext) -> bool:
    group = group_of(session.params.group)
    return group.is_element(row.r) and group.is_element(row.m)
