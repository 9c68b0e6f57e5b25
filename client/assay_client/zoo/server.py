"""The zoo over HTTP: the supplier at /supplier, each provider at a path of its own (FastAPI)."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

import numpy as np
from assay_oracles.audits.whitebox import dataset
from fastapi import FastAPI, Header, HTTPException, Response
from fastapi import Request as HttpRequest
from pydantic import BaseModel, Field

from .models import CLASSES, Floats, Models
from .providers import PROVIDERS, Provider, Request
from .supplier import (
    BASELINE,
    BATCH,
    DECIMALS,
    MAX_INSTANCES,
    SEED_CONFIG,
    SIGNER,
    BadSeedConfig,
    Instance,
    Instances,
    Reply,
)

SHAPE: Final = (1, 8, 8)
TEST_SET: Final = "test.safetensors"


def describe(models: Models) -> Mapping[str, Any]:
    """What everybody in the zoo says of the service."""
    return {
        "input_shape": list(SHAPE),
        "classes": CLASSES,
        "messages": models.messages,
        "decimals": DECIMALS,
        "batch": BATCH,
        "seed_config": dict(SEED_CONFIG),
        "signer": SIGNER,
        "explanations": {"baseline": BASELINE},
        "price": {"per_query": 0.001, "currency": "EUR"},
    }


class Classify(BaseModel):
    """Body of POST /classify."""

    inputs: list[Any] = Field(min_length=1, max_length=BATCH)
    nonce: Annotated[str, Field(pattern="^[0-9a-f]{2,128}$")] | None = None


class Start(BaseModel):
    """Body of POST /instances."""

    seed_config: dict[str, Any]


def build(models: Models) -> FastAPI:
    """The application: a supplier, and its providers."""
    app = FastAPI(title="The zoo", docs_url=None, redoc_url=None, openapi_url=None)
    public = Instance(models, SEED_CONFIG)
    _add_supplier(app, models, public)
    for kind in PROVIDERS:
        _add_provider(app, kind, models, public)
    return app


def _add_supplier(app: FastAPI, models: Models, public: Instance) -> None:
    instances = Instances(models)
    samples = dataset.encode(models.test.inputs, models.test.labels)
    test_set = {"digest": f"sha256:{hashlib.sha256(samples).hexdigest()}", "uri": TEST_SET}

    @app.get("/supplier/info")
    def info() -> Mapping[str, Any]:
        return {**describe(models), "test_set": test_set}

    @app.get(f"/supplier/{TEST_SET}")
    def test() -> Response:
        return Response(samples, media_type="application/octet-stream")

    @app.post("/supplier/classify")
    def classify(body: Classify) -> dict[str, Any]:
        return _document(public.answer(_inputs(body), _nonce(body)))

    @app.post("/supplier/instances")
    def start(body: Start) -> dict[str, str]:
        try:
            return {"instance": instances.start(body.seed_config)}
        except BadSeedConfig as error:
            raise HTTPException(422, str(error)) from None

    @app.post("/supplier/instances/{name}/classify")
    def classify_at(name: str, body: Classify) -> dict[str, Any]:
        instance = instances.find(name)
        if instance is None:
            raise HTTPException(404, f"no such instance; the last {MAX_INSTANCES} that were started are kept")
        return _document(instance.answer(_inputs(body), _nonce(body)))


def _add_provider(app: FastAPI, kind: type[Provider], models: Models, public: Instance) -> None:
    running: dict[tuple[float, ...], Provider] = {}
    lock = threading.Lock()  # providers remember, and requests come on several threads

    @app.get(f"/{kind.NAME}/info")
    def info() -> Mapping[str, Any]:
        return describe(models)

    @app.post(f"/{kind.NAME}/classify")
    def classify(http: HttpRequest, body: Classify, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        options = _options(kind, http.query_params)
        request = Request(_inputs(body), _nonce(body), authorization)
        with lock:
            key = tuple(options.values())
            if key not in running:
                running[key] = kind(models, public, options)
            reply = running[key].answer(request)
        time.sleep(running[key].delay)
        return _document(reply)


def _options(kind: type[Provider], given: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for name, (default, least, most) in kind.OPTIONS.items():
        try:
            value = float(given.get(name, default))
        except ValueError:
            raise HTTPException(422, f"{name} must be a number") from None
        if not least <= value <= most:
            raise HTTPException(422, f"{name} must lie between {least} and {most}")
        found[name] = value
    return found


def _inputs(body: Classify) -> Floats:
    try:
        inputs = np.asarray(body.inputs, dtype=np.float64)
    except (ValueError, TypeError):
        raise HTTPException(422, "inputs must be numbers") from None
    if inputs.shape[1:] != SHAPE or not np.isfinite(inputs).all():
        raise HTTPException(422, f"inputs must be finite, of shape (k, {', '.join(map(str, SHAPE))})")
    return inputs


def _nonce(body: Classify) -> bytes | None:
    return None if body.nonce is None else bytes.fromhex(body.nonce)


def _document(reply: Reply) -> dict[str, Any]:
    document = {"probs": reply.probs.tolist(), "model": reply.model}
    return document if reply.meta is None else document | {"meta": reply.meta}
