"""`assay audit report`, `assay audit verify-report` and `assay receipt verify`: evidence to keep and to show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import Command, Env, Group, Reading

if TYPE_CHECKING:
    from assay_client.receipts import Receipt
    from assay_client.reports.statements import Check

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _checksummed(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    from eth_utils.address import is_hex_address, to_checksum_address

    if text is not None and not is_hex_address(text):
        raise click.BadParameter("an address is 0x and 40 hexadecimal digits")
    return None if text is None else to_checksum_address(text)


_signer = click.option(
    "--signer",
    metavar="ADDRESS",
    callback=_checksummed,
    help="Whose key signs for the gateway; a gatekeeper says.",
)


@click.command("report", cls=Reading)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_obj
def report(env: Env, audit_id: int, out: Path) -> None:
    """Write everything about AUDIT to one file that `assay audit verify-report` checks without a chain.

    Behind a gateway, the gateway's receipt for it is written beside it. Nothing is overwritten.
    """
    from assay_client import folders, receipts
    from assay_client.reports.collecting import collect

    for path in (out, receipts.beside(out)):  # the receipt of another report would contradict this one
        folders.require_new_file(path)
    if env.book.gateway:
        answer = _gateway(env).get(f"/api/v1/audits/{audit_id}/report")
        out.write_bytes(answer.content)
        receipts.beside(out).write_text(answer.headers[receipts.HEADER] + "\n")
        block = int(answer.headers[receipts.BLOCK_HEADER])
    else:
        head = env.session.head()
        out.write_text(json.dumps(collect(env.session, audit_id, head)))
        block = head.number
    env.emit(
        "audit-report",
        {"audit_id": audit_id, "block": block, "file": str(out), "receipt": env.book.gateway},
        f"Audit {audit_id} as of block {block} is in {out}. Check it anywhere: assay audit verify-report {out}",
    )


@click.command("verify-report", cls=Command)
@click.argument("file", type=FILE)
@_signer
@click.pass_obj
def verify_report(env: Env, file: Path, signer: str | None) -> int:
    """Check the report in FILE without a chain: signatures, seed, roster, votes, consensus and money are done again.

    That the chain has the report's blocks no file can show: compare their hashes with any node, or let the gateway's
    receipt beside it (FILE.receipt), or in it (curl --include), vouch for them.

    Exit code 0: every statement holds. 1: one is false, or the receipt is. 2: none is false, and one could not be
    checked, such as that --signer signed a report without a receipt.
    """
    from assay_client import receipts
    from assay_client.reports.checking import check
    from assay_client.reports.statements import Check

    receipt, body = receipts.load(file)
    checks = check(_parsed(body))
    if receipt is not None:
        receipts.check(receipt, body, signer)
    elif signer is not None:
        checks.append(Check("receipt", "unproven", f"there is none: nothing here was signed by {signer}"))
    states = {each.state for each in checks}
    valid = "fails" not in states
    env.emit(
        "audit-verify-report",
        {
            "valid": valid,
            "checks": [vars(each) for each in checks],
            "receipt": vars(receipt) if receipt else None,
        },
        lambda: _show(checks, receipt, signer),
    )
    return 1 if not valid else 2 if "unproven" in states else 0


@click.group("receipt", cls=Group)
def receipt() -> None:
    """Check what a gateway signed."""


@receipt.command()
@click.argument("file", type=FILE)
@_signer
@click.pass_obj
def verify(env: Env, file: Path, signer: str | None) -> int:
    """Check the gateway's receipt for the answer in FILE: saved with its headers (curl --include), or FILE.receipt.

    Exit code 0: --signer signed it. 2: it is intact, and signed by somebody; whose key that is, nobody said.
    """
    from assay_client import receipts

    found, body = receipts.load(file)
    if found is None:
        found, body = receipts.split(body)
    receipts.check(found, body, signer)
    trusted = signer is not None
    env.emit(
        "receipt-verify",
        {"valid": True, "trusted": trusted, **vars(found)},
        f"{found.signer} signed this answer to {found.request}\n"
        f"as of block {found.block} ({found.block_hash}) of chain {found.chain_id}."
        + ("" if trusted else "\nWhether that is the gateway's key, ask a gatekeeper (and give it with --signer)."),
    )
    return 0 if trusted else 2


def _gateway(env: Env) -> Any:
    from assay_chain.gateway.provider import GatewayProvider

    provider = env.session.w3.provider
    assert isinstance(provider, GatewayProvider), "the address book says so"
    return provider


def _parsed(body: bytes) -> dict[str, Any]:
    from assay_chain.errors import MalformedInput

    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedInput(
            "this is no audit report: it is no JSON",
            code="bad-report",
            culprit="local",
            hint="`assay audit report` writes one; keep it as it is.",
        ) from error
    return dict(document) if isinstance(document, dict) else {}


def _show(checks: list[Check], receipt: Receipt | None, signer: str | None) -> None:
    from .tables import table

    table(("statement", "", "because"), [(each.name, each.state, each.detail) for each in checks])
    if receipt is None and all(each.state != "fails" for each in checks):
        click.echo("No file shows that the chain has these blocks: compare their hashes with any node of the chain.")
    elif receipt is not None:
        whose = "the gateway" if signer else f"{receipt.signer} (ask a gatekeeper whether that is the gateway)"
        click.echo(f"Signed by {whose} as of block {receipt.block}, {receipt.block_hash}.")
