"""`/network`, `/policies`, `/treasury`, `/members`."""

from __future__ import annotations

from assay_chain.gateway.problems import RESPONSES
from assay_chain.wrappers.policies import Policies as Book
from fastapi import APIRouter, Request

from .. import network
from ..access import Members as Reader
from ..access import Number
from ..models.network import Members, Network, Treasury
from ..models.policies import Policies, PolicyDetail
from ..reading import show_policy
from ..signed import SignedRoute

router = APIRouter(tags=["network"], route_class=SignedRoute, responses=RESPONSES)


@router.get("/network", summary="The network behind this gateway")
def about(request: Request, reading: Reader) -> Network:
    """Chain, contracts, how much there is, and whose signature this gateway's receipts carry."""
    state = request.app.state
    return network.network(reading, state.signer.address, state.settings.fairness)


@router.get("/policies", summary="Every policy")
def policies(reading: Reader) -> Policies:
    """The rules that audits follow, retired ones included."""
    numbers = range(1, Book(reading.session).count(reading.block) + 1)
    return Policies(as_of=reading.as_of, policies=[show_policy(reading.policy(number)) for number in numbers])


@router.get("/policies/{policy_id}", summary="One policy")
def policy(reading: Reader, policy_id: Number) -> PolicyDetail:
    """Its terms, and what each lane of a vote means."""
    return PolicyDetail(as_of=reading.as_of, policy=show_policy(reading.policy(policy_id)))


@router.get("/treasury", summary="Every token, and where it is")
def treasury(reading: Reader) -> Treasury:
    """The vault's tokens are what is staked, escrowed and owed, always."""
    return network.treasury(reading)


@router.get("/members", summary="Every member and its roles")
def members(reading: Reader) -> Members:
    """Who was admitted, as what."""
    return network.members(reading)
