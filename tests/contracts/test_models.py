"""ModelRegistry: suppliers only, bounded sizes, versions chained by their owner, never changed."""

from typing import Any

import pytest
from eth_utils import keccak

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.world import World

NONE = b"\0" * 32
CLAIM = (b"accuracy".ljust(32, b"\0"), 0, 970_000, 1_000)


def register(world: World, sender: Account, manifest: bytes = keccak(text="another"), **changes: Any) -> int:
    fields = {"uri": "store://x", "supersedes": 0, "claims": [], **changes}
    return int(world.models.register(manifest, *fields.values(), sender=sender).value)


@pytest.mark.parametrize("who", ["client", "gatekeeper", "oracle-0", "treasury"])
def test_register__not_a_supplier__refused(world: World, who: str) -> None:
    caller = Account.named(who)
    with world.refuses("NotSupplier", caller):
        register(world, caller)


def test_register__valid__stores_every_field_and_counts_on(world: World) -> None:
    before = world.models.count()
    model = register(world, world.supplier, supersedes=world.model, uri="u" * 512, claims=[CLAIM] * 16)
    assert model == before + 1 == world.models.count()
    stored = world.models.model(model)
    assert tuple(stored) == (world.supplier, world.model, world.evm.number, keccak(text="another"), "u" * 512)
    assert [tuple(claim) for claim in world.models.claims(model)] == [CLAIM] * 16
    assert world.models.ownerOf(model) == world.supplier
    assert world.models.idOf(world.supplier, keccak(text="another")) == model


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("manifest", {"manifest": NONE}),
        ("uri", {"uri": ""}),
        ("uri", {"uri": "u" * 513}),
        ("claims", {"claims": [CLAIM] * 17}),
        ("claims", {"claims": [CLAIM, (NONE, 0, 0, 0)]}),
    ],
)
def test_register__field_out_of_range__names_it(world: World, field: str, changes: dict[str, Any]) -> None:
    with world.refuses("BadModel", field):
        register(world, world.supplier, **changes)


def test_register__claim_with_an_unknown_direction__refused(world: World) -> None:
    with world.refuses("Empty"):
        register(world, world.supplier, claims=[(CLAIM[0], 2, 0, 0)])


def test_register__same_manifest_again__refused_even_with_another_uri(world: World) -> None:
    with world.refuses("AlreadyRegistered", world.model):
        register(world, world.supplier, manifest=keccak(text="manifest"), uri="store://elsewhere")


def test_register__same_manifest_by_another_supplier__is_another_model(world: World) -> None:
    rival = world.admit("rival", "SUPPLIER")
    assert register(world, rival, manifest=keccak(text="manifest")) != world.model


def test_register__superseding_what_is_not_mine__refused(world: World) -> None:
    rival = world.admit("rival", "SUPPLIER")
    with world.refuses("NotOwner", world.model, rival):
        register(world, rival, supersedes=world.model)
    with world.refuses("NotOwner", 99, rival):
        register(world, rival, supersedes=99)


@pytest.mark.parametrize("model", [0, 2, 2**32 - 1])
def test_reads__unknown_model__refused(world: World, model: int) -> None:
    for read in (world.models.model, world.models.ownerOf, world.models.claims):
        with world.refuses("UnknownModel", model):
            read(model)
