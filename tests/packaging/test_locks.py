"""Versions: ranges in pyproject.toml, exact in constraints.txt, hashed in requirements/; no host named."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# The front end, and what `make bench` alone needs, apart so that nobody else installs it.
NODE_FOLDERS = pytest.mark.parametrize("folder", [".", "tests/bench/lighthouse"])
NEVER_HASHED = {"torch", "torchvision"}
# In pieces, so that this file does not name them either. PyTorch's public wheel index is allowed.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
    )
]


def pins(path: Path) -> dict[str, str]:
    """Exact versions in a constraints or requirements file, by canonical name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def declared() -> list[Requirement]:
    groups = PYPROJECT["dependency-groups"].values()
    return [Requirement(line) for lines in (PYPROJECT["project"]["dependencies"], *groups) for line in lines]


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_every_declared_package_is_pinned_within_its_range(requirement: Requirement) -> None:
    version = pins(ROOT / "constraints.txt")[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


@pytest.mark.parametrize("name", ["runtime", "build", "dev"])
def test_every_locked_version_is_the_constrained_one_and_has_a_hash(name: str) -> None:
    path = ROOT / "requirements" / f"{name}.txt"
    locked = pins(path)
    constrained = pins(ROOT / "constraints.txt")
    assert locked
    assert {package: constrained[package] for package in locked} == locked
    for entry in re.split(r"^(?=[A-Za-z0-9])", path.read_text(), flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry


def test_torch_is_pinned_by_version_and_never_by_hash() -> None:
    constrained = pins(ROOT / "constraints.txt")
    assert pins(ROOT / "requirements" / "torch.txt") == {name: constrained[name] for name in NEVER_HASHED}
    for name in ("runtime", "build", "dev"):
        assert not pins(ROOT / "requirements" / f"{name}.txt").keys() & NEVER_HASHED


def test_the_build_group_repeats_the_build_requirements() -> None:
    assert set(PYPROJECT["build-system"]["requires"]) <= set(PYPROJECT["dependency-groups"]["build"])


@NODE_FOLDERS
def test_npm_packages_are_pinned_exactly_and_the_lock_carries_integrity_but_no_address(folder: str) -> None:
    package = json.loads((ROOT / folder / "package.json").read_text())
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    for name, version in (package["dependencies"] | package.get("devDependencies", {})).items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for path, entry in lock["packages"].items():
        assert "resolved" not in entry, path
        assert not path or "integrity" in entry, path


@NODE_FOLDERS
def test_a_lock_of_npm_holds_the_binaries_of_every_platform(folder: str) -> None:
    locked = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    for path, entry in locked.items():
        for name in entry.get("optionalDependencies", {}):
            assert f"node_modules/{name}" in locked, path


def test_no_tracked_file_names_a_package_registry() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    paths = [ROOT / name for name in tracked.stdout.split("\0") if name]
    assert paths
    for path in paths:
        if not path.is_file():
            continue
        content = path.read_bytes()
        assert not [host for host in REGISTRY_HOSTS if host.encode() in content], path
