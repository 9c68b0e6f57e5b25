"""JSON from strangers: one reading, bounded, nothing that parsers disagree on."""

import json
import math
from typing import Any

from assay_oracles.audits.errors import SpecError

MAX_BYTES = 1 << 16
MAX_DEPTH = 12


def loads(data: bytes) -> Any:
    """Parses UTF-8 JSON of at most `MAX_BYTES`, nested at most `MAX_DEPTH` deep.

    Raises:
        SpecError: oversize, not UTF-8, not JSON, NaN or Infinity, a number that overflows float64, a duplicate key,
            deep nesting, or a string that does not print (control characters could rewrite a reader's terminal).
    """
    if len(data) > MAX_BYTES:
        raise _error("manifest-too-large", f"has {len(data)} bytes, at most {MAX_BYTES} are allowed")
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_finite)
    except SpecError:
        raise
    except (ValueError, RecursionError) as problem:
        raise _error("manifest-not-json", f"is not JSON in UTF-8: {str(problem)[:200]}") from None
    _check(value, "manifest", 1)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _error("duplicate-key", "an object names the same key twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _error("not-finite", f"the number {text[:40]} is not finite")
    return number


def _check(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _error("nested-too-deep", f"is nested more than {MAX_DEPTH} deep")
    if isinstance(value, str):
        if not value.isprintable():
            raise _error("unprintable-text", "contains a character that does not print", path)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check(key, path, depth + 1)
            _check(member, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check(member, f"{path}[{index}]", depth + 1)


def _error(code: str, message: str, field: str = "manifest") -> SpecError:
    return SpecError(code, field, message, "write the manifest as plain JSON, as docs/manifest.md describes it")
