"""Train the shipped weights: synthetic questions over invented schemas, and real wording. Resumes from its checkpoint.

    python training/pretrain.py --out runs/base

Data: see docs/training.md. ``--seed`` decides which questions are drawn, ``--first`` what the fresh parts of the network
begin with: the mean of runs that begin alike is a model of its own (training/average.py). With ``--workers`` other processes
draw the questions, which then depend on their number, too.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from encoder.model import STOP, AskConfig, AskModel
from encoder.text import load_encoder
from qa_pipeline.batch import Batcher, Encoded, encode
from qa_pipeline.learn import POOL, batches, make_optimizer, plans_right, take_step
from qa_pipeline.synth.example import Example, draw
from training.real_wording import RealWording

log = logging.getLogger("pretrain")
SAME = ("start", "seed", "first", "real", "batch", "workers")  # what a run that goes on must be called with again


def examples(real: RealWording, seed: int, share: float) -> Iterator[Example]:
    rng = random.Random(seed)
    while True:
        yield real.draw(rng) if rng.random() < share else draw(rng, invent=real.invent)


class Practice(IterableDataset[Encoded]):
    """Batches without end; each process that draws them has a stream of its own."""

    def __init__(self, real: RealWording, seed: int, arguments: argparse.Namespace, encoder: str) -> None:
        self.real, self.seed, self.share, self.size, self.encoder = (
            real,
            seed,
            arguments.real,
            arguments.batch,
            encoder,
        )

    def __iter__(self) -> Iterator[Encoded]:
        worker = get_worker_info()
        seed = self.seed + 104_729 * (worker.id if worker else 0)
        tokenizer, _ = load_encoder(self.encoder)
        for group in batches(examples(self.real, seed, self.share), self.size, seed):
            yield encode(group, tokenizer)


def practice(real: RealWording, seed: int, arguments: argparse.Namespace, encoder: str) -> Iterator[Encoded]:
    """The batches, drawn here or by other processes while this one learns."""
    ahead = POOL if arguments.workers else None
    stream = Practice(real, seed, arguments, encoder)
    return iter(DataLoader(stream, batch_size=None, num_workers=arguments.workers, prefetch_factor=ahead))


def accuracy(model: AskModel, batcher: Batcher, held_out: list[Example]) -> dict[str, float]:
    """Share of held-out questions whose every action is the model's first choice, by kind."""
    right: dict[str, list[bool]] = {}
    every = plans_right(model, batcher, held_out)
    for example, ok in zip(held_out, every, strict=True):
        right.setdefault(example.kind, []).append(ok)
    return {"all": sum(every) / len(every)} | {k: round(sum(v) / len(v), 3) for k, v in sorted(right.items())}


def keep(model: AskModel, out: Path, stop_less: float) -> None:
    """Write the weights, with that much taken from STOP's logit, should plans of practice questions be shorter than people's."""
    bias = model.operator_out.bias
    with torch.no_grad():
        bias[STOP] -= stop_less
        model.save_pretrained(out)
        bias[STOP] += stop_less


def train(arguments: argparse.Namespace) -> None:
    torch.manual_seed(arguments.first)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_float32_matmul_precision("high")
    real = RealWording(Path(arguments.data))
    log.info("%d real questions over %d relations", len(real.questions), len(real.everywhere))
    model = AskModel.from_pretrained(arguments.start) if arguments.start else AskModel.untrained(AskConfig())
    model.to(device)  # type: ignore[arg-type]
    torch.manual_seed(arguments.seed)
    model.train()
    batcher = Batcher(model.config.encoder, device, arguments.texts or None)
    optimizer = make_optimizer(model)
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(arguments.decay))
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    step, spent, checkpoint = 0, 0.0, out / "checkpoint.pt"
    run = {name: getattr(arguments, name) for name in SAME}
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        if saved.get("run") != run:
            sys.exit(f"{checkpoint} is of another run ({saved.get('run')}); delete {out} or give another --out")
        model.load_state_dict(saved["model"])
        mean.load_state_dict(saved["mean"])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent = saved["step"], saved["spent"]
        log.info("resumed at step %d", step)
    held_out = list(itertools.islice(examples(real, 10_000_019, arguments.real), 600))
    groups = practice(real, arguments.seed + 7919 * (step + 1), arguments, model.config.encoder)
    losses: list[torch.Tensor] = []

    def gone() -> float:
        return max(step / arguments.steps, spent / 60 / arguments.minutes if arguments.minutes else 0.0)

    while gone() < 1:
        began = time.perf_counter()
        scale = min(1.0, (step + 1) / 200) * max(0.02, 1 - gone())
        rates = (arguments.rate * scale, arguments.encoder_rate * scale)
        losses.append(take_step(model, optimizer, batcher.tensors(next(groups)), rates))
        mean.update_parameters(model)
        step += 1
        loss_now = float(torch.stack(losses).mean().item()) if step % 25 == 0 else 0.0  # waits for a GPU
        spent += time.perf_counter() - began
        if step % 25 == 0:
            speed = step * arguments.batch / spent
            losses.clear()
            log.info("step %d  %.0f s  %.1f questions/s  loss %.3f", step, spent, speed, loss_now)
        if step % arguments.save_every == 0 or gone() >= 1:
            scores = accuracy(mean.module, batcher, held_out)
            log.info("held-out: %s", json.dumps(scores))
            state = {
                "model": model.state_dict(),
                "mean": mean.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
                "spent": spent,
                "run": run,
            }
            batcher.texts.save()
            torch.save(state, checkpoint.with_suffix(".part"))
            os.replace(checkpoint.with_suffix(".part"), checkpoint)
            keep(mean.module, out, arguments.stop_less)
            card = {
                "steps": step,
                "questions": step * arguments.batch,
                "seconds": round(spent),
                "held_out": scores,
                "arguments": vars(arguments),
            }
            (out / "training.json").write_text(json.dumps(card, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="runs/base")
    parser.add_argument("--start", default="", help="weights to start from")
    parser.add_argument("--data", default=os.environ.get("ASKGRAPH_DATA", "../shared/data"))
    parser.add_argument("--steps", type=int, default=6500, help="batches")
    parser.add_argument("--texts", default="", help="a file that keeps the embeddings of relations' names between runs")
    parser.add_argument(
        "--minutes",
        type=float,
        default=0.0,
        help="of learning, evaluations not counted: end then, if that is before --steps",
    )
    parser.add_argument("--workers", type=int, default=0, help="processes that draw questions (0: none but this)")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--encoder-rate", type=float, default=8e-5)
    parser.add_argument("--real", type=float, default=0.22, help="share of real questions")
    parser.add_argument(
        "--decay", type=float, default=0.999, help="of the mean of the weights over steps, which is what is kept"
    )
    parser.add_argument("--stop-less", type=float, default=0.0, help="what is taken from the logit of STOP in the end")
    parser.add_argument("--save-every", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7, help="which questions are drawn, and in which order")
    parser.add_argument("--first", type=int, default=7, help="seed of what the fresh parts of the network begin with")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
