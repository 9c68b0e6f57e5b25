"""The ledger seen from Python: contracts, transactions, the artifact store and the development chain."""

import sys

import py_ecc  # noqa: F401

# Importing py_ecc, as the keystore library does, sets the recursion limit to 100,000. So deep a recursion overflows the
# machine stack: a hostile JSON text of brackets would kill the process. py-evm's limit is deep enough for everything.
sys.setrecursionlimit(min(sys.getrecursionlimit(), 12_288))
