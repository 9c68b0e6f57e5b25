"""One network for everything here: an embedded chain, and five oracle processes of which two are dishonest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_client.demo import stage as stages
from assay_client.demo.stage import Stage

from tests.e2e.harness import Audited, assay, audit, good, here

HONEST = ("oracle-1", "oracle-2", "oracle-3")
LIAR, REPLAYER = "oracle-4", "oracle-5"
STAKES = {**dict.fromkeys(HONEST, "500"), LIAR: "150", REPLAYER: "150"}  # a bond is 100


@pytest.fixture(scope="package")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    folder = tmp_path_factory.mktemp("e2e")
    with up(Settings(directory=folder / "network", port=0, block_time=0.2)) as running:
        _add_patient_policy(running.book, folder / "policy.json")
        yield running.book


def _add_patient_policy(book: AddressBook, path: Path) -> None:
    """The standard development policy with longer phases: a busy machine is slow, and phases end early anyway."""
    standard = resources.files("assay_chain.policies") / "standard" / "whitebox-10-dev.json"
    document = json.loads(standard.read_text())
    document["name"] = "whitebox-10-patient"
    document["terms"] |= {"commit": {"blocks": 240}, "reveal": {"blocks": 120}}
    path.write_text(json.dumps(document))
    good(book, "policy", "add", str(path))


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("stage"))
    yield stage
    stage.stop(*stage.actors)


@pytest.fixture(scope="package")
def oracles(book: AddressBook, stage: Stage) -> Stage:
    """Three honest oracles, a liar and a replayer, staked (those two enough for one slash only) and ready."""
    actors = [stages.start_oracle(stage, book, name) for name in HONEST]
    actors.append(stages.start_oracle(stage, book, LIAR, stages.LIAR))
    actors.append(stages.start_oracle(stage, book, REPLAYER, stages.REPLAYER))

    for actor in actors:
        good(book, "oracle", "stake", STAKES[actor.name], "--as", actor.name)
    for actor in actors:
        stages.wait_ready(stage, actor)
    return stage


@pytest.fixture(scope="package")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example model with weights, not published."""
    folder = tmp_path_factory.mktemp("models") / "digits"
    good(None, "supplier", "init", str(folder), "--example", "digits")
    return folder


@pytest.fixture(scope="package")
def published(book: AddressBook, digits: Path) -> Any:
    done = assay(book, "supplier", "publish", str(digits))
    assert done.code == 0, done.out
    return done.out


@pytest.fixture(scope="package")
def first(book: AddressBook, oracles: Stage, published: Any) -> Audited:
    """As processes, as a user would run them; the later ones run here, which is quicker."""
    return audit(book, "digits", run=assay)


@pytest.fixture(scope="package")
def second(book: AddressBook, first: Audited) -> Audited:
    return audit(book, "digits")


@pytest.fixture(scope="package")
def withdrawn(book: AddressBook, second: Audited) -> tuple[float, float]:
    """What the client withdraws after the second audit, and again: before any other test withdraws for it."""
    first_time, again = (float(good(book, "withdraw")["amount"]) for _ in range(2))
    return first_time, again


@pytest.fixture(scope="package")
def third(book: AddressBook, withdrawn: tuple[float, float], tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A recipe that trains too briefly, published with the claim of the one that does not."""
    folder = tmp_path_factory.mktemp("hasty") / "model"
    good(None, "supplier", "init", str(folder), "--example", "digits-recipe")
    document = json.loads((folder / "model.json").read_text())
    document["name"] = "hasty"
    document["recipe"]["epochs"] = 1
    (folder / "model.json").write_text(json.dumps(document))
    refused = here(book, "supplier", "publish", str(folder))
    assert (refused.code, refused.error["code"], refused.error["culprit"]) == (1, "claims-unmet", "supplier")
    good(book, "supplier", "publish", str(folder), "--allow-unmet-claims")
    return audit(book, "hasty")
