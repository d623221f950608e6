"""Relations that are called for short by what the graph has in full: `lead_kpr` of keepers, `encl` that leads to enclosures.

Short forms that mean the same in every graph are spelled out by :func:`kg.names.words_of`; these only the schema can tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial

from spacy.lang.en.stop_words import STOP_WORDS

from kg.graph import Relation, Schema
from kg.names import as_written, fold, words_of
from qa_pipeline.common_words import CommonWords
from qa_pipeline.full_names import VOWELS, abbreviates, full_name
from qa_pipeline.said import name_words

SHORT = 6  # letters of a short form, at most; with a vowel one less
TOLD = 3  # letters of one that stands for the word of a type that is not at an end of the relation, at least
GLUED = 4  # letters of a word with one before it, at least
NEVER = STOP_WORDS | {"co", "ex", "id", "no"}


def short_names(schema: Schema, common: CommonWords) -> dict[str, str]:
    """By relation, what its short name stands for, where that is told and no other relation is called so."""
    types: dict[str, set[str]] = defaultdict(set)
    for word in {word for type in schema.types for word in words_of(type).split()}:
        types[word[0]].add(word)
    is_short, knows = cache(partial(_is_short, common=common)), common.knows
    named: dict[str, str] = {}
    for id, relation in schema.relations.items():
        words = words_of(id).split(" ")
        if any(map(is_short, words)) and _is_called_by_id(relation):
            ends = _Ends(relation, types, knows)
            full = [ends.in_full(w, at, len(words)) if is_short(w) else w for at, w in enumerate(words)]
            if full != words:
                named[id] = " ".join(full)
            if (full == words or any(map(is_short, full))) and (
                known := full_name(full, relation, is_short)
            ) is not None:
                named[id] = known
    every = (name for r in schema.relations.values() for name in (*r.called, *r.aliases))
    times = Counter(words for name in (*every, *named.values()) for words in name_words(name))
    return {id: name for id, name in named.items() if all(times[words] == 1 for words in name_words(name))}


def _is_called_by_id(relation: Relation) -> bool:
    """Whether nobody gave it a name, or just its id's words."""
    return fold(relation.name) in {"", fold(words_of(relation.id)), fold(as_written(relation.id))}


def also_called(schema: Schema, names: Mapping[str, str]) -> Schema:
    """The schema whose relations have further names."""
    known = {id: schema.relations[id] for id in names if id in schema.relations}
    named = {id: replace(relation, aliases=(*relation.aliases, names[id])) for id, relation in known.items()}
    return replace(schema, relations={**schema.relations, **named}) if named else schema


def _is_short(word: str, common: CommonWords) -> bool:
    """Whether a word is none of English, as far as can be told: of two letters the encoder knows all."""
    longest = SHORT if VOWELS.isdisjoint(word) else SHORT - 1
    if not 2 <= len(word) <= longest or not (word.isascii() and word.isalpha()) or word in NEVER:
        return False
    return len(word) == 2 or not common.knows(word)


class _Ends:
    """What is at the ends of a relation, and the words of all types by their first letter."""

    def __init__(self, relation: Relation, types: Mapping[str, set[str]], knows: Callable[[str], bool]) -> None:
        self.tails, self.heads = _words(relation.range), _words(relation.domain)
        self.is_walk, self.types, self.knows = relation.kind == "entity", types, knows

    def in_full(self, short: str, at: int, count: int) -> str:
        """The one word that a short form at a place of a name stands for; itself: there is none, or there are several.

        What a name begins with may be the table's own, short for what the relation starts from ("fd" of `fd_date`); of
        numbers and texts it is nothing else, as they end with units. A letter of it may stand before a word ("cdate").
        """
        owner = sorted(word for word in self.heads if word[0] == short[0])
        if count == 1 and len(owner) == 1 and len(short) > GLUED and self.knows(short[1:]):
            return f"{owner[0]} {short[1:]}"
        ways = [self.heads] if at == 0 and count > 1 else []
        if self.is_walk:
            ways = [self.tails, self.heads]
            if len(short) == TOLD or (len(short) > TOLD and VOWELS.isdisjoint(short)):
                ways.append(self.types.get(short[0], set()))
        for words in ways:
            firm = len(short) > 2 or (at == 0 and count > 1 and words is self.heads)
            found = [w for w in sorted(words) if abbreviates(short, w) and (firm or w.startswith(short))]
            if found:  # one and many are the same
                return found[0] if len({w.removesuffix("s") for w in found}) == 1 else short
        return short


def _words(counts: Iterable[tuple[str, int]]) -> set[str]:
    return {word for type, _ in counts for word in words_of(type).split()}
