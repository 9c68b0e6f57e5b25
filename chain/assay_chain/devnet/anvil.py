"""The native engine: `anvil`, with its state kept in the devnet's directory.

anvil writes its own `--state` file in place, and refuses to start on one that a crash cut short. So the state is
fetched with `anvil_dumpState` and the file replaced at once: an engine that was killed loses the last seconds at most.
"""

from __future__ import annotations

import gzip
import logging
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import PeerUnreachable, Usage
from .genesis import Genesis
from .process import Engine

STATE = "anvil-state.json"
_SNAPSHOT_SECONDS = 5.0
_KEPT_STATES = 1000  # how many blocks back state can be read

_log = logging.getLogger(__name__)


def start(directory: Path, genesis: Genesis, port: int, block_time: float, lock: int) -> Engine:
    """The chain kept in the directory, or a new one. It holds no keys. Raises Usage when there is no anvil."""
    state = directory / STATE
    command = [
        str(find()),
        *("--host", "127.0.0.1", "--port", str(port), "--no-cors", "--quiet"),
        *("--hardfork", "london", "--chain-id", str(genesis.chain_id), "--gas-limit", str(genesis.gas_limit)),
        *("--accounts", "0", "--block-time", str(block_time), "--prune-history", str(_KEPT_STATES)),
        *(("--load-state", str(state)) if state.exists() else ("--timestamp", str(genesis.timestamp))),
    ]
    return _Anvil(command, directory, genesis, port, lock)


def find() -> Path:
    """The binary: from hardhat-free-devnet/node_modules (of this checkout or the working directory), or the PATH."""
    for root in (Path(__file__).parents[3], Path.cwd()):
        modules = root / "hardhat-free-devnet" / "node_modules"
        # The launcher in .bin is a script around this binary, and would leave it running when killed.
        for binary in sorted(modules.glob("@foundry-rs/anvil-*/bin/anvil")):
            return binary
    if found := shutil.which("anvil"):
        return Path(found)
    raise Usage(
        "there is no anvil on this machine",
        code="no-anvil",
        culprit="local",
        hint="Run `npm ci` in hardhat-free-devnet, put anvil on the PATH, or use --engine embedded.",
    )


class _Anvil(Engine):
    def __init__(self, command: Sequence[str], directory: Path, genesis: Genesis, port: int, lock: int) -> None:
        super().__init__(command, directory, genesis, port, lock)
        self._balances = genesis.balances
        self._state = directory / STATE
        self._saving = threading.Lock()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="anvil-state", daemon=True)

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            for address, wei in self._balances.items():
                if self.request("eth_getBalance", f"0x{address.hex()}", "latest") == "0x0":
                    self.request("anvil_setBalance", f"0x{address.hex()}", hex(wei))
        except BaseException:
            self._let_go()
            raise
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._keeper.join()
        self._try_checkpoint()
        super().__exit__(kind, error, trace)

    def checkpoint(self) -> None:
        with self._saving:  # the keeper and whoever set the chain up
            dump = str(self.request("anvil_dumpState"))
            partial = self._state.with_suffix(".partial")
            partial.write_bytes(gzip.decompress(bytes.fromhex(dump.removeprefix("0x"))))
            partial.replace(self._state)

    def _keep(self) -> None:
        took = 0.0
        while not self._stopping.wait(max(_SNAPSHOT_SECONDS, 20 * took)):  # a twentieth of the time at most
            start = time.monotonic()
            self._try_checkpoint()
            took = time.monotonic() - start

    def _try_checkpoint(self) -> None:
        try:
            self.checkpoint()
        except (PeerUnreachable, OSError) as error:
            _log.warning("the chain's state was not saved: %s", error)
