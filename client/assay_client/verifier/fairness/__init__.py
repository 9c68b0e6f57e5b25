"""Checking cryptogram tables, in parallel and resumable. Needs no key and no chain."""
