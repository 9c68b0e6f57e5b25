"""`assay policy`: the rules that audits follow."""

from __future__ import annotations

from pathlib import Path

import click

from assay_client.documents.policies import policy_json

from . import prepared
from .base import Env, Group, Reading, acting, inclusion

Gatekeeper = acting("gatekeeper")


@click.group("policy", cls=Group)
def policy() -> None:
    """List, show, add and retire audit policies."""


@policy.command("list", cls=Reading)
@click.pass_obj
def list_(env: Env) -> None:
    """List every policy: its fee for each oracle, bond, roster, and phases (commit, reveal, dispute) in blocks."""
    from assay_chain.amounts import format_amount
    from assay_chain.wrappers.policies import Policies

    block = env.session.head().number
    policies = Policies(env.session)
    found = [policies.get(number, block) for number in range(1, policies.count(block) + 1)]

    def human() -> None:
        from .tables import table

        columns = ("policy", "name", "kind", "fee", "bond", "oracles", "blocks", "lanes", "state")
        rows = []
        for p in found:
            t = p.terms
            rows.append(
                (
                    str(p.id),
                    p.name,
                    t.kind.name.lower(),
                    format_amount(t.fee_per_oracle),
                    format_amount(t.bond),
                    f"{t.min_roster}-{t.max_roster}",
                    f"{t.commit_blocks}+{t.reveal_blocks}+{t.dispute_blocks}",
                    str(len(p.lanes)),
                    "retired" if p.retired else "development" if t.development else "open",
                )
            )
        table(columns, rows)

    env.emit("policy-list", {"block": block, "policies": [policy_json(p) for p in found]}, human)


@policy.command(cls=Reading)
@click.argument("policy")
@click.pass_obj
def show(env: Env, policy: str) -> None:
    """Show POLICY (number or name): its terms, and what each lane of a vote means."""
    from assay_client.choosing import find_policy

    found = find_policy(env.session, policy, env.session.head().number)

    def human() -> None:
        from .tables import table

        fields = policy_json(found)
        lanes = fields.pop("lanes")
        table(("term", "value"), [(name, str(value)) for name, value in fields.items()])
        columns = ("lane", "unit", "decimals", "offset", "maximum", "tolerance", "binding")
        table(columns, [tuple(str(lane[name]) for name in ("name", *columns[1:])) for lane in lanes])

    env.emit("policy-show", policy_json(found), human)


@policy.command(cls=Gatekeeper)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@prepared.option
@click.pass_obj
def add(env: Env, file: Path, prepare: bool) -> None:
    """Add the policy that FILE describes (schema assay/policy/1). It can be retired, never changed."""
    from assay_chain import policies as specs
    from assay_chain.wrappers.policies import Policies

    spec = specs.load(file)
    if prepare:
        prepared.show(env, lambda acts: acts.add_policy(spec))
        return
    policy_id, receipt = Policies(env.session).add(spec)
    env.emit("policy-add", {"policy_id": policy_id, **inclusion(receipt)}, f"Policy {policy_id} is open.")


@policy.command(cls=Gatekeeper)
@click.argument("policy")
@click.option("--resume", is_flag=True, help="Accept requests again.")
@prepared.option
@click.pass_obj
def retire(env: Env, policy: str, resume: bool, prepare: bool) -> None:
    """Stop new requests under POLICY (number or name). Audits under way are unaffected."""
    from assay_chain.wrappers.policies import Policies

    from assay_client.choosing import find_policy

    session = env.reading if prepare else env.session
    found = find_policy(session, policy, session.head().number)
    if prepare:
        prepared.show(env, lambda acts: acts.retire_policy(found.id, not resume))
        return
    receipt = Policies(env.session).retire(found.id, not resume)
    said = "is open again" if resume else "takes no more requests"
    env.emit(
        "policy-retire",
        {"policy_id": found.id, "retired": not resume, **inclusion(receipt)},
        f"Policy {found.id} ({found.name}) {said}.",
    )
