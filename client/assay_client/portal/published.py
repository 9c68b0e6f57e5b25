"""Models: their claims as the newest audits judge them, and their verified metrics over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from assay_chain.errors import AssayError
from assay_chain.wrappers.board import Board, Decided
from assay_chain.wrappers.models import Models as Registry

from assay_client import standing, verified
from assay_client.documents.metrics import claim_json, report_json
from assay_client.documents.models import model_json
from assay_client.judging import JudgedClaim
from assay_client.verified import Report

from .audits import listing as audits_of
from .models.audits import Claim
from .models.published import Model, ModelDetail, ModelMetrics, Models, Point, Tally
from .paging import LIMIT, page
from .reading import Reading


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
        as_of=reading.as_of,
        model=_model(reading, model_id, claims),
        claims=[Claim.model_validate(claim_json(claim)) for claim in claims],
        audits=audits.audits,
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


def _model(reading: Reading, model_id: int, claims: Iterable[JudgedClaim]) -> Model:
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


def _standing(reading: Reading, model_id: int) -> tuple[JudgedClaim, ...]:
    """Every claim by the newest final audit that has a value for it, of those that the reader may see."""
    seen = (number for number, _ in reversed(reading.audits_where(model_id=model_id)) if reading.sees(number))
    return standing.claims(reading.session, model_id, seen, reading.block)


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
