"""Services and models that can be asked: over HTTP in several dialects, or in this process."""
