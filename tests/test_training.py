"""What trains the shipped weights: a stream of practice that other processes draw, and the mean of several runs."""

from __future__ import annotations

import argparse
import itertools
import random
from pathlib import Path
from types import SimpleNamespace

import torch
from torch.utils.data import DataLoader

from encoder.model import AskModel
from encoder.text import DEFAULT_ENCODER
from qa_pipeline.batch import Encoded
from qa_pipeline.synth.example import draw
from qa_pipeline.synth.invent import invent_schema
from training.average import average
from training.pretrain import Practice


def first(seed: int, workers: int) -> list[Encoded]:
    """The first two batches of a stream."""
    real = SimpleNamespace(draw=draw, invent=invent_schema)
    arguments = argparse.Namespace(real=0.2, batch=2)
    stream = Practice(real, seed, arguments, DEFAULT_ENCODER)  # type: ignore[arg-type]
    return list(itertools.islice(DataLoader(stream, batch_size=None, num_workers=workers), 2))


def read(batch: Encoded) -> list[list[int]]:
    questions: list[list[int]] = batch.input_ids.tolist()
    return questions


def test_each_process_draws_questions_of_its_own_and_the_seed_decides_which() -> None:
    here, (one, other) = first(5, 0), first(5, 2)
    assert read(one) == read(here[0])  # the first process draws what this one would
    assert read(one) != read(other) != read(here[1])
    assert [read(b) for b in first(5, 2)] == [read(one), read(other)]
    assert read(first(6, 0)[0]) != read(here[0])


def test_a_mean_lies_between_its_runs(tmp_path: Path) -> None:
    random.seed(1)
    for i in range(3):
        torch.manual_seed(i)
        AskModel.untrained().save_pretrained(tmp_path / str(i))
    folders = [tmp_path / str(i) for i in range(3)]
    starts = [AskModel.from_pretrained(f).start for f in folders]
    assert torch.allclose(average(folders).start, sum(starts) / 3, atol=1e-6)  # type: ignore[arg-type]
    assert torch.allclose(average(folders[:2], (1, 3)).start, starts[0] / 4 + starts[1] * 3 / 4, atol=1e-6)
