import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from assay_chain.errors import Refused
from assay_oracles.node.journal import Journal
from assay_oracles.protocol.ballot import Ballot, Voter

IDENTITY = {"chain_id": "1337", "board": "0xB0", "voter": "0xA1"}
ADDRESS = "0x" + "11" * 20
VOTER = Voter(1337, ADDRESS, ADDRESS, bytes(range(32)))


def ballot(audit_id: int = 1, seed: int = 0, verdict: int = 1, lanes: tuple[int, ...] = (1, 2, 2**32 - 1)) -> Ballot:
    return VOTER.seal(audit_id, bytes([seed]) * 32, verdict, lanes, [0], b"{}")


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.sqlite", IDENTITY)
    yield opened
    opened.close()


def test_voter__printed__hides_the_key():
    assert VOTER.key.hex() not in repr(VOTER)
    assert "key" not in repr(VOTER)


def test_seal__same_vote_twice__is_the_same_ballot():
    assert ballot() == ballot()


def test_keep__first_vote__is_returned_unchanged_after_reopening(tmp_path):
    journal = Journal(tmp_path / "j", IDENTITY)
    kept = journal.keep(ballot())
    journal.close()
    reopened = Journal(tmp_path / "j", IDENTITY)
    assert kept == ballot()
    assert reopened.own(1, bytes(32)) == ballot()
    assert reopened.opening(1, ballot().commitment) == ballot()


def test_keep__second_different_vote_for_the_same_seed__the_first_stands(journal):
    journal.keep(ballot(verdict=1))
    assert journal.keep(ballot(verdict=4, lanes=())) == ballot(verdict=1)
    assert journal.own(1, bytes(32)) == ballot(verdict=1)
    assert journal.opening(1, ballot(verdict=4, lanes=()).commitment) is None


def test_keep__same_audit_number_with_another_seed__is_another_vote(journal):
    journal.keep(ballot(seed=0))
    assert journal.keep(ballot(seed=1)) == ballot(seed=1)
    assert journal.own(1, bytes(32)) == ballot(seed=0)


def test_add_opening__vote_recovered_beside_an_own_one__both_open(journal):
    journal.keep(ballot(verdict=4, lanes=()))
    journal.add_opening(ballot(verdict=1))
    assert journal.own(1, bytes(32)) == ballot(verdict=4, lanes=())
    assert journal.opening(1, ballot(verdict=1).commitment) == ballot(verdict=1)


def test_opening__commitment_of_another_audit__is_none(journal):
    journal.keep(ballot(audit_id=1))
    assert journal.opening(2, ballot(audit_id=1).commitment) is None


def test_follow__progress__survives_reopening(tmp_path):
    journal = Journal(tmp_path / "j", IDENTITY)
    assert journal.followed() is None
    journal.follow(10, b"h" * 32, {1: 4, 2: 9})
    journal.follow(20, b"i" * 32, {3: 15})
    journal.unwatch(2)
    journal.close()
    reopened = Journal(tmp_path / "j", IDENTITY)
    assert reopened.followed() == (20, b"i" * 32)
    assert reopened.watched() == {1: 4, 3: 15}


def test_follow__fails_halfway__nothing_of_it_is_kept(journal):
    journal.follow(10, b"h" * 32, {})
    with pytest.raises(sqlite3.IntegrityError):
        journal.follow(20, None, {7: 15})  # type: ignore[arg-type]
    assert journal.followed() == (10, b"h" * 32)
    assert journal.watched() == {}


@pytest.mark.parametrize("field", sorted(IDENTITY))
def test_journal__of_somebody_else__is_refused(tmp_path, field):
    Journal(tmp_path / "j", IDENTITY).close()
    with pytest.raises(Refused) as caught:
        Journal(tmp_path / "j", {**IDENTITY, field: "another"})
    assert caught.value.code == "bad-journal"
    assert caught.value.culprit == "local"


def test_journal__of_a_later_version__is_refused(tmp_path):
    Journal(tmp_path / "j", IDENTITY).close()
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(Refused, match="version 99"):
        Journal(tmp_path / "j", IDENTITY)


@pytest.mark.parametrize("damage", [b"not a database" * 100, None])
def test_journal__damaged_file__is_refused_with_what_to_do(tmp_path, damage):
    path = tmp_path / "j"
    journal = Journal(path, IDENTITY)
    for number in range(60):
        journal.keep(ballot(audit_id=number))
    journal.close()
    data = bytearray(path.read_bytes())
    if damage is None:
        data[4096:12288] = os.urandom(8192)
    path.write_bytes(damage or bytes(data))
    with pytest.raises(Refused) as caught:
        Journal(path, IDENTITY)
    assert "Move it away" in caught.value.hint


def test_keep__killed_right_after_it_returned__the_vote_is_there(tmp_path):
    code = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; import test_journal as t\n"
        "journal = t.Journal(Path(sys.argv[2]), t.IDENTITY); journal.keep(t.ballot())\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    arguments = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path / "j")]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert Journal(tmp_path / "j", IDENTITY).own(1, bytes(32)) == ballot()


def test_journal__settings__are_those_that_survive_power_loss(journal):
    assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)
