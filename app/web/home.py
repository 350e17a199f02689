"""The home page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastapi import Request
from starlette.responses import Response

from app.web.feature import Feature
from app.web.strict import page_router
from app.web.views import Page, render

pages = page_router()


@dataclass(frozen=True)
class HomePage(Page):
    """The rooms and a figure to start with."""

    template: ClassVar[str] = "home.html"


@pages.get("/")
async def home(request: Request) -> Response:
    return render(request, HomePage())


feature = Feature(routers=(pages,))
