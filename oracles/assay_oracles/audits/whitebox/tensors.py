"""Tensors from strangers' safetensors files: the header is checked against what is expected before anything is loaded.

Safetensors hold no code; the library checks that the header is well-formed and that the tensors tile the file exactly.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from assay_oracles.audits.errors import SpecError

MAX_HEADER_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """Where a file came from, to name it in errors: its role in the manifest and who is to blame for it."""

    field: str
    culprit: str = "supplier"

    def error(self, code: str, message: str, hint: str, part: str = "") -> SpecError:
        """A SpecError about the file or one ``part`` of it."""
        return SpecError(code, f"{self.field}.{part}" if part else self.field, message, hint, self.culprit)


@dataclass(frozen=True)
class Header:
    """What a tensor claims to be, before it is loaded."""

    dtype: str
    shape: tuple[int, ...]


class TensorFile:
    """An open safetensors file whose tensors' names are known to be the expected ones."""

    def __init__(self, handle: Any, headers: Mapping[str, Header]) -> None:
        """Use `opened` instead."""
        self._handle = handle
        self.headers = headers

    def load(self, name: str) -> NDArray[Any]:
        """One tensor, in the type that the file declares."""
        array: NDArray[Any] = self._handle.get_tensor(name)
        return array

    def row(self, name: str, index: int) -> NDArray[Any]:
        """One entry of a tensor's first axis; the rest is not loaded."""
        array: NDArray[Any] = self._handle.get_slice(name)[index]
        return array


@contextmanager
def opened(path: Path, source: Source, names: set[str], optional: frozenset[str] = frozenset()) -> Iterator[TensorFile]:
    """Opens a file that must hold exactly the tensors ``names``, and may hold the ``optional`` ones.

    Raises:
        SpecError: malformed, an oversize header, or other tensors.
        OSError: the file cannot be read here.
    """
    with path.open("rb") as raw:
        length = int.from_bytes(raw.read(8), "little")
    if length > MAX_HEADER_BYTES:
        raise _malformed(source, f"its header claims {length} bytes, at most {MAX_HEADER_BYTES} are allowed")
    try:
        handle: Any = safe_open(path, framework="numpy")
    except SafetensorError as problem:
        raise _malformed(source, f"it is malformed: {str(problem)[:200]}") from None
    with handle:
        found = set(handle.keys())
        if not names <= found <= names | optional:
            raise source.error(
                "wrong-tensors",
                f"holds other tensors than it must: missing {_some(names - found)}, "
                f"unexpected {_some(found - names - optional)}",
                "name tensors as docs/manifest.md says, and leave others out",
            )
        slices = {name: handle.get_slice(name) for name in sorted(found)}
        yield TensorFile(handle, {name: Header(s.get_dtype(), tuple(s.get_shape())) for name, s in slices.items()})


def check_dtype(source: Source, name: str, dtype: str, allowed: tuple[str, ...]) -> None:
    """Raises SpecError unless the declared type of a tensor is one of ``allowed``."""
    if dtype not in allowed:
        raise source.error(
            "wrong-dtype", f"has type {dtype}, not one of {', '.join(allowed)}", "convert it before publishing", name
        )


def check_finite(source: Source, name: str, values: NDArray[Any]) -> None:
    """Raises SpecError when a value is NaN or infinite."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise source.error("not-finite", "contains NaN or infinite values", "replace them before publishing", name)


def _malformed(source: Source, message: str) -> SpecError:
    return source.error(
        "malformed-file", f"is not a safetensors file: {message}", "write it with safetensors.save_file"
    )


def _some(names: set[str]) -> str:
    """A few names, printable and short, whatever they contain."""
    shown = [ascii(name[:40]) for name in sorted(names)[:4]]
    return ", ".join(shown) + (" ..." if len(names) > 4 else "") if names else "none"
