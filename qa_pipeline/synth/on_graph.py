"""Questions over a graph that is there: plans sampled on its schema, grounded in its facts, worded by the grammar.

For training and testing on one's own graph (``askgraph synth``). Relations are worded by their names ("directed by" stands after "is", "birth place" is a
noun) and, where the bank has a relation of that name, by its words, too. In a graph without types, relations connect where the same entities have them.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from kg.errors import AskGraphError
from kg.graph import Literal, Node, Schema
from kg.names import fold, words_of
from kg.plan import Count, Ends, Entities, Join, OfType, Plan, Result
from kg.plan_json import plan_to_dict
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from kg.store import GraphStore
from qa_pipeline.grammar import INDEX, OPERATORS, PlanGrammar, State
from qa_pipeline.synth.example import KINDS, strange_name
from qa_pipeline.synth.finish import finish
from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.invent import InventedSchema, SchemaAttribute, SchemaRelation
from qa_pipeline.synth.nodes import Impossible
from qa_pipeline.synth.sample import Move
from qa_pipeline.synth.sample_values import Sampler
from qa_pipeline.synth.words import AttributeWords, RelationWords, TypeWords, read_bank, said, stems

SAMPLE = 200  # entities at one end of a relation, looked at to tell what else they have
KEPT = 20_000  # of what stands at one end of a relation
MOST_ANSWERS = 100  # a question with more is hardly one that people ask
TRIES = 400  # for one question, before the graph is said to have none
PREPOSITIONS = ("by", "in", "on", "at", "from", "to", "of", "for", "with", "as", "into", "near", "under")
PEOPLE = frozenset("person people human individual who".split())


@dataclass(frozen=True)
class GroundedQuestion:
    """A question with its answers.

    :param topics: ids of the entities that it names
    :param answers: ids of entities, canonical texts of literals; None: the graph has no answer
    :param kind: what sort of question it is, see :data:`~qa_pipeline.synth.example.KINDS`
    """

    text: str
    topics: tuple[str, ...]
    answers: tuple[str, ...] | None
    plan: Plan | None
    kind: str

    def to_json(self) -> dict[str, Any]:
        """As a line of a question file."""
        told: dict[str, Any] = {"question": self.text, "topics": list(self.topics), "group": self.kind}
        told["answers"] = None if self.answers is None else list(self.answers)
        return told | {"plan": None if self.plan is None else plan_to_dict(self.plan)}


class QuestionFactory:
    """Draws questions over one graph; the same seed gives the same questions over the same graph.

    :param unanswerable: share of the questions that the graph has no answer to: they ask for what it has no relation for, or name what it has not
    :raises AskGraphError: the graph has no relation between entities
    """

    def __init__(self, store: GraphStore, seed: int = 7, unanswerable: float = 0.1) -> None:
        self.store, self.rng, self.unanswerable = store, random.Random(seed), unanswerable
        self.schema, self._ids = schema_of(store)
        if not self.schema.relations:
            raise AskGraphError(
                f"{store.location} has no relation between entities, so nothing can be asked of it; import facts first"
            )
        self._ends: dict[tuple[str, str], tuple[Node, ...]] = {}

    def questions(self) -> Iterator[GroundedQuestion]:
        """Questions without end, none twice."""
        seen: set[str] = set()
        while True:
            question = next((q for q in itertools.islice(self._tries(), TRIES) if q and fold(q.text) not in seen), None)
            if question is None:
                raise AskGraphError(f"no further question after {len(seen):,}: {self.store.location} has too few facts")
            seen.add(fold(question.text))
            yield question

    def _tries(self) -> Iterator[GroundedQuestion | None]:
        weights = [weight for weight, _ in KINDS.values()]
        while True:
            kind = self.rng.choices(list(KINDS), weights)[0]
            try:
                yield self._impossible() if self.rng.random() < self.unanswerable else self._draw(kind)
            except Impossible:
                yield None

    def _draw(self, kind: str) -> GroundedQuestion | None:
        sampler = Sampler(self.schema, self.rng)
        text, moves = KINDS[kind][1](sampler)
        if sampler.unanswerable:
            return None
        plan, named = _Grounding(self, sampler, moves).ground()
        result = self.store.execute(plan)
        if result.value is None and not 0 < len(result.nodes) <= MOST_ANSWERS:
            return None
        if isinstance(plan, Count) and not result.value:
            return None
        text, _ = finish(sampler.phraser, text, named)
        topics = tuple(dict.fromkeys(i for p in _parts(plan) if isinstance(p, Entities) for i in p.ids))
        return GroundedQuestion(text, topics, answers_of(result), plan, kind)

    def _impossible(self) -> GroundedQuestion:
        """What no relation of the graph is like, or what nothing in the graph is called."""
        sampler = Sampler(self.schema, self.rng)
        drawn = sampler.chain(1)
        named = self.name(self.rng.choice(self.end(*self._first(drawn.moves))))
        if self.rng.random() < 0.5:
            text, _ = sampler.set_question(drawn)
            name = strange_name(self.rng)
            if self.store.lookup([fold(name)]):
                raise Impossible
            text, _ = finish(sampler.phraser, text, [name, *(m[1] for m in sampler.mentions[1:])])
            return GroundedQuestion(text, (), None, None, "unknown name")
        called = [name for r in self.store.schema().relations.values() for name in (r.name, words_of(r.id), *r.aliases)]
        here = set().union(*map(stems, called))
        strange = [
            noun
            for relation in read_bank().relations
            if not here & set().union(said(relation), *map(stems, relation.names))  # nor called otherwise
            for noun in relation.nouns
            if stems(noun)
        ]
        if not strange:
            raise Impossible
        text = sampler.phraser.pick(
            "what is the {} of ⟦0⟧", "⟦0⟧ 's {}", "which {} does ⟦0⟧ have", "who or what is the {} of ⟦0⟧"
        )
        text, _ = finish(sampler.phraser, text.format(self.rng.choice(strange)), [named[1]])
        return GroundedQuestion(text, (named[0],), None, None, "unknown relation")

    def _first(self, moves: list[Move]) -> tuple[str, str]:
        relation, inverse = next((m[1], m[2]) for m in moves if m[0] == "step")
        assert isinstance(relation, SchemaRelation | SchemaAttribute)
        return self.id(relation), "tail" if inverse else "head"

    def id(self, edge: SchemaRelation | SchemaAttribute) -> str:
        """The graph's relation behind one of the schema."""
        return self._ids[edge.name]

    def end(self, relation: str, side: str) -> tuple[Node, ...]:
        """What stands at one end of a relation; of many, some."""
        if (relation, side) not in self._ends:
            nodes = self.store.execute(Ends(relation, "head" if side == "head" else "tail")).nodes
            kept = self.rng.sample(nodes, min(len(nodes), KEPT))
            self._ends[relation, side] = tuple(kept)
        return self._ends[relation, side]

    def name(self, node: Node) -> tuple[str, str]:
        """(id, one of its names); the label mostly.

        :raises Impossible: the name is another's, too
        """
        assert isinstance(node, str)
        entity = self.store.entities([node])[node]
        short = [a.text for a in entity.aliases if a.language in ("", "en") and len(a.text) > 3]
        said = self.rng.choice(short) if short and self.rng.random() < 0.1 else entity.display
        if len(self.store.lookup([fold(said)]).get(fold(said), ())) > 1:
            raise Impossible
        return node, said


