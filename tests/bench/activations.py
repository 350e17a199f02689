"""A picture from upload to all its maps, against the least that such a thing can cost, in the same run.

The floor is the CPU time of decoding the file and bringing it to 32 × 32, a forward pass, Pillow's PNG at
level 1 of the same sheet, and as many bare routes as requests are made: each by itself, in one thread, with
nothing around it. The server's CPU time is that of all its processes. Both take turns in short rounds, and
the ratio is of the rounds' medians, so that a slow moment of the machine slows both.
"""

from __future__ import annotations

import http.client
import io
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import torch
from PIL import Image

from app.engine import activations, checkpoints
from app.pictures import atlas, crop, normalise
from app.settings import Settings
from tests.bench import processes, server
from tests.bench.measurement import Measurement

NETWORKS = ("tinyvgg", "convnet")
PICTURES = {"640 × 480": (640, 480), "12 megapixels": (4000, 3000)}
ROUNDS, FLOWS_A_ROUND = 12, 6
CLIENTS = 16
BOUNDARY = "bench"


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


@dataclass(frozen=True)
class Floor:
    """The parts of the floor, each a piece of work to be timed."""

    decode: Callable[[], Any]
    forward: Callable[[], Any]
    encode_sheet: Callable[[], Any]
    encode_each: Callable[[], Any]

    def seconds(self, bare_route_seconds: float, requests: int, *, layer_by_layer: bool) -> float:
        """CPU time of one flow."""
        encode = self.encode_each if layer_by_layer else self.encode_sheet
        began = time.process_time()
        for _ in range(FLOWS_A_ROUND):
            self.decode()
            self.forward()
            encode()
        return (time.process_time() - began) / FLOWS_A_ROUND + requests * bare_route_seconds


def floor_of(name: str, file: bytes) -> Floor:
    checkpoint = checkpoints.read(Settings().models_dir, name)
    module = checkpoints.load(checkpoint)
    limits = normalise.Limits()

    def decode() -> Any:
        picture, _format = normalise.normalise(file, limits)
        return crop.to_input(np.asarray(picture))

    trace = activations.trace(activations.load(checkpoint), decode())
    maps = {"input": trace.input, **trace.activations}
    sheet = _levels(atlas.sheet(maps).png)
    each = [_levels(atlas.encode(values)) for values in trace.activations.values()]
    entering = torch.tensor(trace.input)[None]

    def forward() -> Any:
        with torch.inference_mode():
            return module(entering)

    return Floor(decode, forward, lambda: _png(sheet), lambda: [_png(levels) for levels in each])


def _levels(file: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(file)))


def _png(levels: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def bare_route_seconds(bare: Served, client: http.client.HTTPConnection) -> float:
    began = processes.cpu_seconds(bare.process_id)
    for _ in range(30):
        ask(client, "/")
    return (processes.cpu_seconds(bare.process_id) - began) / 30


def costs(
    ours: Served, bare: Served, network: str, file: bytes, *, layer_by_layer: bool
) -> tuple[float, float]:
    """CPU seconds of one flow: the server's, and the floor's."""
    floor, body = floor_of(network, file), form(file)
    client, bare_client = ours.connect(), bare.connect()
    requests = flow(client, network, body, layer_by_layer=layer_by_layer)
    served, least = [], []
    for _ in range(ROUNDS):
        route = bare_route_seconds(bare, bare_client)
        least.append(floor.seconds(route, requests, layer_by_layer=layer_by_layer))
        began = processes.cpu_seconds(ours.process_id)
        for _ in range(FLOWS_A_ROUND):
            flow(client, network, body, layer_by_layer=layer_by_layer)
        served.append((processes.cpu_seconds(ours.process_id) - began) / FLOWS_A_ROUND)
    return statistics.median(served), statistics.median(least)


def throughput(ours: Served, network: str, file: bytes, floor_seconds: float, flows: int) -> float:
    """Flows that 16 clients got, of those that the floor allows in the CPU time that was there for them.

    That is what the server used and what nobody did: the clients run on the same cores.
    """
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
        return flows * floor_seconds / (available_seconds() - began)


@contextmanager
def our_server(workers: int = 1) -> Iterator[Served]:
    before = processes.children()
    unlimited = {
        "CONVSCOPE_RATE_BURST": "1000000",
        "CONVSCOPE_RATE_PER_SECOND": "1000000",
        # A decoder that is replaced takes along what it has cost.
        "CONVSCOPE_DECODE_TASKS_PER_WORKER": "1000000",
        "CONVSCOPE_WORKERS": str(workers),
    }
    with server.running(**unlimited) as address:
        (process_id,) = processes.children() - before
        yield Served(address, process_id)


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
    """What one flow costs; then what 16 clients get of one worker, and of one for each core."""
    torch.set_num_threads(1)
    normalise.prepare(normalise.Limits())
    files = {size: photograph(*sides) for size, sides in PICTURES.items()}
    floors = {}
    with our_server() as ours, bare_server() as bare:
        for network, (size, file) in itertools.product(NETWORKS, files.items()):
            what = f"{network}, {size}"
            served, least = costs(ours, bare, network, file, layer_by_layer=False)
            floors[network, size] = least
            yield Measurement(f"{what}: CPU, upload to all maps, floor", 1000 * least, "ms")
            yield Measurement(f"{what}: the server's to the floor's", served / least, at_most=1.5)
            each, least_each = costs(ours, bare, network, file, layer_by_layer=True)
            yield Measurement(
                f"{what}: the same, maps asked for layer by layer", each / least_each, at_most=1.5
            )
    for workers in sorted({1, os.cpu_count() or 1}):
        with our_server(workers) as ours:
            for (network, size), least in floors.items():
                flows = 320 if max(PICTURES[size]) < 1000 else 128
                part = throughput(ours, network, files[size], least, flows)
                what = f"{network}, {size}, {workers} workers: {CLIENTS} clients' throughput to the floor's"
                yield Measurement(what, part, at_least=0.8)
