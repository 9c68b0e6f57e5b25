"""For suppliers: cryptogram tables of their data, proven in parallel, resumable, kept apart by a ledger."""
