"""The root command, and how failures become messages and exit codes."""

from __future__ import annotations

import errno
import json
import sys
import traceback
from collections.abc import Sequence

import click
from assay_chain.errors import AssayError, Inconclusive, Refused, Usage

from .audit import audit
from .base import Group
from .check import check
from .dashboard import dashboard
from .demo import demo
from .devnet import devnet
from .fairness import fairness
from .gatekeeper import gatekeeper
from .gateway import gateway
from .keys import keys
from .metrics import metrics, withdraw
from .oracle import oracle
from .policy import policy
from .report import receipt
from .supplier import supplier
from .verifier import verifier
from .version import version
from .zoo import zoo

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # writing fails without naming the file
INTERRUPTED = 130  # what a shell reports for a command that Ctrl-C ended
EXTRAS = {
    "btclib_secp256k1": "fairness",
    "eth": "devnet",
    "fastapi": "gateway",
    "gmpy2": "fairness",
    "jwt": "gateway",
    "jinja2": "checks",
    "markupsafe": "checks",
    "psutil": "oracle",
    "pyarrow": "parquet",
    "sha3": "fairness",
    "sklearn": "supplier",
    "structlog": "oracle",
    "torch": "oracle",
    "uvicorn": "gateway",
}


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Assay checks what machine-learning services claim.

    Clients pay for audits, oracles recompute and vote, suppliers publish models with claims, gatekeepers admit members.
    """


for command in (
    audit,
    check,
    dashboard,
    demo,
    devnet,
    fairness,
    gatekeeper,
    gateway,
    keys,
    metrics,
    oracle,
    policy,
    receipt,
    supplier,
    verifier,
    version,
    withdraw,
    zoo,
):
    cli.add_command(command)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that design section 8 fixes."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = cli.main(list(argv), prog_name="assay", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (`assay ... | head`): nothing is left to tell anyone
        return 0
    except click.exceptions.NoArgsIsHelpError as error:
        if "--json" not in argv:
            click.echo(error.format_message(), err=True)
            return Usage.exit_code
        return _report(_explain(error), argv)
    except Exception as error:
        return _report(_explain(error), argv)


def _explain(error: Exception) -> AssayError:
    """What to tell the user. A bug of ours is reported as inconclusive: the command found nothing out."""
    if isinstance(error, AssayError):
        return error
    if isinstance(error, click.ClickException):
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "assay"
        missing = isinstance(error, click.exceptions.NoArgsIsHelpError)
        message = "a command is missing" if missing else error.format_message()
        return Usage(message, code="usage", culprit="local", hint=f"See `{path} --help`.")
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in EXTRAS:
        extra = EXTRAS[(error.name or "").partition(".")[0]]
        return Usage(
            f"this command needs {error.name}, which is not installed",
            code="not-installed",
            culprit="local",
            hint=f"pip install 'assay-network[{extra}]'",
        )
    if isinstance(error, OSError) and (error.filename is not None or error.errno in NO_SPACE):
        where = "" if error.filename is None else f"{error.filename}: "
        return Refused(
            f"this machine refuses a file: {where}{error.strerror}",
            code="file-refused",
            culprit="local",
            hint="Check the path, who may read and write it, and the space left; then give the same command again.",
        )
    return Inconclusive(
        f"Assay failed in a way that it does not know: {type(error).__name__}: {error}",
        code="internal-error",
        culprit="local",
        hint="This is a bug of Assay. Run the command again with --debug, and report what it prints.",
    )


def _report(error: AssayError, argv: Sequence[str]) -> int:
    if "--debug" in argv:
        traceback.print_exc()
    if "--json" in argv:
        click.echo(json.dumps({"schema": "assay/error/1", **error.to_json()}))
    else:
        click.echo(f"Error: {error.message}\nFault: {error.culprit} ({error.code})\nTo do: {error.hint}", err=True)
    return error.exit_code
