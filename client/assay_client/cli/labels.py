"""`assay fairness labels`: a table of one party's labels and another's predictions, neither seeing the other's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

from assay_client.documents.counts import counts_json

from . import release
from .bar import bar
from .base import Command, Env, Group, Word, hex_bytes, signing_key
from .counts import show_counts, show_finding

if TYPE_CHECKING:
    from assay_oracles.audits.fairness.labels.files import Terms
    from assay_oracles.audits.fairness.labels.verify import Finding

    from assay_client.supplier.fairness.labels.turn import Party
    from assay_client.supplier.fairness.ledger import Ledger
    from assay_client.supplier.fairness.rows import Rows

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

_session_argument = click.argument("session", metavar="DIR", type=FOLDER)
_session_option = click.option(
    "--session", required=True, type=FOLDER, metavar="DIR", help="Folder of the session's files, shared by both."
)
_row_id = click.option(
    "--row-id", required=True, metavar="COL", help="Column that identifies a row, for both parties alike."
)
_LABEL_OPTIONS = (
    click.option(
        "--protected", required=True, metavar="COL", help="Column of the protected group: 0, 1, ... or names."
    ),
    click.option("--actual", required=True, metavar="COL", help="Column of the actual label: 0 or 1."),
    click.option("--groups", metavar="A,B,...", help="Values of the protected column, group 0 first; up to eight."),
)
_PARTY_OPTIONS = (
    click.option(
        "--keystore", required=True, type=FILE, envvar="ASSAY_KEYSTORE", help="Keystore of the party, who signs."
    ),
    click.option(
        "--password-file", required=True, type=FILE, envvar="ASSAY_PASSWORD_FILE", help="File with its password."
    ),
    click.option("--state", type=FOLDER, metavar="DIR", help="The party's own folder: secrets, ledger of rows."),
)


def _options(*options: Callable[[FC], FC]) -> Callable[[FC], FC]:
    def add(function: FC) -> FC:
        for option in reversed(options):
            function = option(function)
        return function

    return add


@click.group("labels", cls=Group)
def labels() -> None:
    """Group fairness where one party has the labels and another the predictions.

    The owner knows protected group and actual label of every row, the supplier its prediction. They exchange six files
    in a folder, in this order: start, join, commit, predict, share (the supplier), share (the owner).
    """


@labels.command(cls=Command)
@click.argument("rows", type=FILE)
@_options(*_LABEL_OPTIONS, _row_id, _session_option, *_PARTY_OPTIONS)
@click.option("--supplier", required=True, metavar="ADDRESS", help="Account of the supplier.")
@click.option("--nonce", metavar="HEX", help="32 bytes from an auditor. [default: random]")
@click.option("--chain-id", type=Word(), default=0, metavar="N", help="Chain of the board. [default: 0, offline]")
@click.option("--board", metavar="ADDRESS", help="Address of the board. [default: zero, offline]")
@click.pass_obj
def start(
    env: Env, /, rows: Path, supplier: str, nonce: str | None, chain_id: int, board: str | None, **options: Any
) -> None:
    """Begin a session about ROWS (the owner): owner.key. It commits to these rows and labels."""
    from assay_client.supplier.fairness.labels import owner

    given = _labelled(rows, options)
    plan = owner.Plan(
        hex_bytes(supplier, 20, "--supplier") or b"",
        hex_bytes(nonce, 32, "--nonce"),
        chain_id,
        hex_bytes(board, 20, "--board") or bytes(20),
    )
    with _party("", options) as (party, ledger):
        terms = owner.start(party, given, plan, ledger)
    _emit(env, terms, "owner.key", f"The supplier is next: assay fairness labels join {options['session']}")


@labels.command(cls=Command)
@_session_argument
@_options(*_PARTY_OPTIONS)
@click.pass_obj
def join(env: Env, /, **options: Any) -> None:
    """Join the session in DIR (the supplier): supplier.key."""
    from assay_client.supplier.fairness.labels import supplier

    with _party("", options) as (party, _):
        terms = supplier.join(party)
    _emit(env, terms, "supplier.key", "The owner is next: assay fairness labels commit")


@labels.command(cls=Command)
@click.argument("rows", type=FILE)
@_options(*_LABEL_OPTIONS, _row_id, _session_option, *_PARTY_OPTIONS)
@click.pass_obj
def commit(env: Env, /, rows: Path, **options: Any) -> None:
    """Fix the labels of ROWS (the owner): owner.rows, every row encrypted and proven.

    An interrupted run goes on when the same command is given again.
    """
    from assay_client.supplier.fairness.labels import owner

    given = _labelled(rows, options)
    with _party("rows", options) as (party, _):
        terms = owner.fix(party, given)
    _emit(env, terms, "owner.rows", "The supplier is next: assay fairness labels predict")


@labels.command(cls=Command)
@click.argument("rows", type=FILE)
@click.option("--predicted", required=True, metavar="COL", help="Column of the prediction: 0 or 1, or a score.")
@click.option("--threshold", type=float, metavar="X", help="Scores from X on predict 1.")
@click.option(
    "--min-label",
    type=Word(),
    metavar="N",
    default=10,
    show_default=True,
    help="Refuse a session in which fewer rows than this have some group and label: it would show their predictions.",
)
@_options(_row_id, _session_option, *_PARTY_OPTIONS)
@click.pass_obj
def predict(env: Env, /, rows: Path, predicted: str, threshold: float | None, min_label: int, **options: Any) -> None:
    """Add the predictions of ROWS to the owner's rows (the supplier): supplier.rows.

    Every proof of the owner is checked first. ROWS need the owner's --row-id, in any order, and no labels. An
    interrupted run goes on when the same command is given again.
    """
    from assay_client.supplier.fairness.labels import supplier
    from assay_client.supplier.fairness.rows import Columns, read

    given = read(rows, Columns(None, None, predicted, threshold, options["row_id"]))
    with _party("rows", options) as (party, ledger):
        terms = supplier.predict(party, given, ledger, min_label)
    _emit(env, terms, "supplier.rows", f"You are next: assay fairness labels share {options['session']}")


@labels.command(cls=Command)
@_session_argument
@_options(*_PARTY_OPTIONS)
@release.min_n("The owner publishes no fewer rows.")
@release.min_cell("The owner publishes no permutation of fewer rows.")
@click.pass_obj
def share(env: Env, /, min_n: int, min_cell: int, **options: Any) -> None:
    """Open this party's half of the sums: supplier.share, then owner.share with the counts.

    Every proof of the other party is checked first. What the party kept secret for the session is removed.
    """
    from assay_oracles.audits.fairness.release import Release
    from assay_oracles.audits.fairness.signature import address_of

    from assay_client.supplier.fairness.labels import owner, supplier
    from assay_client.verifier.fairness.sessions import glance

    terms = glance(options["session"]).files[0].terms
    with _party("checked", options) as (party, _):
        if terms.owner != address_of(party.signer):
            _emit(env, supplier.share(party), "supplier.share", "The owner is next: assay fairness labels share")
            return
        terms, counts = owner.publish(party, Release(min_n, min_cell))
    found = f"Counts of the permutations: {' '.join(map(str, counts))}"
    _emit(env, terms, "owner.share", f"{found}\nAnyone can check: assay fairness labels verify", counts=list(counts))


@labels.command(cls=Command)
@_session_argument
@release.min_n("Fewest rows to accept.")
@release.min_cell("Fewest rows of any permutation to accept.")
@click.pass_obj
def verify(env: Env, session: Path, min_n: int, min_cell: int) -> int:
    """Check a finished session: signatures, every proof, counts; then compute the metrics. Needs no key.

    Exit code 0: valid. 1: false, with party, file and row to blame; or true, but smaller than you accept. 2: true so
    far, but not finished. 3: no session at all. An interrupted check of many rows goes on when the same command is
    given again.
    """
    from assay_chain.addressbook import home
    from assay_chain.errors import Inconclusive
    from assay_oracles.audits.fairness.release import Release

    from assay_client.supplier.fairness.labels.turn import COMMANDS
    from assay_client.verifier.fairness.checking import Memory
    from assay_client.verifier.fairness.sessions import check_session

    with bar("rows checked") as progress:
        finding = check_session(session, Memory(home() / "fairness" / "checks"), progress)
    if finding.fault is None and finding.next is not None:
        raise Inconclusive(
            f"nothing is false so far, but {finding.next.file} is missing",
            code="unfinished",
            culprit=finding.next.role,
            hint=f"It is the {finding.next.role}'s turn: assay fairness labels {COMMANDS[finding.next]}",
        )
    reason = str(finding.fault or "") or Release(min_n, min_cell).violation(finding.counts)
    payload = {
        "valid": not reason,
        **_terms_json(finding.files[0].terms),
        **counts_json(finding.counts or None),
        "reason": reason,
        **_fault_json(finding),
    }
    env.emit("fairness-labels-verify", payload, lambda: _show(finding, reason, payload))
    return 1 if reason else 0


@labels.command(cls=Command)
@_session_argument
@click.pass_obj
def status(env: Env, session: Path) -> int:
    """Show how far a session is and whose turn it is; checks signatures, but no proof. Exit code 1 if one is false."""
    from assay_client.supplier.fairness.labels.turn import COMMANDS
    from assay_client.verifier.fairness.sessions import glance

    finding = glance(session)
    awaited = None if finding.fault else finding.next
    payload = {
        **_terms_json(finding.files[0].terms),
        "files": [file.step.file for file in finding.files],
        "turn": awaited.role if awaited else None,
        "next": awaited.file if awaited else None,
        "reason": str(finding.fault or ""),
        **_fault_json(finding),
    }
    if finding.fault:
        line = f"False: {finding.fault}"
    elif awaited:
        line = f"It is the {awaited.role}'s turn: {awaited.file}, by `assay fairness labels {COMMANDS[awaited]}`"
    else:
        line = "Finished. Anyone can check it: assay fairness labels verify"
    env.emit("fairness-labels-status", payload, f"{_described(finding.files[0].terms)}\n{line}")
    return 1 if finding.fault else 0


@contextmanager
def _party(what: str, options: dict[str, Any]) -> Iterator[tuple[Party, Ledger]]:
    """Open the keystore and the party's own folder, and show progress."""
    from assay_chain.addressbook import home
    from assay_oracles.audits.fairness.signature import address_of

    from assay_client.supplier.fairness.labels.turn import Party
    from assay_client.supplier.fairness.ledger import Ledger
    from assay_client.verifier.fairness.checking import Memory

    signer = signing_key(options["keystore"], options["password_file"])
    assert signer is not None, "the option is required"
    root: Path = options["state"] or home() / "fairness" / f"0x{address_of(signer).hex()}"
    with bar(what) as progress:
        party = Party(signer, options["session"], root, Memory(home() / "fairness" / "checks"), progress)
        yield party, Ledger(root / "ledger.sqlite")


