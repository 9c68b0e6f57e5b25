"""What every command has in common: exit codes, one JSON object, three lines for people, a light start."""

import errno
import json
import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from assay_chain.errors import AssayError, Inconclusive, MalformedInput, PeerUnreachable, Refused, Usage
from assay_client.cli import app
from assay_client.cli.base import Command, Env


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Adds a command `fail` that raises."""

    def install(error: BaseException) -> None:
        @click.command("fail", cls=Command)
        @click.pass_obj
        def fail(env: Env) -> None:
            raise error

        monkeypatch.setitem(app.cli.commands, "fail", fail)

    return install


@pytest.mark.parametrize(
    ("kind", "code"), [(Inconclusive, 2), (MalformedInput, 3), (PeerUnreachable, 4), (Refused, 5), (Usage, 64)]
)
def test_failure__of_each_kind__has_its_exit_code_and_three_lines(
    kind: type[AssayError],
    code: int,
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(kind("it broke", code="broken", culprit="chain", hint="Mend it."))
    assert app.run(["fail"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "Error: it broke\nFault: chain (broken)\nTo do: Mend it.\n"


def test_failure__json__one_object_on_stdout_and_nothing_else(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(Refused("no", code="no-rights", culprit="gatekeeper", hint="Ask."))
    assert app.run(["fail", "--json"]) == 5
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "schema": "assay/error/1",
        "error": {"code": "no-rights", "culprit": "gatekeeper", "message": "no", "hint": "Ask."},
    }
    assert err == ""


def test_bug__of_ours__no_traceback_and_never_a_negative_finding(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(ZeroDivisionError("oops"))
    assert app.run(["fail"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert app.run(["fail", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied", "/somewhere/file"),
        OSError(errno.EROFS, "Read-only file system", "/somewhere/file"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_file__refused_by_the_system__is_no_bug_of_ours(
    error: OSError, failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(error)
    assert app.run(["fail"]) == 5
    said = capsys.readouterr().err
    assert str(error.strerror) in said
    assert str(error.filename or "") in said
    assert "Fault: local (file-refused)\nTo do: Check" in said


def test_socket__error_that_nobody_explained__is_still_a_bug(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
    assert app.run(["fail"]) == 2
    assert "internal-error" in capsys.readouterr().err


def test_missing_extra__torch_not_installed__says_what_to_install(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert app.run(["fail"]) == 64
    assert "assay-network[oracle]" in capsys.readouterr().err


def test_interrupt__ctrl_c__ends_without_a_traceback(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(KeyboardInterrupt())
    assert app.run(["fail"]) == 130
    assert capsys.readouterr().err.strip() == "Interrupted."


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "audit",
        "audit nonsense",
        "audit status",
        "audit status one",
        "audit request m --kind x",
        "metrics",
        "keys new",
        "keys new key-without-a-terminal.json",
        "supplier publish nowhere",
        "supplier explainability nowhere",
        "check http://127.0.0.1:9 --data nowhere",
        "check http://127.0.0.1:9 --sla nowhere",
        "check --replay nowhere",
        "check --resume nowhere",
        "stego train new --data nowhere",
        "attack train nowhere new.safetensors",
    ],
)
def test_usage__wrong__64_with_and_without_json(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(line.split()) == 64
    assert app.run([*line.split(), "--json"]) == 64
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "usage"
    assert error["hint"].endswith("--help`.")


def test_help__of_everything__imports_no_heavy_library() -> None:
    probe = (
        "import sys; from assay_client.cli import app; "
        "assert app.run(['--help']) == 0; assert app.run(['audit', 'request', '--help']) == 0; "
        "heavy = {'web3', 'torch', 'numpy', 'scipy', 'rich', 'sklearn', 'eth_account', 'fsspec', 'jsonschema'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_sdk__imported__needs_no_torch() -> None:
    probe = "import sys; from assay_client import connect, Client; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
