"""`assay supplier attack`: attacks that robustness is measured with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .bar import bar
from .base import Command, Env, Group


@click.group("attack", cls=Group)
def attack() -> None:
    """Attacks to promise robustness against: named ones, or a generator fitted against your own model."""


@attack.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> None:
    """List the attacks that an agreement may name, with their parameters (docs/sla.md)."""
    from assay_oracles.audits.robustness.attacks import KINDS

    def human() -> None:
        from .tables import table

        rows = [
            (name, parameter, "" if rule.default is None else f"{rule.default:g}", rule.about)
            for name, kind in KINDS.items()
            for parameter, rule in kind.parameters.items()
        ]
        table(("attack", "what it does"), [(name, kind.about) for name, kind in KINDS.items()])
        table(("attack", "parameter", "default", "meaning"), rows)

    env.emit(
        "supplier-attack-list",
        {
            "attacks": [
                {
                    "name": name,
                    "about": kind.about,
                    "parameters": {
                        parameter: {"about": rule.about, "default": rule.default}
                        for parameter, rule in kind.parameters.items()
                    },
                }
                for name, kind in KINDS.items()
            ]
        },
        human,
    )


@attack.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reach", type=float, default=0.5, show_default=True, help="Greatest change of a value, share of range.")
@click.option("--hidden", type=int, default=64, show_default=True, help="Width of the hidden layer.")
@click.option("--latent", type=int, default=8, show_default=True, help="Numbers of noise for each proposal.")
@click.option("--steps", type=int, default=400, show_default=True, help="Steps of the optimiser.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything random.")
@click.pass_obj
def train(env: Env, /, folder: Path, out: Path, **settings: Any) -> None:
    """Fit a generator against the model in DIR, which stays as it is, and write it to the new FILE.

    DIR is as for `assay supplier publish`. FILE (safetensors) is for whoever is to verify the score: it holds the
    generator's weights and no code. What is printed goes into the agreement.
    """
    from assay_oracles.audits.errors import SpecError
    from assay_oracles.audits.robustness.fitting import Recipe

    from assay_client.specs import malformed
    from assay_client.supplier import attack as fitting

    try:
        recipe = Recipe(**settings)
    except SpecError as error:
        raise malformed(error, "the options") from error
    with bar("steps") as progress:
        report = fitting.train(folder, out, recipe, env.say, progress)
    declared = json.dumps({"attack": report["attack"], "range": report["range"]}, indent=2)
    env.emit(
        "supplier-attack-train",
        {**report, "file": str(out)},
        f"Wrote {out}. One proposal makes the wanted class {report['error']:.3f} probable on average (an unchanged "
        f"input: {report['error_unchanged']:.3f}); {report['reached']} of {report['proposals']} reach 0.9.\n"
        f"For the agreement's member `robustness`:\n{declared}",
    )
