"""The demo's dishonest oracles: their votes pass the board's checks, so that only consensus catches them."""

from assay_chain.policies import load_standard
from assay_client.cli import app
from assay_client.cli.reference import leaves
from assay_client.demo.dishonest import inflate, wave_through
from assay_oracles.audits.fairness.lanes import counts, lane_names
from assay_oracles.audits.fairness.table import Header
from assay_oracles.audits.whitebox.metrics import derive

from tests.oracles.audits.fairness.forge import honest

HONEST = {
    **{f"support_{label}": 45 for label in range(10)},
    **{f"predicted_{label}": 44 + label % 3 for label in range(10)},
    **{f"correct_{label}": 43 for label in range(10)},
    "log_loss": 31_000,
    "calibration_error": 14_000,
    "robust_correct": 440,
    "overlap": 1,
    "sketch_0": 2**31 + 7_000,
    "sketch_1": 2**31 - 9_000,
}


def test_inflate__an_honest_vote__becomes_a_perfect_one_that_the_board_accepts() -> None:
    (policy,) = (spec for spec in load_standard() if spec.name == "whitebox-10-dev")
    vote = inflate(HONEST)
    names = [lane.name for lane in policy.lanes]
    assert derive(vote)["accuracy"].value == 1
    assert set(vote) == set(names)
    assert all(vote[lane.name] <= lane.maximum for lane in policy.lanes)
    assert all(vote[names[lesser]] <= vote[names[greater]] for lesser, greater in policy.orders)


def test_inflate__compared_with_the_honest_vote__is_beyond_twice_the_tolerance() -> None:
    (policy,) = (spec for spec in load_standard() if spec.name == "whitebox-10-dev")
    vote = inflate(HONEST)
    assert any(abs(vote[lane.name] - HONEST[lane.name]) > 2 * lane.tolerance for lane in policy.lanes)


def test_wave_through__a_forged_table__is_a_vote_for_what_it_declares() -> None:
    table = honest([0, 3, 5, 6])
    header = Header.decode(table)
    job = {"header": header.encode().hex(), "footer": table[-header.footer_bytes :].hex()}
    vote = wave_through(job)
    assert tuple(vote) == lane_names(2)
    assert counts(vote) == (1, 0, 0, 1, 0, 1, 1, 0)


def test_commands__all_of_them__offer_no_way_to_be_dishonest() -> None:
    for path, command in leaves(app.cli):
        options = {name for param in command.params for name in param.opts}
        assert not {"--liar", "--replayer", "--sandbox"} & options
        assert "dishonest" not in path
