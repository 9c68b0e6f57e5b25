"""Locks of directories: one process at a time, and nothing stale after a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from assay_chain import locks
from assay_chain.errors import Refused

HOLD = (
    "import sys, time; from pathlib import Path; from assay_chain import locks\n"
    "with locks.directory(Path(sys.argv[1]), 'busy', code='busy', hint='wait'):\n"
    "    print('held', flush=True); time.sleep(60)"
)


def test_directory__held_by_another_process__is_refused_until_that_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refused) as caught, locks.directory(tmp_path, "busy", code="in-use", hint="wait"):
            pass
        told = caught.value
        assert (told.message, told.code, told.culprit) == (f"busy (process {holder.pid})", "in-use", "local")
    finally:
        holder.kill()
        holder.wait()
    with locks.directory(tmp_path, "busy", code="in-use", hint="wait"):
        assert (tmp_path / locks.FILE_NAME).read_text() == f"{os.getpid()}\n"


def test_directory__file_left_behind_by_a_dead_process__locks_nothing(tmp_path: Path) -> None:
    (tmp_path / locks.FILE_NAME).write_text("999999\n")
    with locks.directory(tmp_path, "busy", code="in-use", hint="wait"):
        assert (tmp_path / locks.FILE_NAME).read_text() == f"{os.getpid()}\n"


def test_file__of_another_purpose__is_held_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text("{}")
    with (
        locks.file(path, "busy", code="in-use", hint="wait"),
        pytest.raises(Refused, match=r"^busy$"),
        locks.file(path, "busy", code="in-use", hint="wait"),
    ):
        pass
    assert path.read_text() == "{}"
    with locks.file(path, "busy", code="in-use", hint="wait"):
        pass
