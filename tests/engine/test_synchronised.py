"""Batch norm over several processes is PyTorch's where there is one; with two see test_processes."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from app.engine.processes import Processes
from app.engine.synchronised import synchronise


def passed(network: nn.Sequential, x: Tensor) -> list[Tensor]:
    """What comes out, the gradients of everything, and the statistics that are kept."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    for _ in range(2):
        output = network(x)
    aims = torch.linspace(-1, 1, output.numel()).view(output.shape)
    (output.float() - aims).square().sum().backward()
    gradients = [each.grad for each in (x, *network.parameters()) if each.grad is not None]
    return [output, *gradients, *network.buffers()]


@pytest.mark.parametrize(("dtype", "far"), [(torch.float32, 1e-6), (torch.bfloat16, 2e-2)])
@pytest.mark.parametrize("shape", [(7, 3, 5, 4), (64, 8, 9, 9), (9, 6)])
def test_one_process_alone_has_what_pytorch_computes(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], dtype: torch.dtype, far: float
) -> None:
    monkeypatch.setattr(dist, "all_reduce", lambda tensor: tensor)  # the others have nothing
    draw = torch.Generator().manual_seed(len(shape))
    kind = nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d
    x = (3 + 2 * torch.randn(shape, generator=draw)).to(dtype)
    if len(shape) == 4:
        x = x.contiguous(memory_format=torch.channels_last)
    networks = [nn.Sequential(kind(shape[1], momentum=0.3)) for _ in range(2)]
    for network in networks:
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(torch.linspace(0.5, 2, shape[1]))
    synchronise(networks[1], Processes(rank=0, world=2))
    assert type(networks[1][0]) is not kind
    plain, ours = (passed(network, x) for network in networks)
    for expected, found in zip(plain, ours, strict=True):
        assert found.dtype == expected.dtype
        assert float((found - expected).detach().float().norm()) <= far * float(
            expected.detach().float().norm()
        )
