"""Built static files: hashed addresses for templates, and the files themselves.

Files are found through a table made from the build's folder, never by joining a path that a client sent. A
whole file is always answered (a Range is ignored, as RFC 9110 allows), in the best precompressed form the
client takes.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web.negotiation import accepts_encoding, is_known
from app.web.problems import NothingHere

logger = logging.getLogger(__name__)

URL_PREFIX = "/static/"
MANIFEST = "manifest.json"
MEDIA_TYPES = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".gif": "image/gif",
        ".ico": "image/x-icon",
        ".jpg": "image/jpeg",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".map": "application/json",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".webmanifest": "application/manifest+json",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
    }
)
_CODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings that the build makes, the better one first."""


@dataclass(frozen=True)
class Asset:
    """One file of the build and its compressed companions."""

    path: Path
    media_type: str
    codings: tuple[str, ...]


class Assets:
    """The build's manifest and files; read again when the manifest has changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._manifest: dict[str, str] = {}
        self._imports: dict[str, list[str]] = {}
        self._files: dict[str, Asset] = {}
        self._read_at_ns = -1

    def url(self, name: str) -> str:
        """The hashed address of a logical name (``pages/arithmetic.js``)."""
        self._refresh()
        return URL_PREFIX + self._manifest.get(name, name)

    def imports(self, name: str) -> list[str]:
        """The hashed addresses of the scripts without which this one cannot start."""
        self._refresh()
        return [URL_PREFIX + imported for imported in self._imports.get(name, ())]

    def __contains__(self, name: str) -> bool:
        self._refresh()
        return name in self._manifest

    def find(self, name: str) -> Asset | None:
        """The file at a hashed name, or None."""
        self._refresh()
        return self._files.get(name)

    def _refresh(self) -> None:
        try:
            changed_at_ns = (self.directory / MANIFEST).stat().st_mtime_ns
        except FileNotFoundError:
            if self._read_at_ns != 0:
                logger.warning("the front end is not built: %s is missing", MANIFEST)
                self._manifest, self._imports, self._files, self._read_at_ns = {}, {}, {}, 0
            return
        if changed_at_ns != self._read_at_ns:
            manifest = json.loads((self.directory / MANIFEST).read_text(encoding="utf-8"))
            self._manifest, self._imports = manifest["files"], manifest["imports"]
            self._files = _table(self.directory)
            self._read_at_ns = changed_at_ns


def _table(directory: Path) -> dict[str, Asset]:
    """Every regular file of the build under its name; no symbolic link, nothing of a type we do not know."""
    table = {}
    for path in directory.rglob("*"):
        if path.is_symlink() or not path.is_file() or path.suffix not in MEDIA_TYPES or path.name == MANIFEST:
            continue
        codings = tuple(
            coding for coding, suffix in _CODINGS.items() if path.with_name(path.name + suffix).is_file()
        )
        table[path.relative_to(directory).as_posix()] = Asset(path, MEDIA_TYPES[path.suffix], codings)
    return table


router = APIRouter(include_in_schema=False)


@router.get(URL_PREFIX + "{name:path}")
def static_file(request: Request, name: str) -> Response:
    """A built file, for ever the same under its name."""
    assets: Assets = request.app.state.assets
    asset = assets.find(name)
    if asset is None:
        raise NothingHere
    accepted = request.headers.get("accept-encoding", "")
    coding = next((coding for coding in asset.codings if accepts_encoding(accepted, coding)), None)
    path = asset.path.with_name(asset.path.name + _CODINGS[coding]) if coding else asset.path
    etag = f'"{asset.path.stem}{"-" + coding if coding else ""}"'
    headers = {
        "Cache-Control": f"public, max-age={request.app.state.settings.asset_seconds}, immutable",
        "ETag": etag,
        "Accept-Ranges": "none",
    }
    if asset.codings:
        headers["Vary"] = "Accept-Encoding"
    if is_known(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # a build has just replaced it
        raise NothingHere from None
    return Response(content, media_type=asset.media_type, headers=headers)
