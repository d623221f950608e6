"""AskGraph: a graph that answers questions."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import networkx as nx

from encoder.model import AskModel
from kg.errors import AskGraphError, ModelError
from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from kg.question import Question
from kg.store import GraphStore
from kg.votes import Vote
from loaders.import_graph import ImportReport, import_graph, leaving_nothing
from qa_pipeline.answer import Answer
from qa_pipeline.confidence import FEATURES
from qa_pipeline.evaluate import Report, Topic, evaluate, read_files
from qa_pipeline.feedback import Feedback, vote_on
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.refusal import refusal
from qa_pipeline.respond import respond
from qa_pipeline.statement import THRESHOLD, Statement, StatementReader

log = logging.getLogger("askgraph")

SHIPPED = Path(__file__).with_name("weights")
BATCH = 64


class AskGraph:
    """A graph that answers questions in plain language.

    >>> ag = AskGraph.open(nx.MultiDiGraph([("Vienna", "Austria", {"relation": "capital of"})]))
    >>> ag.ask("What is Vienna the capital of?").text
    'Austria'
    """

    def __init__(self, store: GraphStore, model: AskModel, threshold: float | None = None) -> None:
        self.store, self.model = store, model
        self.threshold = model.config.threshold if threshold is None else threshold
        self.reader = QuestionReader(store, model)

    @classmethod
    def open(
        cls, graph: str | Path | nx.Graph, model: str | Path | None = None, threshold: float | None = None
    ) -> AskGraph:
        """Open a graph.

        :param graph: the path of an imported graph, the address of a Neo4j database, or a networkx graph (node attributes
            ``label``, ``type``, ``aliases``; edge key or attribute ``relation``)
        :param model: a folder that ``askgraph train`` wrote; the shipped weights when not given
        :param threshold: the least confidence (0 … 1) with which an answer is given; the model's own when not given
        :raises StoreError: there is no such graph, or it cannot be read
        :raises ModelError: the weights are missing or do not fit
        """
        weights = load_model(str(model or SHIPPED))
        store = NetworkXStore.from_networkx(graph) if isinstance(graph, nx.Graph) else open_store(graph, create=False)
        return cls(store, weights, threshold)

    @staticmethod
    def import_graph(
        source: Any, to: str | Path, nodes: Any = None, format: str | None = None, **options: Any
    ) -> ImportReport:
        """Read a source into a graph; see :func:`loaders.import_graph.import_graph` for what it takes and raises.

        :param to: path or address of the target; a new file is made where there is none
        """
        with leaving_nothing(to):
            store = open_store(to)
            try:
                return import_graph(source, store, nodes=nodes, format=format, **options)
            finally:
                store.close()

    def ask(
        self, question: str | Question, topics: Sequence[str] | None = None, exclude_topics: bool = False
    ) -> Answer:
        """Answer a question.

        :param topics: ids, labels or literals of the topics, where they are given; None: they are found in the question
        :param exclude_topics: a convention of some question sets: leave the topics out after every hop from the second on
        :raises AskGraphError: the graph cannot be read
        """
        if isinstance(question, str):
            question = Question(
                question, topics=None if topics is None else tuple(topics), exclude_topics=exclude_topics
            )
        return self._answer([question])[0][1]

    def batch(self, questions: Sequence[str | Question]) -> list[Answer]:
        """Answers in the order of the questions; one that cannot be answered for an error has the status ``error``."""
        asked = [q if isinstance(q, Question) else Question(q) for q in questions]
        return [answer for _, answer in self.consider(asked)]

    def consider(self, questions: Sequence[Question], threshold: float | None = None) -> list[tuple[Reading, Answer]]:
        """What :meth:`batch` gives, each answer with the reading behind it, under another threshold if one is given."""
        order = sorted(range(len(questions)), key=lambda i: len(str(questions[i].text)))  # like lengths pad little
        answers: dict[int, tuple[Reading, Answer]] = {}
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            answers.update(zip(part, self._try([questions[i] for i in part], threshold), strict=True))
        return [answers[i] for i in range(len(questions))]

    def tell_sentence(
        self, text: str, *, dry_run: bool = False, source: str = "", batch: str = "", threshold: float | None = None
    ) -> Statement:
        """Read a statement ("Ada Lovelace was born in London") and write what it tells, if that is sure enough.

        :param dry_run: only read it
        :param source: who says so, kept with the facts
        :param batch: its name, for undoing; a new one when not given
        :param threshold: the least confidence (0 … 1) with which anything is written
        :return: what was understood, and why nothing was written where nothing was
        :raises StoreError: the graph cannot be read or written
        """
        least = THRESHOLD if threshold is None else threshold
        statement = StatementReader(self.reader, least).read(text)
        if dry_run or not statement.is_told:
            return statement
        batch = batch or f"told {secrets.token_hex(6)}"
        facts = [replace(fact, sources=(source,) if source else ()) for fact in statement.facts]
        self.store.add(facts, statement.entities, batch=batch)
        return replace(statement, batch=batch)

    def feedback(
        self, answer: Answer, correct: bool | None = None, *, expected: Sequence[str] | None = None, user: str = ""
    ) -> Vote:
        """Keep what a user says of an answer: which relations questions like it lean to, and how far its facts are trusted.

        :param correct: whether the answer is right; may be left out where ``expected`` says it
        :param expected: the right answers: ids, labels or canonical texts of literals
        :param user: whose word it is; each user has one, however often it is said
        :return: the vote, for :meth:`revoke`
        :raises FeedbackError: nothing can be learned from it
        :raises StoreError: the graph cannot be written
        """
        told = None if expected is None else tuple(expected)
        vote = vote_on(self.reader, Feedback(answer, correct, told, user), self.reader.electorate.clock())
        self.store.vote(vote)
        return vote

    def votes(self) -> tuple[Vote, ...]:
        """All feedback that is kept with the graph, in the order in which it came."""
        return self.store.votes()

    def revoke(self, vote: Vote | str) -> bool:
        """Take a vote back, given itself or its id; whether there was one."""
        return self.store.unvote(vote if isinstance(vote, str) else vote.id)

    def evaluate(
        self, path: str | Path | Sequence[str | Path], topic: Topic = "given", out: str | Path | None = None
    ) -> Report:
        """Answer the questions of one or several files and compare; see :func:`qa_pipeline.evaluate.evaluate`."""
        paths = [path] if isinstance(path, str | Path) else path
        return evaluate(self, read_files(paths), topic=topic, out=out)

    def close(self) -> None:
        """Release the store. Closing twice is fine."""
        self.store.close()

    def __enter__(self) -> AskGraph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, questions: Sequence[Question], threshold: float | None = None) -> list[tuple[Reading, Answer]]:
        """The whole route: link, retrieve, fuse, decode (the reader), then execute and explain."""
        refused = {i: answer for i, q in enumerate(questions) if (answer := refusal(q)) is not None}
        readable = [q for i, q in enumerate(questions) if i not in refused]
        readings = iter(self.reader.read(readable) if readable else [])
        read = [Reading(q) if i in refused else next(readings) for i, q in enumerate(questions)]
        weights = self.model.config.calibration
        least = self.threshold if threshold is None else threshold
        return [
            (reading, refused[i] if i in refused else respond(self.store, reading, weights, least))
            for i, reading in enumerate(read)
        ]

    def _try(self, questions: Sequence[Question], threshold: float | None) -> list[tuple[Reading, Answer]]:
        try:
            return self._answer(questions, threshold)
        except (AskGraphError, ValueError, RuntimeError) as error:
            if len(questions) == 1:
                log.warning("%r could not be answered: %s", questions[0].text[:80], error)
                return [(Reading(questions[0]), Answer(questions[0].text, status="error", reason=str(error)))]
            return [answer for q in questions for answer in self._try([q], threshold)]


@lru_cache(maxsize=2)
def load_model(folder: str) -> AskModel:
    """Weights from a folder, loaded once.

    :raises ModelError: they are missing or do not fit
    """
    if not Path(folder).is_dir():
        raise ModelError(f"there is no folder {folder}; give one that `askgraph train` wrote")
    model = AskModel.from_pretrained(folder)
    fitted = len(model.config.calibration)
    if fitted not in (0, len(FEATURES)):
        raise ModelError(
            f"the confidence of {folder} was fitted by another version ({fitted} weights instead of {len(FEATURES)}); "
            f"train it again, or empty `calibration` in its config.json"
        )
    return model
