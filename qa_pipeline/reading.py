"""Reading a question: link, retrieve, fuse, decode. From a text to the plans that it may mean, best first."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from torch import Tensor

from encoder.memory import (
    EncodedQuestion,
    Wording,
    collate_memory,
    collate_questions,
    encode_memory,
    encode_question,
    step_text,
)
from encoder.model import AskModel, Fused
from encoder.text import TextTable, load_encoder, mean_pool
from kg.defined import Defined
from kg.graph import Schema
from kg.names import words_of
from kg.question import Candidate, Link, Mention, Question, Subgraph
from kg.store import GraphStore
from kg.votes import FactKey
from qa_pipeline.classes import classes_for
from qa_pipeline.decode import Hypothesis, decode
from qa_pipeline.defined_nouns import defined_nouns
from qa_pipeline.electorate import Electorate
from qa_pipeline.grammar import PlanGrammar
from qa_pipeline.link import EntityLinker
from qa_pipeline.near_types import is_asked_for, near_types
from qa_pipeline.periods import ages_said
from qa_pipeline.possessives import Chain, possessives_of
from qa_pipeline.retrieve import Direction, RetrievalConfig, retrieve
from qa_pipeline.said import Said, relations_said
from qa_pipeline.spelling import misspelt
from qa_pipeline.spoken import relations_spoken_of
from qa_pipeline.tokens import tokenize
from qa_pipeline.vocabulary import Vocabulary, make_vocabulary

UNSAID_TYPES = 6  # types that the question does not name in the graph's own word, offered all the same


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, share: int = 1) -> Iterator[None]:
        """Time a stage; ``share``: how many questions share it."""
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - began) * 1000 / share
            self.stages[name] = self.stages.get(name, 0.0) + spent


class Moved(NamedTuple):
    """A stretch of a question in other words, and where the words stand that were asked."""

    start: int
    end: int
    asked_start: int
    asked_end: int


@dataclass
class Reading:
    """A question on its way: what was linked and retrieved, and the plans that it may mean, best first.

    :param asked: the question as it was asked, where it is read in other words; ``moved``: where these stand
    :param said: the relations that it says word for word; ``spoken``: in other words than the graph's
    :param wording: how the relations are worded in this question's memory
    :param relevance: how much each relation is asked for in a direction (True: from tail to head), 0 … 1
    :param leaning: how much feedback on questions like it speaks for, or below zero against, relations
    :param trusted: how far the facts are trusted that feedback was about
    """

    question: Question
    links: list[Link] = field(default_factory=list)
    subgraph: Subgraph = field(default_factory=Subgraph)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    said: tuple[Said, ...] = ()
    spoken: tuple[Said, ...] = ()
    wording: Wording = field(default_factory=lambda: Wording({}, {}))
    relevance: Mapping[Direction, float] = field(default_factory=dict)
    leaning: Mapping[Direction, float] = field(default_factory=dict)
    trusted: Mapping[FactKey, float] = field(default_factory=dict)
    watch: Stopwatch = field(default_factory=Stopwatch)
    asked: Question | None = None
    moved: tuple[Moved, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """Every entity that the question names."""
        return tuple(sorted({c.id for k in self.links if k.mention.kind == "entity" for c in k.candidates}))

    @property
    def asked_links(self) -> tuple[Link, ...]:
        """The links with their places in the question as it was asked."""
        return tuple(self._as_asked(link) for link in self.links)

    def _as_asked(self, link: Link) -> Link:
        mention = link.mention
        if self.asked is None or mention.start < 0:
            return link
        shift = 0
        for part in self.moved:
            if part.start <= mention.start < part.end:
                start, end = part.asked_start, part.asked_end
                return replace(link, mention=replace(mention, start=start, end=end, text=self.asked.text[start:end]))
            if part.end <= mention.start:
                shift = part.asked_end - part.end
        return replace(link, mention=replace(mention, start=mention.start + shift, end=mention.end + shift))

    @property
    def grammar(self) -> PlanGrammar:
        """Which plans may be written; knows the question's convention about its topics."""
        return PlanGrammar(self.subgraph, self.topics if self.question.exclude_topics else ())


