"""Which policy an audit follows: the one that was named, or the newest of its kind that fits what is audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from assay_chain.errors import MalformedInput
from assay_chain.session import Session
from assay_chain.wrappers.policies import Kind, Policies, Policy
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import lanes
from assay_oracles.audits.service import lanes as service
from assay_oracles.audits.whitebox import metrics


@dataclass(frozen=True)
class Need:
    """What an audit needs of its policy.

    Attributes:
        kind: what is audited.
        what: that of which a vote must have lanes, in words.
        check: raises SpecError for names of lanes that cannot carry such a vote.
    """

    kind: Kind
    what: str
    check: Callable[[Sequence[str]], None]


def of_model(classes: int) -> Need:
    """The need of an audit of an open model with that many classes."""
    return Need(Kind.WHITEBOX, f"{classes} classes", partial(metrics.check_lanes, classes=classes))


def of_service(classes: int, *, both: bool) -> Need:
    """The need of an audit of a service with that many classes, alone or together with its open model."""
    kind = Kind.BOTH if both else Kind.SERVICE
    return Need(kind, f"a service of {classes} classes", partial(service.check_lanes, classes=classes, both=both))


def of_table(groups: int, *, recountable: bool) -> Need:
    """The need of an audit of a table with that many protected groups; see `lanes.check_lanes`."""
    return Need(
        Kind.FAIRNESS, f"{groups} protected groups", partial(lanes.check_lanes, groups=groups, recountable=recountable)
    )


def choose_policy(session: Session, need: Need, wanted: str | None, block: int) -> Policy:
    """The policy to request an audit under.

    Args:
        session: of the network.
        need: what is audited.
        wanted: number or name of the policy; by default the newest that fits, without lanes beyond those needed. On a
            development network development policies, whose phases are short, go first.
        block: as of when.

    Raises:
        MalformedInput: there is no such policy, or it does not fit.
    """
    policies = Policies(session)
    if wanted is not None:
        policy = find_policy(session, wanted, block)
        try:
            need.check([lane.name for lane in policy.lanes])
        except SpecError as error:
            hint = "Leave --policy out to take one that fits; `assay policy list` shows all of this network."
            raise MalformedInput(error.message, code=error.code, culprit="local", hint=hint) from error
        return policy
    known = (policies.get(number, block) for number in range(1, policies.count(block) + 1))
    fitting = [
        policy for policy in known if policy.terms.kind is need.kind and not policy.retired and _fits(policy, need)
    ]
    if not fitting:
        raise MalformedInput(
            f"no {need.kind.name.lower()} policy of this network has lanes for {need.what}",
            code="no-policy",
            culprit="gatekeeper",
            hint="Ask a gatekeeper to add one (`assay policy add`).",
        )
    development = session.book.development
    return max(fitting, key=lambda found: (found.terms.development == development, -len(found.lanes), found.id))


def find_policy(session: Session, wanted: str, block: int) -> Policy:
    """A policy by number, or the newest of a name that accepts requests.

    Raises:
        MalformedInput: there is none.
    """
    policies = Policies(session)
    if wanted.isdecimal():
        number = int(wanted)
        policy = policies.get(number, block) if 1 <= number <= policies.count(block) else None
    else:
        policy = policies.by_name(wanted, block)
    if policy is None:
        raise MalformedInput(
            f"this network has no policy {wanted!r} that accepts requests",
            code="unknown-policy",
            culprit="local",
            hint="`assay policy list` shows them.",
        )
    return policy


def _fits(policy: Policy, need: Need) -> bool:
    try:
        need.check([lane.name for lane in policy.lanes])
    except SpecError:
        return False
    return True
