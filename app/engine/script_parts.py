"""The text of which :mod:`script` makes a file. The tests run it beside the runs that it describes."""

from __future__ import annotations

ABOUT = """\
Needs {needs}. With the same PyTorch on the same kind of processor it ends with the weights of
the run, up to rounding: the run may add in another order, as another number of threads does."""
FORKED = """\
The run began with the weights of another one. They are at {start}
and are given with --start."""
MEANINGS = {
    "EXAMPLES": "  # pictures trained on",
    "HELD_OUT": "  # training pictures that are only looked at",
    "CROP_PADDING": "  # pixels of reflected border to crop out of",
    "FLIP": "  # mirrored in every other epoch",
    "CUTOUT": "  # side of a square that is blanked, in pixels",
    "SMALLER_UNTIL": "  # (share of the steps, side): pictures are that small until then",
    "SWA_START": "  # share of the steps from which on the weights' mean is taken",
    "SAM_RHO": "  # how far up the gradient the gradients of a step are taken",
    "WARMUP": "  # share of the scheduled steps over which the rate rises",
}
CIFAR10 = '''\
def pictures(folder: str, train: bool) -> tuple[Tensor, Tensor]:
    """CIFAR-10: uint8 (N, 32, 32, 3) and labels (N,)."""
    data = torchvision.datasets.CIFAR10(folder, train=train, download=True)
    return torch.from_numpy(data.data), torch.tensor(data.targets)
'''
DIGITS = '''\
def pictures(folder: str, train: bool) -> tuple[Tensor, Tensor]:
    """scikit-learn's handwritten digits, brought to 32 × 32: uint8 (N, 32, 32, 3) and labels (N,)."""
    data = load_digits()
    grey = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) * (255 / 16)
    larger = F.interpolate(grey, size=(32, 32), mode="bilinear").round().to(torch.uint8)
    part = slice(None, 1437) if train else slice(1437, None)
    return larger.permute(0, 2, 3, 1).repeat(1, 1, 1, 3)[part], torch.tensor(data.target)[part]
'''
PICTURES = '''\
def normalised(pixels: Tensor) -> Tensor:
    """Bytes (N, H, W, 3) as float32 (N, 3, H, W)."""
    scale = torch.tensor(STD).mul(255).reciprocal()
    shift = torch.tensor(MEAN) / torch.tensor(STD)
    return pixels.float().mul(scale).sub(shift).permute(0, 3, 1, 2)


def seed_of(*path: int) -> int:
    """A seed for one purpose at one step."""
    mixed = SEED
    for part in path:
        mixed = (mixed * 6364136223846793005 + part + 1442695040888963407) % 2**63
    return mixed


class Batches:
    """Training pictures, cropped, mirrored and blanked; every draw is a function of the seed and the step."""

    def __init__(self, pixels: Tensor, labels: Tensor) -> None:
        self.labels = labels
        draw = torch.Generator().manual_seed(seed_of(4))
        self.coins = torch.randint(2, (len(labels),), generator=draw)
        self.bordered = torch.cat([self._bordered(part) for part in pixels.split(5000)])

    def batch(self, chosen: Tensor, epoch: int, step: int, part: slice) -> tuple[Tensor, Tensor]:
        """Part of the pictures `chosen`, normalised, and their labels."""
        draw = torch.Generator().manual_seed(seed_of(2, step))
        count, cells = len(chosen), torch.arange(32)
        offsets = torch.randint(2 * CROP_PADDING + 1, (2, count, 1), generator=draw)
        chosen, offsets = chosen[part], offsets[:, part]
        rows, columns = offsets[0] + cells, offsets[1] + cells
        if FLIP:
            mirrored = (self.coins[chosen] + epoch) % 2 == 1
            columns = torch.where(mirrored[:, None], columns.flip(1), columns)
        inputs = normalised(self.bordered[chosen[:, None, None], rows[:, :, None], columns[:, None, :]])
        if CUTOUT:
            corner = torch.randint(1 - CUTOUT, 32, (2, count, 1), generator=draw)[:, part]
            outside = [(cells < corner[axis]) | (cells >= corner[axis] + CUTOUT) for axis in (0, 1)]
            inputs *= (outside[0][:, :, None] | outside[1][:, None, :]).unsqueeze(1)
        return inputs, self.labels[chosen]

    def _bordered(self, pixels: Tensor) -> Tensor:
        if not CROP_PADDING:
            return pixels
        padded = F.pad(pixels.permute(0, 3, 1, 2).float(), (CROP_PADDING,) * 4, mode="reflect")
        return padded.to(torch.uint8).permute(0, 2, 3, 1).contiguous()
'''
FRACTION = '''\
def fraction(step: int, steps: int) -> float:
    """The learning rate of a step as a fraction of its peak."""
{averaged}    rising = WARMUP * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    done, falling = step - rising, max(1.0, steps - rising)
    return {after}
'''
ONE_CYCLE = '''\
def fraction(step: int, steps: int) -> float:
    """The learning rate of a step as a fraction of its peak: up, then further down than it began."""
{averaged}
    def between(start: float, end: float, share: float) -> float:
        return {between}

    top = max(0.0, WARMUP * steps - 1)
    if step < top:
        return between({start}, 1.0, step / top)
    return between(1.0, {end}, (step - top) / max(1.0, steps - 1 - top))
'''
AVERAGED = """\
    if step >= SWA_START * steps:
        return {fraction!r}
    steps = math.ceil(SWA_START * steps)
"""
BETWEEN = {
    "linear": "start + (end - start) * share",
    "cos": "end + (start - end) / 2 * (1 + math.cos(math.pi * share))",
}
_GROUPS = '''\
def groups(kernels: list[nn.Parameter], others: list[nn.Parameter], decay: float) -> list[dict[str, Any]]:
    """Biases and the numbers of batch norms are not decayed."""
    both = [{{"params": kernels, "weight_decay": decay}}, {{"params": others, "weight_decay": 0.0}}]
    return [group for group in both if group["params"]]
'''
OPTIMIZER = (
    _GROUPS
    + '''

def optimizers_of(network: nn.Module) -> list[torch.optim.Optimizer]:
    """The optimizer, its rates at their peak."""
    learning = [p for p in network.parameters() if p.requires_grad]
    kernels = [p for p in learning if p.ndim >= 2]
    others = [p for p in learning if p.ndim < 2]
    return [{made}]
'''
)
MUON = (
    _GROUPS
    + '''

def optimizers_of(network: nn.Module) -> list[torch.optim.Optimizer]:
    """One for the convolutions' weights, one for everything else; their rates at their peak."""
    learning = [p for p in network.parameters() if p.requires_grad]
    convolutions = [p for p in learning if p.ndim == 4]
    kernels = [p for p in learning if p.ndim >= 2 and p.ndim != 4]
    others = [p for p in learning if p.ndim < 2]
    made: list[torch.optim.Optimizer] = []
    if convolutions:
        how = ({lr!r}, {momentum!r}, {ns_steps!r})
        made += [OrthogonalisedMomentum(convolutions, *how, bfloat16=BFLOAT16)]
    if rest := groups(kernels, others, {weight_decay!r}):
        if kernels:
            rest[0]["lr"] = {dense_lr!r}
        made += [torch.optim.SGD(rest, lr={other_lr!r}, momentum={other_momentum!r}, nesterov=True)]
    return made
'''
)
LEARNING = '''\
def layout_on(device: torch.device) -> torch.memory_format:
    """The memory layout that is the faster one."""
    return torch.channels_last if {is_last} else torch.contiguous_format


def entering(inputs: Tensor, device: torch.device) -> Tensor:
    """On the device, in its memory layout."""
    return inputs.to(device).contiguous(memory_format=layout_on(device))


def loss_of(
    network: nn.Module, inputs: Tensor, labels: Tensor, share: float, seed: int, device: torch.device
) -> Tensor:
    """The mean loss, times the pictures' share of their batch; the seed decides what dropout drops."""
    torch.manual_seed(seed)
    with torch.autocast(device.type, torch.bfloat16, enabled=BFLOAT16):
        logits = network(entering(inputs, device))
    return F.cross_entropy(logits.float(), labels.to(device), label_smoothing=LABEL_SMOOTHING) * share


def learn(
    network: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    batches: Batches,
    chosen: Tensor,
    step: int,
    steps: int,
    device: torch.device,
) -> float:
    """One update with the pictures `chosen`; the loss before it."""
    epoch, loss_sum = step // max(1, EXAMPLES // BATCH_SIZE), 0.0
    side = next((side for until, side in SMALLER_UNTIL if step / steps < until), 32)
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    # A batch of more than {most} pictures goes in equal pieces, whose gradients are added up.
    pieces = -(-len(chosen) // {most})
    for piece in range(pieces):
        part = slice(len(chosen) * piece // pieces, len(chosen) * (piece + 1) // pieces)
        inputs, labels = batches.batch(chosen, epoch, step, part)
        if side != 32:
            inputs = F.interpolate(inputs, size=(side, side), mode="bilinear", antialias=True)
        given = (inputs, labels, len(labels) / len(chosen), seed_of(3, step, *([piece] if piece else [])))
{descend}        loss_sum += loss.item()
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("peak", group["lr"])
            group["lr"] = group["peak"] * fraction(step, steps)
        optimizer.step()
    return loss_sum
'''
DOWN = """\
        loss = loss_of(network, *given, device)
        loss.backward()
"""
DOWN_FROM_ABOVE = """\
        with following(network, (part.stop - part.start) / len(chosen)):
            loss = loss_of(network, *given, device)
            learning = [p for p in network.parameters() if p.requires_grad]
            gradients = list(torch.autograd.grad(loss, learning))
            with uphill(learning, gradients, SAM_RHO), following(network, 0):
                loss_of(network, *given, device).backward()
"""
FURTHER = '''\
def further(batches: Batches, device: torch.device) -> Iterator[Tensor]:
    """Pictures drawn as in one more epoch."""
    draw = torch.Generator().manual_seed(seed_of(1, EPOCHS))
    chosen = torch.randperm(EXAMPLES, generator=draw)[:SETTLED_ON]
    pieces = -(-len(chosen) // 1000)
    for piece in range(pieces):
        part = chosen[len(chosen) * piece // pieces : len(chosen) * (piece + 1) // pieces]
        step = EPOCHS * max(1, EXAMPLES // BATCH_SIZE) + piece
        inputs, _ = batches.batch(part, EPOCHS, step, slice(None))
        torch.manual_seed(seed_of(3, step))
        yield entering(inputs, device)
'''
ACCURACY = '''\
@torch.inference_mode()
def accuracy(network: nn.Module, pixels: Tensor, labels: Tensor, device: torch.device) -> float:
    """The fraction of pictures whose largest logit is the label's."""
    network.eval()
    right = 0
    for start in range(0, len(labels), 1000):
        part = slice(start, start + 1000)
        with torch.autocast(device.type, torch.bfloat16, enabled=BFLOAT16):
            logits = network(entering(normalised(pixels[part]), device))
        right += int((logits.argmax(1).cpu() == labels[part]).sum())
    network.train()
    return right / len(labels)
'''
