"""A process of its own that sends as the treasury: `python -m tests.chain.minter BOOK TO COUNT`."""

import sys
from pathlib import Path

from assay_chain import addressbook, keystore
from assay_chain.session import Session
from assay_chain.wrappers.token import Token

if __name__ == "__main__":
    book = addressbook.load(Path(sys.argv[1]))
    entry = book.accounts["treasury"]
    assert entry.keystore
    assert entry.password_file
    account = keystore.load_account(entry.keystore, keystore.read_password(entry.password_file))
    token = Token(Session.connect(book, account))
    for _ in range(int(sys.argv[3])):
        token.mint(sys.argv[2], 1)
