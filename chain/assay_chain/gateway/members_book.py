"""The address book that members get: the same network, behind the gateway."""

from __future__ import annotations

from dataclasses import replace

from assay_chain import addressbook
from assay_chain.addressbook import FILE_NAME, AddressBook

from .provider import RPC_PATH
from .settings import Settings


def write(settings: Settings) -> AddressBook:
    """Write it to the gateway's directory, and return it."""
    path = settings.directory / FILE_NAME
    book = replace(settings.book, rpc=settings.url + RPC_PATH, path=path, gateway=True)
    addressbook.save(book)
    return book
