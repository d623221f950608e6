"""Relations that are called for short by what the graph has in full: `lead_kpr` of keepers, `encl` that leads to enclosures.

Short forms that mean the same in every graph are spelled out by :func:`kg.names.words_of`; these only the schema can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from spacy.lang.en.stop_words import STOP_WORDS

from kg.graph import Relation, Schema
from kg.names import words_of
from qa_pipeline.common_words import CommonWords

SHORT = 5  # letters of a short form, at most
TOLD = 3  # and at least, unless it stands for what is at an end of the relation
LEFT_OUT = 2  # letters that it leaves out, at least
VOWELS = frozenset("aeiou")


def spelled_out(schema: Schema, common: CommonWords) -> Schema:
    """The schema whose relations are also called by what their short names stand for."""
    everywhere = sorted({w for name in (*schema.types, *schema.relations) for w in words_of(name).split()})
    relations = {id: _spelled_out(relation, everywhere, common) for id, relation in schema.relations.items()}
    return replace(schema, relations=relations)


def _spelled_out(relation: Relation, everywhere: Sequence[str], common: CommonWords) -> Relation:
    if relation.name and relation.name != words_of(relation.id):
        return relation  # somebody gave it a name
    ends = [[w for t, _ in end for w in words_of(t).split()] for end in (relation.range, relation.domain)]
    words = words_of(relation.id).split(" ")
    full = [_in_full(word, ends, everywhere) if _is_short(word, common) else word for word in words]
    if full == words:
        return relation
    return replace(relation, aliases=(*relation.aliases, " ".join(full)))


def _is_short(word: str, common: CommonWords) -> bool:
    """Whether a word is none of English, as far as can be told: of two letters the encoder knows all."""
    known = len(word) > 2 and common.knows(word)
    return 2 <= len(word) <= SHORT and word.isalpha() and word not in STOP_WORDS and not known


def _in_full(short: str, ends: Iterable[Iterable[str]], everywhere: Iterable[str]) -> str:
    """The one word that a short form stands for: of the types at its relation's ends, else of all the schema."""
    for words in (*ends, everywhere if len(short) >= TOLD else ()):
        found = {word for word in words if abbreviates(short, word)}
        if found:
            return found.pop() if len(found) == 1 else short
    return short


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
