"""What a run has learned by the end of an epoch: its first filters, and what it takes for what."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Path, Request
from starlette.responses import Response

from app.engine.inference import Inference
from app.pictures import png
from app.runs import data
from app.web.dependencies import SettingsDep
from app.web.disconnects import unless_gone
from app.web.runs_dependencies import KeptDep, StoreDep
from app.web.runs_learned_answers import (
    ConfusionAnswer,
    FiltersAnswer,
    MistakesAnswer,
    confusion_answer,
    filters_answer,
    mistakes_answer,
)
from app.web.strict import api_router

api = api_router("/runs/{run_id}", tags=["runs"])


@api.get("/filters", summary="A run's first filters", operation_id="run_filters")
def filters(kept: KeptDep) -> FiltersAnswer:
    """The kernels of the first convolution, or the first rows of a dense layer that comes before any."""
    return filters_answer(kept, kept.files.filters(kept.run.config.network, kept.epoch))


@api.get("/confusion", summary="What a run takes for what", operation_id="run_confusion")
def confusion(kept: KeptDep) -> ConfusionAnswer:
    """The confusion matrix on the test pictures, as the trainer counted it at the end of the epoch."""
    return confusion_answer(kept, kept.files.outcome(kept.epoch))


@api.get("/mistakes", summary="A run's worst mistakes", operation_id="run_mistakes")
def mistakes(kept: KeptDep) -> MistakesAnswer:
    """The test pictures that the network is surest about and wrong."""
    return mistakes_answer(kept, kept.files.outcome(kept.epoch))


@api.get(
    "/pictures/{index}.png",
    response_class=Response,
    responses={200: {"description": "32 × 32 pixels.", "content": {"image/png": {}}}},
    summary="A test picture",
    operation_id="run_picture",
)
async def picture(
    request: Request,
    run_id: str,
    index: Annotated[int, Path(ge=0, le=10**6)],
    store: StoreDep,
    settings: SettingsDep,
) -> Response:
    """A test picture of the run's data set, read from the data on this server."""
    inference: Inference = request.app.state.inference
    source = (await to_thread.run_sync(store.get, run_id)).config.source
    pixels = await unless_gone(
        request, inference.run(partial(data.test_picture, source, settings.data, index))
    )
    headers = {
        "Cache-Control": "private, max-age=86400",
        "Content-Disposition": 'inline; filename="picture.png"',
    }
    return Response(png.encode(pixels), media_type="image/png", headers=headers)