class QuestionReader:
    """Reads questions over one store with one model."""

    def __init__(self, store: GraphStore, model: AskModel, retrieval: RetrievalConfig | None = None) -> None:
        self.store, self.model = store, model
        self.linker = EntityLinker(store, model.config.encoder)
        self.retrieval = retrieval or RetrievalConfig()
        beside = f"{store.location}-words" if os.path.isfile(store.location) else None
        self.texts = TextTable(model.config.encoder, beside)
        self.tokenizer, _ = load_encoder(model.config.encoder)
        self._known: Vocabulary | None = None
        self.electorate = Electorate(store, model, self.tokenizer)

    def over(self, store: GraphStore) -> QuestionReader:
        """A reader of another view of the same graph; words that are the same there are not embedded again."""
        other = copy(self)
        other.store, other.linker = store, EntityLinker(store, self.model.config.encoder)
        other._known = None if self._known is None else replace(self._known, revision=-1)
        return other

    def read(self, questions: Sequence[Question], beam: int = 8) -> list[Reading]:
        """Read questions together; the encoder sees them as one batch.

        :param beam: how many plans are kept open; 0: link and retrieve only
        """
        readings = [self.spelled_out(q) for q in questions]
        for reading in readings:
            with reading.watch.stage("link"):
                reading.links = self.link(reading.question)
                reading.links += self._taken_for(reading)
        self.understand(readings, beam)
        return readings

    def spelled_out(self, question: Question) -> Reading:
        """The question with decades and centuries as ranges of years and misspelt words put right, but for those in names."""
        ages = [(start, end, end - len(said), years) for said, start, end, years in ages_said(question.text)]
        spelt = misspelt(tokenize(question.text), self.linker.words, self.linker.common)
        changes = sorted([*ages, *((token.start, token.end, token.start, word) for token, word in spelt)])
        if not changes:
            return Reading(question)
        names = [k.mention for k in self.link(question) if k.mention.kind == "entity" and k.candidates]
        text, moved, shift = question.text, [], 0
        for start, end, at, instead in changes:
            if not any(name.start < end and at < name.end for name in names):
                text = text[: start + shift] + instead + text[end + shift :]
                moved.append(Moved(start + shift, start + shift + len(instead), start, end))
                shift += len(instead) - (end - start)
        return Reading(replace(question, text=text), asked=question, moved=tuple(moved)) if moved else Reading(question)

    def link(self, question: Question) -> list[Link]:
        """The mentions of a question; given topics are taken as they are."""
        if question.topics is None:
            return self.linker.link(question.text)
        given = self.linker.place(question.text, self.linker.resolve(question.topics))
        return given + self.linker.others(question.text, given)

    def _taken_for(self, reading: Reading) -> list[Link]:
        """Words that are not the graph's, taken for a type that is asked for, or else for a name that ends in them."""
        if reading.question.topics is not None:
            return []
        known, text = self.vocabulary(), reading.question.text
        found = near_types(text, reading.links, known.schema, known.type_names, self.texts, self.linker.words)
        if found or not known.types or reading.links:
            return found
        return [k for k in self.linker.heads(text) if not is_asked_for(text, k)]

    @torch.inference_mode()
    def understand(self, readings: Sequence[Reading], beam: int = 8, voted: bool = True) -> None:
        """Retrieve, fuse and decode what has been linked.

        :param voted: whether feedback has a say
        """
        share = len(readings)
        vocabulary = self.vocabulary()
        if voted:
            self.electorate.opinions()
        trusted = self.electorate.trust() if voted else {}
        shared = Stopwatch()
        with shared.stage("encode", share):
            encoded = [encode_question(r.question.text, r.links, self.tokenizer) for r in readings]
            ids, attention = collate_questions(encoded)
            tokens = self.model.read(ids, attention)
            asked = vocabulary.asked(self.model, tokens, attention.bool())
            nearest = vocabulary.nearest_types(tokens, attention.bool(), 2 * UNSAID_TYPES)
            leanings = self.electorate.leanings(mean_pool(tokens, attention)) if voted else [{}] * share
        for i, reading in enumerate(readings):
            with reading.watch.stage("retrieve"):
                scores, reading.wording = vocabulary.wordings_for(asked[i])
                reading.leaning, reading.trusted = leanings[i], trusted
                scores |= {d: _leant(scores[d], lean) for d, lean in leanings[i].items() if d in scores}
                reading.relevance = scores
                reading.said = relations_said(reading.question.text, reading.links, vocabulary.phrases)
                reading.spoken = relations_spoken_of(
                    reading.question.text, reading.links, vocabulary.spoken, reading.said
                )
                defined = self._define(reading, vocabulary, tokens[i : i + 1], attention[i : i + 1].bool(), scores)
                reading.links += self._unsaid(reading.links, nearest[i], vocabulary)
                reading.links += classes_for(vocabulary.schema, reading.question.text, reading.links, scores)
                reading.subgraph = retrieve(
                    self.store, vocabulary.schema, reading.links, scores, self.retrieval, defined
                )
        if not beam:
            return
        with shared.stage("fuse", share):
            fused = self._fuse(readings, encoded, tokens, attention.bool())
        with shared.stage("decode", share):
            lean = _lean_of_slots(readings, fused.names.shape[1]) if any(leanings) else None
            chains = [_chains(r, e) for r, e in zip(readings, encoded, strict=True)]
            plans = decode(self.model, fused, [r.grammar for r in readings], beam, lean, chains)
        for reading, hypotheses in zip(readings, plans, strict=True):
            reading.hypotheses = hypotheses
            reading.watch.stages |= shared.stages

    # memory ----------------------------------------------------------------------------------------------------------

    def _fuse(
        self,
        readings: Sequence[Reading],
        encoded: Sequence[EncodedQuestion],
        tokens: Tensor,
        mask: Tensor,
    ) -> Fused:
        memories = []
        for reading, question in zip(readings, encoded, strict=True):
            padding = [0] * (len(reading.links) - len(question.mention_tokens))  # links added since
            memories.append(
                encode_memory(reading.subgraph, reading.wording, self.texts, question.mention_tokens + padding)
            )
        return self.model.fuse(tokens, mask, collate_memory(memories, self.texts.table))

    # the graph's own words -------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Compute the graph's words anew at the next question: the model's weights have changed."""
        self._known = None
        self.electorate.forget()

    def vocabulary(self) -> Vocabulary:
        """The words of the graph as it is now."""
        revision, known = self.store.revision, self._known
        if known is None or known.revision != revision:
            stored, common = self.store.schema(), self.linker.common
            same = known.at(revision, stored, common) if known is not None else None
            known = same or make_vocabulary(revision, stored, self.model, self.texts, common)
            self._known = known
        return known

    def _define(
        self, reading: Reading, vocabulary: Vocabulary, tokens: Tensor, mask: Tensor, scores: dict[Direction, float]
    ) -> dict[str, Defined]:
        """The relations that a question says and the graph has only as walks, scored and worded like the graph's own."""
        text = reading.question.text
        defined, also = defined_nouns(vocabulary.schema, vocabulary.phrases, text, reading.links, reading.said)
        if not defined:
            return defined
        directions = [(id, inverse) for id, each in defined.items() for inverse in each.ways]
        rows = self.texts.rows([step_text(defined[id].name, inverse) for id, inverse in directions])
        turned = torch.tensor([float(inverse) for _, inverse in directions])
        names = self.model.names(self.texts.table[rows], turned)
        asked = self.model.relevance(tokens, mask, names.unsqueeze(0)).sigmoid()[0]
        scores |= dict(zip(directions, asked.tolist(), strict=True))
        reading.wording = Wording(
            {**reading.wording.relations, **{id: each.name for id, each in defined.items()}}, reading.wording.types
        )
        reading.said += also
        return defined

    @staticmethod
    def _unsaid(links: Sequence[Link], nearest: Sequence[int], vocabulary: Vocabulary) -> list[Link]:
        """Links of types that stand in the question in other words, or not at all."""
        said = {c.id for k in links if k.mention.kind == "type" for c in k.candidates}
        unsaid = [vocabulary.types[i] for i in nearest if vocabulary.types[i] not in said][:UNSAID_TYPES]
        return [Link(Mention(-1, -1, t, "type"), (Candidate(t, words_of(t), 0.0),), 0.0) for t in unsaid]


def _chains(reading: Reading, encoded: EncodedQuestion) -> list[Chain]:
    """What the question says in possessives, over its tokens."""
    return [chain.over(encoded) for chain in possessives_of(reading.question.text, reading.links)]


def _leant(score: float, lean: float) -> float:
    """A probability whose logit has grown by so much."""
    return 1 / (1 + (1 / score - 1) * math.exp(-lean)) if 0 < score < 1 else score


def _lean_of_slots(readings: Sequence[Reading], slots: int) -> Tensor:
    """What feedback adds to the logit of each slot that a relation leads to. Shape: (B, slots)."""
    lean = torch.zeros(len(readings), slots)
    for b, reading in enumerate(readings):
        for m, slot in enumerate(reading.subgraph.slots):
            if slot.path and reading.leaning:
                lean[b, m] = reading.leaning.get(slot.path[-1], 0.0)
    return lean


def relation_words(schema: Schema) -> Mapping[str, str]:
    """How each relation reads."""
    return {r.id: r.name or words_of(r.id) for r in schema.relations.values()}
