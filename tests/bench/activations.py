"""A picture from upload to all its maps, against the least that such a thing can cost, in the same run.

The floor is the CPU time of decoding the file and bringing it to 32 × 32, a forward pass, Pillow's PNG at
level 1 of the same sheet, and as many bare routes as requests are made: each by itself, in one thread, with
nothing around it. The server's CPU time is that of all its processes. Both take turns in short rounds, and
the ratio is of the rounds' medians, so that a slow moment of the machine slows both.

For throughput the floor is timed in a process for each core at once, right before the clients begin; and of
the CPU time that passes only what the server used and what nobody used counts, for the clients run on the
same cores. Held to the bound is the server as it starts by itself; of one process alone it is told.
"""

from __future__ import annotations

import http.client
import io
import itertools
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from tests.bench import floor, processes, server
from tests.bench.floor import FLOWS_A_ROUND, OnAllCores
from tests.bench.measurement import Measurement

NETWORKS = ("tinyvgg", "convnet")
PICTURES = {"640 × 480": (640, 480), "12 megapixels": (4000, 3000)}
ROUNDS = 12
CLIENTS = 16
FLOWS, FLOWS_OF_LARGE = 320, 128
REQUESTS = 3
"""Upload, numbers, sheet."""
BOUNDARY = "----geckoformboundary8c79e61efa53dc5d441481912ad86082"
"""As a browser's. In a file it is found faster than a short one."""


@dataclass(frozen=True)
class Served:
    """A running server."""

    address: str
    process_id: int

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)


