"""secp256k1 through libsecp256k1: a thin adapter over the C functions.

Points are 64 bytes, x | y, big-endian. Decoding is strict: on the curve, y < p by the library, and x < N by us, because
the on-chain arithmetic of design section 5 reads an x-coordinate as an ECDSA r. Results of the library are never
checked by `assert`, which `python -O` would remove together with the call.
"""

from collections.abc import Iterable

from btclib_secp256k1 import ffi, lib
from btclib_secp256k1.context import ctx

from assay_oracles.audits.fairness.groups.base import IDENTITY, Element, NotCanonicalError

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
POINT_BYTES = 64
_ORDER_BYTES = ORDER.to_bytes(32, "big")
_BAD_SCALAR = "a scalar outside [1, N - 1]"
_UNCOMPRESSED, _COMPRESSED = 2, 258  # SECP256K1_EC_UNCOMPRESSED, SECP256K1_EC_COMPRESSED


class Secp256k1:
    """The group of the on-chain protocol (`Group`)."""

    order = ORDER
    wire_bytes = 33

    def base(self, scalar: int) -> Element:
        """Return scalar * G in constant time."""
        scalar %= ORDER
        return self.base_many([scalar])[0] if scalar else IDENTITY

    def base_many(self, scalars: list[int]) -> list[Element]:
        """Return scalar * G for each scalar in [1, N - 1], in constant time, without an allocation a point."""
        point, out, size = ffi.new("secp256k1_pubkey *"), ffi.new("unsigned char[65]"), ffi.new("size_t *", 65)
        create, serialize, buffer = lib.secp256k1_ec_pubkey_create, lib.secp256k1_ec_pubkey_serialize, ffi.buffer(out)
        elements: list[Element] = []
        for scalar in scalars:
            if not create(ctx, point, scalar.to_bytes(32, "big")):
                raise AssertionError(_BAD_SCALAR)
            serialize(ctx, out, size, point, _UNCOMPRESSED)
            elements.append(buffer[1:65])
        return elements

    def scale(self, element: Element, scalar: int) -> Element:
        """Return scalar * element."""
        scalar %= ORDER
        if not scalar or element == IDENTITY:
            return IDENTITY
        point = _decode(element)
        must(lib.secp256k1_ec_pubkey_tweak_mul(ctx, point, scalar.to_bytes(32, "big")))
        return encode(point)

    def scale_secret(self, element: Element, scalar: int) -> Element:
        """Return scalar * element in constant time: a Diffie-Hellman whose hash is the point itself."""
        out, secret = ffi.new("unsigned char[64]"), scalar.to_bytes(32, "big")
        must(
            lib.secp256k1_ecdh(ctx, out, _decode(element), secret, lib.btclib_secp256k1_ecdh_hash_function_xy, ffi.NULL)
        )
        return bytes(ffi.buffer(out))

    def add(self, *elements: Element) -> Element:
        """Return the sum; the library answers 0 for infinity."""
        points = [_decode(element) for element in elements if element != IDENTITY]
        if not points:
            return IDENTITY
        total = ffi.new("secp256k1_pubkey *")
        if not lib.secp256k1_ec_pubkey_combine(ctx, total, points, len(points)):
            return IDENTITY
        return encode(total)

    def running(self, first: Element, steps: Iterable[tuple[Element, ...]]) -> list[Element]:
        """Return the sums after each step; a sum stays decoded for the next one."""
        sums: list[Element] = []
        total = None if first == IDENTITY else _decode(first)
        for terms in steps:
            points = [_decode(term) for term in terms if term != IDENTITY]
            if total is not None:
                points.append(total)
            total = ffi.new("secp256k1_pubkey *")
            if not points or not lib.secp256k1_ec_pubkey_combine(ctx, total, points, len(points)):
                total = None
            sums.append(IDENTITY if total is None else encode(total))
        return sums

    def negate(self, element: Element) -> Element:
        """Return the inverse of the element."""
        if element == IDENTITY:
            return IDENTITY
        point = _decode(element)
        must(lib.secp256k1_ec_pubkey_negate(ctx, point))
        return encode(point)

    def is_element(self, data: bytes) -> bool:
        """Tell whether 64 bytes are a canonical point: x < N, y < p, on the curve, not infinity."""
        return len(data) == POINT_BYTES and parse_into(ffi.new("secp256k1_pubkey *"), data)

    def encodable(self, element: Element) -> bool:
        """Refuse infinity, and the points with x from N to p."""
        return element != IDENTITY and element[:32] < _ORDER_BYTES

    def to_wire(self, element: Element) -> bytes:
        """Encode as SEC 1 compressed, 33 bytes."""
        out, length = ffi.new("unsigned char[33]"), ffi.new("size_t *", 33)
        lib.secp256k1_ec_pubkey_serialize(ctx, out, length, _decode(element), _COMPRESSED)
        return bytes(ffi.buffer(out))

    def from_wire(self, data: bytes) -> Element:
        """Decode SEC 1 compressed, 33 bytes."""
        point = ffi.new("secp256k1_pubkey *")
        if len(data) == self.wire_bytes and lib.secp256k1_ec_pubkey_parse(ctx, point, data, 33):
            element = encode(point)
            if self.encodable(element):
                return element
        raise NotCanonicalError("not a canonical compressed point of secp256k1")


def parse_into(slot: object, element: bytes) -> bool:
    """Decode exactly 64 bytes into a `secp256k1_pubkey` that the caller owns; False unless the point is canonical."""
    return element[:32] < _ORDER_BYTES and bool(lib.secp256k1_ec_pubkey_parse(ctx, slot, b"\x04" + element, 65))


def _decode(element: Element) -> object:
    point = ffi.new("secp256k1_pubkey *")
    # The library reads 65 bytes whatever it is given.
    if len(element) != POINT_BYTES or not lib.secp256k1_ec_pubkey_parse(ctx, point, b"\x04" + element, 65):
        raise NotCanonicalError("not a point of secp256k1")
    return point


def must(done: int) -> None:
    """Fail on a scalar outside [1, N - 1], our own bug: scalars of others were checked before."""
    if not done:
        raise AssertionError(_BAD_SCALAR)


def encode(point: object) -> Element:
    """Return a `secp256k1_pubkey` as an element."""
    out, length = ffi.new("unsigned char[65]"), ffi.new("size_t *", 65)
    lib.secp256k1_ec_pubkey_serialize(ctx, out, length, point, _UNCOMPRESSED)
    return bytes(ffi.buffer(out)[1:65])
