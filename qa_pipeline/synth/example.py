"""From a sampled question to a training example: the memory that a retrieval would have shown, and the right actions."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoder.memory import Wording
from kg.graph import NodeKind
from kg.plan import Side
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from qa_pipeline.grammar import BOUNDED, INDEX, OPERATORS, PlanGrammar, State
from qa_pipeline.synth import records
from qa_pipeline.synth.finish import finish
from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.invent import InventedSchema, SchemaAttribute, SchemaRelation, invent_schema, is_recorded
from qa_pipeline.synth.memory_builder import MemoryBuilder
from qa_pipeline.synth.nodes import Impossible
from qa_pipeline.synth.sample import ClassSeed, Edge, Move, classes_of
from qa_pipeline.synth.sample_values import Sampler

MAX_SLOTS = 110
HOPS, BEAM = 3, (99, 8, 10)  # as deep and wide as retrieval goes, whatever the plan: else the memory tells its length
ALWAYS = 2  # slots of each depth are followed, however many there are already: a full memory would be a shallow one
CLASSES = 6  # are offered where a question is about all of a kind and the graph has no types
TRIES = 4  # to draw a question of one kind over a schema before there is another
AMBIGUOUS = 0.12  # of the named entities share their name with one of another type
HIDDEN = 0.13  # of the questions ask for a relation that the graph has not
HIDDEN_FACT = 0.22  # of those that ask for one fact
FACTS = ("1 hop", "attribute")
UNLINKED = 0.03  # of the questions name something that the graph has not
NOTHING_ASKED = 0.15  # where it is asked how many there are, or whether there is any

SOUNDS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gl",
    "h",
    "k",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
    "th",
    "ch",
)
VOWELS = ("a", "e", "i", "o", "u", "ai", "ei", "ou", "y")


@dataclass(frozen=True)
class Example:
    """One training question.

    :param actions: the right actions, numbered as in :mod:`qa_pipeline.grammar`
    :param allowed: what the grammar allows before each. Shape: (len(actions), len(OPERATORS) + slots)
    :param kind: what sort of question it is, for figures
    :param wording: how its graph's relations read; None: as their ids do
    """

    text: str
    subgraph: Subgraph
    actions: tuple[int, ...]
    allowed: NDArray[np.bool_]
    kind: str
    wording: Wording | None = None


KINDS: dict[str, tuple[float, Callable[[Sampler], tuple[str, list[Move]]]]] = {
    "1 hop": (0.0837, lambda s: s.chained(1)),
    "2 hops": (0.107, lambda s: s.chained(2)),
    "3 hops": (0.1209, lambda s: s.chained(3)),
    "4 hops": (0.0089, lambda s: s.chained(4)),
    "shared": (0.0537, lambda s: s.shared(0, 0)),
    "shared, then": (0.0874, lambda s: s.shared(0, 1)),
    "shared, after": (0.0134, lambda s: s.shared(1, 0)),
    "elided": (0.0223, Sampler.elided),
    "excepted": (0.0112, Sampler.excepted),
    "pair": (0.067, Sampler.pair),
    "without": (0.0134, Sampler.without),
    "unknown type": (0.0223, Sampler.unknown_type),
    "attribute": (0.0428, Sampler.attribute),
    "count": (0.0326, Sampler.count),
    "whether": (0.0223, Sampler.whether),
    "whether any": (0.0134, Sampler.whether_any),
    "best": (0.0484, Sampler.best),
    "best, then": (0.0223, Sampler.ranked_walk),
    "most": (0.0298, Sampler.most),
    "filtered": (0.0326, Sampler.filtered),
    "count filtered": (0.0205, Sampler.count_filtered),
    "compared": (0.0223, Sampler.compared),
    "total": (0.0134, Sampler.total),
    "listed": (0.0045, Sampler.listed),
    "of value": (0.0165, Sampler.of_value),
    "record": (0.042, records.over_record),
    "record of two": (0.02, records.of_two),
    "record in time": (0.018, records.in_time),
}


def build(
    schema: InventedSchema, sampler: Sampler, text: str, moves: list[Move], kind: str, rng: random.Random
) -> Example:
    """Make the example of a sampled question.

    :raises Impossible: the plan does not fit the grammar or the memory
    """
    _check_types(sampler, moves, text)
    unlinked = _unlinked(sampler, rng) if rng.random() < UNLINKED else -1
    said_as = [strange_name(rng) if i == unlinked else m[1] for i, m in enumerate(sampler.mentions)]
    text, spans = finish(sampler.phraser, text, said_as)
    hidden = _hidden(moves, rng) if rng.random() < (HIDDEN_FACT if kind in FACTS else HIDDEN) else None
    links: list[Link] = []
    kept: dict[int, int] = {}
    for i, (mention_kind, said, type, literal) in enumerate(sampler.mentions):
        if i == unlinked:
            continue
        start, end = spans[i]
        kept[i] = len(links)
        if i in sampler.classes:
            links.append(_class_link(*sampler.classes[i]))
            continue
        if mention_kind == "type":
            start, end = _find_type(text, schema, type)
        mention = Mention(start, end, text[start:end] if start >= 0 else said, mention_kind, literal)
        candidates = (Candidate(type or "x", said, 1.0),) if literal is None else ()
        links.append(Link(mention, candidates, 1.0))
    if schema.typed:
        said_types = {m[2] for m in sampler.mentions if m[0] == "type"}
        for type in rng.sample(schema.types, min(len(schema.types), 6)):
            if type not in said_types:
                start, end = _find_type(text, schema, type)
                said = text[start:end] if start >= 0 else type
                links.append(Link(Mention(start, end, said, "type"), (Candidate(type, type, 1.0),), 1.0))
    if hidden is not None and (
        any(edge is hidden for edge, _ in sampler.classes.values())
        or _is_said_by(schema, hidden)
        or is_recorded(schema, hidden)
    ):
        raise Impossible
    named = any(m[0] == "entity" for m in sampler.mentions)
    measured = not named and any(m[3] is not None for m in sampler.mentions)
    if not schema.typed and (sampler.classes or measured):
        links += _other_classes(sampler, hidden, rng)
    links += _distracting(text, links, schema, rng, 0.06 if unlinked < 0 else 0.5)
    builder = MemoryBuilder(schema, rng, hidden, NOTHING_ASKED if kind in ("count", "whether any") else 0.01)
    order = list(range(len(links)))
    for i in order:
        link = links[i]
        type = _type_of(schema, link.candidates[0]) if link.candidates else ""
        many = rng.randint(5, 3000) if link.mention.kind == "type" else 1
        node_kind: NodeKind = "number" if link.mention.literal is not None else "entity"
        of: tuple[str, ...] = (type,) if type else ()
        if link.mention.kind == "entity" and of and rng.random() < AMBIGUOUS:
            of, many = (*of, rng.choice(schema.types)), 2  # two things bear the name
        types = tuple(dict.fromkeys(of)) if schema.typed else ()
        builder.add(Slot(i, (), -1, many, 0, node_kind, types), frozenset(of), None)
    if unlinked >= 0:
        moves, kind = [], "no answer"
    actions = _actions(builder, moves, kept, rng)
    if unlinked >= 0:
        actions = (INDEX["NO_ANSWER"],)
    if hidden is not None and any(m[1] is hidden for m in moves):
        actions, kind = (INDEX["NO_ANSWER"],), "no answer"
    if sampler.unanswerable:
        actions = (INDEX["NO_ANSWER"],)
    subgraph = Subgraph(tuple(links), tuple(builder.slots))
    return Example(text, subgraph, actions, masks(PlanGrammar(subgraph), actions), kind)


def _class_link(edge: Edge, side: Side) -> Link:
    """A class without a type as :func:`qa_pipeline.classes.classes_for` offers it."""
    return Link(Mention(-1, -1, edge.name, "type"), (Candidate(edge.name, edge.name, 0.0, side),), 0.0)


def _other_classes(sampler: Sampler, hidden: Edge | None, rng: random.Random) -> list[Link]:
    """Classes that are offered besides those that are meant: none that is the same, none of what the graph has not."""
    meant = [m[2] for i, m in enumerate(sampler.mentions) if i in sampler.classes]
    same = [end for type in meant for end in classes_of(sampler.schema, type)]
    ends: list[ClassSeed] = [(a, "head") for a in sampler.schema.attributes]
    ends += [(r, side) for r in sampler.schema.relations for side in ("head", "tail")]
    others = [end for end in ends if end not in same and end[0] is not hidden]
    return [_class_link(*end) for end in rng.sample(others, min(len(others), CLASSES - len(sampler.classes)))]


def _type_of(schema: InventedSchema, candidate: Candidate) -> str:
    """The type of a candidate: its own, or that of those at an end of a relation."""
    if candidate.side is None:
        return candidate.id
    for relation in schema.relations:
        if relation.name == candidate.id:
            return min(relation.tail if candidate.side == "tail" else relation.head)
    return next(min(a.of) for a in schema.attributes if a.name == candidate.id)


def _check_types(sampler: Sampler, moves: list[Move], text: str) -> None:
    """What the plan restricts to a type must be said with its word, or with *who* where no other type is asked for so.

    :raises Impossible: it is not
    """
    schema, said = sampler.schema, text
    for i, (kind, _, type, _) in enumerate(sampler.mentions):  # "the king X" says what X is, not what is asked for
        if kind == "entity" and type in schema.words:
            said = re.sub(rf"\b(?:{_either(schema.words[type].forms)}) (?:of )?⟦{i}⟧", "", said)
    seeds = [m[1] for m, after in itertools.pairwise(moves) if m[0] == "seed" and after[:2] == ("op", "AND")]
    restricted = Counter(
        sampler.mentions[i][2] for i in seeds if isinstance(i, int) and sampler.mentions[i][0] == "type"
    )
    people = [t for t in schema.types if schema.words[t].asked == "who"] if schema.typed else []
    roles = {n for m in moves if isinstance(m[1], SchemaRelation) for n in (*m[1].words.nouns, *m[1].words.backs)}
    roles |= {n for record in schema.records for n in (*record.said.nouns, *record.said.backs)}
    for type, times in restricted.items():
        forms = schema.words[type].forms
        other = {form for role in roles - forms for form in (role, plural_of(role))}  # "fatherly friend" is no type
        left = re.sub(rf"\b(?:{_either(other)})\b", "#", said) if other else said
        either = _either(forms) + (r"|whom?" if people == [type] else "")
        if len(re.findall(rf"\b(?:{either})\b", left)) < times:
            raise Impossible


def _is_said_by(schema: InventedSchema, hidden: Edge) -> bool:
    """Whether a relation that the graph has not may be taken for one that it has: it is called as what it leads to."""
    if isinstance(hidden, SchemaAttribute) or not schema.siblings(hidden):
        return False
    forms = frozenset().union(*(schema.words[t].forms for t in hidden.head | hidden.tail if t in schema.words))
    return bool(hidden.words.nouns) and forms.issuperset(hidden.words.nouns)


def _either(words: Iterable[str]) -> str:
    """A pattern for one of some words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _unlinked(sampler: Sampler, rng: random.Random) -> int:
    """A named entity that no linker will find; -1: the question names none."""
    return rng.choice([i for i, m in enumerate(sampler.mentions) if m[0] == "entity"] or [-1])


