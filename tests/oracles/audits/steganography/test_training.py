"""What training brings: S reads messages and still classifies; containers look like their covers."""

import numpy as np
import pytest
import torch
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.steganography.files import Scale
from assay_oracles.audits.steganography.recipe import Recipe
from assay_oracles.audits.steganography.training import train

pytestmark = pytest.mark.xdist_group("steganography")


def _hidden(world, kit):
    messages = np.random.default_rng(1).integers(0, len(kit.pool), len(world.images))
    return messages, kit.hide(world.images, messages)


@pytest.mark.parametrize("name", ["public", "own"])
def test_kit__unseen_covers__supplier_reads_the_messages_and_nobody_else(world, name):
    kit = getattr(world, name)
    messages, containers = _hidden(world, kit)
    read = world.service.probabilities(containers).argmax(axis=1) - world.service.classes
    assert (read == messages).mean() > 0.95
    assert (world.cheaply(containers).argmax(axis=1) < 10).all()


def test_service__plain_inputs__classified_as_objects(world):
    found = world.service.probabilities(world.images)
    assert found.shape == (len(world.images), 26)
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found.argmax(axis=1) == world.labels).mean() > 0.95


@pytest.mark.parametrize(("name", "share"), [("public", 0.15), ("own", 0.35)])
def test_containers__beside_their_covers__differ_little_and_keep_the_range(world, name, share):
    _, containers = _hidden(world, getattr(world, name))
    change = np.linalg.norm((containers - world.images).reshape(len(containers), -1), axis=1)
    cover = np.linalg.norm(world.images.reshape(len(containers), -1), axis=1)
    assert (change / cover).mean() < share
    assert containers.min() >= 0
    assert containers.max() <= 16


def test_containers__rounded_to_whole_pixels__still_read(world):
    messages, containers = _hidden(world, world.public)
    read = world.service.probabilities(containers.round()).argmax(axis=1) - world.service.classes
    assert (read == messages).mean() > 0.95


def test_train__again_with_the_same_seed__same_networks_and_no_global_generator_moved(world):
    few = Recipe(steps=5)
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    one, _ = train(world.images, world.labels, 10, Scale(0, 16), few, lambda *at: None)
    two, _ = train(world.images, world.labels, 10, Scale(0, 16), few, lambda *at: None)
    other, _ = train(world.images, world.labels, 10, Scale(0, 16), Recipe(steps=5, seed=1), lambda *at: None)
    assert one.encode() == two.encode() != other.encode()
    assert torch.equal(before, torch.random.get_rng_state())


def test_train__distance_in_the_first_norm__trains_too(world):
    _, kit = train(world.images, world.labels, 10, Scale(0, 16), Recipe(steps=5, norm=1), lambda *at: None)
    assert kit.hide(world.images[:1], np.array([0])).shape == (1, 1, 8, 8)


def test_train_kit__service_given__stays_as_it_was(world):
    assert world.service.encode() == world.served


def test_train__rows_of_a_table__refused_with_what_to_do():
    with pytest.raises(SpecError, match="images") as refused:
        train(np.zeros((4, 3)), np.zeros(4, dtype=int), 2, Scale(0, 1), Recipe(), lambda *at: None)
    assert refused.value.code == "not-images"


@pytest.mark.parametrize(
    "wrong",
    ["messages=15", "norm=3", "beta=-1", "gamma=0", "noise=1", "steps=0", "batch=0", "learning_rate=0"],
)
def test_recipe__out_of_range__names_the_setting(wrong):
    name, value = wrong.split("=")
    with pytest.raises(SpecError, match=f"recipe.{name}"):
        Recipe(**{name: int(value)})
