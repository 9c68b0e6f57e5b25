"""Routes whose answers carry a receipt, and whose failures say so in the house's form."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

from assay_chain.errors import AssayError
from assay_chain.gateway.problems import NotFound
from fastapi import Request, Response
from fastapi.routing import APIRoute

from assay_client import receipts

from .reading import Reading


class SignedRoute(APIRoute):
    """Signs every answer that was read from the chain."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, and what comes after it."""
        handle = super().get_route_handler()

        async def signed(request: Request) -> Response:
            try:
                response = await handle(request)
            except AssayError as error:
                if error.code.startswith("unknown-"):
                    raise NotFound(error.message, code=error.code, culprit=error.culprit, hint=error.hint) from error
                raise
            reading: Reading | None = getattr(request.state, "reading", None)
            if reading is not None and response.status_code == 200:
                _sign(request, response, reading)
            return response

        return signed


def _sign(request: Request, response: Response, reading: Reading) -> None:
    query = f"?{request.url.query}" if request.url.query else ""
    receipt = receipts.sign(
        request.app.state.signer,
        chain_id=reading.session.book.chain_id,
        request=f"{request.method} {request.scope['raw_path'].decode('ascii')}{query}",
        block=reading.block,
        block_hash=reading.head.hash,
        body=bytes(response.body),
        time=int(time.time()),
    )
    response.headers[receipts.BLOCK_HEADER] = str(reading.block)
    response.headers[receipts.HEADER] = receipt.to_json()
    response.headers["Cache-Control"] = "private, no-cache"
