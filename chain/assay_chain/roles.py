"""What an account can be admitted as."""

from enum import StrEnum

from eth_utils.crypto import keccak


class Role(StrEnum):
    """A role of `Membership`; the value is what people write."""

    GATEKEEPER = "gatekeeper"
    CLIENT = "client"
    SUPPLIER = "supplier"
    ORACLE = "oracle"
    VIEWER = "viewer"

    @property
    def id(self) -> bytes:
        """The 32 bytes that name the role on-chain."""
        return keccak(text=self.name)
