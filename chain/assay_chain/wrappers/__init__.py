"""One thin wrapper a contract: plain integers, bytes and frozen dataclasses out, every read at a named block."""
