"""What an appeal says before anything is paid. Appeals that are raised are in tests/e2e/test_appeal.py."""

from __future__ import annotations

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.errors import MalformedInput, Reverted, Usage
from assay_chain.session import Session
from assay_client.sdk import Client


def test_quote_appeal__audit_that_is_not_decided__refused_with_its_phase(client: Client) -> None:
    receipt = client.request(client.quote("breast-cancer"))
    with pytest.raises(Reverted) as caught:
        client.quote_appeal(receipt.audit_id)
    assert (caught.value.name, caught.value.culprit) == ("WrongPhase", "local")
    assert "open" in caught.value.message
    assert "dispute window" in caught.value.message
    assert "audit status" in caught.value.hint


def test_quote_appeal__no_such_audit__says_so(client: Client) -> None:
    with pytest.raises(MalformedInput, match="no audit"):
        client.quote_appeal(10**6)


def test_quote_appeal__reading_connection__says_that_it_only_reads(book: AddressBook, client: Client) -> None:
    with pytest.raises(Usage, match="only reads"):
        Client(Session.connect(book)).quote_appeal(1)
