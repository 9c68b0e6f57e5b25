"""`assay check`: does a provider really serve its supplier, and does a service keep its agreement?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .bar import bar
from .base import NETWORK, Command, Env, signing_key

if TYPE_CHECKING:
    from assay_client.checks.checking import Check, Wishes
    from assay_client.checks.endpoints.info import Info

SAMPLES = ("digits", "breast-cancer", "fashion-mnist")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
RUN = click.Path(exists=True, file_okay=False, path_type=Path)


class Checking(Command):
    """A command that reads the chain only when a registered model is named."""

    shared = (*NETWORK, *Command.shared)


@click.command("check", cls=Checking)
@click.argument("provider", metavar="[URL]", required=False)
@click.option("--against", metavar="URL|model:DIGEST", help="The supplier's service, or its registered model.")
@click.option("--sla", type=FILE, help="Agreement to check (docs/sla.md); with or without --against.")
@click.option("--generator", type=FILE, help="Attack that the agreement cites (docs/sla.md, robustness).")
@click.option("--methods", metavar="A,B,...", help="Methods to join. Default: those that fit; see docs/blackbox.md.")
@click.option("--set", "options", multiple=True, metavar="METHOD.OPTION=VALUE", help="Option of a method. Repeatable.")
@click.option("--budget", type=int, metavar="N", help="Most queries to everyone, retries included. [default: 4000]")
@click.option("--alpha", type=float, metavar="A", help="Chance of a false accusation. [default: 0.05]")
@click.option("--prior", type=float, metavar="P", help="Your probability that it cheats, beforehand. [default: 0.5]")
@click.option("--seed", type=int, metavar="N", help="Of everything random, 64 bits. [default: random]")
@click.option("--data", type=FILE, help="Labelled samples (safetensors). Default: those that the supplier declares.")
@click.option("--samples", type=click.Choice(SAMPLES), help="Built-in labelled samples instead.")
@click.option(
    "--seed-config", metavar="JSON", help="What the supplier starts instances from. Default: as it publishes."
)
@click.option("--info", type=FILE, help="JSON as of GET /info, for a service that does not describe itself.")
@click.option("--provider-headers", type=FILE, help="File of `Name: value` lines to send to the provider.")
@click.option("--supplier-headers", type=FILE, help="File of `Name: value` lines to send to the supplier.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For one request. [default: 10]")
@click.option("--pace", type=float, metavar="SECONDS", help="Mean pause between requests, drawn. [default: 0.005]")
@click.option(
    "--report", type=FOLDER, metavar="DIR", help="New folder for the report. Default: one in ~/.assay/checks."
)
@click.option("--resume", type=RUN, metavar="DIR", help="Go on with the interrupted run in DIR.")
@click.option("--replay", type=RUN, metavar="DIR", help="Check the report in DIR: recompute it from its answers.")
@click.option("--signer", metavar="ADDRESS", help="With --replay: who must have signed.")
@click.option("--keystore", type=FILE, envvar="ASSAY_KEYSTORE", help="Keystore to sign the report with.")
@click.option("--password-file", type=FILE, envvar="ASSAY_PASSWORD_FILE", help="File with its password.")
@click.option("--dry-run", is_flag=True, help="Show what it would cost, and stop.")
@click.option("--yes", "-y", is_flag=True, help="Spend without asking.")
@click.pass_obj
def check(env: Env, /, provider: str | None, dry_run: bool, yes: bool, **given: Any) -> int:
    """Check whether the provider at URL serves what its supplier does, or whether a service keeps its agreement.

    The cost is shown before it is spent, and in a terminal confirmed. Every query is journaled: --resume goes on after
    a crash without asking anything twice, --replay recomputes a report from the recorded answers.

    Exit code 0: pass. 1: fail, or a breach of the agreement. 2: inconclusive. 3: an answer or a file is malformed. 4: a
    side does not answer.
    """
    from assay_client.checks import checking
    from assay_client.checks.report import document
    from assay_client.checks.report import folder as reports

    from .verdict import show

    recomputed = None
    if given["replay"] is not None:
        report, recomputed = reports.replay(given["replay"], given["signer"])
        folder = given["replay"]
    else:
        key = signing_key(given["keystore"], given["password_file"])
        wishes = _wishes(env, provider, given)
        if given["resume"] is not None:
            folder = given["resume"]
            env.say(f"Going on with the run in {folder}")
            with bar("queries spent") as progress:
                report = checking.resume(folder, wishes, key, lambda now: progress(now.spent.total(), None))
        else:
            with closing(checking.prepare(wishes)) as ready:
                _show_cost(env, ready)
                if dry_run:
                    env.emit("check-cost", _cost_json(ready), "Nothing was asked.")
                    return 0
                if not (yes or env.as_json) and sys.stdin.isatty():
                    click.confirm("Spend it?", abort=True, err=True)
                folder = given["report"] or _new_folder()
                env.say(f"Recording in {folder}; if interrupted, go on with: assay check --resume {folder}")
                with bar("queries spent") as progress:
                    report = checking.start(
                        ready, folder, key, lambda now: progress(now.spent.total(), ready.plan.budget)
                    )
    env.emit(
        "check",
        {**report, "folder": str(folder), "recomputed": recomputed},
        lambda: show(report, folder, recomputed),
    )
    return document.exit_code(report)


def _wishes(env: Env, provider: str | None, given: Mapping[str, Any]) -> Wishes:
    from assay_oracles.audits.evidence.method import Target

    from assay_client.checks.checking import Wishes

    if provider is None and given["resume"] is None:
        raise click.UsageError("Missing argument 'URL'.")
    named = {name: given[name] for name in ("budget", "alpha", "prior", "timeout", "pace") if given[name] is not None}
    headers = {
        Target.PROVIDER: _headers(given["provider_headers"]),
        Target.SUPPLIER: _headers(given["supplier_headers"]),
    }
    return Wishes(
        provider=provider or "",
        against=given["against"],
        methods=tuple(name.strip() for name in given["methods"].split(",")) if given["methods"] else (),
        options=_options(given["options"]),
        seed=given["seed"],
        seed_config=_object(given["seed_config"], "--seed-config"),
        sla=given["sla"],
        generator=given["generator"],
        data=given["data"],
        samples=given["samples"],
        info=_info(given["info"]),
        headers=headers,
        session=lambda: env.session,
        **named,
    )


def _options(pairs: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        method, dot, option = name.partition(".")
        if not equals or not dot:
            raise click.UsageError(f"--set takes METHOD.OPTION=VALUE, not {pair!r}")
        found.setdefault(method, {})[option] = value
    return found


def _headers(path: Path | None) -> dict[str, str]:
    found = {}
    for line in _text(path).splitlines() if path else ():
        name, colon, value = line.partition(":")
        if line.strip():
            if not colon or not name.strip():
                raise click.UsageError(f"{path} has a line that is no `Name: value`")
            found[name.strip()] = value.strip()
    return found


def _info(path: Path | None) -> Info | None:
    from assay_client.checks.endpoints import info

    if path is None:
        return None
    return info.parse(_object(_text(path), str(path)), lambda _, what, __: click.UsageError(f"{path}: {what}"))


def _object(text: str | None, what: str) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise click.UsageError(f"{what} takes a JSON object")
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"cannot read {path}: {error}") from None


def _new_folder() -> Path:
    from assay_chain.addressbook import home

    return home() / "checks" / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def _cost_json(ready: Check) -> dict[str, Any]:
    plan, cost = ready.plan, ready.cost
    return {
        "methods": list(plan.methods),
        "budget": plan.budget,
        "queries": sum(cost.values()),
        "queries_by_target": {target.value: count for target, count in cost.items()},
        "seconds": round(ready.seconds, 1),
        "money": ready.money,
        "money_limit": ready.money_limit,
        "seed": plan.seed,
        "data": dict(plan.data),
    }


def _show_cost(env: Env, ready: Check) -> None:
    from assay_client.checks import methods

    plan = ready.plan
    asked = ", ".join(f"{count} to the {target.value}" for target, count in ready.cost.items())
    env.say(f"Checking {plan.provider.name} on {plan.data['samples']} samples ({plan.data['name']}):")
    for name in plan.methods:
        env.say(f"  {name}: {methods.load(name).ABOUT}")
    if plan.sla:
        env.say(f"  agreement: is {plan.sla['name']!r} kept?")
    if (measure := ready.run.measure) is not None:
        env.say(
            f"  robustness: {measure.terms.starts} starts a class by {measure.terms.attack.name}, "
            f"up to {measure.terms.budget} queries each; {measure.most} would do for all, {measure.limit} are allowed"
        )
    env.say(f"Cost: at most {sum(ready.cost.values())} queries: {asked}; about {ready.seconds:.0f} s or less.")
    env.say(f"Repeated requests come on top. In all it never spends more than the budget: {plan.budget} queries.")
    if signer := plan.options.get("metaresult", {}).get("signer"):
        env.say(f"Metaresults must be signed by {signer}.")
    for currency, amount in ready.money.items():
        env.say(
            f"Money: at most {amount:.2f} {currency}, {ready.money_limit[currency]:.2f} with repeated requests, by the "
            "prices that the services declare."
        )
