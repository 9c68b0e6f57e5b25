"""Which addresses a stranger's URL may make this node connect to (server-side request forgery)."""

import errno
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self

from assay_chain.errors import Usage

_LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass
class Egress:
    """Public addresses, and the networks that the operator allows besides.

    The address is checked that a socket is about to connect to, after the name was resolved: a name cannot mean one
    address when it is checked and another when it is used.
    """

    allowed: tuple[IPv4Network | IPv6Network, ...]
    refused: str = ""
    """An address that was refused lately."""
    permitted: bool = field(default=False)
    """Whether any address was permitted so far."""

    @classmethod
    def of(cls, networks: tuple[str, ...], *, development: bool) -> Self:
        """From settings; a development network also allows this machine.

        Raises:
            Usage: one is no network in CIDR form.
        """
        try:
            return cls(tuple(ip_network(each) for each in (*networks, *(_LOOPBACK if development else ()))))
        except ValueError as error:
            raise Usage(
                f"egress: {error}", code="bad-settings", culprit="local", hint="Name networks like 10.1.0.0/16."
            ) from error

    def permits(self, address: str) -> bool:
        """Whether the node may connect to a literal address."""
        parsed = ip_address(address.split("%")[0])
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        public = parsed.is_global and not parsed.is_multicast
        return public or any(parsed in network for network in self.allowed if network.version == parsed.version)

    def socket(self, found: tuple[Any, ...]) -> socket.socket:
        """A socket for one resolved address, in the form of `socket.getaddrinfo`.

        Raises:
            OSError: the address is not permitted.
        """
        family, kind, protocol, _, (address, *_) = found
        if not self.permits(address):
            self.refused = address
            raise OSError(errno.EACCES, f"this node does not connect to {address}")
        self.permitted = True
        return socket.socket(family, kind, protocol)
