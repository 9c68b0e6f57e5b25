"""The portal as a part of the gateway's application."""

from __future__ import annotations

from fastapi import FastAPI

from . import pages
from .routes import router
from .session import SharedSession
from .shelf import Shelf


def mount(app: FastAPI) -> None:
    """Add the portal to a gateway's application: REST under ``/api/v1``, and the dashboard at ``/``.

    Raises:
        PeerUnreachable: the node does not answer.
    """
    session = SharedSession.connect(app.state.settings.book)
    app.state.portal_session = session
    app.state.portal_shelf = Shelf(session)
    app.include_router(router, prefix="/api/v1")
    pages.mount(app)
