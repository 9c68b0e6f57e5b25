"""The shapes in which people already serve classifiers, each as a pair: inputs to a request, an answer to outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from .info import Info

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outputs:
    """What an answer says, unchecked: `probs` as sent, the model's name, quality-assurance data."""

    probs: Any
    model: str = ""
    meta: Any = None


class Dialect(Protocol):
    """How one kind of server is asked. `read` may raise KeyError, IndexError, TypeError or ValueError."""

    def info_path(self) -> str | None:
        """Where it describes itself, below the endpoint's URL; None where it does not."""

    def read_info(self, document: Any) -> Mapping[str, Any]:
        """Its description as `GET /info` of the Classification API gives it."""

    def path(self) -> str:
        """Where it classifies, below the endpoint's URL."""

    def write(self, inputs: Floats, nonce: bytes | None) -> Mapping[str, Any]:
        """The request's JSON."""

    def read(self, document: Any, info: Info) -> Outputs:
        """What the answer's JSON says."""


class Assay:
    """The Classification API of docs/blackbox.md."""

    def info_path(self) -> str | None:
        """See `Dialect`."""
        return "/info"

    def read_info(self, document: Any) -> Mapping[str, Any]:
        """As it is."""
        found: Mapping[str, Any] = document
        return found

    def path(self) -> str:
        """See `Dialect`."""
        return "/classify"

    def write(self, inputs: Floats, nonce: bytes | None) -> Mapping[str, Any]:
        """`{inputs, nonce?}`, the nonce in hexadecimal."""
        return {"inputs": inputs.tolist()} | ({} if nonce is None else {"nonce": nonce.hex()})

    def read(self, document: Any, info: Info) -> Outputs:
        """`{probs, model, meta?}`."""
        return Outputs(document["probs"], str(document.get("model", ""))[:200], document.get("meta"))


@dataclass(frozen=True)
class Predictions:
    """`{KEY: inputs}` to the URL itself, `{"predictions": probabilities}` back.

    KEY is "instances" for TensorFlow Serving's and KServe's version 1 `:predict`, "inputs" for MLflow's `/invocations`
    and the many that copy it.
    """

    key: str

    def info_path(self) -> str | None:
        """None: these servers do not say what they serve."""
        return None

    def read_info(self, document: Any) -> Mapping[str, Any]:
        """Never asked."""
        raise AssertionError("this dialect has no description")

    def path(self) -> str:
        """The URL itself."""
        return ""

    def write(self, inputs: Floats, nonce: bytes | None) -> Mapping[str, Any]:
        """Row format; there is no place for a nonce."""
        return {self.key: inputs.tolist()}

    def read(self, document: Any, info: Info) -> Outputs:
        """The rows of `predictions`."""
        return Outputs(document["predictions"])


class OpenInference:
    """The Open Inference Protocol (KServe version 2, Triton, MLServer): URL/v2/models/NAME, JSON tensors."""

    def __init__(self) -> None:
        """The input's name and type are known once the metadata was read."""
        self._input = {"name": "input-0", "datatype": "FP64"}

    def info_path(self) -> str | None:
        """The model's metadata are at its URL itself."""
        return ""

    def read_info(self, document: Any) -> Mapping[str, Any]:
        """From the model metadata: the only input's shape and the first output's width, batch axis first."""
        (only,) = document["inputs"]
        self._input = {"name": str(only["name"]), "datatype": str(only["datatype"])}
        return {"input_shape": only["shape"][1:], "classes": document["outputs"][0]["shape"][-1]}

    def path(self) -> str:
        """See `Dialect`."""
        return "/infer"

    def write(self, inputs: Floats, nonce: bytes | None) -> Mapping[str, Any]:
        """One tensor, row-major; a nonce travels as the request's id."""
        tensor = {**self._input, "shape": list(inputs.shape), "data": inputs.ravel().tolist()}
        return {"inputs": [tensor]} | ({} if nonce is None else {"id": nonce.hex()})

    def read(self, document: Any, info: Info) -> Outputs:
        """The first output tensor; flat data are folded by `classes`."""
        flat = np.asarray(document["outputs"][0]["data"], dtype=np.float64)
        return Outputs(flat.reshape(-1, info.outputs), str(document.get("model_name", ""))[:200])


def of(url: str) -> tuple[str, Dialect]:
    """The endpoint's base URL and its dialect, told from the form of the URL.

    `.../v2/models/NAME[/versions/V]` (also with `/infer`), `...:predict`, `.../invocations`, `.../predictions`; any
    other URL is the base of a Classification API.
    """
    parts = urlsplit(url)
    path = parts.path
    if "/v2/models/" in path:
        return parts._replace(path=path.removesuffix("/infer")).geturl(), OpenInference()
    if path.endswith(":predict"):
        return url, Predictions("instances")
    if path.endswith(("/invocations", "/predictions")):
        return url, Predictions("inputs")
    return url, Assay()
