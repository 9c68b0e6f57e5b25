"""What any address may answer besides its result, for the API's description."""

from __future__ import annotations

from typing import Any, Final

from .models.common import Failure

FAILURES: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Failure, "description": "The request is malformed."},
    401: {"model": Failure, "description": "Nobody is signed in."},
    403: {"model": Failure, "description": "The account is no member, or has not the role."},
    404: {"model": Failure, "description": "There is no such thing."},
    429: {"model": Failure, "description": "Too many requests."},
    503: {"model": Failure, "description": "The chain's node does not answer."},
}
