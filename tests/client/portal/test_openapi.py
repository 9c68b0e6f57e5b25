"""The API does what its description says, whatever it is sent (schemathesis)."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

pytestmark = pytest.mark.xdist_group("portal")


@pytest.fixture
def description(gateway: str) -> BaseSchema:
    few = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
    return schemathesis.openapi.from_url(f"{gateway}/openapi.json", config=few)


# Not what changes something: other tests would see it.
schema = schemathesis.pytest.from_fixture("description").include(path_regex="^/api/v1").exclude(method="PUT")


@schema.parametrize()
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_api__whatever_it_is_sent__answers_as_described(case: Case, gatekeeper: httpx.Client) -> None:
    # A transaction or a policy can have the right form and make no sense.
    sense = [positive_data_acceptance] if case.method == "POST" else []
    case.call_and_validate(headers={"Authorization": gatekeeper.headers["Authorization"]}, excluded_checks=sense)
