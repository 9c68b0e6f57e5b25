"""Sigma protocols over a group, made non-interactive: knowledge of a logarithm, equality of two, and one of several.

The challenge always binds a context that names table, role, row and everything published before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import Element, Group
from assay_oracles.audits.fairness.groups.base import IDENTITY
from assay_oracles.audits.fairness.nonces import hedged

Statement = tuple[Element, Element]
"""(A, B): the claim that A = eG and B = eH for one exponent e that the prover knows."""

_SCALAR_PAIR: Final = 64


@dataclass(frozen=True)
class Proof:
    """Challenge and response of every branch, 64 bytes each; one branch where nothing is to be hidden."""

    scalars: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Return c_0 | r_0 | c_1 | r_1 | ..."""
        return b"".join(self.scalars)

    @classmethod
    def decode(cls, data: bytes) -> "Proof":
        """Read what `encode` wrote; the length must be a multiple of 64."""
        return cls(tuple(data[i : i + _SCALAR_PAIR] for i in range(0, len(data), _SCALAR_PAIR)))


def prove(
    group: Group, context: bytes, second: Element, statements: Sequence[Statement], true: int, exponent: int
) -> Proof:
    """Prove that one of the statements holds, without telling which (Cramer, Damgard, Schoenmakers).

    Args:
        group: The group, with generator G.
        context: Everything that the proof is bound to.
        second: The second base H; the identity for knowledge of a single logarithm.
        statements: The alternatives.
        true: Index of the one that holds.
        exponent: Its exponent.
    """
    order = group.order
    label = framed(context, transcript.word(exponent), transcript.word(true))
    scalars = hedged(label, 2 * len(statements), order)
    challenges, responses = scalars[: len(statements)], scalars[len(statements) :]
    challenges[true] = 0
    # Responses are secret until the true one has been blinded.
    commitments = _commitments(group, group.scale_secret, second, statements, challenges, responses)
    challenges[true] = (_challenge(group, context, second, statements, commitments) - sum(challenges)) % order
    responses[true] = (responses[true] - challenges[true] * exponent) % order
    return Proof(tuple(transcript.word(c) + transcript.word(r) for c, r in zip(challenges, responses, strict=True)))


def holds(group: Group, context: bytes, second: Element, statements: Sequence[Statement], proof: Proof) -> bool:
    """Check a proof of `prove`; scalars must lie in [1, N - 1]."""
    if len(proof.scalars) != len(statements) or any(len(pair) != _SCALAR_PAIR for pair in proof.scalars):
        return False
    challenges = [int.from_bytes(pair[:32], "big") for pair in proof.scalars]
    responses = [int.from_bytes(pair[32:], "big") for pair in proof.scalars]
    if not all(0 < scalar < group.order for scalar in challenges + responses):
        return False
    commitments = _commitments(group, group.scale, second, statements, challenges, responses)
    return sum(challenges) % group.order == _challenge(group, context, second, statements, commitments)


def _commitments(
    group: Group,
    scale: Callable[[Element, int], Element],
    second: Element,
    statements: Sequence[Statement],
    challenges: list[int],
    responses: list[int],
) -> bytes:
    """Return a_0 | b_0 | ... with a = rG + cA and b = rH + cB, each behind its length (the identity has none)."""
    parts = []
    for (a, b), c, r in zip(statements, challenges, responses, strict=True):
        parts.append(group.add(group.base(r), group.scale(a, c)))
        parts.append(group.add(scale(second, r) if second else IDENTITY, group.scale(b, c)))
    return framed(*parts)


def _challenge(
    group: Group, context: bytes, second: Element, statements: Sequence[Statement], commitments: bytes
) -> int:
    body = framed(context, second, *(part for statement in statements for part in statement)) + commitments
    return int.from_bytes(transcript.keccak(transcript.tag("sigma") + body), "big") % group.order


def framed(*parts: bytes) -> bytes:
    """Join parts, each behind its length as a word, so that no two lists of parts give the same bytes."""
    return b"".join(transcript.word(len(part)) + part for part in parts)
