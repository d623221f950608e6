"""Evaluation: a file of questions with gold answers against what the pipeline answers.

Every question is answered with the threshold 0, so that ranking (Hits@1, F1, exact match) is judged apart from abstaining;
what the model's own threshold would hold back is then read off the confidences. A question of which nothing could be
linked gets no answer under any threshold; it counts as wrong, with the confidence that the answer carries.

A question whose gold answers are null is *unanswerable*. It takes no part in Hits@1, F1, exact match and the oracle;
whatever is answered to it counts as wrong in the accuracy of what is answered and in calibration.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias
from typing import Literal as OneOf

from tqdm import tqdm

from kg.english import to_english
from kg.errors import AskGraphError, LoadError
from kg.question import Question
from kg.store import GraphStore
from loaders.questions import read_questions
from qa_pipeline.answer import Answer
from qa_pipeline.chart import reliability_svg
from qa_pipeline.choose import weigh
from qa_pipeline.metrics import (
    WRONG,
    Bin,
    Point,
    Score,
    auroc,
    coverage_points,
    expected_calibration_error,
    mean,
    percentile,
    reliability,
    risk_area,
    score,
)
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.respond import items_of, words_for

Topic: TypeAlias = OneOf["given", "linked"]
TOGETHER = 256  # questions that are in the air at once
COLUMNS = {
    "questions": "questions", "Hits@1": "hits_at_1", "F1": "f1", "exact": "exact_match", "oracle": "oracle_exact_match",
    "abstained": "abstention_rate", "right": "answered_accuracy",
}  # fmt: skip
ALSO = {
    "linking_recall": "linking recall", "retrieval_recall": "retrieval recall", "auroc_right": "AUROC right or wrong",
    "auroc_answerable": "AUROC answerable or not", "ece": "calibration error", "risk_area": "area under risk and coverage",
    "unanswerable": "unanswerable questions", "unanswerable_abstention_rate": "of these abstained", "errors": "errors",
}  # fmt: skip


class Pipeline(Protocol):
    """What is evaluated; :class:`qa_pipeline.AskGraph` is one."""

    store: GraphStore
    threshold: float
    reader: QuestionReader

    def consider(self, questions: Sequence[Question], threshold: float | None = None) -> list[tuple[Reading, Answer]]:
        """Answers in the order of the questions, each with the reading behind it."""


@dataclass(frozen=True)
class Judged:
    """One question, answered and judged; of the answer only what the figures need.

    :param score: of the answer against the gold set; None: the question is unanswerable
    :param oracle: the score of the best of the plans that were weighed
    :param found: whether one of the beam's plans finds every gold answer (and perhaps more)
    :param topics: (found, given): how many of the topics that the file gives are among the candidates of the links
    """

    question: Question
    status: str
    confidence: float
    timings_ms: dict[str, float]
    score: Score | None
    oracle: Score
    found: bool
    topics: tuple[int, int]

    @property
    def right(self) -> bool:
        return self.score is not None and self.score.exact


@dataclass(frozen=True)
class Figures:
    """Figures over some questions; None where there is nothing to count. docs/evaluation.md says what each means."""

    questions: int
    unanswerable: int
    errors: int
    hits_at_1: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    exact_match: float | None
    oracle_hits_at_1: float | None
    oracle_exact_match: float | None
    retrieval_recall: float | None
    linking_recall: float | None
    abstention_rate: float | None
    unanswerable_abstention_rate: float | None
    answered_accuracy: float | None
    auroc_right: float | None
    auroc_answerable: float | None
    ece: float | None
    risk_area: float | None


@dataclass(frozen=True)
class Report:
    """What an evaluation found.

    :param topic: ``given``: the file's topics were handed over; ``linked``: they were found, or the file has none
    :param groups: by what the file tells of its questions (``2-hop``)
    :param timings_ms: (median, 95th percentile) by stage and in all, a question
    """

    topic: str
    threshold: float
    total: Figures
    groups: dict[str, Figures]
    reliability: tuple[Bin, ...]
    coverage: tuple[Point, ...]
    timings_ms: dict[str, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """Plain objects, as in ``metrics.json``."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(_table(self))


