"""`assay supplier`: publish models with claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay_client.documents.models import model_json

from .attack import attack
from .base import Env, Group, Reading, acting
from .stego import stego

EXAMPLES = ("digits", "digits-recipe", "breast-cancer", "diabetes", "fashion-mnist")


@click.group("supplier", cls=Group)
def supplier() -> None:
    """Publish models with claims about their quality."""


@supplier.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--example", type=click.Choice(EXAMPLES), default="digits", show_default=True, help="What to write.")
@click.pass_obj
def init(env: Env, folder: Path, example: str) -> None:
    """Write an example to DIR, ready to publish: real data and a model trained on it.

    digits: a convolutional network on handwritten digits, its weights given. digits-recipe: the same, trained again by
    every oracle from recipe and seed. breast-cancer: a small network on tabular data. diabetes: a closed model, of
    which nothing is shown, and rows to prove its fairness with (`assay fairness prove`). fashion-mnist: a small network
    on images of clothes; the data are those of Debian's package dataset-fashion-mnist.
    """
    from assay_client.supplier import examples

    written = examples.write(example, folder)
    env.emit(
        "supplier-init",
        {"example": example, "folder": str(folder), "files": [path.name for path in written]},
        f"Wrote {', '.join(path.name for path in written)} to {folder}.\n"
        f"Publish it with: assay supplier publish {folder}",
    )


@supplier.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--samples", type=click.IntRange(min=1), default=20, show_default=True, help="Inputs of the test set.")
@click.option(
    "--baseline", type=float, default=0.0, show_default=True, help="What explanations compare every input with."
)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, show_default=True, help="Of everything random.")
@click.pass_obj
def explainability(env: Env, /, folder: Path, **settings: Any) -> None:
    """Rate how well explanations (integrated gradients) of the model in DIR say what its answers do, from 0 to 1.

    DIR is as for `assay supplier publish`. Clients see the rating of a service's own explanations in `assay check`.
    """
    from assay_client.supplier import explaining

    from .verdict import rated

    found = explaining.rate(folder, **settings)
    env.emit("supplier-explainability", found, lambda: click.echo(rated(found)))


@supplier.command(cls=acting("supplier"))
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--store", metavar="URI", help="Where to put the artifacts. Default: the address book's store.")
@click.option("--supersedes", metavar="MODEL", help="Your version that this one replaces (number or name).")
@click.option("--allow-unmet-claims", is_flag=True, help="Publish even when your own computation breaks a claim.")
@click.option("--no-compute", is_flag=True, help="Check the form only; do not compute the metrics first.")
@click.pass_obj
def publish(
    env: Env,
    folder: Path,
    store: str | None,
    supersedes: str | None,
    allow_unmet_claims: bool,
    no_compute: bool,
) -> None:
    """Publish the model in DIR: check it as an oracle would, upload its artifacts, register it with its claims.

    DIR/model.json is the manifest (see docs/manifest.md), with {"file": NAME} wherever an artifact is cited.
    Publishing the same model again changes nothing and returns its number. Exit code 1: your own claims are not met.
    """
    from assay_client.supplier import publishing

    published = publishing.publish(
        env.session,
        folder,
        store=store,
        supersedes=supersedes,
        compute=not no_compute,
        allow_unmet=allow_unmet_claims,
        say=env.say,
    )
    env.emit(
        "supplier-publish",
        {
            "model_id": published.model_id,
            "manifest_digest": published.digest.hex(),
            "uri": published.uri,
            "tx": published.tx,
            "new": published.new,
        },
        f"Model {published.model_id} is {'registered' if published.new else 'registered already'}: "
        f"manifest {published.digest.hex()}",
    )


@supplier.command(cls=Reading)
@click.pass_obj
def models(env: Env) -> None:
    """List every published model version."""
    found = env.client.models()

    def human() -> None:
        from .tables import table

        if not found:
            click.echo("No model is published yet.")
            return
        rows = [
            (
                str(p.model.id),
                f"{p.manifest.name} {p.manifest.version}" if p.manifest else "(its manifest cannot be read)",
                p.model.owner,
                str(p.model.supersedes or ""),
                p.model.manifest.hex()[:16],
                ", ".join(f"{c.metric} {'>=' if c.op == 0 else '<='} {c.bound_micro / 1e6:g}" for c in p.model.claims),
            )
            for p in found
        ]
        table(("model", "name", "supplier", "replaces", "manifest", "claims"), rows)

    env.emit("supplier-models", {"models": [model_json(published) for published in found]}, human)


supplier.add_command(attack)
supplier.add_command(stego)
