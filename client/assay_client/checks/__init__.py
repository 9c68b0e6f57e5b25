"""Black-box checks of live services: the pure methods of `assay_oracles.audits`, run against endpoints."""
