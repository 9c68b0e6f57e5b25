"""For everyone: checking again what was published, from public data alone."""
