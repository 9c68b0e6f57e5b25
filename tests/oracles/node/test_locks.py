import subprocess
import sys

import pytest
from assay_chain.errors import Refused
from assay_oracles.node.locks import exclusive


@pytest.fixture
def keystore(tmp_path):
    path = tmp_path / "key.json"
    path.write_text("{}")
    path.chmod(0o400)
    return path


def hold(data_dir, keystore):
    """Another process that holds both locks until killed."""
    code = (
        "import sys, time; from pathlib import Path; from assay_oracles.node.locks import exclusive\n"
        "with exclusive(Path(sys.argv[1]), Path(sys.argv[2])):\n    print('held', flush=True); time.sleep(60)"
    )
    arguments = [sys.executable, "-c", code, str(data_dir), str(keystore)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_exclusive__second_process__is_refused_until_the_first_is_killed(tmp_path, keystore):
    other_key = tmp_path / "other.json"
    other_key.write_text("{}")
    holder = hold(tmp_path / "a", keystore)
    try:
        for data_dir, key in (("a", other_key), ("b", keystore)):  # the same directory, then the same key
            with pytest.raises(Refused) as caught, exclusive(tmp_path / data_dir, key):
                pass
            assert caught.value.code == "already-running"
    finally:
        holder.kill()
        holder.wait()
    with exclusive(tmp_path / "a", keystore):
        pass


def test_exclusive__body_fails__lets_go(tmp_path, keystore):
    with pytest.raises(KeyError), exclusive(tmp_path / "a", keystore):
        raise KeyError
    with exclusive(tmp_path / "a", keystore):
        pass


def test_exclusive__new_data_directory__is_private(tmp_path, keystore):
    with exclusive(tmp_path / "deep" / "a", keystore):
        assert (tmp_path / "deep" / "a").stat().st_mode & 0o077 == 0
