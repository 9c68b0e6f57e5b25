"""Labels from an independent owner (design section 4; the case that paper B, section 3.1, leaves open).

The owner O knows protected group and actual label of every row, the supplier S the prediction; neither sees the
other's. Labels are fixed before predictions: O publishes all its rows first. q_m = 2^(2wm) with m = 2 * group + actual,
s_0 = 1 and s_1 = 2^w, so that q_m s_t = p_k with k = 2m + t. A row of O is an ElGamal encryption of q_m under the joint
key H; S raises it to s_t and re-encrypts; both together decrypt the sum over all rows and nothing else.
"""

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


def new_key(session: Session, role: Role) -> tuple[int, PublicKey]:
    """Draw a party's secret and publish its half of the joint key (step 1)."""
    group = group_of(session.params.group)
    secret = secrets.randbelow(group.order - 1) + 1
    element = group.base(secret)
    proof = sigma.prove(group, session.context(role, "key", 0), b"", [(element, b"")], 0, secret)
    return secret, PublicKey(element, proof)


def key_holds(session: Session, role: Role, key: PublicKey) -> bool:
    """Check a half of the joint key."""
    group = group_of(session.params.group)
    return group.is_element(key.element) and sigma.holds(
        group, session.context(role, "key", 0), b"", [(key.element, b"")], key.proof
    )


def joint_key(session: Session, owner: PublicKey, supplier: PublicKey) -> Element:
    """Return H = H_O + H_S."""
    return group_of(session.params.group).add(owner.element, supplier.element)


def fix_label(session: Session, joint: Element, row: int, label: int) -> Ciphertext:
    """Encrypt group and actual label of a row, m = 2 * group + actual (step 2, the owner)."""
    group, messages = group_of(session.params.group), _labels(session)
    rho = secrets.randbelow(group.order - 1) + 1
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


def predict(session: Session, joint: Element, row: int, label: Ciphertext, predicted: int) -> Ciphertext:
    """Raise the owner's row to s_t for the prediction t and re-encrypt it (step 3, the supplier)."""
    group, factor = group_of(session.params.group), _factors(session)[predicted]
    rho = secrets.randbelow(group.order - 1) + 1
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


def totals(session: Session, predictions: Sequence[Ciphertext]) -> Statement:
    """Return sum R' and sum M'."""
    group = group_of(session.params.group)
    return group.add(*(row.r for row in predictions)), group.add(*(row.m for row in predictions))


def counts_hold(session: Session, total_m: Element, owner: Share, supplier: Share, counts: Sequence[int]) -> bool:
    """Check the declared counts: sum M' - D_O - D_S = (sum n_k p_k) G, sum n_k = n, every n_k in range (step 4)."""
    group, params = group_of(session.params.group), session.params
    in_range = len(counts) == params.permutations and all(0 <= count < 1 << params.width for count in counts)
    if not in_range or sum(counts) != session.n:
        return False
    opened = group.add(total_m, group.negate(owner.element), group.negate(supplier.element))
    return opened == group.base(params.tally(counts))


def _labels(session: Session) -> list[int]:
    return [1 << 2 * session.params.width * m for m in range(2 * session.params.groups)]


def _factors(session: Session) -> tuple[int, int]:
    return 1, 1 << session.params.width


def _label_statements(session: Session, r: Element, m: Element) -> list[Statement]:
    group = group_of(session.params.group)
    return [(r, group.add(m, group.base(-message))) for message in _labels(session)]


def _prediction_statements(session: Session, label: Ciphertext, r: Element, m: Element) -> list[Statement]:
    group = group_of(session.params.group)
    return [
        (group.add(r, group.negate(group.scale(label.r, s))), group.add(m, group.negate(group.scale(label.m, s))))
        for s in _factors(session)
    ]


def _present(session: Session, row: Ciphertext) -> bool:
    group = group_of(session.params.group)
    return group.is_element(row.r) and group.is_element(row.m)
