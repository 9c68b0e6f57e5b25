"""The vault's invariant and its relatives, over at least 10,000 random calls; see `harness/network.py`."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.harness.network import Network

CALLS = 10_000


def test_network__ten_thousand_random_calls__every_token_is_somebodys_and_all_can_leave() -> None:
    Network.prepare()
    Network.calls.clear()
    runs = settings(
        max_examples=20, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    while Network.calls.total() < CALLS:
        run_state_machine_as_test(Network, settings=runs)
    # A fuzz in which everything is refused proves nothing.
    assert Network.calls["succeeded"] > 0.7 * Network.calls.total(), Network.calls
    assert Network.calls["refused"] > 0.02 * Network.calls.total(), Network.calls
