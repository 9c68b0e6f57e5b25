"""A second verifier, written from docs and design alone in plain Python: slow, and nothing in common with the first.

It knows tables on secp256k1 in both forms and answers whether the file is a true table. Errors of any kind mean no.
"""

from sha3 import keccak_256

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Point = tuple[int, int] | None


def h(data: bytes) -> bytes:
    return keccak_256(data).digest()


def t(name: str) -> bytes:
    return h(b"assay/faas/v1/" + name.encode())


def w(number: int) -> bytes:
    return number.to_bytes(32, "big")


def add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(scalar: int, point: Point) -> Point:
    """Double and add in Jacobian coordinates, with one inversion at the end."""
    if point is None:
        return None
    x, y, z = 0, 1, 0
    for bit in bin(scalar % N)[2:]:
        if z:
            s, m = 4 * x * y * y % P, 3 * x * x % P
            x, y, z = (m * m - 2 * s) % P, y, 2 * y * z % P
            y = (m * (s - x) - 8 * pow(y, 4, P)) % P
        if bit == "1":
            if not z:
                x, y, z = *point, 1
                continue
            u, v = point[0] * z * z % P, point[1] * pow(z, 3, P) % P
            if u == x:
                affine = x * pow(z, -2, P) % P, y * pow(z, -3, P) % P
                total = add(affine, point)
                x, y, z = (*total, 1) if total else (0, 1, 0)
                continue
            d, r = (u - x) % P, (v - y) % P
            new = (r * r - pow(d, 3, P) - 2 * x * d * d) % P
            y = (r * (x * d * d - new) - y * pow(d, 3, P)) % P
            x, z = new, z * d % P
    return (x * pow(z, -2, P) % P, y * pow(z, -3, P) % P) if z else None


def minus(point: Point) -> Point:
    return None if point is None else (point[0], P - point[1])


def raw(point: Point) -> bytes:
    assert point is not None
    assert point[0] < N
    return w(point[0]) + w(point[1])


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        assert len(part) == size
        self.at += size
        return part

    def number(self) -> int:
        return int.from_bytes(self.take(32), "big")

    def scalar(self) -> int:
        value = self.number()
        assert 0 < value < N
        return value

    def point(self) -> Point:
        x, y = self.number(), self.number()
        assert x < N
        assert y < P
        assert (y * y - x**3 - 7) % P == 0
        return x, y

    def compressed(self) -> Point:
        sign, x = self.take(1)[0], self.number()
        assert sign in (2, 3)
        assert x < N
        y = pow(x**3 + 7, (P + 1) // 4, P)
        assert (y * y - x**3 - 7) % P == 0
        return (x, y) if y % 2 == sign % 2 else (x, P - y)


def verify(data: bytes) -> bool:
    """Whether the file is a true table."""
    try:
        _verify(data)
    except AssertionError:
        return False
    return True


def _verify(data: bytes) -> None:
    reader = Reader(data)
    assert reader.take(32) == b"assay/faas/table/v1" + bytes(13)
    form, params, n, chain = (reader.number() for _ in range(4))
    board, supplier, nonce, commitment = (reader.take(32) for _ in range(4))
    assert form in (1, 2)
    g, pads, width = params >> 16 & 255, params >> 8 & 255, params & 255
    assert params == 1 << 24 | g << 16 | pads << 8 | width
    assert 2 <= g <= 8
    assert pads in (0, 1)
    assert width == min(31, 255 // (4 * g))
    assert 2 <= n < 1 << width
    assert board[:12] == supplier[:12] == bytes(12)
    branches = 4 * g + pads
    plain = [1 << width * k for k in range(4 * g)] + [0] * pads
    row_bytes = 256 + 192 * branches if form == 2 else 66 + 64 * branches
    assert len(data) == 288 + n * row_bytes + 32 + 32 * 4 * g + 65
    table = h(t("table") + w(chain) + board + supplier + w(params) + w(n) + nonce + commitment)

    xs, ys, cs, bs, proofs = [], [], [], [], []
    for _ in range(n):
        if form == 2:
            xs.append(reader.point())
            ys.append(reader.point())
            cs.append(reader.point())
            bs.append(reader.point())
            proofs.append([(reader.point(), reader.point(), reader.scalar(), reader.scalar()) for _ in range(branches)])
        else:
            xs.append(reader.compressed())
            cs.append(reader.compressed())
            proofs.append([(None, None, reader.scalar(), reader.scalar()) for _ in range(branches)])
    assert len({x[0] for x in xs if x}) == n

    tally, leaves = None, []
    for i in range(n):
        mask = None
        for j in range(n):
            if j != i:
                mask = add(mask, xs[j] if j < i else minus(xs[j]))
        tally = add(tally, cs[i])
        if form == 2:
            assert ys[i] == mask
            assert bs[i] == tally
        commitments, pi, total = b"", t("proof"), 0
        for j, (a, b, c, r) in enumerate(proofs[i]):
            real_a = add(times(r, G), times(c, xs[i]))
            real_b = add(times(r, mask), times(c, add(cs[i], minus(times(plain[j], G)))))
            if form == 2:
                assert (a, b) == (real_a, real_b)
            commitments += raw(real_a) + raw(real_b)
            pi += h(t("branch") + raw(real_a) + raw(real_b) + w(c) + w(r))
            total += c
        row = raw(xs[i]) + raw(mask) + raw(cs[i])
        assert total % N == int.from_bytes(h(t("challenge") + table + w(i + 1) + row + commitments), "big") % N
        leaves.append(h(t("leaf") + row + raw(tally) + h(pi)))

    root = reader.take(32)
    while len(leaves) & (len(leaves) - 1):
        leaves.append(bytes(32))  # for so few rows, filling up is the same as hashing empty subtrees up
    while len(leaves) > 1:
        leaves = [h(t("node") + leaves[k] + leaves[k + 1]) for k in range(0, len(leaves), 2)]
    assert root == leaves[0]
    counts = [reader.number() for _ in range(4 * g)]
    assert all(count < 1 << width for count in counts)
    assert sum(counts) <= n if pads else sum(counts) == n
    assert tally == times(sum(count * p for count, p in zip(counts, plain, strict=False)), G)
    r, s, v = reader.number(), reader.number(), reader.take(1)[0]
    assert 0 < r < N
    assert 0 < s <= N // 2
    assert v in (27, 28)
    digest = int.from_bytes(h(t("sign") + table + root + b"".join(map(w, counts))), "big")
    y = pow(r**3 + 7, (P + 1) // 4, P)
    assert (y * y - r**3 - 7) % P == 0
    point = (r, y if y % 2 == v - 27 else P - y)
    public = times(pow(r, -1, N), add(times(s, point), minus(times(digest, G))))
    assert public is not None
    assert h(w(public[0]) + w(public[1]))[12:] == supplier[12:]
