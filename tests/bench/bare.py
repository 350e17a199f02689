"""The least that answers a request: one FastAPI route, on the socket of a number.

``python -m tests.bench.bare NUMBER``
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def bare() -> dict[str, str]:
    return {"status": "ready"}


if __name__ == "__main__":
    uvicorn.run(app, fd=int(sys.argv[1]), http="h11", access_log=False, log_level="error")