def photograph(width: int, height: int) -> bytes:
    """A JPEG file with shapes and grain, of the size that a camera's has."""
    draw = np.random.default_rng(width)
    shapes = Image.fromarray(draw.integers(0, 256, (height // 16, width // 16, 3), np.uint8))
    grain = draw.integers(-8, 9, (height, width, 3), np.int16)
    pixels = (np.asarray(shapes.resize((width, height)), np.int16) + grain).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def form(file: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return head.encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()


def ask(client: http.client.HTTPConnection, path: str, body: bytes | None = None) -> bytes:
    kind = {} if body is None else {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    client.request("GET" if body is None else "POST", path, body, kind)
    answer = client.getresponse()
    content = answer.read()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
    return content


def flow(client: http.client.HTTPConnection, network: str, body: bytes, *, layer_by_layer: bool) -> int:
    """Upload, numbers, all maps; how many requests that took."""
    picture = json.loads(ask(client, "/api/v1/images", body))["id"]
    looked = json.loads(ask(client, f"/api/v1/networks/{network}/activations?image={picture}"))
    maps = [layer["atlas"] for layer in looked["layers"]] if layer_by_layer else [looked["sheet"]["url"]]
    for address in maps:
        ask(client, address)
    return 2 + len(maps)


def bare_route_seconds(bare: Served, client: http.client.HTTPConnection) -> float:
    began = processes.cpu_seconds(bare.process_id)
    for _ in range(30):
        ask(client, "/")
    return (processes.cpu_seconds(bare.process_id) - began) / 30


def costs(
    ours: Served, bare: Served, network: str, file: bytes, *, layer_by_layer: bool
) -> tuple[float, float]:
    """CPU seconds of one flow: the server's, and the floor's."""
    parts, body = floor.floor_of(network, file), form(file)
    client, bare_client = ours.connect(), bare.connect()
    requests = flow(client, network, body, layer_by_layer=layer_by_layer)
    served, least = [], []
    for _ in range(ROUNDS):
        route = bare_route_seconds(bare, bare_client)
        least.append(parts.seconds(layer_by_layer=layer_by_layer) + requests * route)
        began = processes.cpu_seconds(ours.process_id)
        for _ in range(FLOWS_A_ROUND):
            flow(client, network, body, layer_by_layer=layer_by_layer)
        served.append((processes.cpu_seconds(ours.process_id) - began) / FLOWS_A_ROUND)
    return statistics.median(served), statistics.median(least)


def throughput(ours: Served, bare: Served, on_all_cores: OnAllCores, network: str, file: bytes) -> float:
    """Flows that 16 clients got, of those that the floor allows in the CPU time that was there for them.

    That is what the server used and what nobody did: the clients run on the same cores.
    """
    flows = FLOWS if len(file) < 1_000_000 else FLOWS_OF_LARGE
    route = statistics.median(bare_route_seconds(bare, bare.connect()) for _ in range(3))
    least = on_all_cores(network, file) + REQUESTS * route
    body, local = form(file), threading.local()

    def one(_: int) -> None:
        if not hasattr(local, "client"):
            local.client = ours.connect()
        flow(local.client, network, body, layer_by_layer=False)

    def available_seconds() -> float:
        return processes.spare_seconds() + processes.cpu_seconds(ours.process_id)

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(one, range(2 * CLIENTS)))
        began = available_seconds()
        list(clients.map(one, range(flows)))
        return flows * least / (available_seconds() - began)


@contextmanager
def our_server(**environment: str) -> Iterator[Served]:
    """As it starts by itself, but for `environment` and rates without bounds; all its processes are ready."""
    before = processes.children()
    unlimited = {
        "CONVSCOPE_RATE_BURST": "1000000",
        "CONVSCOPE_RATE_PER_SECOND": "1000000",
        # A decoder that is replaced takes along what it has cost.
        "CONVSCOPE_DECODE_TASKS_PER_WORKER": "1000000",
    }
    with server.running(**unlimited, **environment) as address:
        (process_id,) = processes.children() - before
        _wait_until_idle(process_id)  # one worker says that it is ready for itself alone
        yield Served(address, process_id)


def _wait_until_idle(process_id: int) -> None:
    began, used = -1.0, 0.0
    while used - began > 0.02:
        began = processes.cpu_seconds(process_id)
        time.sleep(0.7)
        used = processes.cpu_seconds(process_id)


@contextmanager
def bare_server() -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "tests.bench.bare", str(number)]
        with subprocess.Popen(command, pass_fds=[number]) as process:
            port: int = listener.getsockname()[1]
            yield Served(f"http://127.0.0.1:{port}", process.pid)
            process.terminate()


def measure() -> Iterator[Measurement]:
    """What one flow costs; then what 16 clients get of the server, and of one that is one process."""
    floor.prepare()
    files = {size: photograph(*sides) for size, sides in PICTURES.items()}
    pairs = list(itertools.product(NETWORKS, files))
    with floor.processes_for_all_cores() as on_all_cores, bare_server() as bare:
        with our_server() as ours:
            for network, size in pairs:
                yield from cost(ours, bare, network, size, files[size])
        for environment, words, bound in (
            ({}, "", 0.8),
            ({"CONVSCOPE_WORKERS": "1"}, "one process, ", None),
        ):
            with our_server(**environment) as ours:
                for network, size in pairs:
                    part = throughput(ours, bare, on_all_cores, network, files[size])
                    what = f"{network}, {size}, {words}{CLIENTS} clients' throughput to the floor's"
                    yield Measurement(what, part, at_least=bound)


def cost(ours: Served, bare: Served, network: str, size: str, file: bytes) -> Iterator[Measurement]:
    """CPU time from upload to all maps: the floor's, and the server's to it, on one sheet and by layers."""
    what = f"{network}, {size}"
    served, least = costs(ours, bare, network, file, layer_by_layer=False)
    yield Measurement(f"{what}: CPU, upload to all maps, floor", 1000 * least, "ms")
    yield Measurement(f"{what}: the server's to the floor's", served / least, at_most=1.5)
    each, least_each = costs(ours, bare, network, file, layer_by_layer=True)
    yield Measurement(f"{what}: the same, maps asked for layer by layer", each / least_each, at_most=1.5)
