"""An engine's process: started on a leash, watched, stopped."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from web3 import HTTPProvider
from web3.types import RPCEndpoint

from ..errors import PeerUnreachable
from . import leash
from .genesis import Genesis

LOG = "engine.log"
_START_SECONDS = 30.0
_LOG_LINES = 5


class Engine:
    """A chain in a process of its own, as a context manager. It ends when the context, or this process, does.

    Attributes:
        rpc: URL of its JSON-RPC server, on the loopback interface.
        chain_id: of its chain.
    """

    def __init__(self, command: Sequence[str], directory: Path, genesis: Genesis, port: int, lock: int) -> None:
        """Starts the command; its output goes to `LOG` in the directory.

        It inherits the descriptor `lock`, so that the directory stays locked for as long as the engine runs.
        """
        self.rpc = f"http://127.0.0.1:{port}"
        self.chain_id = genesis.chain_id
        self._log = directory / LOG
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  the command comes from this package
                [sys.executable, leash.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; the engine stops when we let go of it
                pass_fds=(lock,),
            )

    def __enter__(self) -> Self:
        """Waits until the engine answers for its chain. Raises PeerUnreachable when it stops or takes too long."""
        try:
            self._wait_ready()
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the engine and waits for its end."""
        self._let_go()

    def request(self, method: str, *params: object) -> object:
        """The result of a JSON-RPC call. Raises PeerUnreachable, also when the engine answers with an error."""
        return self._ask(method, params, timeout=60)

    def _ask(self, method: str, params: Sequence[object], timeout: float) -> object:
        provider = HTTPProvider(self.rpc, request_kwargs={"timeout": timeout}, exception_retry_configuration=None)
        try:
            response = provider.make_request(RPCEndpoint(method), list(params))
        except (OSError, ValueError) as error:
            raise self._unreachable(f"does not answer {method} ({type(error).__name__})") from error
        if "error" in response:
            raise self._unreachable(f"refuses {method} ({response['error']})")
        return response["result"]

    def checkpoint(self) -> None:
        """Makes what happened so far survive a crash, as far as the engine can."""

    def wait(self) -> None:
        """Blocks while the engine runs, then raises PeerUnreachable: it never ends by itself."""
        self._process.wait()
        raise self._unreachable("stopped")

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._unreachable("stopped while starting")
            try:
                if self._ask("eth_chainId", (), timeout=2) == hex(self.chain_id):
                    return
            except PeerUnreachable:
                pass
            time.sleep(0.05)
        raise self._unreachable(f"was not ready within {_START_SECONDS:.0f} s")

    def _let_go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _unreachable(self, what: str) -> PeerUnreachable:
        lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        said = f": {' | '.join(lines)}" if lines else ""
        return PeerUnreachable(
            f"the engine at {self.rpc} {what}{said}",
            code="engine-unreachable",
            culprit="chain",
            hint=f"See {self._log}.",
        )
