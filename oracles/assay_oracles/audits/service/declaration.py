"""What a manifest says of the service that its supplier offers: the member ``service`` of `assay/manifest/1`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay_oracles.audits.errors import SpecError


@dataclass(frozen=True)
class Service:
    """A service that oracles may ask.

    Attributes:
        url: base of a Classification API (design, section 8), http or https.
        inputs: most inputs that one oracle of an audit asks about, one a request.
        per_second: most requests of one oracle in a second.
        timeout: seconds after which an answer counts as none.
        thresholds: of lateness, in milliseconds, ascending.
    """

    url: str
    inputs: int
    per_second: float
    timeout: float
    thresholds: tuple[int, ...]


def build(declared: Mapping[str, Any]) -> Service:
    """From the member, which has passed the manifest's schema.

    Raises:
        SpecError: thresholds that do not ascend, or that no answer could miss.
    """
    thresholds = tuple(int(most) for most in declared["thresholds_ms"])
    timeout = int(declared["timeout_ms"])
    if list(thresholds) != sorted(set(thresholds)) or any(most >= timeout for most in thresholds):
        raise SpecError(
            "bad-thresholds",
            "service.thresholds_ms",
            f"{list(thresholds)} do not ascend and stay below the time-out of {timeout} ms",
            "an answer later than a threshold must still be waited for",
        )
    per_second = float(declared["per_second"])
    return Service(declared["url"], int(declared["inputs"]), per_second, timeout / 1000, thresholds)
