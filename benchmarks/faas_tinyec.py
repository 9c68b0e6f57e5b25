"""The published approach to cryptogram tables: pure-Python curve arithmetic, term by term, to compare with."""

import secrets
from typing import Any

from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.params import Params
from tinyec.ec import Curve, Point, SubGroup

from benchmarks.clocks import computing

P = 2**256 - 2**32 - 977


class Tinyec:
    """All eight permutations and proofs a row, term by term, as the authors wrote it down."""

    def __init__(self) -> None:
        """Build secp256k1, which tinyec does not know by name."""
        base = Secp256k1().base(1)
        generator = int.from_bytes(base[:32], "big"), int.from_bytes(base[32:], "big")
        self.curve = Curve(0, 7, SubGroup(P, generator, ORDER, 1), "secp256k1")
        self.g = self.curve.g
        self.encodings = [encoding * self.g for encoding in Params().encodings]

    def prove(self, x: int, public: Point, mask: Point, choice: int) -> tuple[Point, list[Any]]:
        """One cryptogram and its proof."""
        cryptogram, branches = x * mask + self.encodings[choice], []
        for j in range(8):
            c, r = secrets.randbelow(ORDER), secrets.randbelow(ORDER)
            if j == choice:
                branches.append((r * self.g, r * mask, c, r))
            else:
                a = r * self.g + c * public
                branches.append((a, r * mask + c * (cryptogram - self.encodings[j]), c, r))
        return cryptogram, branches

    def verify(self, public: Point, mask: Point, cryptogram: Point, branches: Any) -> None:
        """The equations of one proof; their truth does not matter for their cost."""
        for j, (_, _, c, r) in enumerate(branches):
            _ = r * self.g + c * public
            _ = r * mask + c * (cryptogram - self.encodings[j])

    def measure(self) -> tuple[float, float]:
        """Seconds to prove one row and to verify it."""
        x, mask = secrets.randbelow(ORDER), secrets.randbelow(ORDER) * self.g
        key, public = computing(lambda: x * self.g)
        proving, proofs = computing(lambda: [self.prove(x, public, mask, k) for k in range(8)])
        checking, _ = computing(lambda: self.verify(public, mask, *proofs[3]))
        return key + proving, checking
