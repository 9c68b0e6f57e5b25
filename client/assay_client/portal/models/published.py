"""Models: what their suppliers published and promised, and what was verified over time."""

from __future__ import annotations

from .audits import Audit, Claim, Finding
from .common import Address, Answer, Digest, Document


class Tally(Document):
    """What became of a model's claims."""

    kept: int
    """Claims kept."""
    broken: int
    """Claims broken."""
    undecided: int
    """The rest."""


class Model(Document):
    """One immutable version of a model."""

    model_id: int
    """Its number, from 1."""
    name: str | None
    """In its manifest; null while the manifest cannot be read."""
    version: str | None
    """In its manifest."""
    owner: Address
    """The supplier that registered it."""
    supersedes: int | None
    """The version that it replaces."""
    manifest_digest: Digest
    """SHA-256 of the manifest."""
    uri: str
    """Where the manifest is found."""
    problem: str | None
    """Why the manifest cannot be read."""
    registered_block: int
    """Block of its registration."""
    audits: int
    """Audits ever requested of it."""
    claims: Tally
    """What the newest final audits say about each claim."""


class Models(Answer):
    """A page of models, newest first."""

    models: list[Model]
    """At most `limit`."""
    cursor: int | None
    """Give it as `cursor` for the next page; null when this is the last one."""


class ModelDetail(Answer):
    """One model with its claims and audits."""

    model: Model
    """It."""
    claims: list[Claim]
    """Kept, broken or undecided, each by the newest final audit that has a value for it, on what was published."""
    audits: list[Audit]
    """Its newest audits, newest first, at most 50; `GET /audits?model=` has all."""


class Point(Finding):
    """One decided audit in a series."""

    time: int
    """When it was decided, seconds since 1970."""
    decided_block: int
    """In which block."""
    policy_id: int
    """Under which policy."""


class ModelMetrics(Answer):
    """Verified metrics over time."""

    model_id: int
    """The model version."""
    points: list[Point]
    """Its decided audits, oldest first; `min` and `max` of a metric are the spread between oracles."""
    cursor: int | None
    """Give it as `cursor` for earlier points; null when there are none."""