def strange_name(rng: random.Random) -> str:
    """A name that nothing bears ("Zorvan", "Belu Taris")."""
    words = [
        "".join(rng.choice(SOUNDS) + rng.choice(VOWELS) for _ in range(rng.randint(2, 3)))
        for _ in range(rng.choice((1, 1, 2)))
    ]
    name = " ".join(w + rng.choice(("", "n", "s", "r", "th")) for w in words)
    return name.title() if rng.random() < 0.7 else name


def _distracting(text: str, links: list[Link], schema: InventedSchema, rng: random.Random, share: float) -> list[Link]:
    """Now and then an entity that the question does not mean: a linker finds names in common words, too."""
    if rng.random() > share:
        return []
    taken = [(k.mention.start, k.mention.end) for k in links]
    words = [f.span() for f in re.finditer(r"\w{4,}", text)]
    free = [(a, b) for a, b in words if not any(a < end and start < b for start, end in taken)]
    start, end = rng.choice(free) if free and rng.random() < 0.5 else (-1, -1)
    type = rng.choice(schema.types)
    mention = Mention(start, end, text[start:end] if start >= 0 else "", "entity")
    return [Link(mention, (Candidate(type, type, 1.0),), 1.0)]


def _hidden(moves: list[Move], rng: random.Random) -> Edge | None:
    steps = [m[1] for m in moves if m[0] == "step"]
    chosen = rng.choice(steps) if steps else None
    return chosen if isinstance(chosen, SchemaRelation | SchemaAttribute) else None


