"""`assay zoo`: a supplier and a dozen providers, honest or not, to try black-box checks on."""

from __future__ import annotations

import click

from .base import Command, Env, Group


@click.group("zoo", cls=Group)
def zoo() -> None:
    """A test bed: providers that cheat in known ways, over real HTTP on this machine."""


@zoo.command(cls=Command)
@click.option("--port", type=int, default=8642, show_default=True, help="Loopback port; 0 takes a free one.")
@click.option("--stego", is_flag=True, help="A supplier that reads hidden messages, with a hide kit for the client.")
@click.pass_obj
def serve(env: Env, port: int, stego: bool) -> None:
    """Serve the supplier at /supplier and every provider of `assay zoo list` at its own path, until Ctrl-C.

    The models are trained on scikit-learn's digits when this is first used, which takes some seconds (--stego: a
    minute).
    """
    from assay_client.zoo import models, serving
    from assay_client.zoo.providers import PROVIDERS

    env.say("Loading the models (the first time they are trained)")
    if stego:
        from assay_client.zoo import reading

        found, kit = reading.load()
    else:
        found, kit = models.load(), None

    def ready(url: str) -> None:
        paths = {kind.NAME: f"{url}/{kind.NAME}" for kind in PROVIDERS}
        options = f" --methods steganography --set steganography.kit={kit}" if kit else ""
        env.emit(
            "zoo-serve",
            {"url": url, "supplier": f"{url}/supplier", "providers": paths, "kit": str(kit) if kit else None},
            f"The supplier is at {url}/supplier, the providers beside it: {' '.join(f'/{name}' for name in paths)}\n"
            f"Try: assay check {url}/weak --against {url}/supplier{options}",
        )

    serving.serve(found, port, ready)


@zoo.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> None:
    """List the providers: what each does, and which methods of `assay check` are expected to expose it."""
    from assay_client.zoo import models
    from assay_client.zoo.providers import PROVIDERS

    strong, weak = models.load().gap
    payload = {
        "providers": [
            {
                "name": kind.NAME,
                "does": kind.DOES,
                "seen_by": list(kind.SEEN_BY),
                "options": {name: default for name, (default, _, _) in kind.OPTIONS.items()},
            }
            for kind in PROVIDERS
        ],
        "accuracy": {"supplier": strong, "weak": weak, "gap": strong - weak},
    }

    def human() -> None:
        from .tables import table

        rows = [
            (
                f"/{kind.NAME}" + "".join(f"?{name}={default:g}" for name, (default, _, _) in kind.OPTIONS.items()),
                kind.DOES,
                ", ".join(kind.SEEN_BY) or "nothing: it is honest",
            )
            for kind in PROVIDERS
        ]
        table(("path", "what it does", "seen by"), rows)
        click.echo(
            f"Accuracy on held-out digits: supplier {strong:.1%}, weak model {weak:.1%}: "
            f"a gap of {100 * (strong - weak):.1f} points."
        )

    env.emit("zoo-list", payload, human)
