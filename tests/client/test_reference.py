"""docs/cli.md says everything that the commands can do."""

from pathlib import Path

import click
import pytest
from assay_client.cli import app
from assay_client.cli.reference import leaves, render

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
LEAVES = list(leaves(app.cli))


def test_document__compared_with_the_commands__is_current() -> None:
    assert DOCUMENT.read_text() == render(), "run: python -m assay_client.cli.reference > docs/cli.md"


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_command__and_each_option__is_explained_and_documented(path: tuple[str, ...], command: click.Command) -> None:
    text = DOCUMENT.read_text()
    assert command.help, f"{' '.join(path)} has no help"
    assert f"## assay {' '.join(path)}\n" in text
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{option.opts[0]} of {' '.join(path)} has no help"
            assert option.opts[0] in text


@pytest.mark.parametrize("path", [path for path, _ in LEAVES], ids=" ".join)
def test_help__of_each_command__exits_0(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run([*path, "--help"]) == 0
    assert f"Usage: assay {' '.join(path)}" in capsys.readouterr().out


def test_groups__each_one__is_explained() -> None:
    groups = [command for command in app.cli.commands.values() if isinstance(command, click.Group)]
    assert groups
    assert all(group.help for group in groups)
