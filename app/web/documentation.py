"""The API's description at /openapi.json, and Swagger UI at /docs, from our own files."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from app.web.feature import Feature
from app.web.problem import MEDIA_TYPE
from app.web.strict import page_router
from app.web.views import Page, render

DESCRIPTION = """\
The arithmetic of convolution, networks trained on CIFAR-10 and what they make of a picture, as JSON.

Unknown fields and unknown query names are refused, and so are NaN and Infinity; a value that is not finite
is `null` in an answer. Every error is `application/problem+json` (RFC 9457). `lang=en` or `lang=ko` in the
query, or Accept-Language, chooses the language of sentences.
"""

TAGS = [
    {
        "name": "arithmetic",
        "description": "Sizes, formulas, costs and repairs of one layer; one output cell.",
    },
    {
        "name": "networks",
        "description": "Layer by layer: shapes, costs, receptive fields; the trained networks.",
    },
    {"name": "pictures", "description": "Send a picture, see it as it was normalised, remove it."},
    {"name": "activations", "description": "What a network makes of a picture, down to every number."},
    {"name": "runs", "description": "Train a network here, watch it, and keep what it becomes."},
    {"name": "operations", "description": "For whoever runs the server."},
]

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "An error (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stable; names the kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason", "nearest"],
                "properties": {
                    "field": {"type": "string"},
                    "reason": {"type": "string"},
                    "nearest": {"description": "The nearest value that would be accepted, or null."},
                },
            },
        },
        "request_id": {"type": "string"},
    },
    "examples": [
        {
            "type": "urn:convscope:problem:invalid-specification",
            "title": "This cannot be computed",
            "status": 422,
            "detail": "The kernel, 9, is larger than the padded input, 7.",
            "errors": [
                {
                    "field": "kernel_size",
                    "reason": "The kernel, 9, is larger than the padded input, 7.",
                    "nearest": 7,
                }
            ],
            "request_id": "5f0c8d7be1f94d2ea9a4f0e7c1a2b3d4",
        }
    ],
}
_STATUSES = {
    "get": ("404", "422"),
    "post": ("400", "403", "413", "415", "422", "429", "503"),
    "delete": ("403", "404"),
}
_FASTAPIS_OWN = "Validation Error"
_REASONS = {
    "400": "A body that cannot be read",
    "403": "Asked by a page of another site",
    "404": "No such thing",
    "409": "Not possible in this state",
    "413": "Too large",
    "415": "Not a kind of content this address takes",
    "422": "Cannot be computed: the field at fault and the nearest value that works",
    "429": "Too many requests; see Retry-After",
    "503": "Busy; see Retry-After",
}


class Documented(FastAPI):
    """FastAPI whose description tells of errors as they are: problem+json, not FastAPI's own form."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = get_openapi(
                title=self.title,
                version="1",
                description=DESCRIPTION,
                routes=self.routes,
                tags=TAGS,
            )
            _describe_problems(schema)
            self.openapi_schema = schema
        return self.openapi_schema


def _describe_problems(schema: dict[str, Any]) -> None:
    schemas: dict[str, Any] = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in schema["paths"].values():
        for method, operation in path.items():
            responses: dict[str, Any] = operation["responses"]
            takes_anything = "parameters" in operation or "requestBody" in operation
            for status in _STATUSES.get(method, ()):
                told = responses.get(status, {}).get("description", _FASTAPIS_OWN) != _FASTAPIS_OWN
                if not told and (takes_anything or status in ("403", "429", "503")):
                    responses[status] = {"description": _REASONS[status]}
            for status, response in responses.items():
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    response["content"] = problem


@dataclass(frozen=True)
class DocumentationPage(Page):
    """Swagger UI; without scripts, a link to the description itself."""

    template: ClassVar[str] = "documentation.html"


pages = page_router()


@pages.get("/docs")
async def documentation(request: Request) -> Response:
    return render(request, DocumentationPage())


feature = Feature(routers=(pages,))
