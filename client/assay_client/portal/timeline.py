"""What happened to one audit or one table: every event of its contract that names it."""

from __future__ import annotations

import re
from typing import Any

from assay_chain import events

from .models.audits import Moment
from .reading import Reading


def timeline(reading: Reading, contract: str, parameter: str, value: Any) -> list[Moment]:
    """Every event of a contract whose indexed parameter has that value, in the order of the chain."""
    entries = [
        entry
        for event in events.of(reading.session.contract(contract))
        if any(each["name"] == parameter and each["indexed"] for each in event.abi["inputs"])
        for entry in reading.session.logs(event, 0, reading.block, {parameter: value})
    ]
    entries.sort(key=lambda entry: (entry["blockNumber"], entry["logIndex"]))
    return [
        Moment(
            event=re.sub("(?<!^)([A-Z])", r"-\1", entry["event"]).lower(),
            block=entry["blockNumber"],
            tx=f"0x{bytes(entry['transactionHash']).hex()}",
            seat=entry["args"].get("seat"),
        )
        for entry in entries
    ]
