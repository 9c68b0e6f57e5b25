"""Models: their claims as the newest audits judge them, and their verified metrics over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from assay_chain.errors import AssayError
from assay_chain.wrappers.board import Board, Decided
from assay_chain.wrappers.models import Models as Registry

from assay_client import verified
from assay_client.cli.metrics import report_json
from assay_client.cli.supplier import model_json
from assay_client.verified import Report

from .audits import listing as audits_of
from .models.published import Model, ModelDetail, ModelMetrics, Models, Point, StandingClaim, Tally
from .paging import LIMIT, page
from .reading import Reading

_LOOKED_AT = 20
"""Newest audits of a model that may speak about its claims."""


def listing(reading: Reading, *, owner: str | None, cursor: int | None, limit: int) -> Models:
    """A page of models, newest first."""
    registry = Registry(reading.session)

    def show(model_id: int) -> Model | None:
        if owner is not None and registry.model(model_id, reading.block).owner != owner:
            return None
        return _model(reading, model_id, _standing(reading, model_id))

    newest = registry.count(reading.block)
    below = range(newest if cursor is None else min(newest, cursor - 1), 0, -1)
    shown, following = page(below, lambda model_id: model_id, show, limit)
    return Models(as_of=reading.as_of, models=shown, cursor=following)


def detail(reading: Reading, model_id: int) -> ModelDetail:
    """One model.

    Raises:
        Reverted: there is none of this number.
    """
    claims = _standing(reading, model_id)
    audits = audits_of(reading, phase=None, kind=None, model=model_id, client=None, cursor=None, limit=LIMIT)
    return ModelDetail(
        as_of=reading.as_of, model=_model(reading, model_id, claims), claims=claims, audits=audits.audits
    )


def metrics(reading: Reading, model_id: int, *, cursor: int | None, limit: int) -> ModelMetrics:
    """The decided audits of a model, a page of the newest, oldest first.

    Raises:
        Reverted: there is no model of this number.
    """
    Registry(reading.session).model(model_id, reading.block)
    decisions = [found for found in _decisions(reading, model_id) if cursor is None or found.audit_id < cursor]

    def show(decision: Decided) -> Point | None:
        report = _report(reading, decision.audit_id)
        if report is None:
            return None
        return Point.model_validate(
            {
                **report_json(report),
                "time": reading.session.block(decision.block).timestamp,
                "decided_block": decision.block,
                "policy_id": report.status.policy_id,
            }
        )

    shown, following = page(decisions, lambda decision: decision.audit_id, show, limit)
    return ModelMetrics(as_of=reading.as_of, model_id=model_id, points=shown[::-1], cursor=following)


def _model(reading: Reading, model_id: int, claims: list[StandingClaim]) -> Model:
    published = reading.shelf.get(model_id, reading.block)
    states = Counter(claim.state for claim in claims)
    return Model.model_validate(
        {
            **model_json(published),
            "registered_block": published.model.registered_at,
            "audits": len(reading.audits_where(model_id=model_id)),
            "claims": Tally(kept=states["kept"], broken=states["broken"], undecided=states["undecided"]),
        }
    )


def _standing(reading: Reading, model_id: int) -> list[StandingClaim]:
    """Every claim as the newest final audit judges it that measured it on what the supplier published."""
    promises = Registry(reading.session).model(model_id, reading.block).claims
    standing: dict[int, StandingClaim] = {}
    for report in _final(reading, model_id) if promises else ():
        for index, claim in enumerate(report.claims):
            if claim.measured and index not in standing:
                found = {**vars(claim), "audit_id": report.status.audit_id}
                standing[index] = StandingClaim.model_validate(found)
        if len(standing) == len(promises):
            break
    for index, promise in enumerate(promises):
        if index not in standing:
            standing[index] = StandingClaim(
                metric=promise.metric,
                op="<=" if promise.op else ">=",
                bound=promise.bound_micro / 1e6,
                tolerance=promise.tolerance_micro / 1e6,
                verified=None,
                state="undecided",
                reason="no final audit measured it",
                audit_id=None,
            )
    return [standing[index] for index in range(len(promises))]


def _final(reading: Reading, model_id: int) -> Iterator[Report]:
    for decision in _decisions(reading, model_id)[:_LOOKED_AT]:
        report = _report(reading, decision.audit_id)
        if report is not None and report.final and report.status.test_set is None:
            yield report


def _decisions(reading: Reading, model_id: int) -> list[Decided]:
    """How the audits of a model were decided, newest first; an audit that was decided again, as it was then."""
    board = Board(reading.session)
    found: list[Decided] = []
    for audit_id, _ in reversed(reading.audits_where(model_id=model_id)):
        if not reading.sees(audit_id):
            continue
        found += board.decided(audit_id, 0, reading.block)[-1:]
    return found


def _report(reading: Reading, audit_id: int) -> Report | None:
    """What an audit verified; None when that needs what cannot be fetched."""
    try:
        return verified.report(reading.session, audit_id, reading.block)
    except AssayError:
        return None
