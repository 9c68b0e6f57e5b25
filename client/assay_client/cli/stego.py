"""`assay supplier stego`: services that read messages hidden in their inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .bar import bar
from .base import Command, Env, Group


@click.group("stego", cls=Group)
def stego() -> None:
    """Train services that read hidden messages, so that clients can see whether a provider forwards to them."""


@stego.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Labelled images (safetensors with `inputs` and `labels`). Default: scikit-learn's digits.",
)
@click.option("--clients", type=click.IntRange(0, 1000), default=1, show_default=True, help="Kits for single clients.")
@click.option("--messages", type=int, default=16, show_default=True, help="Message classes, at least 16.")
@click.option("--norm", type=click.Choice(["1", "2"]), default="2", show_default=True, help="p of the distances.")
@click.option("--beta", type=float, default=0.1, show_default=True, help="Weight of the recovered message's error.")
@click.option("--gamma", type=float, default=1.0, show_default=True, help="Weight of the classification error.")
@click.option("--noise", type=float, default=0.02, show_default=True, help="Noise in training, share of the range.")
@click.option("--steps", type=int, default=800, show_default=True, help="Steps of the optimiser.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything random.")
@click.pass_obj
def train(env: Env, /, folder: Path, data: Path | None, clients: int, norm: str, **settings: Any) -> None:
    """Train a service with its hide kits, and write them to the new folder DIR.

    service.safetensors is what the service runs; it never leaves the supplier. public-kit.safetensors may be published.
    client-N-kit.safetensors is for one client alone: it also escapes detectors that are trained on the public kit.
    report.json says how many messages the service reads, and how well a provider that trains detectors would do.
    """
    from assay_oracles.audits.errors import SpecError
    from assay_oracles.audits.steganography.recipe import Recipe

    from assay_client.specs import malformed
    from assay_client.supplier import steganography

    try:
        recipe = Recipe(norm=1 if norm == "1" else 2, **settings)
    except SpecError as error:
        raise malformed(error, "the options") from error
    with bar("steps") as progress:
        found = steganography.digits() if data is None else steganography.read(data)
        report = steganography.write(found, folder, recipe, clients, env.say, progress)
    env.emit("stego-train", {**report, "folder": str(folder)}, lambda: _show(report, folder))


def _show(report: dict[str, Any], folder: Path) -> None:
    from .tables import table

    click.echo(f"Wrote the service and {len(report['kits'])} kits to {folder}. Accuracy {report['accuracy']:.3f}.")
    table(
        ("kit", "messages read", "change of an input"),
        [
            (name, f"{kit['hits']} of {kit['containers']}", f"{kit['change']:.1%}")
            for name, kit in report["kits"].items()
        ],
    )
    click.echo("What a provider recognises, if it trains a detector (the rest are misses that the check sees):")
    table(
        ("kit", "it learns from", "examples", "containers recognised", "plain inputs suspected"),
        [
            (name, r["source"], str(r["examples"]), f"{r['recognised']:.0%}", f"{r['false_alarms']:.0%}")
            for name, kit in report["kits"].items()
            for r in kit["adversaries"]
        ],
    )
