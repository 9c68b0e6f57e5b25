"""Requests a second and latency through the gateway, against its node asked directly, in one run on every engine.

    python benchmarks/gateway.py [--clients N] [--seconds S] [--rounds N] [--engine E]... [--json FILE]

Each engine gets a fresh network, and a gateway in a process of its own (`assay gateway`). `--clients` connections, kept
alive, each send an `eth_call` (a balance of the token, of another account each time) as soon as the last one is
answered, for `--seconds`; direct and gateway take turns, `--rounds` times, so that a slow spell of the machine hits
both. All run on the same machine as the node: what the gateway takes of the processor, the node does not get.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from assay_chain import addressbook
from assay_chain.addressbook import AddressBook
from assay_chain.devnet import accounts
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_chain.gateway.provider import GatewayProvider
from assay_chain.sockets import listen

ENGINES = ("embedded", "anvil")
WARM_SECONDS = 1.0
BALANCE_OF = "0x70a08231"


@dataclass
class Figures:
    """One way to the node: requests a second by round, and the seconds of every request."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the requests took at most."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection(asyncio.Protocol):
    """One client: sends the next request as soon as the last one is answered."""

    def __init__(self, load: Load) -> None:
        """One client of a load."""
        self._load = load
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Go on when the answer is whole."""
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        assert b'"result"' in body, self._answer
        self._load.done(time.perf_counter() - self._since)
        self._answer = b""
        self._ask()

    def _ask(self) -> None:
        self._since = time.perf_counter()
        self._transport.write(self._load.request())  # type: ignore[attr-defined]


class Load:
    """All clients of one way."""

    def __init__(self, url: str, token_contract: str, headers: str) -> None:
        """Ask at `url` for balances of the token, with further lines in the head."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.host, self.port, self._path = parts.hostname, parts.port, parts.path or "/"
        self._contract, self._headers = token_contract, headers
        self._count = 0
        self._seconds: list[float] = []

    def request(self) -> bytes:
        """The next request, with its head."""
        self._count += 1
        call = {"to": self._contract, "data": f"{BALANCE_OF}{self._count:064x}"}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]})
        return (
            f"POST {self._path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/json\r\n"
            f"{self._headers}Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def done(self, seconds: float) -> None:
        """Note an answer."""
        self._seconds.append(seconds)

    async def run(self, clients: int, seconds: float, figures: Figures) -> None:
        """Ask for a while, after a moment that does not count."""
        loop = asyncio.get_running_loop()
        transports = [
            (await loop.create_connection(lambda: Connection(self), self.host, self.port))[0] for _ in range(clients)
        ]
        await asyncio.sleep(WARM_SECONDS)
        self._seconds.clear()
        start = time.perf_counter()
        await asyncio.sleep(seconds)
        figures.rates.append(len(self._seconds) / (time.perf_counter() - start))
        figures.seconds += self._seconds
        for transport in transports:
            transport.abort()


@contextmanager
def gateway(book: AddressBook, directory: Path) -> Iterator[AddressBook]:
    """A gateway as users have it; yields the members' book. Its limits are out of the way."""
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    options = ["--network", str(book.path), "--dir", str(directory), "--port", str(port), "--rate", "1e9"]
    process = subprocess.Popen([sys.executable, "-m", "assay_client.cli", "gateway", *options], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield addressbook.load(directory)
    finally:
        process.terminate()
        process.wait()


def measure(engine: str, clients: int, seconds: float, rounds: int, folder: Path) -> dict[str, Figures]:
    """Both ways to one engine's node."""
    settings = Settings(directory=folder / engine, port=0, engine=engine)  # type: ignore[arg-type]
    figures = {"direct": Figures(), "gateway": Figures()}
    with up(settings) as running, gateway(running.book, folder / f"{engine}-gateway") as members:
        provider = GatewayProvider(members.rpc, accounts.unlock(running.book.accounts["client"]))
        provider.make_request("eth_chainId", [])  # type: ignore[arg-type]
        authorization = f"Authorization: {provider.get_request_kwargs()['headers']['Authorization']}\r\n"
        token = running.book.contracts["AssayToken"]
        ways = {"direct": (running.book.rpc, ""), "gateway": (members.rpc, authorization)}
        for _ in range(rounds):
            for way, (url, headers) in ways.items():
                uvloop.run(Load(url, token, headers).run(clients, seconds, figures[way]))
    return figures


def main() -> None:
    """Measure, print a table, and write the numbers as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", action="append", choices=ENGINES)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    table: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_HOME"] = folder
        for engine in given.engine or ENGINES:
            found = measure(engine, given.clients, given.seconds, given.rounds, Path(folder))
            table[engine] = {
                way: {
                    "per_second": statistics.median(f.rates),
                    "p50_ms": f.percentile(0.5),
                    "p99_ms": f.percentile(0.99),
                }
                for way, f in found.items()
            }
            for way, row in table[engine].items():
                print(f"{engine:9} {way:8} " + "  ".join(f"{name} {value:9.1f}" for name, value in row.items()))
            ratio = table[engine]["gateway"]["per_second"] / table[engine]["direct"]["per_second"]
            print(f"{engine:9} gateway / direct: {ratio:.2f}")
    if given.json:
        given.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
