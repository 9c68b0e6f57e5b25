"""The API does what its description says, whatever it is sent (schemathesis)."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

pytestmark = pytest.mark.xdist_group("portal")


@pytest.fixture
def description(gateway: str) -> BaseSchema:
    few = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
    return schemathesis.openapi.from_url(f"{gateway}/openapi.json", config=few)


schema = schemathesis.pytest.from_fixture("description").include(path_regex="^/api/v1")


@schema.parametrize()
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_api__whatever_it_is_sent__answers_as_described(case: Case, member: httpx.Client) -> None:
    case.call_and_validate(headers={"Authorization": member.headers["Authorization"]})
