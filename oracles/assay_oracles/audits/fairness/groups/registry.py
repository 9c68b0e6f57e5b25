"""Numbers of the groups, as they stand in a table's parameters."""

from enum import IntEnum
from functools import cache

from assay_oracles.audits.fairness.groups.base import Group


class GroupId(IntEnum):
    """The group of a table. Numbers are part of the format and never change."""

    SECP256K1 = 1
    DSA_3072 = 2
    DSA_2048 = 3


@cache
def group_of(group_id: GroupId) -> Group:
    """Return the group of that number; each needs its own library, imported here on first use."""
    if group_id is GroupId.SECP256K1:
        from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1

        return Secp256k1()
    from assay_oracles.audits.fairness.groups.dsa import DSA_2048, DSA_3072

    return DSA_3072 if group_id is GroupId.DSA_3072 else DSA_2048
