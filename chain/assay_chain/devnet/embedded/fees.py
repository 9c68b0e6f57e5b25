"""`eth_feeHistory` and the suggested tip."""

from __future__ import annotations

from collections.abc import Sequence

from eth.vm.forks.london.headers import calculate_expected_base_fee_per_gas

from .faults import INVALID_PARAMS, SERVER_ERROR, RpcError
from .forms import quantity
from .ledger import Ledger
from .records import Record, base_fee

SUGGESTED_TIP = 10**9  # wei; any tip will do, but wallets expect one
_MAX_BLOCKS = 1024
_MAX_PERCENTILES = 100


def parse_percentiles(value: object) -> tuple[float, ...]:
    """Ascending numbers from 0 to 100."""
    if value is None:
        return ()
    if not isinstance(value, list) or any(isinstance(p, bool) or not isinstance(p, int | float) for p in value):
        raise ValueError("wants an array of numbers")
    if len(value) > _MAX_PERCENTILES:
        raise ValueError(f"over the query limit {_MAX_PERCENTILES} of reward percentiles")
    if any(not 0 <= p <= 100 for p in value) or sorted(value) != value:
        raise ValueError("invalid reward percentile: wants ascending numbers from 0 to 100")
    return tuple(value)


def fee_history(ledger: Ledger, count: int, newest: int | str, percentiles: Sequence[float]) -> Record:
    """Base fees (one more than blocks: the next is known), fill ratios and tips at gas-weighted percentiles."""
    last = ledger.number(newest)
    if last > ledger.head.block_number:
        raise RpcError(SERVER_ERROR, f"request beyond head block: requested {last}, head {ledger.head.block_number}")
    if count < 1:
        raise RpcError(INVALID_PARAMS, "invalid argument 0: wants at least one block")
    first = max(0, last + 1 - min(count, _MAX_BLOCKS))
    headers = [header for number in range(first, last + 1) if (header := ledger.header(number))]
    fees = [base_fee(header) for header in headers]
    fees.append(calculate_expected_base_fee_per_gas(headers[-1]))
    history: Record = {
        "oldestBlock": quantity(first),
        "baseFeePerGas": [quantity(fee) for fee in fees],
        "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
    }
    if percentiles:
        history["reward"] = [
            [quantity(tip) for tip in _tips(ledger, ledger.hashes(header), base_fee(header), percentiles)]
            for header in headers
        ]
    return history


def _tips(ledger: Ledger, hashes: Sequence[bytes], fee: int, percentiles: Sequence[float]) -> list[int]:
    receipts = [receipt for digest in hashes if (receipt := ledger.receipt(digest))]
    paid = sorted(
        (int(str(receipt["effectiveGasPrice"]), 16) - fee, int(str(receipt["gasUsed"]), 16)) for receipt in receipts
    )
    total = sum(gas for _, gas in paid)
    tips = []
    for percentile in percentiles:
        reached, tip = 0, 0
        for tip, gas in paid:  # noqa: B007  the last tip seen is the answer
            reached += gas
            if reached >= total * percentile / 100:
                break
        tips.append(tip)
    return tips
