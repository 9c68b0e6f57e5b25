"""`model:DIGEST`: a model of the registry, fetched by digest and instantiated here (paper A, IV-B, case 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from assay_chain import addressbook, store
from assay_chain.errors import MalformedInput, Usage
from assay_chain.session import Session
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset, evaluation, metrics, training, weights
from assay_oracles.audits.whitebox import manifest as manifests
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.manifest import Manifest, Role
from assay_oracles.audits.whitebox.tensors import Source
from assay_oracles.audits.whitebox.weights import Weights
from numpy.typing import NDArray
from scipy.special import softmax  # type: ignore[import-untyped]

from assay_client.catalogue import Catalogue, Published
from assay_client.specs import malformed

from .base import Party
from .info import Info
from .local import LocalEndpoint

FETCH_BYTES = 1 << 30
FETCH_SECONDS = 600
BATCH = 128


@dataclass(frozen=True)
class Registered:
    """A model of the registry, ready to be asked, and the test set that its manifest declares."""

    endpoint: LocalEndpoint
    test: Dataset


def instantiate(session: Session, digest: bytes) -> Registered:
    """Build the model whose manifest has this SHA-256.

    Raises:
        MalformedInput: there is no such model, it is closed, or its files are not what they must be.
        PeerUnreachable: its files cannot be fetched.
    """
    found = _registrations(session, digest)
    cache = addressbook.home() / "cache"
    try:
        manifest = manifests.opened(found[-1].readable())
        files = {
            ref.role: store.fetch(ref.uri, ref.digest, max_bytes=FETCH_BYTES, cache=cache, timeout=FETCH_SECONDS)
            for ref in manifest.artifacts()
        }
        tensors = _tensors(manifest, files)
        test = dataset.load(files["test"], Source("test"), manifest, metrics.MAX_SAMPLES)
    except SpecError as error:
        raise malformed(error, f"model {found[-1].model.id}") from error
    return Registered(_endpoint(manifest, tensors, digest), test)


def owner(session: Session, digest: bytes) -> str:
    """The address that registered the model whose manifest has this SHA-256.

    Raises:
        MalformedInput: there is no such model.
        Usage: several accounts registered it: anybody may register what is published.
    """
    owners = {published.model.owner for published in _registrations(session, digest)}
    if len(owners) > 1:
        raise Usage(
            f"{len(owners)} accounts registered the manifest {digest.hex()}: {', '.join(sorted(owners))}",
            code="several-owners",
            culprit="local",
            hint="Anybody may register a published manifest: name the address of the one that you trust.",
        )
    return owners.pop()


def _registrations(session: Session, digest: bytes) -> list[Published]:
    found = [each for each in Catalogue(session).all(session.head().number) if each.model.manifest == digest]
    if not found:
        raise MalformedInput(
            f"no registered model has the manifest {digest.hex()}",
            code="unknown-model",
            culprit="local",
            hint="`assay supplier models` lists them with their digests",
        )
    return found


def _tensors(manifest: Manifest, files: Mapping[Role, Path]) -> Weights:
    if manifest.recipe is None:
        return weights.load(files["weights"], Source("weights"), manifest.architecture)
    data = dataset.load(files["train"], Source("train"), manifest, training.MAX_SAMPLES)
    return training.train(manifest.architecture, manifest.recipe, data)


def _endpoint(manifest: Manifest, tensors: Weights, digest: bytes) -> LocalEndpoint:
    def classify(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = softmax(evaluation.logits(manifest.architecture, tensors, [inputs]), axis=1)
        return found

    name = f"model:{digest.hex()}"
    info = Info(manifest.input.shape, len(manifest.classes), decimals=12, batch=BATCH)
    return LocalEndpoint(classify, info, Party("local", name), model=name)