def _find_type(text: str, schema: InventedSchema, type: str) -> tuple[int, int]:
    words = schema.words.get(type)
    if words is None:
        return -1, -1
    found = re.search(rf"\b(?:{re.escape(words.plural)}|{re.escape(words.singular)})\b", text, re.IGNORECASE)
    return found.span() if found else (-1, -1)


def _actions(builder: MemoryBuilder, moves: list[Move], kept: dict[int, int], rng: random.Random) -> tuple[int, ...]:
    """Follow the moves over the memory, expanding what is passed, then a little of what is not."""
    offset, stack, actions, pending = len(OPERATORS), [], [], False
    for name, what, inverse in moves:
        if name == "seed":
            assert isinstance(what, int)
            if not pending:
                stack.append(kept[what])
            pending = False
            actions.append(offset + kept[what])
        elif name == "op":
            actions.append(INDEX[str(what)])
            if what in ("AND", "OR", "MINUS"):
                stack.pop()
            elif what not in ("OTHER", "COUNT", "EXISTS"):
                pending = True
        else:
            assert isinstance(what, SchemaRelation | SchemaAttribute)
            builder.expand(stack[-1], (what, inverse))
            child = (builder.children[stack[-1]] or {}).get((id(what), inverse))
            if child is None:
                if what is builder.hidden:
                    break
                raise Impossible
            actions.append(offset + child)
            if pending:
                pending = actions[-2] < offset and OPERATORS[actions[-2]] in BOUNDED
                rankable = OPERATORS[actions[-2]] in ("BEST_MAX", "BEST_MIN")
                pending = pending or (rankable and _ranks(moves, len(actions)))
            else:
                stack[-1] = child
    for at in stack:
        if len(builder.slots[at].path) < HOPS:
            builder.expand(at)
    limit = rng.randint(50, 130)
    for depth, beam in enumerate(BEAM):
        standing = [i for i, s in enumerate(builder.slots) if len(s.path) == depth and builder.children[i] is None]
        standing = [i for i in standing if depth or builder.types[i] or builder.slots[i].kind != "entity"]
        for n, at in enumerate(rng.sample(standing, min(len(standing), beam))):
            if depth == 0 or n < ALWAYS or len(builder.slots) < limit:
                builder.expand(at)
    if len(builder.slots) > 2 * MAX_SLOTS:
        raise Impossible
    return (*actions, INDEX["STOP"])


