"""Published fairness tables in the terms of the format: what every verifier needs, whether or not it runs a node."""

from assay_chain.wrappers.fairness import Published
from eth_utils.address import to_canonical_address

from assay_oracles.audits.fairness.record import Record


def record_of(table: Published) -> Record:
    """What a board says of a table, in the terms of the format.

    Raises:
        SpecError: its parameters are none that this version knows.
    """
    return Record.of(
        chain_id=table.chain_id,
        board=to_canonical_address(table.board),
        supplier=to_canonical_address(table.supplier),
        params=table.params,
        n=table.n,
        nonce=table.nonce,
        data_commit=table.data_commit,
        root=table.root,
        tally=table.tally,
        signature=table.signature,
    )
