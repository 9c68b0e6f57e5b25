"""Artifacts by the SHA-256 of their bytes, wherever they lie: local files, http(s), s3 or ipfs, through fsspec.

What is fetched is what was asked for, or an error: bytes are hashed on the way in, and again when a
cached copy is used.
"""

from .errors import ArtifactTooLarge, ArtifactUnavailable, WrongDigest
from .fetching import fetch
from .store import Artifact, Store

__all__ = ["Artifact", "ArtifactTooLarge", "ArtifactUnavailable", "Store", "WrongDigest", "fetch"]
