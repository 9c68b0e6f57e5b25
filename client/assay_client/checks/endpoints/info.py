"""`GET /info`: what an endpoint says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from jsonschema import Draft202012Validator

MAX_OUTPUTS: Final = 10_000
MAX_VALUES: Final = 1 << 24
"""Numbers in one input."""

_COUNT: Final = {"type": "integer", "minimum": 0, "maximum": MAX_OUTPUTS}
_FORM: Final = Draft202012Validator(
    {
        "type": "object",
        "required": ["input_shape", "classes"],
        "properties": {
            "input_shape": {
                "type": "array",
                "minItems": 1,
                "maxItems": 8,
                "items": {"type": "integer", "minimum": 1, "maximum": MAX_VALUES},
            },
            "classes": _COUNT | {"minimum": 2},
            "messages": _COUNT,
            "decimals": {"type": "integer", "minimum": 1, "maximum": 15},
            "batch": {"type": "integer", "minimum": 1},
            "seed_config": {"type": "object"},
            "signer": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"},
            "explanations": {
                "type": "object",
                "required": ["baseline"],
                "properties": {"baseline": {"type": "number", "minimum": -1e9, "maximum": 1e9}},
            },
            "test_set": {
                "type": "object",
                "required": ["digest", "uri"],
                "properties": {
                    "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                    "uri": {"type": "string", "minLength": 1, "maxLength": 2048},
                },
            },
            "price": {
                "type": "object",
                "required": ["per_query", "currency"],
                "properties": {
                    "per_query": {"type": "number", "minimum": 0},
                    "currency": {"type": "string", "pattern": "^[A-Za-z]{1,10}$"},
                },
            },
        },
    }
)


@dataclass(frozen=True)
class Price:
    """Money for one input."""

    per_query: float
    currency: str


@dataclass(frozen=True)
class TestSet:
    """Labelled samples that a service was tested with.

    Attributes:
        digest: SHA-256 of the file, as `sha256:` and hexadecimal.
        uri: where it is, http or https; a relative one is resolved against the service's URL.
    """

    digest: str
    uri: str


@dataclass(frozen=True)
class Info:
    """An endpoint's description of itself (design, section 8).

    Attributes:
        input_shape: of one input.
        classes: of probabilities, the first of an answer.
        messages: message classes after them (steganography); 0 for none.
        decimals: digits after the point that the endpoint keeps exact.
        batch: most inputs in one request.
        seed_config: seed configuration that the supplier publishes for this service, if any.
        price: money for one input, if declared.
        signer: Ethereum address whose key signs quality-assurance records, if any.
        baseline: of every number of an input in explanations, if answers come with any.
        test_set: labelled samples to ask about, if it names any.
    """

    input_shape: tuple[int, ...]
    classes: int
    messages: int = 0
    decimals: int = 6
    batch: int = 1
    seed_config: Mapping[str, Any] = field(default_factory=dict)
    price: Price | None = None
    signer: str | None = None
    baseline: float | None = None
    test_set: TestSet | None = None

    @property
    def outputs(self) -> int:
        """Numbers in the answer to one input."""
        return self.classes + self.messages

    def to_json(self) -> dict[str, Any]:
        """The document that `parse` reads."""
        price = None if self.price is None else {"per_query": self.price.per_query, "currency": self.price.currency}
        metaresults = ({"signer": self.signer} if self.signer else {}) | (
            {} if self.baseline is None else {"explanations": {"baseline": self.baseline}}
        )
        return (
            {
                "input_shape": list(self.input_shape),
                "classes": self.classes,
                "messages": self.messages,
                "decimals": self.decimals,
                "batch": self.batch,
                "seed_config": dict(self.seed_config),
            }
            | metaresults
            | ({"test_set": asdict(self.test_set)} if self.test_set else {})
            | ({"price": price} if price else {})
        )


def parse(document: Any, malformed: Callable[[str, str, str], Exception]) -> Info:
    """Check a description; unknown members are ignored.

    Args:
        document: parsed JSON.
        malformed: makes the error to raise of a code, what is wrong and a hint (`Party.malformed`).
    """
    problem = next(_FORM.iter_errors(document), None)
    if problem is not None:
        raise malformed(
            "bad-info",
            f"its description is wrong at {problem.json_path}: {problem.message[:200]}",
            "docs/blackbox.md describes GET /info.",
        )
    values = 1
    for side in document["input_shape"]:
        values *= side
    if values > MAX_VALUES:
        raise malformed("bad-info", f"one input has {values} numbers", f"At most {MAX_VALUES} are asked.")
    price, test_set = document.get("price"), document.get("test_set")
    return Info(
        input_shape=tuple(document["input_shape"]),
        classes=document["classes"],
        messages=document.get("messages", 0),
        decimals=document.get("decimals", 6),
        batch=document.get("batch", 1),
        seed_config=document.get("seed_config", {}),
        price=Price(float(price["per_query"]), price["currency"]) if price else None,
        signer=document.get("signer"),
        baseline=float(document["explanations"]["baseline"]) if "explanations" in document else None,
        test_set=TestSet(test_set["digest"], test_set["uri"]) if test_set else None,
    )
