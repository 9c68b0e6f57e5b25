"""A node's examination without a chain: a store, an examiner and a real sandbox."""

import threading
from dataclasses import replace
from pathlib import Path

from assay_chain.store import Store
from assay_chain.wrappers.models import Model
from assay_chain.wrappers.policies import Policy
from assay_oracles.node.computation import Artifacts, Assignment, Examiner
from assay_oracles.node.config import MIB, Limits, NodeConfig
from assay_oracles.node.finding import Finding
from assay_oracles.node.sandbox import Sandbox
from assay_oracles.node.service.egress import Egress
from assay_oracles.node.service.surveys import Surveys

from tests.oracles.node import models
from tests.oracles.node.conftest import spec

SEED = bytes(range(32))
LIMITS = Limits(memory_bytes=1024 * MIB, cpu_seconds=20, wall_seconds=60)


class Bench:
    """A store, an examiner and a sandbox; close it."""

    def __init__(self, root: Path) -> None:
        self.store = Store((root / "store").as_uri())
        self.config = NodeConfig(network=root, keystore=root, password_file=root, data_dir=root / "data", limits=LIMITS)
        self.sandbox = Sandbox(LIMITS, inputs=self.config.artifacts, scratch=root / "data" / "scratch")
        self.stages: list[str] = []

    def examine(self, assignment: Assignment, **changes: object) -> Finding:
        development = bool(changes.pop("development", True))
        sandbox = changes.pop("sandbox", self.sandbox)
        config = replace(self.config, **changes)  # type: ignore[arg-type]
        examiner = Examiner(
            Artifacts.of(config, development), surveys(config), lambda stage, _: self.stages.append(stage)
        )
        return examiner.examine(assignment, sandbox, threading.Event())  # type: ignore[arg-type]

    def assignment(self, data: bytes, **changes: object) -> Assignment:
        artifact = self.store.put(data)
        claims = tuple(models.claims_of(data)) if data.startswith(b"{") else ()
        model = Model(1, "0x", 0, 1, artifact.digest, artifact.uri, claims)
        fields = {
            "audit_id": 1,
            "seed": SEED,
            "commit_end": 100,
            "policy": policy(),
            "model": model,
            "test_set": None,
            "test_set_uri": "",
            **changes,
        }
        return Assignment(**fields)  # type: ignore[arg-type]


def surveys(config: NodeConfig) -> Surveys:
    """Surveys that may ask services of this machine."""
    return Surveys(config.data_dir / "surveys", Egress.of((), development=True))


def policy(name: str = "whitebox-10-dev", **changes: object) -> Policy:
    """A standard policy as the chain tells it."""
    standard = spec(name)
    base = Policy(1, standard.name, False, standard.terms_at(1.0), standard.lanes, standard.orders)
    return replace(base, **changes)  # type: ignore[arg-type]
