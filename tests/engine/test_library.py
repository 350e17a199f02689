"""The networks of a folder: there at once by name, usable when loaded, and a broken one out of the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.engine.checkpoints import BrokenNetwork, UnknownNetwork
from app.engine.library import Library, NetworkLoading
from tests import small_networks


def test_a_network_is_named_at_once_and_usable_when_loaded(tmp_path: Path) -> None:
    small_networks.write(tmp_path, "plain", small_networks.PLAIN)
    library = Library(tmp_path)
    assert list(library.checkpoints) == ["plain"]
    before = library.is_complete
    with pytest.raises(NetworkLoading):
        library.network("plain")
    library.load()
    assert (before, library.is_complete) == (False, True)
    loaded = library.network("plain")
    library.load()
    assert library.network("plain") is loaded


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    for name in ("tinyvgg", "lenet"):
        small_networks.write(tmp_path, name, small_networks.PLAIN)
    with pytest.raises(UnknownNetwork) as caught:
        Library(tmp_path).network("tinivgg")
    assert caught.value.nearest == "tinyvgg"


@pytest.mark.parametrize("broken_file", ["network.json", "weights.safetensors"])
def test_a_broken_network_does_not_keep_the_others_from_being_loaded(
    tmp_path: Path, broken_file: str
) -> None:
    for name in ("broken", "plain"):
        small_networks.write(tmp_path, name, small_networks.PLAIN)
    (tmp_path / "broken" / broken_file).write_bytes(b"{}")
    library = Library(tmp_path)
    library.load()
    assert library.network("plain").checkpoint.name == "plain"
    with pytest.raises(BrokenNetwork):
        library.network("broken")
    assert not library.is_complete


def test_a_network_that_is_too_large_to_allocate_does_not_keep_the_others_from_being_loaded(
    tmp_path: Path,
) -> None:
    for name in ("huge", "plain"):
        small_networks.write(tmp_path, name, small_networks.PLAIN)
    specification = tmp_path / "huge" / "network.json"
    layers = [
        {"type": "flatten"},
        {"type": "linear", "out_features": 10**5},
        {"type": "linear", "out_features": 10},
    ]
    huge = {**json.loads(specification.read_bytes()), "layers": layers}
    specification.write_text(json.dumps(huge), encoding="utf-8")
    library = Library(tmp_path)
    library.load()
    assert library.network("plain").checkpoint.name == "plain"
    with pytest.raises(BrokenNetwork, match="parameters"):
        library.network("huge")


def test_a_folder_without_networks_is_complete(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.load()
    assert library.is_complete
    with pytest.raises(UnknownNetwork) as caught:
        library.network("any")
    assert caught.value.nearest is None


def test_networks_of_the_second_folder_come_and_go(tmp_path: Path) -> None:
    models, later = tmp_path / "models", tmp_path / "later"
    small_networks.write(models, "plain", small_networks.PLAIN)
    library = Library(models, later)
    library.load()
    assert list(library.checkpoints) == ["plain"]
    later.mkdir()
    made = small_networks.write(later, "run-1", small_networks.PLAIN)
    assert set(library.checkpoints) == {"plain", "run-1"}
    assert library.is_complete
    with pytest.raises(NetworkLoading):
        library.network("run-1")
    assert library.needs_loading("run-1")
    library.load_later("run-1")
    assert library.network("run-1").checkpoint == made
    again = small_networks.write(later, "run-1", small_networks.PLAIN, seed=1)
    assert library.needs_loading("run-1")
    library.load_later("run-1")
    assert library.network("run-1").checkpoint == again
    shutil.rmtree(later / "run-1")
    with pytest.raises(UnknownNetwork):
        library.network("run-1")


def test_a_network_that_comes_later_and_is_broken_harms_no_other(tmp_path: Path) -> None:
    models, later = tmp_path / "models", tmp_path / "later"
    small_networks.write(models, "plain", small_networks.PLAIN)
    small_networks.write(later, "plain", small_networks.EVERYTHING)
    small_networks.write(later, "torn", small_networks.PLAIN)
    (later / "torn" / "weights.safetensors").write_bytes(b"")
    library = Library(models, later)
    library.load()
    assert library.is_complete
    with pytest.raises(BrokenNetwork):
        library.load_later("torn")
    assert not library.needs_loading("plain")
    assert library.network("plain").checkpoint == library.checkpoints["plain"]
    assert library.checkpoints["plain"].folder == models / "plain"


def test_few_of_the_later_networks_are_loaded_at_once_those_used_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.library.MOST_LOADED_LATER", 2)
    for number in range(3):
        small_networks.write(tmp_path / "later", f"run-{number}", small_networks.PLAIN)
    library = Library(tmp_path / "models", tmp_path / "later")
    library.load_later("run-0")
    library.load_later("run-1")
    library.network("run-0")
    library.load_later("run-2")
    assert [library.needs_loading(f"run-{number}") for number in range(3)] == [False, True, False]


def test_a_network_that_vanished_before_it_was_loaded_is_unknown(tmp_path: Path) -> None:
    small_networks.write(tmp_path / "later", "run-0", small_networks.PLAIN)
    library = Library(tmp_path / "models", tmp_path / "later")
    assert library.needs_loading("run-0")
    shutil.rmtree(tmp_path / "later" / "run-0")
    library.load_later("run-0")
    with pytest.raises(UnknownNetwork):
        library.network("run-0")
