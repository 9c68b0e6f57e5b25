"""Access tokens: a forged one opens nothing, whatever its header says."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from assay_chain.gateway.problems import SignInNeeded
from assay_chain.gateway.tokens import Claims, Tokens
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.chain.gateway.conftest import Unlock
from tests.chain.gateway.door import Door, call

pytestmark = pytest.mark.xdist_group("gateway")

KEY = bytes(range(32))
TOKENS = Tokens(KEY, "https://door.example", "assay:7:0x01", 300)
CLAIMS = Claims("0x6Da01670d8fc844e736095918bbE11fE8D564163", "s" * 32)


def body(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    fields = {"iss": "https://door.example", "aud": "assay:7:0x01", "sub": CLAIMS.address, "sid": CLAIMS.session_id}
    made = {**fields, "iat": now, "exp": now + 60, **changes}
    return {name: value for name, value in made.items() if value is not None}


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def hs256(claims: dict[str, Any], key: bytes) -> str:
    """Made by hand, because no library confuses keys any more."""
    signed = by_hand({"alg": "HS256", "typ": "JWT"}, claims).rstrip(".")
    tag = hmac.digest(key, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(tag).rstrip(b'=').decode()}"


def test_token__issued__says_who_and_which_session() -> None:
    assert TOKENS.verify(TOKENS.issue(CLAIMS)) == CLAIMS


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_token__without_a_signature__is_refused(algorithm: str) -> None:
    for signature in (b"", b"x"):
        with pytest.raises(SignInNeeded) as caught:
            TOKENS.verify(by_hand({"alg": algorithm, "typ": "JWT"}, body(), signature))
        assert caught.value.code == "bad-token"


def test_token__of_another_algorithm_or_key__is_refused() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    forged = [
        jwt.encode(body(), KEY.hex() * 2, "HS512"),
        jwt.encode(body(), KEY + KEY, "HS256"),
        jwt.encode(body(), b"\0" * 32, "HS256"),
        jwt.encode(body(), private, "RS256"),
        hs256(body(), public),
        jwt.encode(body(), private, "RS256", headers={"jwk": {"kty": "oct", "k": "AAAA"}, "kid": "/dev/null"}),
    ]
    for token in forged:
        with pytest.raises(SignInNeeded) as caught:
            TOKENS.verify(token)
        assert caught.value.code == "bad-token"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": int(time.time()) - 1}, "token-expired"),
        ({"exp": None}, "bad-token"),
        ({"iss": "https://evil.example"}, "bad-token"),
        ({"aud": "assay:8:0x01"}, "bad-token"),
        ({"aud": None}, "bad-token"),
        ({"sub": None}, "bad-token"),
        ({"sid": None}, "bad-token"),
        ({"iat": int(time.time()) + 3600}, "bad-token"),
    ],
)
def test_token__rightly_signed_for_something_else__is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SignInNeeded) as caught:
        TOKENS.verify(jwt.encode(body(**changes), KEY, "HS256"))
    assert caught.value.code == code


def test_token__one_character_changed__is_refused() -> None:
    token = TOKENS.issue(CLAIMS)
    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(SignInNeeded):
            TOKENS.verify(changed)


def test_forged_tokens__over_the_wire__get_nothing(door: Door, key: Unlock) -> None:
    real = door.token(key("client"))
    claims = jwt.decode(real, options={"verify_signature": False})
    tokens = door.app.state.tokens
    gatekeeper = {**claims, "sub": key("gatekeeper").address}
    header, _, tag = real.split(".")
    forged = {
        "alg none": by_hand({"alg": "none"}, claims),
        "alg none for another": by_hand({"alg": "none"}, gatekeeper),
        "old signature, other claims": f"{header}.{by_hand({}, gatekeeper).split('.')[1]}.{tag}",
        "key confusion": jwt.encode(claims, door.settings.domain.encode() * 4, "HS256"),
        "ended session": tokens.issue(Claims(claims["sub"], "0" * 32)),
        "expired": Tokens(tokens._key, door.url, claims["aud"], -1).issue(Claims(claims["sub"], claims["sid"])),
        "no token": "",
        "garbage": "a.b.c",
    }
    for what, token in forged.items():
        answer = door.post(call("eth_blockNumber"), token)
        assert answer.status_code == 401, what
        assert "result" not in answer.text, what
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert door.result(real, "eth_blockNumber")
