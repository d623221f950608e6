"""Types by other nouns: "stories" of a graph that has articles, "machines" of one that has hosts.

Two nouns that the practice questions use for the same kind of thing (:mod:`qa_pipeline.synth.words`) are taken for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from kg.names import fold, words_of
from qa_pipeline.synth.words import read_bank
from qa_pipeline.tokens import inflections


def synonyms(noun: str, types: Iterable[str]) -> list[str]:
    """Which of a graph's types a noun says in another word.

    >>> synonyms("stories", ("article", "journalist")), synonyms("machines", ("Host", "Patch"))
    (['article'], ['Host'])
    """
    meant = kinds_of(noun)
    return [type for type in types if not meant.isdisjoint(kinds_of(words_of(type)))] if meant else []


@lru_cache(maxsize=20_000)
def kinds_of(noun: str) -> frozenset[str]:
    """The kinds of things of the bank that a noun stands for, in singular or plural."""
    known = _bank()
    return frozenset().union(*(known.get(form, frozenset()) for form in inflections(fold(noun))))


@lru_cache(maxsize=1)
def _bank() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for kind, words in read_bank().types.items():
        for form in words.forms:
            found[fold(form)].add(kind)
    return {form: frozenset(kinds) for form, kinds in found.items()}