class _Grounding:
    """Finds the entities and values that one sampled question may name."""

    def __init__(self, factory: QuestionFactory, sampler: Sampler, moves: list[Move]) -> None:
        self.factory, self.store, self.rng = factory, factory.store, factory.rng
        self.mentions, self.classes, self.moves = sampler.mentions, sampler.classes, moves
        self.named = [m[1] for m in sampler.mentions]
        self.links: list[Link | None] = [None] * len(sampler.mentions)
        self.slots: list[Slot] = []

    def ground(self) -> tuple[Plan, list[str]]:
        """The plan, and what each mention is called.

        :raises Impossible: nothing fits
        """
        plan: Plan | None = None
        state, grammar = State(), PlanGrammar(Subgraph())
        for at, (name, what, inverse) in enumerate(self.moves):
            if name == "op":
                state = grammar.advance(state, INDEX[str(what)])
                continue
            if name == "seed":
                assert isinstance(what, int)
                self.links[what] = self._link(what, at, state)
                self.slots.append(Slot(what, (), -1, 1, 0, "entity"))
            else:
                assert isinstance(what, SchemaRelation | SchemaAttribute)
                self.slots.append(Slot(0, ((self.factory.id(what), inverse),), 0, 1, 1, "entity"))
            links = tuple(k or Link(Mention(-1, -1, "", "entity")) for k in self.links)
            grammar = PlanGrammar(Subgraph(links, tuple(self.slots)))
            state = grammar.advance(state, len(OPERATORS) + len(self.slots) - 1)
        state = grammar.advance(state, INDEX["STOP"])
        plan = state.plan
        if plan is None:
            raise Impossible
        return plan, self.named

    def _link(self, index: int, at: int, state: State) -> Link:
        kind, said, type, literal = self.mentions[index]
        if index in self.classes:  # where entities carry no types, nobody knows what those of one are called
            raise Impossible
        if kind == "type":
            return Link(Mention(-1, -1, said, "type"), (Candidate(type, type, 1.0),), 1.0)
        if literal is not None:
            value = self._value(at, state)
            if value is not None:
                literal, self.named[index], kind = value, value.text, "date" if value.kind == "date" else "number"
            return Link(Mention(-1, -1, said, kind, literal), (), 1.0)
        used = {k.candidates[0].id for k in self.links if k is not None and k.candidates}
        fitting = [n for n in self._fitting(at, state, type) if n not in used]
        if not fitting:
            raise Impossible
        id, self.named[index] = self.factory.name(self.rng.choice(fitting))
        return Link(Mention(-1, -1, said, "entity"), (Candidate(id, id, 1.0),), 1.0)

    def _value(self, at: int, state: State) -> Literal | None:
        """A value that bounds the attribute before it, or one that the attribute after it has; None: a rank or a count."""
        before, after = self.moves[at - 1] if at else None, self.moves[at + 1] if at + 1 < len(self.moves) else None
        for move, wanted in ((after, not state.stack), (before, bool(state.pending))):
            if wanted and move is not None and isinstance(move[1], SchemaAttribute):
                values = [n for n in self.factory.end(self.factory.id(move[1]), "tail") if isinstance(n, Literal)]
                return values[self.rng.randrange(len(values))] if values else None
        return None

    def _fitting(self, at: int, state: State, type: str) -> list[Node]:
        """Entities that may stand here: at the end of the next walk, or of what the other half of the question has."""
        following = self.moves[at + 1] if at + 1 < len(self.moves) else None
        walks = following is not None and following[0] == "step"
        if state.stack and not state.pending:  # a second condition: what a member of the first half has
            members = [n for n in self.store.execute(state.stack[-1].plan).nodes if isinstance(n, str)]
            if not members:
                raise Impossible
            member = self.rng.choice(members)
            if walks and following is not None and isinstance(following[1], SchemaRelation):
                found = self.store.execute(
                    Join(Entities((member,)), self.factory.id(following[1]), not following[2])
                ).nodes
                return _entities(found)
            taken_away = following is not None and following[1] == "MINUS"  # "except X" is said of what is there
            if taken_away or self.rng.random() < 0.6:
                return [member]
        if walks and following is not None and isinstance(following[1], SchemaRelation | SchemaAttribute):
            return _entities(self.factory.end(self.factory.id(following[1]), "tail" if following[2] else "head"))
        measured = self.moves[at - 1][1] if at else None
        if isinstance(measured, SchemaAttribute):
            return _entities(self.factory.end(self.factory.id(measured), "head"))
        if self.factory.schema.typed:
            return _entities(self.store.execute(OfType(type)).nodes)
        raise Impossible


