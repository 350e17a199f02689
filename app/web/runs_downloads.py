"""What is taken home of a run: history, weights, script, the network as a folder, an event file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from starlette.responses import Response, StreamingResponse

from app.engine import tensorboard
from app.runs import parcels
from app.runs.folder import RunFolder, if_kept
from app.runs.run import BEGINNING, Run
from app.web import runs_answers
from app.web.dependencies import SettingsDep
from app.web.runs_dependencies import KeptDep, StoreDep
from app.web.strict import api_router

BYTES, ZIP = "application/octet-stream", "application/zip"
_CHUNK_BYTES = 256 * 1024

api = api_router("/runs/{run_id}", tags=["runs"])


def links(run: Run, kept: list[int]) -> dict[str, str]:
    """The addresses of what is there now."""
    names = {
        "csv": "history.csv",
        "script": "script.py",
        **({"weights": "weights.safetensors"} if kept else {}),
        **({"folder": "folder.zip"} if run.state == "finished" else {}),
        **({"tensorboard": "tensorboard.zip"} if tensorboard.is_installed() else {}),
    }
    return {name: f"/api/v1/runs/{run.id}/{path}" for name, path in names.items()}


def _content(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: {}}}}


@api.get(
    "/history.csv",
    response_class=Response,
    responses=_content("text/csv", "A row a point."),
    summary="A run's history",
    operation_id="run_history",
)
def history(run_id: str, store: StoreDep) -> Response:
    """Everything that was recorded of a run, as a table: points over steps, then over epochs."""
    text = runs_answers.csv(store.measured(store.get(run_id).id))
    return Response(text, media_type="text/csv", headers=_headers(_named(run_id, "history.csv")))


@api.get(
    "/weights.safetensors",
    response_class=Response,
    responses=_content(BYTES, "The state dict."),
    summary="A run's weights",
    operation_id="run_weights",
)
def weights(run_id: str, kept: KeptDep) -> Response:
    """The weights after an epoch, by default the last that is kept; 0 is before the first step."""
    with if_kept():
        file = kept.weights.open("rb")
    return _sent(file, BYTES, _named(run_id, "weights.safetensors"))


@api.get(
    "/script.py",
    response_class=Response,
    responses=_content("text/x-python", "A Python file."),
    summary="A run as a script",
    operation_id="run_script",
)
def script(run_id: str, store: StoreDep) -> Response:
    """A complete script that trains the same network in the same way, with PyTorch alone."""
    text = parcels.script_of(store.get(run_id), store)
    return Response(text, media_type="text/x-python", headers=_headers(_named(run_id, "train.py")))


@api.get(
    "/folder.zip",
    response_class=Response,
    responses={
        **_content(ZIP, "network.json, weights.safetensors, card.json."),
        409: {"description": "Not finished"},
    },
    summary="A finished run's network",
    operation_id="run_folder",
)
def folder(run_id: str, store: StoreDep, settings: SettingsDep) -> Response:
    """Specification, weights and card of a finished run, as a folder of networks holds them."""
    run = store.get(run_id)
    file = parcels.network_of(run, RunFolder(settings.runs_dir, run.id))
    return _sent(file, ZIP, f"{run.network_name}.zip")


@api.get(
    "/tensorboard.zip",
    response_class=Response,
    responses=_content(ZIP, "An event file."),
    summary="A run's history for TensorBoard",
    operation_id="run_tensorboard",
)
def event_file(run_id: str, store: StoreDep) -> Response:
    """Everything that was recorded of a run, as a TensorBoard event file, where that package is installed."""
    return _sent(parcels.history_of(store.get(run_id), store), ZIP, _named(run_id, "tensorboard.zip"))


def _named(run_id: str, name: str) -> str:
    """What a file is called among those of other runs, with the beginning of the id that pages show."""
    return f"run-{run_id[:BEGINNING]}-{name}"


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}


def _sent(file: IO[bytes], media_type: str, name: str) -> Response:
    """A file, sent in pieces and closed at the end."""
    length = str(file.seek(0, 2))
    file.seek(0)
    headers = {**_headers(name), "Content-Length": length}
    return StreamingResponse(_chunks(file), media_type=media_type, headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
