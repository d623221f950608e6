"""Relations that are called for short by what the graph has in full: `lead_kpr` of keepers, `encl` that leads to enclosures.

Short forms that mean the same in every graph are spelled out by :func:`kg.names.words_of`; these only the schema can tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from spacy.lang.en.stop_words import STOP_WORDS

from kg.graph import Relation, Schema
from kg.names import words_of
from qa_pipeline.common_words import CommonWords

SHORT = 5  # letters of a short form, at most
TOLD = 3  # letters of one that stands for a word from anywhere in the schema, at least
LEFT_OUT = 2  # letters that it leaves out, at least
NEVER = STOP_WORDS | {"co", "ex", "id", "no"}
VOWELS = frozenset("aeiou")


def short_names(schema: Schema, common: CommonWords) -> dict[str, str]:
    """By relation, what its short name stands for, where that is told and no other relation is called so."""
    texts = {name: words_of(name) for name in (*schema.types, *schema.relations)}
    everywhere: dict[str, set[str]] = defaultdict(set)
    for word in {word for text in texts.values() for word in text.split()}:
        everywhere[word[0]].add(word)
    taken = {name for relation in schema.relations.values() for name in (*relation.called, *relation.aliases)}
    found: dict[str, str] = {}
    for id, relation in schema.relations.items():
        words = texts[id].split(" ")
        short = [_is_short(word, common) for word in words]
        if any(short) and relation.name in ("", texts[id]):  # else somebody gave it a name
            of = _Ends(relation, everywhere)
            full = [of.in_full(word, at, len(words)) if short[at] else word for at, word in enumerate(words)]
            if (name := " ".join(full)) not in taken:
                found[id] = name
    return found


def also_called(schema: Schema, names: Mapping[str, str]) -> Schema:
    """The schema whose relations have further names."""
    known = {id: schema.relations[id] for id in names if id in schema.relations}
    named = {id: replace(relation, aliases=(*relation.aliases, names[id])) for id, relation in known.items()}
    return replace(schema, relations={**schema.relations, **named}) if named else schema


def _is_short(word: str, common: CommonWords) -> bool:
    """Whether a word is none of English, as far as can be told: of two letters the encoder knows all."""
    if not 2 <= len(word) <= SHORT or not (word.isascii() and word.isalpha()) or word in NEVER:
        return False
    return len(word) == 2 or not common.knows(word)


class _Ends:
    """What is at the ends of a relation, and all words of its schema by their first letter."""

    def __init__(self, relation: Relation, everywhere: Mapping[str, set[str]]) -> None:
        self.tails, self.heads = _words(relation.range), _words(relation.domain)
        self.everywhere = everywhere if relation.kind == "entity" else {}

    def in_full(self, short: str, at: int, count: int) -> str:
        """The one word that a short form at a place of a name stands for; itself: there is none, or there are several.

        What a name begins with may be the table's own, short for what the relation starts from ("fd" of `fd_date`); of
        numbers and texts it is nothing else, as they end with units.
        """
        ways = [self.heads] if at == 0 and count > 1 else []
        if self.everywhere:
            ways = [self.tails, self.heads]
            if len(short) == TOLD or (len(short) > TOLD and VOWELS.isdisjoint(short)):
                ways.append(self.everywhere.get(short[0], set()))
        for words in ways:
            firm = len(short) > 2 or (at == 0 and count > 1 and words is self.heads)
            found = {
                w.removesuffix("s"): w for w in sorted(words) if abbreviates(short, w) and (firm or w.startswith(short))
            }
            if found:
                return next(iter(found.values())) if len(found) == 1 else short
        return short


def _words(counts: Iterable[tuple[str, int]]) -> set[str]:
    return {word for type, _ in counts for word in words_of(type).split()}


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
