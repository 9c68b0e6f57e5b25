"""Attacks as declarations: a name from a closed list with parameters. They never hold code.

All work on inputs scaled so that the declared range is [0, 1], and all are decided by a seed: of the black-box attacks
of the Adversarial Robustness Toolbox, HopSkipJump and Boundary are left out because they ignore it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from assay_oracles.audits.errors import SpecError

GENERATOR: Final = "generator"
LABELS_ONLY: Final = frozenset({"signopt"})
"""Attacks that see the most probable class and no probability."""
IMAGES_ONLY: Final = frozenset({"square"})

Value = float | str
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Number:
    """A parameter that is a number in [least, most]."""

    about: str
    default: float
    least: float
    most: float

    def check(self, value: Any) -> str | None:
        """What the value should be, None when it is."""
        fine = isinstance(value, int | float) and not isinstance(value, bool) and self.least <= value <= self.most
        return None if fine else f"a number from {self.least:g} to {self.most:g}"


@dataclass(frozen=True)
class Digest:
    """A parameter that cites a file by `sha256:` and 64 hexadecimal digits; it has no default."""

    about: str
    default: None = None

    def check(self, value: Any) -> str | None:
        """What the value should be, None when it is."""
        fine = isinstance(value, str) and _DIGEST.fullmatch(value)
        return None if fine else "`sha256:` and 64 hexadecimal digits"


@dataclass(frozen=True)
class Kind:
    """What a name stands for, and its parameters."""

    about: str
    parameters: Mapping[str, Number | Digest]


KINDS: Final[Mapping[str, Kind]] = {
    "simba": Kind(
        "SimBA (Guo et al. 2019): steps of one value after another, kept when the class becomes more probable",
        {
            "epsilon": Number("size of a step, share of the range", 0.2, 1e-6, 1.0),
        },
    ),
    "square": Kind(
        "Square (Andriushchenko et al. 2020), images only: random squares within a distance of the start",
        {
            "eps": Number("greatest change of a value, share of the range", 1.0, 1e-6, 1.0),
            "p_init": Number("share of the image that the first squares cover", 0.8, 1e-6, 1.0),
        },
    ),
    "signopt": Kind(
        "Sign-OPT (Cheng et al. 2020), needs labels only: T is where its search for a first input of the class ends",
        {},
    ),
    GENERATOR: Kind(
        "a generator fitted against the frozen model (the paper, IV-C), written by `assay supplier attack train`",
        {"digest": Digest("of its safetensors file")},
    ),
}


@dataclass(frozen=True)
class Attack:
    """A declared attack; every parameter has a checked value."""

    name: str
    parameters: Mapping[str, Value]

    @property
    def digest(self) -> bytes | None:
        """SHA-256 of the generator's file, None for other attacks."""
        cited = self.parameters.get("digest")
        return None if cited is None else bytes.fromhex(str(cited).removeprefix("sha256:"))

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Whether it works on inputs of this shape.

        Raises:
            SpecError: it does not.
        """
        image = len(shape) == 3 and min(shape[1:]) >= 2
        if self.name in IMAGES_ONLY and not image:
            raise SpecError(
                "attack-misfit",
                "attack",
                f"{self.name} needs images (channels, height, width), not inputs of shape {shape}",
                "declare another attack (`assay supplier attack list`)",
            )


def parse(document: Mapping[str, Any], field: str = "attack") -> Attack:
    """Check `{name, parameters?}`.

    Raises:
        SpecError: no attack of this name, or a parameter that it does not have or cannot take; culprit supplier.
    """
    name, given = document["name"], document.get("parameters", {})
    kind = KINDS.get(name)
    if kind is None:
        raise SpecError("unknown-attack", f"{field}.name", f"{name!r} is none", f"attacks are {', '.join(KINDS)}")
    if unknown := set(given) - set(kind.parameters):
        known = ", ".join(kind.parameters) or "none"
        what = ", ".join(sorted(unknown))[:100]
        raise SpecError("unknown-parameter", f"{field}.parameters", f"{name} has no {what}", f"it has: {known}")
    values = {}
    for parameter, rule in kind.parameters.items():
        values[parameter] = given.get(parameter, rule.default)
        if wanted := rule.check(values[parameter]):
            what = f"{str(values[parameter])[:80]!r} is not {wanted}"
            raise SpecError("bad-parameter", f"{field}.parameters.{parameter}", what, f"give {wanted}")
    return Attack(name, values)