def _labelled(path: Path, options: dict[str, Any]) -> Rows:
    from assay_client.supplier.fairness.rows import Columns, read

    groups = tuple(name.strip() for name in options["groups"].split(",")) if options["groups"] else ()
    columns = Columns(options["protected"], options["actual"], row_id=options["row_id"], groups=groups)
    return read(path, columns)


def _emit(env: Env, terms: Terms, file: str, line: str, **more: Any) -> None:
    payload = {**_terms_json(terms), "file": file, **more}
    env.emit("fairness-labels", payload, f"Wrote {file}. {_described(terms)}\n{line}")


def _described(terms: Terms) -> str:
    return f"{terms.n} rows, owner 0x{terms.owner.hex()}, supplier 0x{terms.supplier.hex()}."


def _terms_json(terms: Terms) -> dict[str, Any]:
    return {
        "n": terms.n,
        "groups": terms.params.groups,
        "owner": f"0x{terms.owner.hex()}",
        "supplier": f"0x{terms.supplier.hex()}",
        "table_id": terms.session.table.hex(),
    }


def _fault_json(finding: Finding) -> dict[str, Any]:
    fault = finding.fault
    return {
        "culprit": fault.step.role if fault else None,
        "file": fault.step.file if fault else None,
        "row": fault.row if fault else None,
    }


def _show(finding: Finding, reason: str, payload: dict[str, Any]) -> None:
    show_finding(_described(finding.files[0].terms), str(finding.fault or ""), reason)
    if finding.counts:
        show_counts(payload)
