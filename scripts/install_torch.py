"""Installs the pinned torch and torchvision into the Python that runs this file; CPU builds where they do.

The default index's Linux build carries CUDA (5.5 GB installed); PyTorch's own index has a CPU build (0.7 GB).
The CPU build is taken on Linux without an NVIDIA GPU, if that index answers; else the default index, which
always works. TORCH_INDEX overrides the choice: `default`, or the address of a wheel index (`…/whl/cu130`).
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PINS = Path(__file__).resolve().parent.parent / "requirements" / "torch.txt"
ANSWER_SECONDS = 5


def main() -> None:
    wanted = pins(PINS.read_text())
    if all(installed(name) == version for name, version in wanted.items()):
        return
    index = choose_index(os.environ.get("TORCH_INDEX", ""))
    if index and pip_install(index) and import_works():
        return
    if index:
        print(f"{index} did not give a working torch; taking the default index instead.", flush=True)
        subprocess.run([sys.executable, "-m", "pip", "uninstall", "--yes", "--quiet", *wanted], check=False)
    if not (pip_install(None) and import_works()):
        sys.exit("torch and torchvision could not be installed; pip's reason stands above.")


def pins(requirements: str) -> dict[str, str]:
    """The exact versions of torch and torchvision, which must match to the patch."""
    lines = [line for line in requirements.splitlines() if line and not line.startswith("#")]
    return dict(line.split("==", maxsplit=1) for line in lines)


def installed(name: str) -> str | None:
    """Installed version without its build label: `2.14.1` for `2.14.1+cpu`."""
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


def choose_index(override: str) -> str | None:
    """Address of a wheel index, or None for pip's default."""
    if override == "default":
        return None
    if not override and (sys.platform != "linux" or has_nvidia_gpu()):
        return None
    index = (override or CPU_INDEX).rstrip("/")
    if answers(index):
        print(f"Taking torch from {index}.", flush=True)
        return index
    print(f"{index} does not answer; taking torch from the default index.", flush=True)
    return None


def has_nvidia_gpu() -> bool:
    if Path("/proc/driver/nvidia/version").exists():
        return True
    tool = shutil.which("nvidia-smi")
    return tool is not None and subprocess.run([tool, "-L"], capture_output=True, check=False).returncode == 0


def answers(index: str) -> bool:
    """Whether the index lists torch, within a few seconds."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=ANSWER_SECONDS, context=trust()) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def trust() -> ssl.SSLContext:
    """pip's certificate authority where one is set (a company's proxy), else the system's."""
    return ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)


def pip_install(index: str | None) -> bool:
    """Whether pip installed them; all they need but CUDA's libraries is there already, with hashes."""
    command = [sys.executable, "-m", "pip", "install", "--requirement", str(PINS)]
    if index:
        command += ["--index-url", index]
    return subprocess.run(command, check=False).returncode == 0


def import_works() -> bool:
    """torchvision's import fails if its operators do not match torch's build."""
    return subprocess.run([sys.executable, "-c", "import torchvision"], check=False).returncode == 0


if __name__ == "__main__":
    main()
