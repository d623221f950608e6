"""What every training of the model shares: batches, the optimizer, a step, and how often whole plans are right."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from encoder.model import AskModel
from qa_pipeline.batch import Batcher
from qa_pipeline.synth.example import Example

POOL = 24  # batches that are sorted by size together
TOGETHER = 64
FEW = 64  # numbers in a scale or gate, at most


def batches(stream: Iterator[Example], size: int, seed: int) -> Iterator[list[Example]]:
    """Batches of a stream that may be endless; see :func:`alike`."""
    rng = random.Random(seed)
    while pool := list(itertools.islice(stream, POOL * size)):
        yield from alike(pool, size, rng)


def alike(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """Batches of like memories and questions of like length (padding is half of the work otherwise), in random order."""
    pool = sorted(examples, key=lambda e: len(e.subgraph.slots))
    shelf = size * max(1, round(math.sqrt(len(pool) / size)))
    shelves = [sorted(pool[i : i + shelf], key=lambda e: len(e.text)) for i in range(0, len(pool), shelf)]
    groups = [on[i : i + size] for on in shelves for i in range(0, len(on), size)]
    rng.shuffle(groups)
    return groups


def make_optimizer(model: AskModel) -> torch.optim.AdamW:
    """AdamW over three groups: fresh matrices, the encoder, and the few scales and gates; word embeddings stay as they are."""
    model.encoder.embeddings.requires_grad_(False)
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    old = [p for n, p in trained if n.startswith("encoder.")]
    scales = [p for n, p in trained if not n.startswith("encoder.") and p.numel() <= FEW]
    fresh = [p for n, p in trained if not n.startswith("encoder.") and p.numel() > FEW]
    groups: list[dict[str, Any]] = [{"params": fresh}, {"params": old}, {"params": scales, "weight_decay": 0.0}]
    on_gpu = all(p.is_cuda for _, p in trained)
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=on_gpu or None)


def take_step(
    model: AskModel, optimizer: torch.optim.Optimizer, batch: dict[str, Any], rates: tuple[float, float]
) -> Tensor:
    """One step at the rates of fresh and of encoder weights (scales go ten times as fast); the loss before it, a scalar."""
    for group, rate in zip(optimizer.param_groups, (*rates, 10 * rates[0]), strict=True):
        group["lr"] = rate
    with half_precision(batch["input_ids"]):
        _, loss = model(**batch)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.detach()  # type: ignore[no-any-return]


def half_precision(tensor: Tensor) -> torch.autocast:
    """bfloat16 where a CPU computes with it; a GPU is not kept busy by so small a network, whose casts would only cost time."""
    able = tensor.device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=able)


def plans_right(model: AskModel, batcher: Batcher, examples: Sequence[Example]) -> list[bool]:
    """Whether every action of a question's plan is the model's first choice, question by question."""
    right: list[bool] = []
    training = model.training
    model.eval()  # type: ignore[no-untyped-call]
    for start in range(0, len(examples), TOGETHER):
        batch = batcher.batch(examples[start : start + TOGETHER])
        with torch.inference_mode():
            logits, _ = model(**batch)
        right += ((logits.argmax(-1) == batch["actions"]) | (batch["actions"] < 0)).all(-1).tolist()
    model.train(training)
    return right


@torch.inference_mode()
def likelihoods(model: AskModel, batcher: Batcher, examples: Sequence[Example]) -> list[float]:
    """The log-probability of each example's plan among all that the grammar allows."""
    batch = batcher.batch(examples)
    logits, _ = model(**batch)
    actions = batch["actions"]
    chosen = logits.log_softmax(-1).gather(-1, actions.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    found: list[float] = (chosen * (actions >= 0)).sum(-1).tolist()
    return found
