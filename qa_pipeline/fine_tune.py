"""Fine-tuning on a graph's own questions: their answers are enough, the plans are found (:mod:`qa_pipeline.supervise`).

What lies in the folder of a run: ``plans.jsonl`` (a line for each question that has been searched), ``checkpoint.pt``
(until the run is finished), the best model so far, and in the end ``training.json`` and ``model_card.md``.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from encoder.model import WEIGHTS, AskConfig, AskModel
from kg.errors import LoadError, ModelError
from kg.opening import open_store
from kg.question import Question
from qa_pipeline.ask_graph import SHIPPED, AskGraph
from qa_pipeline.batch import Batcher
from qa_pipeline.evaluate import Judged, judge, read_files, summarise
from qa_pipeline.learn import batches, make_optimizer, take_step
from qa_pipeline.model_card import Figures, Settings, Trained, model_card
from qa_pipeline.supervise import Known, PlanFinder, Supervised
from qa_pipeline.synth.example import Example, draw

HELD_OUT, MOST_HELD_OUT = 0.05, 600
SYNTHETIC = 0.2  # of each batch, so that what was learned before is kept
ENCODER_RATE = 0.15  # of the rate of the rest
WARM_UP = 0.05  # of the training


def fine_tune(
    graph: str,
    files: Sequence[str | Path],
    out: str | Path,
    *,
    model: str | Path | None = None,
    dev: Sequence[str | Path] = (),
    settings: Settings | None = None,
    progress: bool = False,
    command: str = "",
) -> Trained:
    """Train a model on questions with gold answers, and write it to a folder. A run that was stopped there goes on.

    :param model: what to start from; the shipped weights when not given
    :param dev: files of questions to judge by; a twentieth of the questions is held out when not given
    :param command: what was typed, for the model card
    :raises LoadError: a file cannot be read, or no plan was found for any question
    :raises StoreError, ModelError: the graph or the start cannot be read, or the folder holds an unfinished run of another kind
    :raises KeyboardInterrupt: the user stops it; what was done is in the folder
    """
    settings = settings or Settings()
    taken = {str(f): _drawn(read_files([f]), settings.limit, settings.seed) for f in files}
    counts = {name: (total, len(questions)) for name, (total, questions) in taken.items()}
    every = [replace(q, group=q.group or _stem(name, files)) for name, (_, some) in taken.items() for q in some]
    train, held_out = _split(every, dev, settings.seed)
    start = str(model or SHIPPED)
    if Path(start).resolve() == Path(out).resolve():
        raise ModelError(f"{out} is what the training starts from; give another folder for the result")
    with closing(open_store(graph, create=False)) as store:
        run = _Run(Path(out))
        said = asdict(settings)
        told = {key: said[key] for key in ("limit", "topic", "seed")}
        told |= {"graph": graph, "revision": store.revision, "start": start, "files": counts, "dev": [*map(str, dev)]}
        run.begin(told | {"features": AskConfig().features})
        ag = AskGraph(store, AskModel.from_pretrained(start))
        asked = [replace(q, topics=None) if settings.topic == "linked" else q for q in train]
        plans, examples = _find(ag, asked, run, progress)
        if not examples:
            raise LoadError(
                f"of {len(train)} questions none has a plan that gives its answers; are they about {graph}?"
            )
        trainer = _Trainer(ag, examples, held_out, settings, run)
        trainer.train(progress)
        begun_with = "the shipped weights" if model is None else start
        trained = Trained(
            graph, begun_with, counts, len(held_out), plans, trainer.before, trainer.after,
            trainer.step, round(run.searched + trainer.spent + trainer.judging, 1), settings, command,
        )  # fmt: skip
        run.finish(trained)
    return trained


# questions ------------------------------------------------------------------------------------------------------------


def _drawn(questions: list[Question], limit: int | None, seed: int) -> tuple[int, list[Question]]:
    """How many there were, and at most so many of them, in the order of the file."""
    total = len(questions)
    if limit is None or limit >= total:
        return total, questions
    return total, [questions[i] for i in sorted(random.Random(seed).sample(range(total), limit))]


def _stem(name: str, files: Sequence[str | Path]) -> str:
    return Path(name).stem if len(files) > 1 else ""


def _split(questions: list[Question], dev: Sequence[str | Path], seed: int) -> tuple[list[Question], list[Question]]:
    """Those to train on, and those to judge by."""
    rng = random.Random(seed)
    if dev:
        judged = read_files(dev)
        return questions, rng.sample(judged, min(MOST_HELD_OUT, len(judged)))
    if len(questions) < 2:
        raise LoadError("at least two questions are needed, one to train on and one to judge by")
    chosen = set(rng.sample(range(len(questions)), min(MOST_HELD_OUT, max(1, round(HELD_OUT * len(questions))))))
    return [q for i, q in enumerate(questions) if i not in chosen], [questions[i] for i in sorted(chosen)]


def _find(
    ag: AskGraph, questions: Sequence[Question], run: _Run, progress: bool
) -> tuple[dict[str, int], list[Example]]:
    """How plans were found, counted, and the examples, in the order of the questions."""
    left_out = {i for i, (_, actions, _) in run.known.items() if not actions}
    found: dict[int, Supervised] = {}
    asked = {i: q for i, q in enumerate(questions) if i not in left_out}
    with tqdm(total=len(asked), desc="plans", unit=" questions", disable=not progress) as bar:
        began = time.perf_counter()
        for some in PlanFinder(ag.reader).find(asked, run.known):
            run.note([s for s in some if s.at not in run.known], questions, time.perf_counter() - began)
            began = time.perf_counter()
            found |= {s.at: s for s in some}
            bar.update(len(some))
    hows = Counter(run.known[i][0] for i in left_out) + Counter(s.how for s in found.values())
    return dict(hows.most_common()), [s.example for _, s in sorted(found.items()) if s.example is not None]


# training -------------------------------------------------------------------------------------------------------------


@dataclass
class _Trainer:
    """One training: where it stands, and how to go on."""

    ag: AskGraph
    examples: list[Example]
    held_out: list[Question]
    settings: Settings
    run: _Run
    step: int = 0
    spent: float = 0.0  # seconds of steps
    judging: float = 0.0  # seconds of answering the held-out questions
    judged_at: int = -1  # the step after which they were answered last
    best: tuple[float, float] = (-1.0, -1.0)
    before: Figures = field(default_factory=dict)
    after: Figures = field(default_factory=dict)  # of the best weights

    def __post_init__(self) -> None:
        self.model = self.ag.model
        self.batcher = Batcher(self.model.config.encoder)
        self.optimizer = make_optimizer(self.model)
        self.real = max(1, round(self.settings.batch * (1 - SYNTHETIC)))
        self.per_epoch = math.ceil(len(self.examples) / self.real)
        self.epoch, self.groups = -1, list[list[Example]]()

    @property
    def done(self) -> float:
        """The share of the training that is done."""
        if self.settings.minutes is not None:
            return self.spent / (60 * self.settings.minutes)
        return self.step / (self.per_epoch * self.settings.epochs)

    def train(self, progress: bool) -> None:
        """Train to the end, from the checkpoint if there is one; the best weights are in the folder."""
        self._load()
        try:
            if not self.before:
                self.before = self._check()
            with tqdm(desc="train", initial=self.step, unit=" steps", disable=not progress) as bar:
                while self.done < 1:
                    loss = self._step()
                    bar.update()
                    bar.set_postfix_str(
                        f"{min(1.0, self.done):.0%}, loss {loss:.3f}, held out {max(0.0, self.best[0]):.3f}"
                    )
                    if self.step % self.per_epoch == 0 or self.done >= 1:
                        self._check()
                        self.run.save(self._state())
                if self.judged_at < self.step:  # it was stopped while judging the last step
                    self._check()
        except KeyboardInterrupt:
            self.run.save(self._state())
            raise

    def _step(self) -> float:
        began = time.perf_counter()
        settings = self.settings
        torch.manual_seed(settings.seed + self.step)
        self.model.train()
        scale = min(1.0, 0.05 + self.done / WARM_UP) * max(0.02, 1 - self.done)
        rate = settings.rate * scale
        loss = take_step(
            self.model, self.optimizer, self.batcher.batch(self._batch()), (rate, rate * ENCODER_RATE)
        ).item()
        self.step += 1
        self.spent += time.perf_counter() - began
        return loss

    def _batch(self) -> list[Example]:
        """The questions of this step, and synthetic ones; the same whenever it is asked for."""
        epoch, at = divmod(self.step, self.per_epoch)
        if epoch != self.epoch:
            rng = random.Random(f"{self.settings.seed} {epoch}")
            shuffled = rng.sample(self.examples, len(self.examples))
            self.epoch, self.groups = epoch, list(batches(iter(shuffled), self.real, epoch))
        rng = random.Random(f"{self.settings.seed} step {self.step}")
        chosen = self.groups[at]
        return chosen + [draw(rng) for _ in range(round(len(chosen) * SYNTHETIC / (1 - SYNTHETIC)))]

    def _check(self) -> Figures:
        """Answer the held-out questions; weights that are better than any before are written."""
        began = time.perf_counter()
        self.model.eval()  # type: ignore[no-untyped-call]
        self.ag.reader.forget()
        asked = [replace(q, topics=None) if self.settings.topic == "linked" else q for q in self.held_out]
        answered = self.ag.consider(asked, threshold=0.0)
        judged = [judge(self.ag, q, r, a) for q, (r, a) in zip(self.held_out, answered, strict=True)]
        figures = _figures(judged, self.settings.topic)
        score = (sum(map(_right, judged)) / len(judged), figures["all"]["F1"] or 0.0)
        if score >= self.best:
            self.best, self.after = score, figures
            self.run.publish(self.model)
        self.judged_at = self.step
        self.judging += time.perf_counter() - began
        return figures

    def _state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
            "step": self.step, "spent": self.spent, "judging": self.judging, "judged_at": self.judged_at,
            "best": self.best, "before": self.before, "after": self.after,
        }  # fmt: skip

    def _load(self) -> None:
        saved = self.run.load()
        if saved is not None:
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.step, self.spent, self.best = saved["step"], saved["spent"], saved["best"]
            self.judging, self.judged_at = saved["judging"], saved["judged_at"]
            self.before, self.after = saved["before"], saved["after"]


def _right(judged: Judged) -> bool:
    """Whether the answer is exactly right; where there is none in the graph, whether none is given."""
    return judged.right if judged.score is not None else judged.status != "answered"


def _figures(judged: Sequence[Judged], topic: str) -> Figures:
    report = summarise(judged, topic, 0.0)
    return {
        name: {
            "questions": f.questions, "Hits@1": f.hits_at_1, "F1": f.f1, "exact": f.exact_match,
            "no answer": f.unanswerable_abstention_rate,
        }
        for name, f in {**report.groups, "all": report.total}.items()
    }  # fmt: skip


# the folder -----------------------------------------------------------------------------------------------------------


class _Run:
    """The folder of a run; every file in it is replaced as a whole, the list of plans grows line by line."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.plans, self.checkpoint = out / "plans.jsonl", out / "checkpoint.pt"
        self.known: dict[int, Known] = {}
        self.searched = 0.0

    def begin(self, told: Mapping[str, Any]) -> None:
        """Take up what was done before with the same questions; see that nothing unfinished is lost.

        :raises ModelError: there is an unfinished run with others
        """
        self.out.mkdir(parents=True, exist_ok=True)
        head = json.dumps({"run": told}, ensure_ascii=False)
        lines = self.plans.read_text(encoding="utf-8").splitlines() if self.plans.exists() else []
        if lines[:1] == [head]:
            self._take_up(head, lines[1:])
            return
        if self.checkpoint.exists():
            raise ModelError(
                f"{self.out} has an unfinished training on other questions, from another start or by another version; "
                "go on with the same options, or give another --out"
            )
        self.plans.write_text(head + "\n", encoding="utf-8")

    def _take_up(self, head: str, lines: Sequence[str]) -> None:
        for line in lines:
            try:
                row = json.loads(line)
            except json.JSONDecodeError:  # it was being written
                break
            self.searched += row["seconds"]
            self.known[row["at"]] = (row["how"], tuple(row["actions"]), row["f1"])
        self.plans.write_text("".join(f"{line}\n" for line in (head, *lines[: len(self.known)])), encoding="utf-8")

    def note(self, found: Sequence[Supervised], questions: Sequence[Question], seconds: float) -> None:
        """Write down what was found in so many seconds."""
        self.searched += seconds
        with self.plans.open("a", encoding="utf-8") as file:
            for s in found:
                row = {
                    "at": s.at, "question": questions[s.at].text, "how": s.how, "f1": round(s.f1, 4), "plan": s.plan,
                    "actions": list(s.example.actions) if s.example else [], "seconds": round(seconds / len(found), 4),
                }  # fmt: skip
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def publish(self, model: AskModel) -> None:
        """Write the weights as the run's result so far."""
        part = self.out / ".part"
        model.save_pretrained(part)
        for name in (WEIGHTS, "config.json"):
            os.replace(part / name, self.out / name)
        part.rmdir()

    def save(self, state: dict[str, Any]) -> None:
        """Write the checkpoint."""
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.checkpoint)

    def load(self) -> dict[str, Any] | None:
        """The checkpoint, if there is one."""
        if not self.checkpoint.exists():
            return None
        state: dict[str, Any] = torch.load(self.checkpoint, weights_only=True)
        return state

    def finish(self, trained: Trained) -> None:
        """Write the figures and the card; the checkpoint is not needed any more."""
        for name, text in (
            ("training.json", json.dumps(asdict(trained), indent=1, ensure_ascii=False) + "\n"),
            ("model_card.md", model_card(trained)),
        ):
            part = self.out / f"{name}.part"
            part.write_text(text, encoding="utf-8")
            os.replace(part, self.out / name)
        self.checkpoint.unlink(missing_ok=True)
