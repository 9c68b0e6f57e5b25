"""A second verifier of sessions, written from docs/fairness.md, section 10, alone in plain Python.

It answers with the counts, or None for whatever is not a finished, true session. Errors of any kind mean no.
"""

from hashlib import blake2b

from tests.oracles.audits.fairness.plain import G, N, P, Point, Reader, add, h, minus, raw, t, times, w

FILES = ["owner.key", "supplier.key", "owner.rows", "supplier.rows", "supplier.share", "owner.share"]


def framed(*parts: bytes) -> bytes:
    return b"".join(w(len(part)) + part for part in parts)


def flat(point: Point) -> bytes:
    return raw(point) if point else b""


def signer(digest: bytes, signature: bytes) -> bytes:
    reader = Reader(signature)
    r, s, v = reader.number(), reader.number(), reader.take(1)[0]
    assert 0 < r < N
    assert 0 < s <= N // 2
    assert v in (27, 28)
    y = pow(r**3 + 7, (P + 1) // 4, P)
    assert (y * y - r**3 - 7) % P == 0
    point = (r, y if y % 2 == v - 27 else P - y)
    number = int.from_bytes(digest, "big")
    public = times(pow(r, -1, N), add(times(s, point), minus(times(number, G))))
    assert public is not None
    return h(w(public[0]) + w(public[1]))[12:]


def align(table: bytes, pair: Point, ids: list[str]) -> tuple[list[int], bytes]:
    """Order of the rows by their ids (of printable ASCII without quotes), and the commitment."""
    keys = []
    for text in ids:
        tag = blake2b(b'"' + text.encode() + b'"', digest_size=16).digest()
        keys.append(h(t("labels-id") + table + raw(pair) + tag))
    order = sorted(range(len(ids)), key=lambda i: keys[i])
    return order, h(t("labels-ids") + b"".join(keys[i] for i in order))


def verify(files: dict[str, bytes]) -> list[int] | None:
    """The counts of a finished, true session; else None."""
    try:
        return Session(files).counts
    except (AssertionError, KeyError):
        return None


class Session:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.readers: dict[str, Reader] = {}
        self.terms, content, digest = b"", bytes(32), b""
        for number, name in enumerate(FILES, 1):
            data = files[name]
            self.terms = self.terms or data[64:320]
            assert data[:64] == b"assay/faas/labels/v1".ljust(32, b"\0") + w(number)
            assert data[64:320] == self.terms
            if number == 1:
                self.read_terms(Reader(self.terms))
            role, _, step = name.partition(".")
            assert data[320:352] == content
            if number > 1:
                assert signer(digest, data[352:417]) == self.addresses[FILES[number - 2].partition(".")[0]]
            else:
                assert data[352:417] == bytes(65)
            content = h(data[:-65])
            digest = h(t("labels-sign") + framed(self.table, role.encode(), step.encode(), content))
            assert signer(digest, data[-65:]) == self.addresses[role]
            assert len(data) == 417 + self.lengths[name] + 65
            self.readers[name] = Reader(data[417:-65])
        self.check()

    def read_terms(self, reader: Reader) -> None:
        params, self.n, _ = reader.number(), reader.number(), reader.number()
        board, owner, supplier = (reader.take(32) for _ in range(3))
        g, self.width = params >> 16 & 255, params & 255
        assert params == 1 << 24 | g << 16 | self.width
        assert 2 <= g <= 8
        assert self.width == min(31, 255 // (4 * g))
        assert 2 <= self.n < 1 << self.width
        assert board[:12] == owner[:12] == supplier[:12] == bytes(12)
        assert owner != supplier
        self.addresses = {"owner": owner[12:], "supplier": supplier[12:]}
        self.params, self.g = params, g
        self.table = h(t("labels-table") + self.terms)
        rows = 32 + self.n * (66 + 64 * 2 * g) + 32 * 2 * g + 64
        shares = (97 + 32, 97 + 32 * 4 * g)
        self.lengths = dict(zip(FILES, (97, 97, rows, 32 + self.n * (66 + 128), *shares), strict=True))

    def proof(self, reader: Reader, k: Point, statements: list[tuple[Point, Point]], *context: object) -> None:
        """role, step, row, published points: the context of a proof that follows in the file."""
        role, step, row, *published = context
        numbers = (w(self.params), w(self.n), w(int(str(row))))
        parts = (self.table, str(role).encode(), str(step).encode(), *numbers)
        bound = t("labels") + framed(*parts, *(flat(point) for point in published))  # type: ignore[arg-type]
        total, commitments, listed = 0, [], []
        for a, b in statements:
            c, r = reader.scalar(), reader.scalar()
            total += c
            commitments += [flat(add(times(r, G), times(c, a))), flat(add(times(r, k), times(c, b)))]
            listed += [flat(a), flat(b)]
        challenge = h(t("sigma") + framed(bound, flat(k), *listed) + framed(*commitments))
        assert total % N == int.from_bytes(challenge, "big") % N

    def check(self) -> None:
        keys = {}
        for role in ("owner", "supplier"):
            reader = self.readers[f"{role}.key"]
            keys[role] = reader.compressed()
            self.proof(reader, None, [(keys[role], None)], role, "key", 0)
        joint = add(keys["owner"], keys["supplier"])
        raw(joint)
        fixed, raised = self.readers["owner.rows"], self.readers["supplier.rows"]
        assert fixed.take(32) == raised.take(32)
        q = [1 << 2 * self.width * m for m in range(2 * self.g)]
        sums: list[Point] = [None] * 4
        for row in range(1, self.n + 1):
            r, m = fixed.compressed(), fixed.compressed()
            choices = [(r, add(m, minus(times(number, G)))) for number in q]
            self.proof(fixed, joint, choices, "owner", "row", row, joint, r, m)
            r2, m2 = raised.compressed(), raised.compressed()
            choices = [(add(r2, minus(times(s, r))), add(m2, minus(times(s, m)))) for s in (1, 1 << self.width)]
            self.proof(raised, joint, choices, "supplier", "row", row, joint, r, m, r2, m2)
            sums = [add(total, part) for total, part in zip(sums, (r, m, r2, m2), strict=True)]
        raw(sums[0])
        raw(sums[2])
        totals = [fixed.number() for _ in q]
        assert sum(totals) == self.n
        assert max(totals) < 1 << self.width
        encoded = times(sum(total * number for total, number in zip(totals, q, strict=True)), G)
        statement = (sums[0], add(sums[1], minus(encoded)))
        self.proof(fixed, joint, [statement], "owner", "totals", 0, joint, sums[0], sums[1])
        opened = sums[3]
        for role in ("supplier", "owner"):
            reader = self.readers[f"{role}.share"]
            share = reader.compressed()
            self.proof(reader, sums[2], [(keys[role], share)], role, "share", 0, sums[2], share)
            opened = add(opened, minus(share))
        self.counts = [self.readers["owner.share"].number() for _ in range(4 * self.g)]
        assert sum(self.counts) == self.n
        assert max(self.counts) < 1 << self.width
        assert sum(self.counts[1::2]) == self.readers["supplier.share"].number()
        assert opened == times(sum(count << self.width * k for k, count in enumerate(self.counts)), G)
