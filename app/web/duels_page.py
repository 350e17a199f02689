"""The duels page: questions that a few runs answer, with what they did on the machine that trained them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastapi import Request
from starlette.responses import Response

from app.engine import duels
from app.locale import mark as _
from app.web.dependencies import SettingsDep
from app.web.duels_findings import told
from app.web.duels_told import Told
from app.web.feature import Feature, Room
from app.web.strict import page_router
from app.web.views import Page, render

PATH = "/duels"
pages = page_router()


@dataclass(frozen=True)
class DuelsPage(Page):
    """Every duel that was measured."""

    template: ClassVar[str] = "duels.html"
    duels: tuple[Told, ...]


@pages.get(PATH)
def page(request: Request, settings: SettingsDep) -> Response:
    """A plain function: the reports are read from the disk."""
    measured = duels.reports(settings.models_dir)
    return render(request, DuelsPage(duels=tuple(map(told, measured))))


feature = Feature(routers=(pages,), room=Room(PATH, _("Duels")))
