"""What is said for relations in other words than the graph's: "who *runs* …" of `ceo`, "what X *relies on*" of `depends on`.

The words are those that practice questions are worded with (:mod:`qa_pipeline.synth.words`). The model has read them all, but
knows them, again, by degree only; looked up, they are a sign of their own where the graph calls a relation as the bank does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from spacy.lang.en.stop_words import STOP_WORDS

from kg.graph import Relation, Schema
from kg.names import words_of
from kg.question import Link
from qa_pipeline.said import Phrases, Said, name_words, relations_said
from qa_pipeline.synth.words import RelationWords, read_bank

AMBIGUOUS = 6  # relations of the bank between like things that one name may stand for, at most
SHARED = 0.5  # of these must be spoken of so
SEVERAL = 2  # relations of a graph that may be spoken of so, at most

Words = tuple[str, ...]


def spoken_of(schema: Schema, said: Phrases) -> Phrases:
    """What the relations between things are spoken of as, in words that none of the graph's relations is called by."""
    names, ways = _bank()
    found: dict[Words, set[str]] = defaultdict(set)
    for relation in schema.relations.values():
        if relation.kind != "entity":
            continue
        called = {words for name in (*relation.called, *relation.aliases) for words in name_words(name)}
        alike = _between(relation, {number for words in called for number in names.get(words, ())})
        if not 0 < len(alike) <= AMBIGUOUS:
            continue
        spoken = Counter(words for number in alike for words in ways[number])
        for words, count in spoken.items():
            if count >= SHARED * len(alike):
                found[words].add(relation.id)
    return Phrases({w: frozenset(ids) for w, ids in found.items() if w not in said and len(ids) <= SEVERAL})


def _between(relation: Relation, numbers: set[int]) -> set[int]:
    """Those of the bank's relations that connect most of what the graph's relation connects, by the names of types."""
    if len(numbers) < 2:
        return numbers
    heads, tails, ends = type_words(relation.domain), type_words(relation.range), _ends()
    fit = {n: (not heads.isdisjoint(ends[n][0])) + (not tails.isdisjoint(ends[n][1])) for n in numbers}
    return {n for n in numbers if fit[n] == max(fit.values())}


def type_words(counts: Iterable[tuple[str, int]]) -> frozenset[Words]:
    """What some types are called, as words without endings."""
    return frozenset(words for type, _ in counts for words in _words_of_type(type))


@lru_cache(maxsize=20_000)
def _words_of_type(type: str) -> frozenset[Words]:
    return frozenset(name_words(words_of(type)))


@lru_cache(maxsize=1)
def _ends() -> tuple[tuple[frozenset[Words], frozenset[Words]], ...]:
    """What the things at the two ends of each of the bank's relations are called."""
    bank = read_bank()
    called = {
        name: frozenset(words for form in t.forms for words in name_words(form)) for name, t in bank.types.items()
    }

    def of(types: tuple[str, ...]) -> frozenset[Words]:
        return frozenset().union(*(called.get(t, frozenset()) for t in types))

    return tuple((of(r.head), of(r.tail)) for r in bank.relations)


def relations_spoken_of(text: str, links: Sequence[Link], spoken: Phrases, said: Sequence[Said]) -> tuple[Said, ...]:
    """The relations that a question speaks of in other words, but for words that say one."""
    told = {word for one in said for words in name_words(one.phrase) for word in words}
    return tuple(
        one
        for one in relations_said(text, links, spoken)
        if one.weight == 1.0
        and not one.types
        and told.isdisjoint(word for words in name_words(one.phrase) for word in words)
    )


@lru_cache(maxsize=1)
def _bank() -> tuple[dict[Words, tuple[int, ...]], tuple[frozenset[Words], ...]]:
    """By name, which relations of the bank are called so; and of each all the ways to speak of it, but for words for things."""
    bank = read_bank()
    things = {words for word in bank.types.values() for form in word.forms for words in name_words(form)}
    names: dict[Words, list[int]] = defaultdict(list)
    ways = []
    for number, relation in enumerate(bank.relations):
        for words in _words(relation.names):
            names[words].append(number)
        ways.append(
            frozenset(words for words in _words(_said_of(relation)) - things if not STOP_WORDS.issuperset(words))
        )
    return {words: tuple(numbers) for words, numbers in names.items()}, tuple(ways)


def _said_of(relation: RelationWords) -> Iterable[str]:
    for verb in (*relation.tail_verbs, *relation.head_verbs):
        yield from filter(None, (verb.base, verb.finite, verb.participle))
    yield from (*relation.names, *relation.inverse_names, *relation.nouns, *relation.backs, *relation.adjectives)


def _words(names: Iterable[str]) -> set[Words]:
    return {words for name in names for words in name_words(name)}
