"""The vault's invariant and its relatives, over at least 10,000 random calls; see `harness/network.py`."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.harness.network import Network
from tests.contracts.harness.tables import REJECTED, VERIFIED

CALLS = 10_000
ENTRY_POINTS = (
    *("request", "open", "commit", "reveal", "close", "appeal", "finalize", "expire", "pause", "unpause", "retire"),
    *("announce", "refute", "demand", "rebut", "retire", "settleBond"),
    *("stake", "activate", "unbond", "release", "withdraw", "deactivate", "admit", "revoke"),
)


# Only a failure takes long: hypothesis then looks for a short way to it.
@pytest.mark.timeout(900)
def test_network__ten_thousand_random_calls__every_token_is_somebodys_and_all_can_leave() -> None:
    Network.prepare()
    runs = settings(
        max_examples=20, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    calls = 0
    while calls < CALLS:
        run_state_machine_as_test(Network, settings=runs)
        calls = Network.succeeded.total() + Network.refusals.total()
    # A fuzz in which everything is refused, or nothing, or one thing only, proves nothing.
    assert 0.65 < Network.succeeded.total() / calls < 0.95, (Network.succeeded, Network.refusals)
    assert all(Network.succeeded[each] for each in ENTRY_POINTS), Network.succeeded
    assert Network.succeeded["finalize"] >= 100, Network.succeeded
    assert Network.succeeded["appeal"] >= 20, Network.succeeded
    assert Network.concluded[VERIFIED] >= 10, Network.concluded
    assert Network.concluded[REJECTED] >= 5, Network.concluded
    assert len(Network.refusals) >= 15, Network.refusals
