"""The methods that join in the verdict of `assay check`. A file here is a method: adding one needs nothing else.

Each has `ABOUT` (one line for people), `unasked` (whether it runs when none is named), `OPTIONS` (what `--set
NAME.OPTION=VALUE` may say, with its meaning) and `build`. They are imported when they are first used.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from assay_chain.errors import Usage
from assay_oracles.audits.evidence.method import Method, Target

from ..endpoints.info import Info
from ..setting import Setting


class Module(Protocol):
    """What a file here offers."""

    ABOUT: str
    OPTIONS: Mapping[str, str]

    def unasked(self, reference: Target, supplier: Info) -> bool:
        """Whether it runs against such a reference, which says this of itself, when no method is named."""

    def build(self, setting: Setting) -> Method:
        """Make the method; raises Usage when it cannot run in this setting."""


def names() -> tuple[str, ...]:
    """Every method, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> Module:
    """The method of a name.

    Raises:
        Usage: there is none.
    """
    if name not in names():
        raise Usage(
            f"there is no method {name!r}",
            code="unknown-method",
            culprit="local",
            hint=f"Methods: {', '.join(names())}",
        )
    return cast("Module", import_module(f"{__name__}.{name}"))


def chosen(wanted: Sequence[str], reference: Target, supplier: Info) -> tuple[str, ...]:
    """The methods to run: those wanted, by default all that make sense unasked."""
    return tuple(dict.fromkeys(wanted)) or tuple(name for name in names() if load(name).unasked(reference, supplier))
