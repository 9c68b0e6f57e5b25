"""Access tokens: short-lived JWTs (RFC 7519) that only this gateway makes and accepts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import jwt

from .problems import SignInNeeded

ALGORITHM: Final = "HS256"
_REMEMBERED: Final = 10_000
_CLAIMS: Final = ["iss", "aud", "sub", "sid", "iat", "exp"]


@dataclass(frozen=True)
class Claims:
    """What a token that was verified says: who signed in, and in which session."""

    address: str
    session_id: str


class Tokens:
    """Makes and checks access tokens.

    One algorithm with one key of our own: a token's header never chooses how it is checked. Tokens that were verified
    are remembered until they expire.
    """

    def __init__(self, key: bytes, issuer: str, audience: str, seconds: int) -> None:
        """Tokens of `issuer` for `audience`, valid for `seconds`, authenticated with a key of 32 bytes."""
        self._key = key
        self._verified: dict[str, tuple[Claims, int]] = {}
        self._issuer = issuer
        self._audience = audience
        self.seconds = seconds

    def issue(self, claims: Claims) -> str:
        """A new token."""
        now = int(time.time())
        body = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": claims.address,
            "sid": claims.session_id,
            "iat": now,
            "exp": now + self.seconds,
        }
        return jwt.encode(body, self._key, ALGORITHM)

    def verify(self, token: str) -> Claims:
        """What a token says.

        Raises:
            SignInNeeded: it is expired, forged, of another gateway or network, or no token at all.
        """
        known, expires = self._verified.get(token, (None, 0))
        if known is not None and time.time() < expires:
            return known
        try:
            body = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": _CLAIMS},
            )
        except jwt.ExpiredSignatureError as error:
            raise _refused("token-expired", "the access token has expired") from error
        except jwt.InvalidTokenError as error:
            raise _refused("bad-token", "the access token is none of this gateway's") from error
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[token] = claims, _ = Claims(str(body["sub"]), str(body["sid"])), int(body["exp"])
        return claims


def _refused(code: str, message: str) -> SignInNeeded:
    return SignInNeeded(
        message, code=code, culprit="client", hint="Get a new one: POST /auth/refresh, or sign in again."
    )
