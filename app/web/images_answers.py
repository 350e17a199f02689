"""What the API of pictures takes and answers, as its description says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

UPLOAD_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "PNG, JPEG, WebP, GIF (its first frame) or BMP, at most 10 MB and "
                            "16 megapixels. Its name and declared type are ignored.",
                        }
                    },
                }
            }
        },
    }
}


class KeptPicture(BaseModel):
    """A picture that was sent: its id, its size once normalised, and when it will be gone."""

    id: str = Field(examples=["692a21d3f43c4e9b8a1d0c9d7be15f0c8d7be1f9"])
    width: int = Field(examples=[1008])
    height: int = Field(examples=[756])
    expires_at: datetime


class SampleTitle(BaseModel):
    """A name in both languages."""

    en: str = Field(examples=["Ship"])
    ko: str = Field(examples=["배"])


class BundledPicture(BaseModel):
    """A sample: to be used wherever an image's id is."""

    id: str = Field(examples=["sample-ship"])
    title: SampleTitle
    width: int = Field(examples=[256])
    height: int = Field(examples=[256])
    picture: str = Field(examples=["/api/v1/images/sample-ship"])
    thumbnail: str = Field(examples=["/api/v1/images/sample-ship/thumbnail.webp"])
