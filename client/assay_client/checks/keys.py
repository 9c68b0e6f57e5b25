"""Whose key signs metaresults: an address, the owner of a registered model, or whom an agreement names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from assay_chain.errors import Usage

from .endpoints.info import Info

if TYPE_CHECKING:
    from assay_chain.session import Session

MODEL: Final = "model:"
Options = Mapping[str, Mapping[str, str]]


def resolved(options: Options, sla: Mapping[str, Any] | None, session: Callable[[], Session] | None) -> Options:
    """The options of all methods, with metaresult's `signer` as an address: from now on nothing else decides it.

    Args:
        options: by method and name, as typed; `signer` may be `model:DIGEST`.
        sla: the agreement, whose `signer` counts if none was typed.
        session: gives the chain's session; called for `model:DIGEST` only.

    Raises:
        Usage: several accounts registered that model, or it is none.
        MalformedInput: no such model is registered.
    """
    given = options.get("metaresult", {})
    signer = given.get("signer", (sla or {}).get("signer"))
    if signer is not None and signer.startswith(MODEL):
        from .endpoints import registered

        assert session is not None, "a registered model is read from a chain"
        signer = registered.owner(session(), digest_of(signer))
    return options if signer is None else {**options, "metaresult": {**given, "signer": signer}}


def signed(supplier: Info, options: Options) -> Info:
    """What the supplier says of itself, with the key that is known from elsewhere."""
    return replace(supplier, signer=options.get("metaresult", {}).get("signer", supplier.signer))


def digest_of(name: str) -> bytes:
    """The manifest's digest in `model:DIGEST`, 32 bytes.

    Raises:
        Usage: there is none.
    """
    try:
        digest = bytes.fromhex(name.removeprefix(MODEL).removeprefix("0x"))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise Usage(
            f"{name[:100]!r} names no manifest by 32 bytes in hexadecimal",
            code="bad-digest",
            culprit="local",
            hint="model:DIGEST",
        )
    return digest
