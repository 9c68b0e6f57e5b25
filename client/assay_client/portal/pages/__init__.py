"""The dashboard: one document, its styles and its scripts, all from this folder; the scripts draw what `/api/v1` says.

Nothing is built and nothing is loaded from elsewhere. The policy below lets the browser run these files only, and talk
to this gateway only; scripts cannot even turn a text into markup (trusted types), whatever a supplier wrote into it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_STATIC: Final = Path(__file__).parent / "static"
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Assets(StaticFiles):
    """The folder, with the headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response


def mount(app: FastAPI) -> None:
    """Serve the dashboard at `/`, and what it consists of below `/assets`."""

    @app.get("/", include_in_schema=False)
    async def document() -> FileResponse:
        return FileResponse(_STATIC / "index.html", headers=_HEADERS)

    app.mount("/assets", _Assets(directory=_STATIC))
