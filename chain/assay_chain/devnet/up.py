"""`assay devnet up`: an engine, the contracts, accounts that can act, and an address book that every command finds."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

from .. import addressbook, locks, sockets
from ..addressbook import AccountEntry, AddressBook
from ..amounts import UNIT
from ..deploy import deploy
from ..errors import MalformedInput, Refused
from ..policies import load_standard
from ..roles import Role
from ..session import Session
from ..wrappers.membership import Membership
from ..wrappers.token import Token
from . import accounts, anvil
from .embedded import engine as embedded
from .genesis import Genesis
from .process import Engine
from .settings import Settings

STORE = "store"
_ANVIL_GENESIS = "anvil-genesis.json"
_GAS_MONEY = 1_000_000 * 10**18  # wei for each account; the native coin pays for gas and nothing else

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Devnet:
    """A running devnet.

    Attributes:
        book: its address book, as saved.
        settings: what it was started with.
        resumed: whether its chain and contracts were there before (anvil only).
        engine: the process that runs the chain.
    """

    book: AddressBook
    settings: Settings
    resumed: bool
    engine: Engine


def serve(settings: Settings, announce: Callable[[Devnet], None], progress: Progress = lambda _: None) -> None:
    """Runs a devnet until SIGINT or SIGTERM; `announce` is called when it is ready. For the main thread of a command.

    Raises what `up` raises, and PeerUnreachable when the engine ends by itself.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        with up(settings, progress) as devnet:
            announce(devnet)
            devnet.engine.wait()
    except KeyboardInterrupt:
        progress("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def up(settings: Settings, progress: Progress = lambda _: None) -> Iterator[Devnet]:
    """Starts a devnet, and stops it in the end.

    The address book is written last: while it exists, everything in it works. The embedded chain begins anew every
    time, with another chain id so that nothing signed for an earlier one is valid on it, and its book goes when it
    ends. On anvil the chain, the contracts and the book persist, and nothing is deployed twice.

    Raises:
        Refused: the directory is in use, or holds the chain of the other engine.
        Usage: the port is taken, or the engine is not installed.
        PeerUnreachable: the engine does not start.
    """
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locks.directory(
        settings.directory,
        f"a devnet is already running in {settings.directory}",
        code="devnet-running",
        hint="Stop it with Ctrl-C or SIGTERM, or use another --dir.",
    ) as held:
        previous = _previous(settings)
        port = _free_port(settings.port)
        members = accounts.ensure(settings.directory, max(settings.oracles, _oracles(previous)))
        progress(f"starting the {settings.engine} engine on port {port}")
        with _start(settings, members, port, held) as engine:
            book = _empty_book(settings, engine)
            kept = _still_there(previous, book)
            if kept is None:
                progress("deploying the contracts")
                book = replace(book, contracts=_deploy(book, members, settings))
            else:
                book = replace(book, contracts=kept.contracts)
            known = kept.accounts if kept else {}
            newcomers = {name: entry for name, entry in members.items() if name not in known}
            progress(f"admitting {len(newcomers)} accounts")
            _welcome(book, members, newcomers, settings)
            book = replace(book, accounts=members)
            engine.checkpoint()
            addressbook.save(book)
            addressbook.make_current(book)
            try:
                yield Devnet(book, settings, resumed=kept is not None, engine=engine)
            finally:
                if settings.engine == "embedded":
                    book.path.unlink(missing_ok=True)


def _previous(settings: Settings) -> AddressBook | None:
    """The book of the chain that the directory keeps. A book whose chain is gone is removed."""
    path = settings.directory / addressbook.FILE_NAME
    keeps_chain = (settings.directory / anvil.STATE).exists()
    if keeps_chain and settings.engine != "anvil":
        raise Refused(
            f"{settings.directory} holds the chain of an anvil devnet",
            code="other-engine",
            culprit="local",
            hint="Use --engine anvil, or another --dir.",
        )
    if not keeps_chain:
        path.unlink(missing_ok=True)
    return addressbook.load(path) if path.exists() else None


def _oracles(book: AddressBook | None) -> int:
    return sum("oracle" in entry.roles for entry in book.accounts.values()) if book else 0


def _free_port(port: int) -> int:
    """The port itself, or a free one for 0. Raises Usage when it is taken."""
    with sockets.listen("127.0.0.1", port) as probe:
        return int(probe.getsockname()[1])


def _start(settings: Settings, members: Mapping[str, AccountEntry], port: int, held: int) -> Engine:
    balances = {bytes.fromhex(entry.address[2:]): _GAS_MONEY for entry in members.values()}
    fresh = Genesis(10**9 + secrets.randbelow(10**9), int(time.time()) - 1, balances)
    if settings.engine == "embedded":
        return embedded.start(settings.directory, fresh, port, settings.block_time, held)
    path = settings.directory / _ANVIL_GENESIS
    genesis = replace(Genesis.load(path), balances=balances) if (settings.directory / anvil.STATE).exists() else fresh
    genesis.save(path)
    return anvil.start(settings.directory, genesis, port, settings.block_time, held)


def _empty_book(settings: Settings, engine: Engine) -> AddressBook:
    return AddressBook(
        chain_id=engine.chain_id,
        rpc=engine.rpc,
        contracts={},
        accounts={},
        block_time=float(settings.block_time),
        store=(settings.directory / STORE).as_uri(),
        development=True,
        path=settings.directory / addressbook.FILE_NAME,
    )


def _still_there(previous: AddressBook | None, book: AddressBook) -> AddressBook | None:
    """The previous book, if its contracts are on this chain."""
    if previous is None:
        return None
    try:
        Session.connect(replace(previous, rpc=book.rpc))
    except MalformedInput:
        return None
    return previous


def _deploy(book: AddressBook, members: Mapping[str, AccountEntry], settings: Settings) -> dict[str, str]:
    return deploy(
        Session.connect(book, accounts.unlock(members["gatekeeper"])),
        members["treasury"].address,
        members["gatekeeper"].address,
        block_seconds=settings.block_time,
        minimum_stake=settings.minimum_stake * UNIT,
        unbonding_blocks=settings.unbonding_blocks,
        table_bond=settings.table_bond * UNIT,
        demand_bond=settings.demand_bond * UNIT,
        answer_blocks=settings.answer_blocks,
        policies=[spec for spec in load_standard() if spec.terms.development],
    )


def _welcome(
    book: AddressBook,
    members: Mapping[str, AccountEntry],
    newcomers: Mapping[str, AccountEntry],
    settings: Settings,
) -> None:
    """Admits accounts in their roles and mints their tokens, side by side: a block takes one transaction a sender."""

    def admit() -> None:
        membership = Membership(Session.connect(book, accounts.unlock(members["gatekeeper"])))
        for entry in newcomers.values():
            membership.admit(entry.address, [role for role in Role if role in entry.roles])

    def mint() -> None:
        token = Token(Session.connect(book, accounts.unlock(members["treasury"])))
        amounts = {
            "client": settings.client_tokens,
            "supplier": settings.supplier_tokens,
            "viewer": settings.verifier_tokens,
            "oracle": settings.oracle_tokens,
        }
        for entry in newcomers.values():
            if amount := sum(amounts.get(role, 0) for role in entry.roles):
                token.mint(entry.address, amount * UNIT)

    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in [pool.submit(admit), pool.submit(mint)]:
            done.result()
