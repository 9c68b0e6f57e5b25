"""The zoo as a process of its own, and a tap that sees every request on its way to a service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from assay_client.cli import app

from tests.client.checks.tap import Tap

Check = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def check(zoo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `assay check` on a path of the zoo (or a URL) with options; gives exit code and JSON."""

    def run(provider: str, *options: str, against: str | None = "/supplier") -> tuple[int, dict[str, Any]]:
        url = provider if "://" in provider else zoo + provider
        line = ["check", url, "--json", "--seed", "1", "--pace", "0"]
        if against is not None:
            line += ["--against", zoo + against]
        if "--report" not in options:
            line += ["--report", str(tmp_path / "report")]
        capsys.readouterr()
        code = app.run([*line, *options])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def tap(zoo: str) -> Iterator[Tap]:
    """In front of the zoo's honest provider."""
    with Tap(f"{zoo}/honest") as tap:
        yield tap
