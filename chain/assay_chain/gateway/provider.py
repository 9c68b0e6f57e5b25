"""A web3 provider that passes the gateway: it signs in by itself, stays signed in, and signs in again when it must.

w3 = Web3(GatewayProvider("https://assay.example", account))
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import urlsplit

import requests
from eth_account.messages import encode_defunct
from eth_account.signers.base import BaseAccount
from web3.types import RPCEndpoint, RPCResponse

from assay_chain.errors import AssayError, Culprit, PeerUnreachable, Refused
from assay_chain.provider import NodeProvider

from .signin import Message

RPC_PATH: Final = "/rpc"
ANSWER_SECONDS: Final = 20.0
SIGN_IN_SECONDS: Final = 120
"""How long a signed message can be used; it is sent at once."""
ATTEMPTS: Final = 6
BUSY_SECONDS: Final = 1.0
_FIELDS: Final = ("message", "code", "culprit", "hint")
_SERVER_FAULT: Final = 500
_FRESH: Final = 0.8  # of an access token's life, after which it is renewed

_T = TypeVar("_T")


class _SignedOut(Refused):
    """The gateway wants a (new) sign-in."""


class _Busy(PeerUnreachable):
    """The gateway wants fewer requests."""


@dataclass(frozen=True)
class _Pass:
    access: str
    refresh: str
    fresh_until: float


class GatewayProvider(NodeProvider):
    """A gateway's JSON-RPC address. Safe for several threads.

    Without an account it reads what strangers may read. A session that ended, because the gateway forgot it or its time
    was over, begins again with a new signature. What the gateway always passes (an oracle's votes and withdrawals) is
    sent even when it lets nobody sign in.
    """

    peer: ClassVar[str] = "gateway"
    culprit: ClassVar[Culprit] = "gatekeeper"

    def __init__(self, url: str, account: BaseAccount | None = None, timeout: float = ANSWER_SECONDS) -> None:
        """Prepare requests to the gateway at `url`, that `account` signs in to; nothing is sent yet."""
        self._base = url.rstrip("/").removesuffix(RPC_PATH)
        super().__init__(self._base + RPC_PATH, timeout)
        self.url = self._base
        self._account = account
        self._timeout = timeout
        self._lock = threading.Lock()
        self._pass: _Pass | None = None

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Send one request, signed in.

        Raises:
            Refused: the gateway does not admit the account, or does not allow the request.
            PeerUnreachable: the gateway, or the node behind it, does not answer.
        """
        response = self._signed_in(lambda: super(GatewayProvider, self).make_request(method, params), method)
        fault = response.get("error")
        if isinstance(fault, dict) and (told := _told(fault.get("data"))):
            raise Refused(**told)
        return response

    def make_batch_request(self, batch_requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Send several requests at once, signed in; raises like `make_request`."""
        return self._signed_in(lambda: super(GatewayProvider, self).make_batch_request(batch_requests))

    def get(self, path: str) -> requests.Response:
        """Read another address of the gateway, such as ``/api/v1/network``, signed in; raises like `make_request`."""

        def send() -> requests.Response:
            headers = {} if self._pass is None else {"Authorization": f"Bearer {self._pass.access}"}
            response = requests.get(self._base + path, headers=headers, timeout=self._timeout)
            response.raise_for_status()
            return response

        def explained() -> requests.Response:
            try:
                return send()
            except requests.HTTPError as error:
                raise self._http_error(error) from error
            except requests.RequestException as error:
                raise self._unreachable("cannot be reached", "unreachable") from error

        return self._signed_in(explained)

    def get_request_kwargs(self) -> dict[str, Any]:
        """What every request carries: the access token, if there is one."""
        carried = dict(super().get_request_kwargs())
        if (held := self._pass) is not None:
            carried["headers"] = {**carried["headers"], "Authorization": f"Bearer {held.access}"}
        return carried

    def _signed_in(self, send: Callable[[], _T], method: str = "") -> _T:
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            held = self._hold(method)
            try:
                return send()
            except _SignedOut:
                if self._account is None or last:
                    raise
                with self._lock:
                    if held is not None and self._pass is held:
                        self._pass = replace(held, fresh_until=float("-inf"))
            except _Busy:
                if last:
                    raise
                time.sleep(BUSY_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    def _hold(self, method: str) -> _Pass | None:
        """A pass that is fresh, if there can be one."""
        if self._account is None:
            return None
        with self._lock:
            held = self._pass
            if held is not None and time.monotonic() >= held.fresh_until:
                held = self._pass = self._renew(held)
            if held is None:
                try:
                    held = self._pass = self._sign_in(self._account)
                except Refused:
                    if method != "eth_sendRawTransaction":
                        raise
            return held

    def signed_message(self) -> dict[str, str]:
        """A sign-in that somebody else may send to `/auth/login` in the account's name, once and soon: a browser.

        Raises:
            PeerUnreachable: the gateway does not answer.
        """
        assert self._account is not None, "a sign-in is signed"
        return self._signed(self._account)

    def _sign_in(self, account: BaseAccount) -> _Pass:
        return self._of(self._auth("POST", "login", self._signed(account)))

    def _signed(self, account: BaseAccount) -> dict[str, str]:
        terms = self._auth("GET", "nonce")
        # The domain is the one that we talk to, not what it says it is: a signature is of no use anywhere else.
        domain, address = urlsplit(self._base).netloc, str(account.address)
        message = Message.new(domain, address, self._base, int(terms["chain_id"]), str(terms["nonce"]), SIGN_IN_SECONDS)
        signature = account.sign_message(encode_defunct(text=message.text())).signature
        return {"message": message.text(), "signature": signature.hex()}

    def _renew(self, held: _Pass) -> _Pass | None:
        try:
            return self._of(self._auth("POST", "refresh", {"refresh_token": held.refresh}))
        except Refused:
            return None

    def _auth(self, verb: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            response = requests.request(verb, f"{self._base}/auth/{path}", json=body, timeout=self._timeout)
            response.raise_for_status()
            return dict(response.json())
        except requests.HTTPError as error:
            raise self._http_error(error) from error
        except (requests.RequestException, ValueError) as error:
            raise self._unreachable("cannot be reached", "unreachable") from error

    @property
    def _hint(self) -> str:
        return f"No gateway answers at {self._base}: start `assay gateway` there, or ask the gatekeeper who runs it."

    @staticmethod
    def _of(answer: dict[str, Any]) -> _Pass:
        return _Pass(
            str(answer["access_token"]),
            str(answer["refresh_token"]),
            time.monotonic() + _FRESH * float(answer["expires_in"]),
        )

    def _http_error(self, error: requests.HTTPError) -> AssayError:
        """The gateway's own error, as it would have been raised there."""
        assert error.response is not None, "it is raised for a response"
        status = error.response.status_code
        try:
            told = _told(error.response.json())
        except ValueError:
            told = None
        if told is None:
            return super()._http_error(error)
        kinds: dict[int, type[AssayError]] = {401: _SignedOut, 429: _Busy}
        return kinds.get(status, PeerUnreachable if status >= _SERVER_FAULT else Refused)(**told)


def _told(document: object) -> dict[str, Any] | None:
    """The fields of an error object of the house; None for anything else."""
    told = document.get("error") if isinstance(document, dict) else None
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in _FIELDS):
        return None
    return {name: told[name] for name in _FIELDS}
