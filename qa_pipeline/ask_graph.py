"""AskGraph: a graph that answers questions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, overload

import networkx as nx

from encoder.model import AskModel
from kg.errors import AskGraphError, ModelError, StoreError
from kg.history import Change
from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from kg.overlay import expiry
from kg.question import Question
from kg.store import GraphStore, GraphView
from kg.votes import Vote
from loaders.import_graph import ImportReport, import_into
from loaders.told import read_told
from qa_pipeline.answer import Answer
from qa_pipeline.confidence import FEATURES
from qa_pipeline.evaluate import Report, Topic, evaluate, read_files
from qa_pipeline.feedback import Feedback, vote_on
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.refusal import refusal
from qa_pipeline.respond import respond
from qa_pipeline.statement import Statement
from qa_pipeline.tell import Teller, TellReport, new_batch
from qa_pipeline.tell_sentence import tell_sentence

log = logging.getLogger("askgraph")

SHIPPED = Path(__file__).with_name("weights")
BATCH = 64
TIMES = 4  # times of which the graph is kept at hand
Over = TypeVar("Over", bound="AskGraph")


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
        self.teller = Teller(store)
        self._times: dict[str, AskGraph] = {}

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
        source: Any,
        to: str | Path,
        nodes: Any = None,
        format: str | None = None,
        *,
        resume: bool = False,
        **options: Any,
    ) -> ImportReport:
        """Read a source into a graph; see :func:`loaders.import_graph.import_graph` for what it takes and raises.

        :param to: path or address of the target; a new file is made where there is none
        :param resume: go on with an import into Neo4j that was broken off, where it was
        """
        return import_into(source, to, nodes, format, resume=resume, **options)

    def ask(
        self,
        question: str | Question,
        topics: Sequence[str] | None = None,
        exclude_topics: bool = False,
        *,
        as_of: str | None = None,
    ) -> Answer:
        """Answer a question.

        :param topics: ids, labels or literals of the topics, where they are given; None: they are found in the question
        :param exclude_topics: a convention of some question sets: leave the topics out after every hop from the second on
        :param as_of: answer from the facts that hold then (ISO 8601; a year or a month stands for all of it)
        :raises AskGraphError: the graph cannot be read
        """
        if isinstance(question, str):
            question = Question(
                question, topics=None if topics is None else tuple(topics), exclude_topics=exclude_topics
            )
        return (self if as_of is None else self.at(as_of))._answer([question])[0][1]

    def at(self, as_of: str) -> AskGraph:
        """The graph as it was at a time; answers from the facts that hold then.

        :raises StoreError: it is no ISO 8601 date
        """
        known = self._times.pop(as_of, None)
        self._times[as_of] = known or self._over(AskGraph, self.store.view(as_of=as_of))
        while len(self._times) > TIMES:
            del self._times[next(iter(self._times))]
        return self._times[as_of]

    def _over(self, kind: Callable[[GraphView, AskModel, float], Over], view: GraphView) -> Over:
        """A graph that asks another view of the same store; what the reader knows of the words is shared."""
        self.reader.vocabulary()
        over = kind(view, self.model, self.threshold)
        over.reader = self.reader.over(view)
        return over

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

    # memory ----------------------------------------------------------------------------------------------------------

    @overload
    def tell(self, facts: str, **options: Any) -> Statement: ...

    @overload
    def tell(self, facts: Any, **options: Any) -> TellReport: ...

    def tell(self, facts: Any, **options: Any) -> Statement | TellReport:
        """Tell the graph facts, or a statement in plain language, as one write; the next question sees it.

        :param facts: a statement ("Ada Lovelace was born in London"), which is read and written if it is sure enough, or
            (head, relation, tail), :class:`kg.graph.Fact`, several of either, a pandas table (columns head, relation,
            tail), or a graph of rdflib or networkx. Heads and tails are ids or names of entities, relations too; what no
            entity is called becomes a new one. Values are numbers or dates where the relation's are
        :param options: of facts see :meth:`qa_pipeline.tell.Teller.tell`: source, batch, start, end, on_conflict; of a
            statement :func:`qa_pipeline.tell_sentence.tell_sentence`: source, batch, on_conflict, dry_run, threshold
        :return: of a statement what was understood, and why nothing was written where nothing was; else what was written
        :raises LoadError: something is no fact, a name may be several entities, or a value is not what its relation has
        :raises StoreError: the graph cannot be read or written
        """
        if isinstance(facts, str):
            return tell_sentence(self.reader, self.teller, facts, **options)
        return self.teller.tell(facts, **options)

    def retract(self, facts: Any, *, batch: str | None = None) -> TellReport:
        """Take facts away, as one write. They stay in the history, and :meth:`undo` brings them back.

        :param facts: as :meth:`tell` takes them; a tail of None stands for every value
        :raises AskGraphError: as :meth:`tell`
        """
        return self.teller.retract(facts, batch=batch)

    def replace(
        self,
        facts: Any,
        *,
        source: str | None = None,
        batch: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> TellReport:
        """Tell facts instead of all that their heads have by their relations, as one write.

        :raises AskGraphError: as :meth:`tell`
        """
        return self.teller.replace(facts, source=source, batch=batch, start=start, end=end)

    def undo(self, batch: str) -> int:
        """Take a write back, whichever it was: what it told goes, what it took away is there again; how many facts that are.

        :raises StoreError: there is no such batch
        """
        before = self.store.revision
        changed = self.store.undo(batch)
        if self.store.revision == before:
            raise StoreError(f"{self.store.location} has no batch {batch!r}; the report of a write names its batch")
        return changed

    def history(self, entity: str) -> list[Change]:
        """Who told, retracted or replaced which facts of an entity (an id or a name), newest first.

        :raises LoadError: nothing is called so, or several things are
        """
        return self.store.history(self.teller.entity(entity))

    def scope(self, name: str, *, expires: float | str | None = None) -> ScopedGraph:
        """The graph with changes of its own for one task, conversation or tenant; see :class:`ScopedGraph`.

        :param name: a scope that is there goes on; else it is made
        :param expires: when it ends, in seconds from now or as an ISO 8601 time; it stays until it is merged or thrown away
            when not given
        :raises StoreError: the graph cannot be written, or it is no time
        """
        self.store.open_scope(name, expiry(expires))
        return self._over(ScopedGraph, self.store.view(scope=name))

    def scopes(self) -> list[str]:
        """The names of the scopes that are there."""
        return self.store.scopes()

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


class ScopedGraph(AskGraph):
    """A graph with changes that nobody sees outside it: what is told, taken away or weighed here stays here.

    It stays by its name, until it is merged, thrown away or over. With ``with``, it is only left.

    with ag.scope("task-42") as scoped:
        scoped.tell(("Kenya", "capital", "Mombasa"), on_conflict="replace")
        scoped.ask("What is the capital of Kenya?")
    """

    store: GraphView

    def __init__(self, store: GraphView, model: AskModel, threshold: float | None = None) -> None:
        super().__init__(store, model, threshold)
        self.name = store.overlay.name

    def hide(self, facts: Any) -> TellReport:
        """Have the scope do without facts of the graph; as :meth:`retract`."""
        return self.retract(facts)

    def reweigh(self, facts: Any, weight: float) -> TellReport:
        """Have facts weigh otherwise here.

        :param facts: as :meth:`AskGraph.retract` takes them
        """
        known = self.teller.present(read_told(facts))
        self.store.reweigh([replace(fact, weight=weight) for fact in known])
        return TellReport("", known=len(known))

    def merge(self, batch: str | None = None) -> TellReport:
        """Have the graph as it is here, as one write that can be undone; the scope is gone then.

        :raises StoreError: the graph cannot be written, or the scope is there no more
        """
        gone = tuple(self.store.overlay.hidden.values())
        written = self.store.merge(batch=batch or new_batch("merge"))
        return TellReport(written.batch, written.facts, written.known, written.entities, (), gone)

    def discard(self) -> None:
        """Throw the scope away. Doing so twice is fine."""
        self.store.drop_scope(self.name)


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
