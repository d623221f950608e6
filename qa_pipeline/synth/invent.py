"""Schemas to practise on: invented ones, drawn from the bank of general relations, each time renamed and turned around."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from qa_pipeline.synth.words import AttributeWords, Bank, RelationWords, TypeWords, read_bank, said, stems

SAID = 0.6  # of the relations are called by a word that they are spoken of with, and by nothing far from it
SIBLING = 0.4  # of the relations of a schema connect the same types as one that it has, where the bank has such
SORTED = 0.25  # of the schemas sort the things of a type, or of a few
ONE_PEOPLE = 0.4  # of the schemas know people as persons and nothing more
RECORDED = (
    0.2  # of the schemas have a record with two ends that goes without saying, besides those that come of themselves
)
DATED = 0.7  # of the records that may have a date have one
NO_NOUN = re.compile(
    r"(?:\b(?:on|from|since|at|by|to|in|until|starts?|begins?)|ed)$"
)  # "ordered on": a column, no noun
# superlatives, comparatives and questions for the date of a record
RANKED_BY_DATE = (
    ("latest", "most recent", "last", "newest"),
    ("earliest", "first", "oldest"),
    ("later", "more recent"),
    ("earlier",),
    ("when was", "when is", "when did {} take place", "what is the date of"),
)
FAR = 0.1  # of the others are called by a name that shares no word with the wordings, where they have one; else near


@dataclass(frozen=True)
class SchemaRelation:
    """A relation of one schema. ``name`` is what the graph calls it; ``turned``: stored tail → head of ``words``.

    ``fan``: how many tails a head has on average, and how many heads a tail has.
    """

    name: str
    words: RelationWords
    turned: bool
    head: frozenset[str]
    tail: frozenset[str]
    fan: tuple[float, float] = (1.0, 1.0)

    def reach(self, inverse: bool) -> float:
        """How many nodes a walk from one node reaches, on average; 1: never more than one."""
        return self.fan[inverse]

    @property
    def reaches(self) -> frozenset[str]:
        """The types of its tails, as the bank has it."""
        return self.head if self.turned else self.tail

    @property
    def leaves(self) -> frozenset[str]:
        """The types of its heads, as the bank has it."""
        return self.tail if self.turned else self.head

    def beside(self, other: SchemaRelation) -> bool:
        """Whether both connect the same types, in whichever direction, so that only words tell them apart."""
        along = self.head & other.head and self.tail & other.tail
        return bool(along or (self.head & other.tail and self.tail & other.head))


@dataclass(frozen=True)
class SchemaAttribute:
    name: str
    words: AttributeWords
    of: frozenset[str]

    @property
    def kind(self) -> str:
        return "date" if self.words.is_date else "number"


@dataclass(frozen=True)
class SchemaRecord:
    """A record that goes without saying in one schema; see :class:`qa_pipeline.synth.words.RecordWords`."""

    doer: SchemaRelation
    done: SchemaRelation
    said: RelationWords
    date: SchemaAttribute | None = None


@dataclass(frozen=True)
class InventedSchema:
    """The types, relations and attributes of one made-up graph; ``typed``: whether its entities carry types."""

    types: tuple[str, ...]
    relations: tuple[SchemaRelation, ...]
    attributes: tuple[SchemaAttribute, ...]
    typed: bool
    words: dict[str, TypeWords] = field(default_factory=dict, compare=False)
    records: tuple[SchemaRecord, ...] = ()

    def records_of(self, types: frozenset[str]) -> list[tuple[SchemaRecord, bool]]:
        """The records at an end of which such things stand, and whether it is the end to which something is done."""
        ends = [(r, r.doer, False) for r in self.records] + [(r, r.done, True) for r in self.records]
        return [(record, is_done) for record, end, is_done in ends if types <= end.reaches]

    def siblings(self, relation: SchemaRelation) -> list[SchemaRelation]:
        """The other relations between the same types."""
        return [r for r in self.relations if r is not relation and r.beside(relation)]


def invent_schema(rng: random.Random, extra: tuple[RelationWords, ...] = ()) -> InventedSchema:
    """A connected schema of some 3 to 30 relations over a handful of types, named and oriented at random.

    :param extra: relations that it must have
    """
    bank = read_bank()
    chosen: list[RelationWords] = list(extra) or [rng.choice(bank.relations)]
    types: set[str] = {t for r in chosen for t in (*r.head, *r.tail)} & set(bank.types)
    ends = {pair for r in chosen for pair in r.ends}
    around = {id(r): r for t in sorted(types) for r in bank.by_type[t]}
    for relation in chosen:
        around.pop(id(relation), None)
    for _ in range(rng.choice((3, 5, 6, 8, 10, 14, 20, 28))):
        near = list(around.values())
        if not near:
            break
        beside = [r for r in near if not ends.isdisjoint(r.ends)] if rng.random() < SIBLING else []
        relation = rng.choice(beside or near)
        chosen.append(relation)
        ends |= relation.ends
        if len(types) < 9:
            new = {rng.choice(relation.head), rng.choice(relation.tail)} - types
            around |= {id(r): r for t in sorted(new) for r in bank.by_type[t]}
            types |= new
        for known in chosen:
            around.pop(id(known), None)
    chosen += _other_ends(rng, chosen, types, bank)
    used: set[str] = set()
    placed = [_place(rng, words, types, used) for words in chosen]
    if rng.random() < 0.45:
        called = [_called_as_type(rng, sorted(types), used, bank) for _ in range(rng.randint(1, 3))]
        placed += called + [_foremost(rng, r, used, bank) for r in called if r and rng.random() < 0.6]
    if rng.random() < SORTED:
        placed.append(_sorting(rng, sorted(types), used, bank))
    relations = [r for r in placed if r]
    if rng.random() < ONE_PEOPLE:
        relations = [_of_persons(r, bank) for r in relations]
    relations = _told_apart(relations)
    present = {t for r in relations for t in r.head | r.tail}
    attributes: list[SchemaAttribute] = []
    if rng.random() < 0.75:
        fitting = [a for a in bank.attributes if present & set(a.of)]
        for words in rng.sample(fitting, min(len(fitting), rng.randint(1, 6))):
            name, of = rng.choice(words.names), frozenset(present & set(words.of))
            own = _of_its_own(words, [a.words for a in attributes if a.of & of])
            if name not in used and own:
                used.add(name)
                attributes.append(SchemaAttribute(name, own, of))
    records = tuple(_dated(rng, record, attributes, used, bank) for record in told_records(relations, bank))
    typed = rng.random() < 0.6
    return InventedSchema(tuple(sorted(present)), tuple(relations), tuple(attributes), typed, bank.types, records)


def _other_ends(rng: random.Random, chosen: list[RelationWords], types: set[str], bank: Bank) -> list[RelationWords]:
    """Records have both of their ends; now and then a record comes in that has to do with the types."""
    numbers = {r.record for r in chosen} - {-1}
    fitting = [n for n, r in enumerate(bank.records) if not types.isdisjoint((*r.doer.tail, *r.done.tail))]
    if fitting and rng.random() < RECORDED:
        numbers |= {rng.choice(fitting)}
    numbers = set({bank.records[n].doer.head: n for n in sorted(numbers)}.values())  # one of each kind of record
    ends = [end for n in sorted(numbers) for end in (bank.records[n].doer, bank.records[n].done)]
    return [end for end in ends if not any(end is r for r in chosen)]


def told_records(relations: list[SchemaRelation], bank: Bank) -> list[SchemaRecord]:
    """The records that may go without saying: nothing else between what they connect is spoken of in their words."""
    found: list[SchemaRecord] = []
    for number in sorted({r.words.record for r in relations} - {-1}):
        words = bank.records[number]
        doer, done = (
            [r for r in relations if r.words.record == number and r.words.tail == end.tail]
            for end in (words.doer, words.done)
        )
        if len(doer) != 1 or len(done) != 1 or doer == done:
            continue
        link = SchemaRelation("", words.said, False, done[0].reaches, doer[0].reaches)
        others = [r for r in relations if r.beside(link) or r in (doer[0], done[0])]
        taken = set().union(*(_wordings(r.words) | {r.name} for r in others), *(_wordings(r.said) for r in found))
        said = _free(words.said, taken)
        if said.tail_verbs:
            found.append(SchemaRecord(doer[0], done[0], said))
    return found


def is_recorded(schema: InventedSchema, relation: SchemaRelation | SchemaAttribute) -> bool:
    """Whether what a relation says may also be told by records, so that a graph without it still has an answer."""
    if isinstance(relation, SchemaAttribute):
        return False
    own, bank = _wordings(relation.words), read_bank()
    for record in schema.records:
        link = SchemaRelation("", record.said, False, record.done.reaches, record.doer.reaches)
        if relation.beside(link) and not own.isdisjoint(_wordings(bank.records[record.doer.words.record].said)):
            return True
    return False


def _dated(
    rng: random.Random, record: SchemaRecord, attributes: list[SchemaAttribute], used: set[str], bank: Bank
) -> SchemaRecord:
    """The record with a date, where it may have one with a name that is free; ``attributes`` gets the date."""
    dates, of = bank.records[record.doer.words.record].dates, record.doer.leaves
    names = [n for n in dates if n not in used]
    nouns = tuple(n for n in dates if NO_NOUN.search(n) is None) or ("date",)
    words = AttributeWords(tuple(sorted(of)), nouns, "date", *RANKED_BY_DATE, is_date=True)
    own = _of_its_own(words, [a.words for a in attributes if a.of & of])
    if not names or own is None or rng.random() > DATED:
        return record
    used.add(name := rng.choice(names))
    attributes.append(SchemaAttribute(name, own, of))
    return replace(record, date=attributes[-1])


def _of_its_own(words: AttributeWords, others: list[AttributeWords]) -> AttributeWords | None:
    """An attribute without the comparisons that others of the same things have ("biggest": by area?); None: it has no other."""
    taken = {w for other in others for part in other.comparisons for w in part}
    most, least, more, less = (tuple(w for w in part if w not in taken) for part in words.comparisons)
    return replace(words, most=most, least=least, more=more, less=less) if most and least else None


def _of_persons(relation: SchemaRelation, bank: Bank) -> SchemaRelation:
    """The same relation in a graph that tells no writers from kings."""

    def plain(types: frozenset[str]) -> frozenset[str]:
        return frozenset("person" if bank.types[t].asked == "who" else t for t in types)

    return replace(relation, head=plain(relation.head), tail=plain(relation.tail))


def _told_apart(relations: list[SchemaRelation]) -> list[SchemaRelation]:
    """Without wordings that could mean another relation between the same types as well; without what has no other.

    What another is called counts as well: "author" is not said of the editors where the graph has authors.
    """
    kept: list[SchemaRelation] = []
    used: list[set[str]] = []  # what each of them is called and spoken of with
    for relation in relations:
        taken = set().union(*(said for other, said in zip(kept, used, strict=True) if other.beside(relation)))
        called = relation.name.removeprefix("has ").removesuffix(" of")
        words = _free(relation.words, taken) if taken else relation.words
        wordings = _wordings(words)
        if called not in taken and (wordings or not taken):
            kept.append(replace(relation, words=words))
            used.append(wordings | {called})
    return kept


def _free(words: RelationWords, taken: set[str]) -> RelationWords:
    """The wordings that are none of those taken."""

    def free(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(t for t in texts if t not in taken)

    kept = _only(words, lambda *texts: taken.isdisjoint(texts))
    return replace(kept, fellows=free(kept.fellows), twices=free(kept.twices), twice_backs=free(kept.twice_backs))


def _wordings(words: RelationWords) -> set[str]:
    verbs = {t for v in (*words.tail_verbs, *words.head_verbs) for t in (v.base, v.finite, v.participle) if t}
    kin = (*words.fellows, *words.twices, *words.twice_backs)
    return {*words.nouns, *words.backs, *words.adjectives, *kin} | verbs


def _only(words: RelationWords, kept: Callable[..., bool]) -> RelationWords:
    """The wordings of which ``kept`` is true, of all forms of a verb at once."""
    return replace(
        words,
        nouns=tuple(n for n in words.nouns if kept(n)),
        backs=tuple(n for n in words.backs if kept(n)),
        tail_verbs=tuple(v for v in words.tail_verbs if kept(v.base, v.finite, v.participle)),
        head_verbs=tuple(v for v in words.head_verbs if kept(v.base, v.finite, v.participle)),
        adjectives=tuple(a for a in words.adjectives if kept(a)),
    )


def _place(rng: random.Random, words: RelationWords, types: set[str], used: set[str]) -> SchemaRelation | None:
    """Give a relation a name, an orientation and the types that it connects here; None when no name is free."""
    heads = [t for t in words.head if t in types] or [rng.choice(words.head)]
    tails = [t for t in words.tail if t in types] or [rng.choice(words.tail)]
    if rng.random() < 0.5:
        heads = rng.sample(heads, rng.randint(1, len(heads)))
    turned = bool(words.inverse_names) and rng.random() < 0.35
    spoken = [n for n in _spoken_names(words, turned) if n not in used] if rng.random() < SAID else []
    names = [n for n in (words.inverse_names if turned else words.names) if n not in used]
    if spoken:
        name = rng.choice(spoken)
        words = _near(words, name)
    elif names:
        far = [n for n in names if not stems(n) & said(words)]
        near = [n for n in names if n not in far]
        name = rng.choice((far if rng.random() < FAR else near) or names)
    else:
        return None
    if rng.random() < 0.04:
        name = f"{rng.choice(tails if turned else heads)} {name}"
    used.add(name)
    head, tail = (tails, heads) if turned else (heads, tails)
    forward, backward = _fan(rng)
    fan = (backward, forward) if turned else (forward, backward)
    return SchemaRelation(name, words, turned, frozenset(head), frozenset(tail), fan)


def _spoken_names(words: RelationWords, turned: bool) -> list[str]:
    """Names made of what a relation is spoken of with: "director", "has director", "directed by"; turned: "directed", "director of"."""
    if turned:
        return [*words.backs, *(v.finite for v in words.tail_verbs), *(f"{n} of" for n in words.nouns)]
    passive = [v.participle for v in words.tail_verbs if v.participle]
    active = [v.finite for v in words.head_verbs]
    return [*words.nouns, *(f"has {n}" for n in words.nouns), *passive, *passive, *active, *words.adjectives]


def _near(words: RelationWords, name: str) -> RelationWords:
    """Only the wordings that share a word with the name; all of them where none does."""
    own = stems(name)

    def near(*texts: str) -> bool:
        return any(not own.isdisjoint(stems(text)) for text in texts)

    kept = _only(words, near)
    return kept if said(kept) else words


def _fan(rng: random.Random) -> tuple[float, float]:
    """Most relations give a thing one value ("author", "country"), and a value many things."""
    forward = 1.0 if rng.random() < 0.6 else 1 + rng.lognormvariate(0.7, 0.7)
    backward = 1.0 if rng.random() < 0.15 else 1 + rng.lognormvariate(1.8, 1.3)
    return forward, backward


def _called_as_type(rng: random.Random, types: list[str], used: set[str], bank: Bank) -> SchemaRelation | None:
    """A relation that bears the name of what it leads to, as columns do ("province", "department"), from things of many types."""
    places = [t for t in types if bank.types[t].asked == "where"]
    sorts = places if places and rng.random() < 0.7 else [t for t in types if bank.types[t].asked != "who"]
    tail = rng.choice(sorts or types)
    heads = [t for t in types if t != tail]
    if not sorts or tail in used or not heads:
        return None
    used.add(tail)
    said = bank.types[tail]
    posts = ("in", "in", "of", "from", "located in") if tail in places else ()
    many = frozenset(rng.sample(heads, min(len(heads), rng.choice((1, 2, 3, 5)))))
    words = RelationWords(tuple(sorted(many)), (tail,), (tail,), nouns=(said.singular,), adjectives=posts)
    return SchemaRelation(tail, words, False, many, frozenset((tail,)), (1.0, 1 + rng.lognormvariate(2.2, 1.3)))


def _sorting(rng: random.Random, types: list[str], used: set[str], bank: Bank) -> SchemaRelation | None:
    """A relation that says of what sort things are, which are spoken of by their sort ("goalkeepers") more than by their type."""
    words = next(r for r in bank.relations if r.tail == ("category",))
    things = [t for t in types if bank.types[t].asked != "where" and t != "category"]
    many = rng.sample(things, min(len(things), rng.choice((1, 1, 2, 3))))
    placed = _place(rng, replace(words, head=tuple(many)), set(many), used) if many else None
    few, plenty = 1.0, 1 + rng.lognormvariate(1.8, 1.0)
    return placed and replace(placed, fan=(plenty, few) if placed.turned else (few, plenty))


FOREMOST = {  # words for one and the same; no superlatives: "the biggest village in X" is measured
    "where": (("seat", "administrative centre", "headquarters"), ("main {}", "chief {}"), ("centre",)),
    "what": (("main {}", "chief {}"), ("flagship",), ("emblem",), ("signature {}",)),
    "who": (("leader", "head", "chair"), ("spokesman",), ("chief {}",)),
}


def _foremost(rng: random.Random, called: SchemaRelation, used: set[str], bank: Bank) -> SchemaRelation | None:
    """The one that stands out among the many: its relation leads to the type that "villages in X" asks for, and is not meant."""
    many, whole = rng.choice(sorted(called.head)), min(called.tail)
    ways = rng.choice(FOREMOST[bank.types[many].asked])
    names = [n.format(many) for n in ways]
    name = rng.choice(names)
    if name in used:
        return None
    used.add(name)
    nouns = tuple(dict.fromkeys((name, rng.choice(names))))
    words = RelationWords((whole,), (many,), (name,), nouns=nouns)
    return SchemaRelation(name, words, False, frozenset((whole,)), frozenset((many,)))