def _entities(nodes: tuple[Node, ...]) -> list[Node]:
    found: list[Node] = [n for n in nodes if isinstance(n, str)]
    if not found:
        raise Impossible
    return found


def answers_of(result: Result) -> tuple[str, ...]:
    """As question files have them: ids of entities, canonical texts of values, yes or no."""
    if result.value is None:
        return tuple(n if isinstance(n, str) else n.text for n in result.nodes)
    if isinstance(result.value, bool):
        return ("yes" if result.value else "no",)
    return (Literal(result.value).text,)


def _parts(plan: object) -> Iterator[object]:
    yield plan
    for name in getattr(plan, "__dataclass_fields__", ()):
        yield from _parts(getattr(plan, name))


# the schema, as practice has it ---------------------------------------------------------------------------------------


def schema_of(store: GraphStore) -> tuple[InventedSchema, dict[str, str]]:
    """A graph's schema in the form of an invented one, worded by its own names, and the relation behind each of these.

    Of relations that read the same only the one with the most facts is taken.
    """
    schema = store.schema()
    ids: dict[str, str] = {}
    for r in sorted(schema.relations.values(), key=lambda r: (-r.facts, r.id)):
        ids.setdefault(r.name or words_of(r.id), r.id)
    ends = _typed_ends(schema) if schema.types else _untyped_ends(store, schema)
    types = sorted({t for head, tail in ends.values() for t in head | tail})
    relations, attributes = [], []
    for name, id in sorted(ids.items()):
        r, (head, tail) = schema.relations[id], ends[id]
        if r.kind == "entity" and head and tail:
            fan = (r.facts / max(1, r.heads), r.facts / max(1, r.tails))
            relations.append(SchemaRelation(name, _words(name, head, tail), False, head, tail, fan))
        elif r.kind in ("number", "date") and head:
            attributes.append(SchemaAttribute(name, _measure(name, head, r.unit, r.kind == "date"), head))
    words = {t: _type_words(words_of(t)) for t in schema.types}
    return InventedSchema(tuple(types), tuple(relations), tuple(attributes), bool(schema.types), words), ids


