"""The real command on real pictures: ``convscope train --run ID`` learns the digits that a package ships."""

from __future__ import annotations

from pathlib import Path

from app.engine import checkpoints
from app.runs.claims import Claims
from app.runs.database import Database
from app.runs.folder import networks_folder
from app.runs.identity import this_process
from app.runs.launcher import Launcher
from app.runs.store import RunStore
from tests.runs.examples import ROOM, config


def test_the_command_trains_a_run_to_its_end(tmp_path: Path) -> None:
    store = RunStore(Database(f"sqlite:///{tmp_path}/runs.sqlite"))
    store.database.create()
    run_id = store.add(config(dataset="digits", held_out=100, epochs=3), "someone", ROOM).id
    Claims(store.database).give_out(this_process(), 1)
    environment = {"CONVSCOPE_RUNS_DIR": str(tmp_path), "CONVSCOPE_RUN_NICE": "0"}
    log = tmp_path / "trainer.log"
    with Launcher(environment).start(run_id, log) as trainer:
        assert trainer.wait(300) == 0, log.read_text()
    run = store.get(run_id)
    assert run.state == "finished"
    card = checkpoints.read(networks_folder(tmp_path), run.network_name).card
    assert card.classes == list("0123456789")
    assert card.test_accuracy == run.test_accuracy
    assert card.test_accuracy > 0.3
    store.database.close()
