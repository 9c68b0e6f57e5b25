"""Model versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay_client.catalogue import Published


def model_json(published: Published) -> dict[str, Any]:
    """A model version, for programs."""
    model, manifest, problem = published.model, published.manifest, published.problem
    return {
        "model_id": model.id,
        "name": published.name,
        "version": manifest.version if manifest else None,
        "owner": model.owner,
        "supersedes": model.supersedes or None,
        "manifest_digest": model.manifest.hex(),
        "uri": model.uri,
        "problem": problem.message if problem else None,
    }