def _typed_ends(schema: Schema) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {
        r.id: (frozenset(t for t, _ in r.domain), frozenset(t for t, _ in r.range)) for r in schema.relations.values()
    }


def _untyped_ends(store: GraphStore, schema: Schema) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Each end of a relation as a type of its own; other relations start or end there if its entities have them."""
    head: dict[str, set[str]] = {r: set() for r in schema.relations}
    tail: dict[str, set[str]] = {r: set() for r in schema.relations}
    for relation in schema.relations.values():
        for side in ("head", "tail"):
            if side == "tail" and relation.kind != "entity":
                continue
            nodes = store.execute(Ends(relation.id, "head" if side == "head" else "tail")).nodes
            some = nodes[:: max(1, len(nodes) // SAMPLE)][:SAMPLE]
            (steps,) = store.expand([store.frontier(some)], 1)
            for step in steps:
                (tail if step.inverse else head)[step.relation].add(f"{side} of {relation.id}")
    return {r: (frozenset(head[r]), frozenset(tail[r])) for r in schema.relations}


def _words(name: str, head: frozenset[str], tail: frozenset[str]) -> RelationWords:
    """What a relation's name allows: "directed by" stands after "is", "has tag" and "birth place" are nouns."""
    ends = (tuple(sorted(head)), tuple(sorted(tail)))
    known = _known().get(fold(name))
    if known is not None and name not in tail and _fits(known, name, tail):
        return replace(known, head=ends[0], tail=ends[1], names=(name,))
    if name.rsplit(" ", 1)[-1] in PREPOSITIONS and " " in name:
        return RelationWords(*ends, (name,), adjectives=(name,))
    noun = name.removeprefix("has ").removeprefix("is ").strip() or name
    return RelationWords(*ends, (name,), nouns=(noun,))


def _fits(words: RelationWords, name: str, tail: frozenset[str]) -> bool:
    """Whether a relation runs as the bank's of that name does: "written by" can run one way only, "author" either way."""
    kinds = {form for t in words.tail for form in (t, *read_bank().types[t].others)}
    return name.rsplit(" ", 1)[-1] in PREPOSITIONS or any(fold(words_of(t)) in kinds for t in tail)


@lru_cache(maxsize=1)
def _known() -> dict[str, RelationWords]:
    """The relations of the bank by their names; those whose name is another's, too, are left out."""
    named = [(fold(name), words) for words in read_bank().relations for name in words.names]
    count = Counter(name for name, _ in named)
    return {name: words for name, words in named if count[name] == 1}


def _measure(name: str, of: frozenset[str], unit: str, is_date: bool) -> AttributeWords:
    most, least = ("latest {}", "earliest {}") if is_date else ("highest {}", "lowest {}")
    how = (f"what is the {name} of",)
    return AttributeWords(
        tuple(sorted(of)), (name,), unit, (most.format(name),), (least.format(name),), (), (), how, is_date
    )


def _type_words(word: str) -> TypeWords:
    return TypeWords(word, plural_of(word), "who" if PEOPLE & set(word.lower().split()) else "what")
