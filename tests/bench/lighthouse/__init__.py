"""Lighthouse's four scores for every page, in both languages, on a desktop and on a slow phone.

Lighthouse is an npm package with more than a hundred others under it. It has a package.json of its own here,
is installed when this part first runs, and so never by whoever only serves or builds ConvScope.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hatch_build
from tests.bench import server
from tests.bench.measurement import Measurement

FOLDER = Path(__file__).parent
COMMAND = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
PATHS = ("/", "/arithmetic", "/activations", "/optimizers", "/training", "/duels")
LANGUAGES = ("en", "ko")
DEVICES = {"desktop": ["--preset=desktop"], "mobile": []}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST_SCORE = 95
MOST_BLOCKING_MS = 50
ATTEMPTS = 3

Report = dict[str, Any]


def measure() -> Iterator[Measurement]:
    """One line a page: the least of its four scores; and how long /activations blocks the main thread."""
    hatch_build.install_packages(FOLDER)
    with server.running() as address:
        for path in PATHS:
            for language in LANGUAGES:
                for device in DEVICES:
                    yield from judge(
                        f"{address}{path}?lang={language}", f"{path}, {language}, {device}", device
                    )


def judge(url: str, page: str, device: str) -> Iterator[Measurement]:
    """The figures of one run; where one misses its bound, those of the median of three runs."""
    figures = figures_of(audit(url, device), page)
    if not all(figure.holds for figure in figures):
        reports = sorted((audit(url, device) for _ in range(3)), key=performance)
        figures = figures_of(reports[1], page)
    return iter(figures)


def audit(url: str, device: str) -> Report:
    """What Lighthouse reports of one page, in a browser of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "report.json")
        chromium = ["--headless=new", f"--user-data-dir={folder}/profile"]
        if os.geteuid() == 0:
            chromium.append("--no-sandbox")
        command: list[str | Path] = [
            hatch_build.NODE_HOME / "bin" / "node",
            COMMAND,
            url,
            *DEVICES[device],
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={' '.join(chromium)}",
            "--output=json",
            f"--output-path={output}",
            "--quiet",
        ]
        environment = os.environ | {"CHROME_PATH": os.environ["CHROMIUM"]}
        for attempt in range(ATTEMPTS):
            # Now and then it loses the trace of a load, and asks to be run again.
            done = subprocess.run(command, env=environment, check=attempt == ATTEMPTS - 1)
            if done.returncode == 0:
                break
        report: Report = json.loads(output.read_text())
    return report


def performance(report: Report) -> float:
    return float(report["categories"]["performance"]["score"])


def figures_of(report: Report, page: str) -> list[Measurement]:
    """What of a report has a bound; a score that misses it comes with the audits that cost it."""
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    four = " ".join(str(score) for score in scores.values())
    missed = [name for name, score in scores.items() if score < LEAST_SCORE]
    culprits = f" ({', '.join(lost_to(report, missed))})" if missed else ""
    blocking = Measurement(
        f"{page}: main thread blocked",
        report["audits"]["total-blocking-time"]["numericValue"],
        "ms",
        at_most=MOST_BLOCKING_MS if page.startswith("/activations") else None,
    )
    least = Measurement(f"{page}: {four}{culprits}", min(scores.values()), "", at_least=LEAST_SCORE)
    return [least, blocking]


def lost_to(report: Report, categories: list[str]) -> Iterator[str]:
    """The audits of these categories that weigh something and are not passed."""
    for category in categories:
        for reference in report["categories"][category]["auditRefs"]:
            score = report["audits"][reference["id"]]["score"]
            if reference["weight"] and score is not None and score < 1:
                yield reference["id"]
