"""The build hook fails with one plain sentence, and builds nothing twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_npm_out_of_reach_is_one_plain_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(project / "empty-cache"))
    with pytest.raises(hatch_build.BuildError, match=r"npm could not fetch its packages \(ECONNREFUSED\)"):
        hatch_build.install_packages(project)
    assert capfd.readouterr() == ("", "")


def test_any_other_failure_of_npm_keeps_its_reason(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "package-lock.json").write_text("{}")
    with pytest.raises(hatch_build.BuildError, match="its reason stands above"):
        hatch_build.install_packages(project)
    assert "package-lock.json" in capfd.readouterr().err


def test_packages_that_match_the_lock_are_not_fetched_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    (project / "node_modules").mkdir()
    (project / "node_modules" / ".lock-sha256").write_text(hatch_build.lock_digest(project))
    hatch_build.install_packages(project)
    assert [path.name for path in (project / "node_modules").iterdir()] == [".lock-sha256"]
