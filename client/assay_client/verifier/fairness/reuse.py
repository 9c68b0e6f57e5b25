"""Did a supplier use a key X twice, in two of its tables? (Within one table, every verifier looks; design section 4.)

One earlier table is read at a time, so memory grows by a few bytes a row of the two tables at hand, and never with the
number of tables.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from assay_oracles.audits.fairness.evaluate import key_prefixes, row_at
from assay_oracles.audits.fairness.table import Header


def reused(stream: BinaryIO, header: Header, earlier: BinaryIO, before: Header) -> tuple[int, int] | None:
    """Find the first row of a batch table whose X has the x-coordinate of an X in an earlier table.

    Args:
        stream: the table; `header` is its header.
        earlier: the earlier table, whose header is `before`.

    Returns:
        The rows' numbers, here and there, or None. The same x-coordinate means the same secret up to its sign.
    """
    mine, theirs = key_prefixes(stream, header), key_prefixes(earlier, before)
    suspects = np.flatnonzero(np.isin(mine, theirs))
    if not suspects.size:
        return None
    # Rows that agree in eight bytes are looked at in full.
    known = {
        row_at(earlier, before, index + 1).x[:32]: index + 1 for index in np.flatnonzero(np.isin(theirs, mine)).tolist()
    }
    for index in suspects.tolist():
        if (there := known.get(row_at(stream, header, index + 1).x[:32])) is not None:
            return index + 1, there
    return None
