"""A gateway on a real socket, in this process, and what strangers and members send to it."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import requests
from assay_chain.addressbook import AddressBook
from assay_chain.gateway import app, serving
from assay_chain.gateway.settings import Settings
from assay_chain.gateway.signin import Message
from assay_chain.sockets import listen
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI

ANSWER_SECONDS = 30


class Door:
    """A running gateway; it can be stopped, and started again on the same port with the same directory."""

    def __init__(self, book: AddressBook, directory: Path, **more: Any) -> None:
        with listen("127.0.0.1", 0) as probe:
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = Settings(book=book, directory=directory, url=self.url, **more)
        self.members_book = replace(book, rpc=f"{self.url}/rpc", gateway=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        self.app = self.create()
        self._server = serving.server(self.app, self.settings.limits)
        listener = listen("127.0.0.1", self.port)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive()

    def create(self) -> FastAPI:
        """What it serves."""
        return app.create(self.settings)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def terms(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.url}/auth/nonce", timeout=ANSWER_SECONDS).json()
        return found

    def message(self, account: LocalAccount, **changes: Any) -> Message:
        told = self.terms()
        made = Message.new(told["domain"], account.address, told["uri"], told["chain_id"], told["nonce"], 60)
        return replace(made, **changes)

    def login(self, account: LocalAccount, message: Message | None = None, **more: Any) -> requests.Response:
        text = (message or self.message(account)).text()
        body = {"message": text, "signature": signature(account, text)}
        return requests.post(f"{self.url}/auth/login", json=body, timeout=ANSWER_SECONDS, **more)

    def token(self, account: LocalAccount) -> str:
        answer = self.login(account)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def post(self, body: object, token: str | None = None, **more: Any) -> requests.Response:
        """`body` (JSON, or bytes as they are) to `/rpc`."""
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return requests.post(f"{self.url}/rpc", data=data, headers=headers, timeout=ANSWER_SECONDS, **more)

    def rpc(self, token: str | None, method: str, *params: Any) -> dict[str, Any]:
        """The JSON-RPC answer to one request, or the error object of a refused HTTP request."""
        found: dict[str, Any] = self.post(call(method, *params), token).json()
        return found

    def result(self, token: str | None, method: str, *params: Any) -> Any:
        answer = self.rpc(token, method, *params)
        assert "result" in answer, answer
        return answer["result"]

    def refusal(self, token: str | None, method: str, *params: Any) -> str:
        """The code of the error that a request ends with."""
        return code_of(self.rpc(token, method, *params))

    def raw(self, *parts: bytes, patience: float = ANSWER_SECONDS) -> bytes:
        """What comes back on a connection of its own, until it is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as connection:
            for part in parts:
                connection.sendall(part)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        return answer


def call(method: str, *params: Any, identity: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": list(params)}


def code_of(answer: dict[str, Any]) -> str:
    assert "error" in answer, answer
    told = answer["error"]
    return str(told["code"] if isinstance(told["code"], str) else told["data"]["error"]["code"])


def signature(account: LocalAccount, text: str) -> str:
    return str(account.sign_message(encode_defunct(text=text)).signature.hex())
