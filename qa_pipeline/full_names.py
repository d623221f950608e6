"""Short names of columns in full, by the names that the practice questions have for such relations: `byl` is a byline, `ded_to`
is "dedicated to".

Of the relations of the bank (:mod:`qa_pipeline.synth.words`) whose names a short name may stand for, word by word, those count
for more that connect things of the same types.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from kg.english_words import PREPOSITIONS
from kg.graph import Relation
from kg.names import fold, words_of
from qa_pipeline.persons import PEOPLE
from qa_pipeline.synonyms import kinds_of
from qa_pipeline.synth.words import read_bank
from qa_pipeline.tokens import inflections

USUAL = 2  # names of the bank that have a word, at least
SHORTEST = 2  # letters of a short form that says little
LEFT_OUT = 2  # letters that a short form leaves out, at least
VOWELS = frozenset("aeiou")


class Known(NamedTuple):
    """A name of the bank, and the types that it connects; of an attribute only those that have it."""

    words: tuple[str, ...]
    heads: frozenset[str]
    tails: frozenset[str]


def full_name(words: Sequence[str], relation: Relation, is_short: Callable[[str], bool]) -> str | None:
    """What a relation's short name stands for, of which only short words may differ; None: for nothing, or for several things
    alike.

    A single word must be that of several names and fit the types, or be the beginning of what it stands for; one of two letters
    must fit the types at both ends.
    """
    heads = _kinds(type for type, _ in relation.domain)
    tails = _kinds(type for type, _ in relation.range)
    ranked: dict[str, int] = {}
    for known in _bank()[relation.kind == "entity", len(words)]:
        if known.words != tuple(words) and all(
            _may_be(*pair, is_short) for pair in zip(words, known.words, strict=True)
        ):
            fit = (not heads.isdisjoint(known.heads)) + (not tails.isdisjoint(known.tails))
            if fit >= _needed(words, known.words):
                name = " ".join(known.words)
                ranked[name] = max(fit, ranked.get(name, 0))
    best = sorted(name for name, fit in ranked.items() if fit == max(ranked.values()))
    return best[0] if best and inflections(best[0]).issuperset(best) else None


def _needed(words: Sequence[str], full: Sequence[str]) -> int:
    """How many of the types at the ends must fit."""
    shortest = min(len(short) for short, word in zip(words, full, strict=True) if short != word)
    if shortest <= SHORTEST:
        return 2
    if len(words) > 1:
        return 0
    if _times()[full[0]] < USUAL:
        return 3
    return 0 if full[0].startswith(words[0]) else 1


def abbreviates(short: str, word: str) -> bool:
    """Whether a word's beginning, or its first letter and some of its consonants in their order, may stand for it.

    >>> abbreviates("encl", "enclosure"), abbreviates("kpr", "keeper"), abbreviates("kpr", "kipper")
    (True, True, True)
    >>> abbreviates("sex", "species"), abbreviates("cat", "category"), abbreviates("car", "cars")
    (False, True, False)
    """
    if len(word) < len(short) + LEFT_OUT or word[0] != short[0]:
        return False
    if word.startswith(short):
        return True
    letters = iter(word)
    return VOWELS.isdisjoint(short[1:]) and all(letter in letters for letter in short)


def _may_be(short: str, word: str, is_short: Callable[[str], bool]) -> bool:
    return short == word or (is_short(short) and abbreviates(short, word) and short not in PREPOSITIONS)


def _kinds(types: Iterable[str]) -> frozenset[str]:
    """The kinds of things of the bank that some types are, by their names; all kinds of people, if they are called people."""
    found: set[str] = set()
    for type in types:
        words = fold(words_of(type))
        last = words.rsplit(" ", 1)[-1]
        found |= kinds_of(words) | kinds_of(last)
        if not inflections(last).isdisjoint(PEOPLE):
            found |= _people()
    return frozenset(found)


@lru_cache(maxsize=1)
def _people() -> frozenset[str]:
    return frozenset(kind for kind, words in read_bank().types.items() if words.asked == "who")


@lru_cache(maxsize=1)
def _bank() -> dict[tuple[bool, int], list[Known]]:
    """The names of the bank's relations between things (True) and to numbers or dates, by their numbers of words."""
    bank, found = read_bank(), defaultdict(list)
    for relation in bank.relations:
        for name in relation.names:
            words = tuple(fold(name).split())
            found[True, len(words)].append(Known(words, frozenset(relation.head), frozenset(relation.tail)))
    for attribute in bank.attributes:
        for name in attribute.names:
            words = tuple(fold(name).split())
            found[False, len(words)].append(Known(words, frozenset(attribute.of), frozenset()))
    return found


@lru_cache(maxsize=1)
def _times() -> Counter[str]:
    """In the names of how many of the bank's relations and attributes a word stands."""
    bank = read_bank()
    names = [r.names for r in bank.relations] + [a.names for a in bank.attributes]
    return Counter(word for some in names for word in {word for name in some for word in fold(name).split()})
