"""Roots of polynomials modulo a prime (Cantor and Zassenhaus), lowest coefficient first; for forgeries only."""

import secrets
from collections.abc import Sequence

Polynomial = list[int]


def root(numerators: Sequence[int], poles: Sequence[int], total: int, prime: int) -> int | None:
    """Return z with sum numerators_j / (z - poles_j) = total, or None when there is none."""
    whole = _product([[-pole % prime, 1] for pole in poles], prime)
    terms = [
        [numerator * value % prime for value in _product([[-p % prime, 1] for p in poles if p != pole], prime)] + [0]
        for numerator, pole in zip(numerators, poles, strict=True)
    ]
    equation = [(total * w - sum(values)) % prime for w, *values in zip(whole, *terms, strict=True)]
    # x^p - x holds every element of the field once: what it shares with the equation is a product of distinct roots.
    power = _power([0, 1], prime, equation, prime)
    return _split(
        _gcd(equation, _trim([(a - b) % prime for a, b in zip(_pad(power), _pad([0, 1]), strict=True)]), prime), prime
    )


def _split(roots: Polynomial, prime: int) -> int | None:
    if len(roots) < 2:
        return None
    while len(roots) > 2:
        power = _power([secrets.randbelow(prime), 1], prime // 2, roots, prime)
        half = _gcd(roots, _trim([(power[0] - 1) % prime, *power[1:]] if power else [prime - 1]), prime)
        if 1 < len(half) < len(roots):
            roots = half
    return -roots[0] * pow(roots[1], -1, prime) % prime


def _pad(values: Polynomial, size: int = 9) -> Polynomial:
    return values + [0] * (size - len(values))


def _trim(values: Polynomial) -> Polynomial:
    while values and not values[-1]:
        values = values[:-1]
    return values


def _times(a: Polynomial, b: Polynomial, prime: int) -> Polynomial:
    result = [0] * max(0, len(a) + len(b) - 1)
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            result[i + j] = (result[i + j] + left * right) % prime
    return _trim(result)


def _product(factors: Sequence[Polynomial], prime: int) -> Polynomial:
    result = [1]
    for factor in factors:
        result = _times(result, factor, prime)
    return result


def _remainder(a: Polynomial, b: Polynomial, prime: int) -> Polynomial:
    a, inverse = list(a), pow(b[-1], -1, prime)
    while len(a := _trim(a)) >= len(b):
        factor, shift = a[-1] * inverse % prime, len(a) - len(b)
        a = [(v - factor * b[i - shift]) % prime if i >= shift else v for i, v in enumerate(a)]
    return a


def _power(base: Polynomial, exponent: int, modulus: Polynomial, prime: int) -> Polynomial:
    result: Polynomial = [1]
    for bit in bin(exponent)[2:]:
        result = _remainder(_times(result, result, prime), modulus, prime)
        if bit == "1":
            result = _remainder(_times(result, base, prime), modulus, prime)
    return result


def _gcd(a: Polynomial, b: Polynomial, prime: int) -> Polynomial:
    while b:
        a, b = b, _remainder(a, b, prime)
    return a
