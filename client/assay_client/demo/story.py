"""The story that the demo tells. Every act is checked: if it did not go as told, the demo fails."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from assay_chain.amounts import format_amount
from assay_chain.session import Session
from assay_chain.wrappers.vault import Vault
from rich.console import Console

from assay_client import staking
from assay_client.accounts import choose
from assay_client.sdk import Client
from assay_client.supplier import draft, examples, publishing
from assay_client.supplier.publishing import ClaimsUnmet

from . import balance, fairness, refutations, screen
from . import stage as stages
from .cast import HONEST, LIAR, REPLAYER, STAKE, Cast, audit, expect
from .record import Record
from .stage import Stage, open_stage, start_network, start_oracle, wait_ready


def tell(show: Console, *, keep: bool = False) -> dict[str, Any]:
    """Tell the story on a console, and return it for programs.

    Args:
        show: where to tell it.
        keep: leave the folder with logs, keys and artifacts behind.

    Raises:
        StoryDiffers: something did not go as told.
        Inconclusive: a process ended or took too long; with the tail of its log.
    """
    with open_stage(keep=keep) as stage:
        if keep:
            show.print(f"Everything is kept in {stage.folder}")
        cast = prologue(stage, show)
        before = balance.read(cast.supplier)
        records, refuted = play(cast)
        after = balance.read(cast.supplier)
        expect(sum(before.values()) == sum(after.values()), "no token appeared or vanished")
        screen.balances(show, before, after)
        return {
            "audits": [each.to_json(cast.names) for each in records],
            "refutations": refuted,
            "balances": {
                name: {"before": format_amount(before[name]), "after": format_amount(after[name])} for name in after
            },
        }


def play(cast: Cast) -> tuple[list[Record], list[dict[str, Any]]]:
    """Every act, in order; raises like `tell`. Returns the audits, and how tables were refuted."""
    records = [_first_act(cast), _second_act(cast), _third_act(cast), *fairness.tell(cast)]
    overturned, refuted = refutations.tell(cast)
    return [*records, overturned], refuted


def prologue(stage: Stage, show: Console) -> Cast:
    """Start the network and the oracles, and let them stake."""
    screen.act(
        show, "Setting the stage", "A chain of our own with seven contracts, and five oracles, each its own process."
    )
    with show.status("Starting a permissioned chain, deploying the contracts, admitting the members"):
        book = start_network(stage, oracles=len(HONEST) + 2)
    show.print(f"Chain {book.chain_id} at {book.rpc}, a block every {book.block_time:g} s")
    sessions = {name: Session.connect(book, choose(book, name, None, None, name)) for name in book.accounts}
    actors = [start_oracle(stage, book, name) for name in HONEST]
    actors.append(start_oracle(stage, book, LIAR, stages.LIAR))
    actors.append(start_oracle(stage, book, REPLAYER, stages.REPLAYER))
    with show.status(f"Five oracles stake {format_amount(STAKE)} each and start"):
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda actor: staking.stake(sessions[actor.name], STAKE), actors))
        for actor in actors:
            wait_ready(stage, actor)
    show.print(f"Five oracles staked {format_amount(STAKE)} each, and are ready to vote")
    return Cast(stage, book, Client(sessions["client"]), sessions["supplier"], show)


def _first_act(cast: Cast) -> Record:
    screen.act(
        cast.show,
        "1. A paid audit",
        "A supplier publishes a network that reads handwritten digits, and claims how well. A client pays to know.",
    )
    folder = cast.stage.folder / "digits"
    with cast.show.status("The supplier trains the model and publishes it"):
        examples.write("digits", folder)
        model = publishing.publish(cast.supplier, folder)
    found = audit(cast, model.model_id)
    expect(found.seats("paid") == frozenset(map(cast.seat, (*HONEST, LIAR, REPLAYER))), "all five oracles are paid")
    expect(found.report.kept, "every claim is kept")
    return found


def _second_act(cast: Cast) -> Record:
    screen.act(
        cast.show,
        "2. A liar and a copyist",
        f"The same model again. {LIAR} now reports a model without mistakes; {REPLAYER} saves the work and sends its "
        "old answer. Neither knows the seed of an audit before it is paid, and two sketch lanes depend on it.",
    )
    found = audit(cast, cast.client.model("digits").model.id)
    expect(found.seats("slashed") == {cast.seat(LIAR), cast.seat(REPLAYER)}, "the liar and the copyist are slashed")
    expect(found.seats("paid") == frozenset(map(cast.seat, HONEST)), "the three honest oracles are paid")
    expect(found.report.kept, "the result stands as before")
    vault, head = Vault(cast.supplier), cast.supplier.head().number
    for name in (LIAR, REPLAYER):
        expect(not vault.seat(cast.seat(name), head).active, f"{name} can no longer be drawn")
    cast.show.print(
        f"{LIAR} and {REPLAYER} lost their bonds to the treasury, and cannot be drawn until they stake again"
    )
    cast.stage.stop(REPLAYER)
    return found


def _third_act(cast: Cast) -> Record:
    screen.act(
        cast.show,
        "3. A false claim",
        "A supplier publishes no weights, only a recipe. It claims 97 % accuracy, but the recipe trains far too "
        "briefly. Every oracle trains the model again, bit for bit alike.",
    )
    folder = cast.stage.folder / "hasty"
    with cast.show.status("The supplier prepares its recipe"):
        examples.write("digits-recipe", folder)
        _make_hasty(folder / draft.NAME)
    try:
        publishing.publish(cast.supplier, folder)
    except ClaimsUnmet as warning:
        cast.show.print(f"assay supplier publish refuses: {warning.message}")
    else:
        expect(False, "publishing a false claim is refused at first")
    cast.show.print("The supplier insists: --allow-unmet-claims")
    found = audit(cast, publishing.publish(cast.supplier, folder, compute=False).model_id)
    expect(found.report.broken, "the false claim is exposed")
    cast.show.print("assay metrics hasty-digits ends with exit code 1: the claim is broken")
    return found


def _make_hasty(path: Path) -> None:
    document = json.loads(path.read_text())
    document["name"] = "hasty-digits"
    document["recipe"]["epochs"] = 1
    document["claims"] = [claim for claim in document["claims"] if claim["metric"] == "accuracy"]
    path.write_text(json.dumps(document))
