"""What every command has in common: shared options, exit codes, one way to print results and progress.

Conventions (design section 8): results go to stdout (with `--json` exactly one object that names its schema), progress
and questions to stderr. Exit codes: 0 yes, 1 negative finding, 2 inconclusive, 3 malformed input, 4 peer or chain
unreachable, 5 refused, 64 usage.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from assay_chain.addressbook import AddressBook
    from assay_chain.session import Session
    from web3.types import TxReceipt

    from assay_client.sdk import Client

_OUTPUT = (
    click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object on stdout."),
    click.Option(["--debug"], is_flag=True, help="Show the traceback of a failure."),
)
NETWORK = (
    click.Option(
        ["--network"],
        metavar="PATH",
        help="Address book, or the folder that holds it. Default: $ASSAY_NETWORK, else the last `assay devnet up`.",
    ),
)
_ACCOUNT = (
    click.Option(["--as", "acting_as"], metavar="NAME", help="Development account of the address book to act as."),
    click.Option(
        ["--keystore"],
        metavar="FILE",
        envvar="ASSAY_KEYSTORE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Encrypted keystore of the account to act as (or sign in). Default: $ASSAY_KEYSTORE.",
    ),
    click.Option(
        ["--password-file"],
        metavar="FILE",
        envvar="ASSAY_PASSWORD_FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File with the keystore's password. Default: $ASSAY_PASSWORD_FILE.",
    ),
)


class Word(click.ParamType[int]):
    """A number from 0 that fits into a word of the chain."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; anything else is wrong usage."""
        try:
            number = int(value)
        except ValueError:
            number = -1
        if not 0 <= number < 1 << 256:
            self.fail(f"{value!r} is no whole number from 0 below 2^256", param, ctx)
        return number


@dataclass(frozen=True)
class Env:
    """How a command was asked to run: which network, as whom, and how to print."""

    as_json: bool = False
    debug: bool = False
    network: str | None = None
    acting_as: str | None = None
    keystore: Path | None = None
    password_file: Path | None = None
    role: str | None = None

    @cached_property
    def book(self) -> AddressBook:
        """The network's address book."""
        from assay_chain import addressbook

        return addressbook.find(self.network)

    @cached_property
    def session(self) -> Session:
        """A session that acts as the chosen account; read-only when the command needs no account.

        Behind a gateway every command signs in; one that only reads does so as the client when nobody is named, and as
        nobody (who may read what is public) when there is no such account.
        """
        from assay_chain.session import Session

        from assay_client.accounts import choose

        role = self.role
        if role is None:
            somebody = self.acting_as or self.keystore or self.book.development
            if not (self.book.gateway and somebody):
                return Session.connect(self.book)
            role = "client"
        return Session.connect(self.book, choose(self.book, self.acting_as, self.keystore, self.password_file, role))

    @property
    def reading(self) -> Session:
        """A session for reading alone, whoever the command would act as."""
        return replace(self, role=None).session

    @cached_property
    def client(self) -> Client:
        """The SDK on this command's session."""
        from assay_client.sdk import Client

        return Client(self.session)

    def address(self, account: str) -> str:
        """The address that a person wrote, or the one that the address book has for a name.

        Raises:
            Usage: it is neither.
        """
        from assay_client.accounts import address

        return address(self.book, account)

    def emit(self, name: str, payload: Mapping[str, Any], human: Callable[[], None] | str) -> None:
        """Print the result: `payload` as JSON under schema `assay/<name>/1`, or what `human` says."""
        if self.as_json:
            click.echo(json.dumps({"schema": f"assay/{name}/1", **payload}))
        elif isinstance(human, str):
            click.echo(human)
        else:
            human()

    def say(self, text: str) -> None:
        """Report progress on stderr."""
        click.echo(text, err=True)


def inclusion(receipt: TxReceipt) -> dict[str, Any]:
    """Where a transaction was included, for programs."""
    return {"block": receipt["blockNumber"], "tx": receipt["transactionHash"].to_0x_hex()}


def signing_key(keystore: Path | None, password_file: Path | None) -> int | None:
    """The private key of a keystore, for signatures outside a chain; None without a keystore."""
    if keystore is None:
        return None
    from assay_chain import keystore as keystores

    if password_file is None:
        raise click.UsageError("--keystore needs --password-file")
    return int.from_bytes(keystores.load_account(keystore, keystores.read_password(password_file)).key, "big")


def hex_bytes(text: str | None, size: int, option: str) -> bytes | None:
    """The bytes that an option's hexadecimal text names; None without a text."""
    if text is None:
        return None
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != size:
        raise click.UsageError(f"{option} takes {size} bytes in hexadecimal")
    return value


class Command(click.Command):
    """A command with the shared options; its callback receives them as `Env` through `click.pass_obj`."""

    #: Development account that acts when nobody is named; None for a command that only reads.
    role: str | None = None
    shared: tuple[click.Option, ...] = _OUTPUT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Append the shared options to the command's own."""
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *self.shared]

    def invoke(self, ctx: click.Context) -> Any:
        """Hand the shared options over as one object."""
        given = {option.name: ctx.params.pop(option.name) for option in self.shared if option.name}
        if given.get("acting_as") and ctx.get_parameter_source("keystore") is ParameterSource.ENVIRONMENT:
            given["keystore"] = None  # what is typed comes before what is in the environment
        ctx.obj = Env(**given, role=self.role)
        return super().invoke(ctx)


class Serving(Command):
    """A command that needs a network, and nobody to act for."""

    shared = (*NETWORK, *_OUTPUT)


class Reading(Command):
    """A command that reads the chain. It needs no account, except to sign in where the network is behind a gateway."""

    shared = (*NETWORK, *_ACCOUNT, *_OUTPUT)


def acting(role: str) -> type[Command]:
    """A command that signs; on development networks the first account of `role` acts unless another is named."""
    return type("Acting", (Command,), {"role": role, "shared": (*NETWORK, *_ACCOUNT, *_OUTPUT)})


class Group(click.Group):
    """A group whose commands print nothing but their result, whose usage is shown when no command is given."""

    command_class = Command
