"""The root command, and how failures become messages and exit codes."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Sequence

import click

from assay_chain.errors import AssayError, Inconclusive, Usage

from .base import Group

INTERRUPTED = 130  # what a shell reports for a command that Ctrl-C ended


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Assay checks what machine-learning services claim.

    Clients pay for audits, oracles recompute and vote, suppliers publish models with claims, gatekeepers admit members.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that design section 8 fixes."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command line.

    Returns:
        The exit code. A failure that is our own bug is reported as inconclusive: it found nothing out.
    """
    try:
        result = cli.main(list(argv), prog_name="assay", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        return _report(_usage(error), argv)
    except AssayError as error:
        return _report(error, argv)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (`assay ... | head`): nothing is left to tell anyone
        return 0
    except Exception as error:  # the last resort: never a traceback for a user
        return _report(
            Inconclusive(
                f"Assay failed in a way it does not know: {type(error).__name__}: {error}",
                code="internal-error",
                culprit="local",
                hint="this is a bug of Assay; run again with --debug and report what it prints",
            ),
            argv,
        )


def _usage(error: click.ClickException) -> Usage:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "assay"
    return Usage(code="usage", culprit="local", message=error.format_message(), hint=f"see `{path} --help`")


def _report(error: AssayError, argv: Sequence[str]) -> int:
    if "--debug" in argv:
        traceback.print_exc()
    if "--json" in argv:
        click.echo(json.dumps({"schema": "assay/error/1", **error.to_json()}))
    else:
        click.echo(f"Error: {error.message}\nFault: {error.culprit} ({error.code})\nTo do: {error.hint}", err=True)
    return error.exit_code
