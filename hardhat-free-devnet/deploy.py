"""Deploys Assay's contracts on a network of your own and writes the address book that its members need.

The deploying account pays the gas and needs nothing else; it keeps no rights. Treasury and gatekeeper are addresses.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from assay_chain import addressbook, keystore
from assay_chain.addressbook import AccountEntry, AddressBook
from assay_chain.amounts import UNIT
from assay_chain.deploy import deploy
from assay_chain.errors import AssayError
from assay_chain.policies import load_standard
from assay_chain.session import Session
from eth_utils.address import to_checksum_address

MINIMUM_STAKE = 1_000  # tokens; also the largest bond that a policy of this network can ever ask
UNBONDING_SECONDS = 8 * 24 * 3600  # more than twice the longest audit, so that nobody leaves before an audit is settled

TABLE_BOND = 1_000  # tokens of a supplier, lost with a table that is refuted
DEMAND_BOND = 5  # tokens of who asks for a row, which must be worth more than the gas of an answer
ANSWER_SECONDS = 4 * 3600  # to show a row; an audit's settlement waits at most twice as long for it


@click.command(help=__doc__)
@click.option("--rpc", default="http://127.0.0.1:8545", show_default=True, help="A node of the network.")
@click.option("--chain-id", type=int, required=True, help="As in the genesis; another chain is refused.")
@click.option("--block-seconds", type=float, required=True, help="The chain's block period.")
@click.option("--keystore", "key_file", type=click.Path(path_type=Path), required=True, help="Who deploys.")
@click.option("--password-file", type=click.Path(path_type=Path), required=True, help="Password of that keystore.")
@click.option("--treasury", required=True, help="Who mints tokens and is owed what is slashed.")
@click.option("--gatekeeper", required=True, help="Who admits members and adds policies.")
@click.option("--store", required=True, help="Where artifacts are published, for example s3://bucket/assay.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The address book to write.")
def main(
    rpc: str,
    chain_id: int,
    block_seconds: float,
    key_file: Path,
    password_file: Path,
    treasury: str,
    gatekeeper: str,
    store: str,
    out: Path,
) -> None:
    """See the module."""
    accounts = {
        name: AccountEntry(to_checksum_address(address), (name,))
        for name, address in (("treasury", treasury), ("gatekeeper", gatekeeper))
    }
    book = AddressBook(chain_id, rpc, {}, accounts, block_seconds, store, development=False, path=out.absolute())
    try:
        deployer = keystore.load_account(key_file, keystore.read_password(password_file))
        contracts = deploy(
            Session.connect(book, deployer),
            accounts["treasury"].address,
            accounts["gatekeeper"].address,
            block_seconds=block_seconds,
            minimum_stake=MINIMUM_STAKE * UNIT,
            unbonding_blocks=int(UNBONDING_SECONDS / block_seconds),
            table_bond=TABLE_BOND * UNIT,
            demand_bond=DEMAND_BOND * UNIT,
            answer_blocks=int(ANSWER_SECONDS / block_seconds),
            policies=[policy for policy in load_standard() if not policy.terms.development],
        )
    except AssayError as error:
        sys.exit(f"{error.message} ({error.culprit})\n{error.hint}")
    addressbook.save(AddressBook(**{**vars(book), "contracts": contracts}))
    click.echo(f"deployed; the address book is {out}")


if __name__ == "__main__":
    main()
