"""What a route function may ask for, as Annotated aliases."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from app.locale import Language
from app.settings import Settings
from app.web.language import language_of


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _language(request: Request) -> Language:
    return language_of(request.scope)


SettingsDep = Annotated[Settings, Depends(_settings)]
LanguageDep = Annotated[Language, Depends(_language)]
