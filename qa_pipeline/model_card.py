"""What a training on a graph's own questions did, and how it is told: in lines, and as a model card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qa_pipeline.evaluate import Topic
from qa_pipeline.supervise import FOUND, LEFT_OUT

Figures: TypeAlias = dict[str, dict[str, float | None]]  # by group of questions ("all": of all), by name of the figure


@dataclass(frozen=True)
class Settings:
    """How to train.

    :param epochs: how often each question is seen
    :param minutes: of training, after the plans have been searched; where given, it decides instead of ``epochs``
    :param limit: most questions of each file, drawn at random; None: all
    :param topic: as in an evaluation: whether the files' topics are handed over or found
    """

    epochs: int = 3
    minutes: float | None = None
    limit: int | None = None
    topic: Topic = "given"
    batch: int = 32
    rate: float = 1e-4
    seed: int = 7


@dataclass(frozen=True)
class Trained:
    """What a training did.

    :param files: (questions in the file, of these drawn)
    :param plans: how the plans of how many questions were found; keys of ``FOUND`` and ``LEFT_OUT``
    :param before: of the held-out questions, with the weights that it started from; ``after``: with those that it wrote
    :param seconds: search, steps and judging together
    """

    graph: str
    start: str
    files: dict[str, tuple[int, int]]
    held_out: int
    plans: dict[str, int]
    before: Figures
    after: Figures
    steps: int
    seconds: float
    settings: Settings
    command: str = ""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for how, count in self.plans.items():
            yield f"{count:,} questions: {(FOUND | LEFT_OUT)[how]}"
        yield f"{self.steps:,} steps, {self.seconds:,.0f} s with search and judging"
        for row in _table(self):
            yield f"{row[0]:12}" + "".join(f"{cell:>26}" for cell in row[1:])


def model_card(trained: Trained) -> str:
    """The card as Markdown."""
    return "\n".join(_card(trained)) + "\n"


def _card(trained: Trained) -> Iterator[str]:
    settings = trained.settings
    yield "# Model card"
    yield ""
    yield f"Weights of AskGraph, trained on questions over {trained.graph}, starting from {trained.start}."
    yield "Their confidence was not fitted anew."
    yield ""
    if trained.command:
        yield from ("```", trained.command, "```", "")
    length = f"{settings.epochs} epochs" if settings.minutes is None else f"{settings.minutes:g} minutes"
    yield f"{length}, {trained.steps:,} steps of {settings.batch} questions;"
    yield f"rate {settings.rate:g}, seed {settings.seed}, topics {settings.topic};"
    yield f"{trained.seconds:,.0f} seconds, the search for plans and the answers to held-out questions included."
    yield from ("", "## Data", "", "| file | questions | taken |", "|---|---|---|")
    yield from (f"| {name} | {total:,} | {taken:,} |" for name, (total, taken) in trained.files.items())
    yield from ("", "| plans of the questions | |", "|---|---|")
    yield from (f"| {(FOUND | LEFT_OUT)[how]} | {count:,} |" for how, count in trained.plans.items())
    yield from ("", f"## {trained.held_out:,} held-out questions", "")
    yield from ("The weights were chosen by these: of all that were judged, after every epoch, the best were kept.", "")
    head, *rows = _table(trained)
    yield from (_row(head), "|---" * len(head) + "|", *map(_row, rows))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(trained: Trained) -> Iterator[list[str]]:
    """A head, then a row for each group: every figure before and after."""
    names = [n for n in trained.before["all"] if n != "questions" and trained.before["all"][n] is not None]
    yield ["", "questions", *(f"{name}, before → after" for name in names)]
    for group, before in trained.before.items():
        after = trained.after[group]
        cells = [f"{_shown(before[name])} → {_shown(after[name])}" for name in names]
        yield [group, f"{before['questions']:.0f}", *cells]


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