def _ranks(moves: list[Move], position: int) -> bool:
    """Whether the move at the position is the ordinal or number of a superlative."""
    return [move[0] for move in moves[position - 2 : position + 1]] == ["op", "step", "seed"]


def masks(grammar: PlanGrammar, actions: tuple[int, ...]) -> NDArray[np.bool_]:
    """What the grammar allows before each action; see :class:`Example`.

    :raises Impossible: one of the actions is not
    """
    state = State()
    rows = []
    for action in actions:
        row = grammar.allowed(state)
        if not row[action]:
            raise Impossible
        rows.append(row)
        state = grammar.advance(state, action)
    return np.stack(rows)


def draw(
    rng: random.Random,
    kinds: dict[str, float] | None = None,
    invent: Callable[[random.Random], InventedSchema] = invent_schema,
) -> Example:
    """One example over a freshly invented schema; ``kinds``: weights by kind instead of the usual ones."""
    names = list(kinds or KINDS)
    weights = [kinds[k] if kinds else KINDS[k][0] for k in names]
    kind = rng.choices(names, weights)[0]
    schema = invent(rng)
    for attempt in range(200):
        if attempt % TRIES == TRIES - 1:
            schema = invent(rng)
        sampler = Sampler(schema, rng)
        try:
            text, moves = KINDS[kind][1](sampler)
            return build(schema, sampler, text, moves, kind, rng)
        except Impossible:
            continue
    return draw(rng, kinds, invent)