def evaluate(
    ag: Pipeline,
    questions: Sequence[Question],
    *,
    topic: Topic = "given",
    out: str | Path | None = None,
    progress: bool = False,
) -> Report:
    """Answer questions and compare with their gold answers; see the head of this module for the rules.

    Retrieval recall is the share of answerable questions for which one of the plans in the beam, executed, finds every gold
    answer; the oracle is the best of these plans (chosen with the gold answers in sight), under the same rules as the answer.
    Linking recall is the share of the file's topics that are among the candidates of any link; with ``topic="given"`` it
    says how many of the topics the graph knows.

    :param topic: ``given`` hands the file's topics over (a question without any is linked), ``linked`` never does
    :param out: a folder for ``predictions.jsonl`` (a question a line), ``metrics.json`` and ``reliability.svg``
    :param progress: show a bar on stderr
    :raises LoadError: no question has gold answers
    :raises AskGraphError: the files cannot be written
    """
    if all(q.answers is None for q in questions):
        raise LoadError('no question has gold answers; give them (JSONL: "answers")')
    asked = [replace(q, topics=None) if topic == "linked" else q for q in questions]
    judged: list[Judged] = []
    with ExitStack() as stack:
        bar = stack.enter_context(tqdm(total=len(asked), desc="eval", unit=" questions", disable=not progress))
        file = stack.enter_context(_replacing(Path(out) / "predictions.jsonl")) if out is not None else None
        for start in range(0, len(asked), TOGETHER):
            for reading, answer in ag.consider(asked[start : start + TOGETHER], threshold=0.0):
                gold = questions[len(judged)]
                judged.append(judge(ag, gold, reading, answer))
                if file is not None:
                    file.write(json.dumps(_row(ag, judged[-1], reading, answer), ensure_ascii=False) + "\n")
                bar.update()
        given = any(q.topics is not None for q in asked)
        report = summarise(judged, "given" if given else "linked", ag.threshold)
    if out is not None:
        _write_whole(Path(out) / "metrics.json", json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n")
        _write_whole(Path(out) / "reliability.svg", reliability_svg(report.reliability))
    return report


def read_files(paths: Sequence[str | Path], format: str | None = None, language: str = "en") -> list[Question]:
    """The questions of one or several files; where there are several, a question without a group has its file's name.

    :raises LoadError: a file cannot be read
    """
    found: list[Question] = []
    for path in paths:
        questions = read_questions(path, format, language)
        group = Path(path).stem if len(paths) > 1 else ""
        found += [replace(q, group=q.group or group) for q in questions]
    return found


# judging --------------------------------------------------------------------------------------------------------------


def judge(ag: Pipeline, question: Question, reading: Reading, answer: Answer) -> Judged:
    """Compare one answer, and the whole beam where the answer is not exact, with the gold set."""
    topics = _topics_found(ag, question, reading)
    if question.answers is None:
        return Judged(question, answer.status, answer.confidence, answer.timings_ms, None, WRONG, False, topics)
    known = ag.store.entities(question.answers).keys()
    scored = score(answer.answers, question.answers, known) if answer.status == "answered" else WRONG
    beam = [scored]
    if not scored.exact and answer.status != "error":
        outcomes = weigh(ag.store, reading, enough=2.0)
        results = [o.result for o in outcomes if o.result is not None]
        beam += [score(items_of(ag.store, result, 0.0), question.answers, known) for result in results]
    best = max(beam, key=lambda s: (s.exact, s.hit, s.f1))
    oracle = replace(best, hit=any(s.hit for s in beam))
    found = any(s.recall == 1 for s in beam)
    return Judged(question, answer.status, answer.confidence, answer.timings_ms, scored, oracle, found, topics)


def _topics_found(ag: Pipeline, question: Question, reading: Reading) -> tuple[int, int]:
    if not question.topics:
        return 0, 0
    ids = {c.id for link in reading.links if link.mention.kind == "entity" for c in link.candidates}
    literals = {link.mention.literal for link in reading.links if link.mention.literal is not None}
    found = 0
    for topic in question.topics:
        meant = ag.reader.linker.resolve([topic])
        found += any(k.mention.literal in literals or any(c.id in ids for c in k.candidates) for k in meant)
    return found, len(question.topics)


def summarise(judged: Sequence[Judged], topic: str, threshold: float) -> Report:
    """The figures, in all and by group."""
    names = sorted({j.question.group for j in judged if j.question.group})
    groups = {name: figures([j for j in judged if j.question.group == name], threshold) for name in names}
    given = [j for j in judged if j.status == "answered"]
    confidences, right = [j.confidence for j in given], [j.right for j in given]
    every = reliability([j.confidence for j in judged], [j.right for j in judged])
    return Report(
        topic, threshold, figures(judged, threshold), groups, every,
        coverage_points(confidences, right, len(judged)), _timings(judged),
    )  # fmt: skip


def figures(judged: Sequence[Judged], threshold: float) -> Figures:
    """The figures over some questions."""
    scores = [j.score for j in judged if j.score is not None]
    answerable = [j for j in judged if j.score is not None]
    hopeless = [j for j in judged if j.score is None]
    given = [j for j in judged if j.status == "answered"]
    kept = [j for j in given if j.confidence >= threshold]
    refused = len(hopeless) - sum(j.score is None for j in kept)
    topics = sum(j.topics[1] for j in judged)
    table = reliability([j.confidence for j in judged], [j.right for j in judged])
    return Figures(
        questions=len(judged),
        unanswerable=len(hopeless),
        errors=sum(j.status == "error" for j in judged),
        hits_at_1=mean([s.hit for s in scores]),
        precision=mean([s.precision for s in scores]),
        recall=mean([s.recall for s in scores]),
        f1=mean([s.f1 for s in scores]),
        exact_match=mean([s.exact for s in scores]),
        oracle_hits_at_1=mean([j.oracle.hit for j in answerable]),
        oracle_exact_match=mean([j.oracle.exact for j in answerable]),
        retrieval_recall=mean([j.found for j in answerable]),
        linking_recall=sum(j.topics[0] for j in judged) / topics if topics else None,
        abstention_rate=1 - len(kept) / len(judged) if judged else None,
        unanswerable_abstention_rate=refused / len(hopeless) if hopeless else None,
        answered_accuracy=mean([j.right for j in kept]),
        auroc_right=auroc([j.confidence for j in answerable], [j.right for j in answerable]),
        auroc_answerable=auroc([j.confidence for j in judged], [j.score is not None for j in judged]),
        ece=expected_calibration_error(table),
        risk_area=risk_area([j.confidence for j in given], [j.right for j in given]),
    )


def _timings(judged: Sequence[Judged]) -> dict[str, tuple[float, float]]:
    taken = [j.timings_ms for j in judged if j.timings_ms]
    stages = list(dict.fromkeys(stage for t in taken for stage in t))
    spent = {stage: [t.get(stage, 0.0) for t in taken] for stage in stages}
    spent["total"] = [sum(t.values()) for t in taken]
    return {stage: (percentile(ms, 0.5), percentile(ms, 0.95)) for stage, ms in spent.items()}


# writing --------------------------------------------------------------------------------------------------------------


def _row(ag: Pipeline, judged: Judged, reading: Reading, answer: Answer) -> dict[str, Any]:
    question, status = judged.question, answer.status
    if status == "answered" and answer.confidence < ag.threshold:
        status = "abstained"
    plan = to_english(answer.plan, words_for(ag.store, reading, [answer.plan])) if answer.plan is not None else None
    return {
        "id": question.id,
        "question": question.text,
        "group": question.group,
        "gold": None if question.answers is None else list(question.answers),
        "answers": [item.label if item.id is None else item.id for item in answer.answers],
        "status": status,
        "confidence": answer.confidence,
        "hit": None if judged.score is None else judged.score.hit,
        "exact": None if judged.score is None else judged.score.exact,
        "plan": plan,
        "ms": sum(answer.timings_ms.values()),
    }


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes its name when it is whole; a failure leaves what was there."""
    part = path.with_name(path.name + ".part")
    with _complaining(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("w", encoding="utf-8") as file:
                yield file
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    with _replacing(path) as file:
        file.write(text)


@contextmanager
def _complaining(path: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AskGraphError(f"cannot write {path}: {error.strerror}; give another folder") from error


# showing --------------------------------------------------------------------------------------------------------------


def _table(report: Report) -> Iterator[str]:
    """The report as lines for people: a row for each group, then what is said of all together."""
    rows = [*report.groups.items(), ("all", report.total)]
    width = max(len(name) for name, _ in rows)
    yield f"{'':{width}}" + "".join(f"{head:>11}" for head in COLUMNS)
    for name, found in rows:
        yield f"{name:{width}}" + "".join(f"{_shown(getattr(found, field)):>11}" for field in COLUMNS.values())
    for field, said in ALSO.items():
        value = getattr(report.total, field)
        if value:
            yield f"{said}: {_shown(value)}"
    yield f"topics {report.topic}, threshold {report.threshold:.2f}; milliseconds a question, in batches (median, 95 %):"
    yield "  " + "; ".join(f"{stage} {p50:.1f}, {p95:.1f}" for stage, (p50, p95) in report.timings_ms.items())


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
