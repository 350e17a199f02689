"""The image and its compose file keep the promises of a hardened deployment without being built."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())


def instruction(name: str) -> str:
    """The last line of that instruction: the one that holds in the final image."""
    lines: list[str] = re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)
    return lines[-1]


def test_every_base_image_is_pinned_by_digest() -> None:
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    bases = {base for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) if base not in stages}
    assert bases == {"${BASE}"}
    assert re.fullmatch(r"python:3\.11-slim-bookworm@sha256:[0-9a-f]{64}", arguments["BASE"])


def test_the_image_runs_as_a_numeric_user_who_is_not_root() -> None:
    user, _, group = instruction("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_commands_are_exec_form_so_that_signals_arrive() -> None:
    assert json.loads(instruction("CMD"))[:2] == ["convscope", "serve"]
    health = instruction("HEALTHCHECK").partition("CMD ")[2]
    assert json.loads(health)[0] == "python"


def test_compose_drops_every_privilege_and_bounds_every_resource() -> None:
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "size=" in service["tmpfs"][0]
    assert service["mem_limit"] == service["memswap_limit"]
    assert service["pids_limit"] > 0
    assert service["cpus"] > 0
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
