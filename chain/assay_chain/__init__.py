"""The ledger seen from Python: contracts, transactions, the artifact store and the development chain."""
