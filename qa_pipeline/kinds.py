"""Kinds that are several of a graph's types: "ships", where it has container ships, tankers and ferries."""

from __future__ import annotations

from collections import defaultdict

from kg.english_words import PREPOSITIONS
from kg.graph import Schema
from kg.names import fold, words_of
from qa_pipeline.tokens import inflections

OF = PREPOSITIONS | {"of", "or", "and"}
MANY = 300  # types from which on none are compared
ALIKE = 0.8  # of the relations of two types, at least, where one is of the kind that the other is called


def kinds_of(schema: Schema) -> dict[str, tuple[str, ...]]:
    """Types by the folded forms of what they all are, where no type is called so.

    The last word of a compound says what it is: a container ship is a ship. So is what stands in the same relations, whatever
    it is called: a tanker is built, owned and commanded as container ships are.
    """
    called = {form for type in schema.types for form in inflections(fold(words_of(type)))}
    kinds: dict[str, list[str]] = defaultdict(list)
    for type in schema.types:
        words = fold(words_of(type)).split()
        if not words or not words[-1][:1].isalpha() or not OF.isdisjoint(words):
            continue  # a player of the year is no year
        if len(words) > 1 and called.isdisjoint(inflections(words[-1])):
            kinds[words[-1]].append(type)
    compared = list(schema.types) if kinds and len(schema.types) < MANY else []
    profiles = _profiles(schema) if compared else {}
    found: dict[str, tuple[str, ...]] = {}
    for noun, types in kinds.items():
        alike = [t for t in compared if any(_likeness(profiles[t], profiles[one]) >= ALIKE for one in types)]
        together = tuple(dict.fromkeys((*types, *alike)))
        if len(together) > 1:  # of one alone the network knows, by its likeness; a crew member is not any member
            found |= dict.fromkeys(inflections(noun), together)
    return found


def alike(schema: Schema, type: str) -> set[str]:
    """The types whose things stand in the same relations as those of a type, itself among them."""
    if len(schema.types) >= MANY:
        return {type}
    profiles = _profiles(schema)
    return {other for other in schema.types if _likeness(profiles[type], profiles[other]) >= ALIKE} | {type}


def _profiles(schema: Schema) -> dict[str, set[tuple[str, bool]]]:
    """The relations in which things of each type stand, and at which end."""
    found: dict[str, set[tuple[str, bool]]] = {type: set() for type in schema.types}
    for relation in schema.relations.values():
        for inverse, ends in ((False, relation.domain), (True, relation.range)):
            for type, _ in ends:
                found.setdefault(type, set()).add((relation.id, inverse))
    return found


def _likeness(one: set[tuple[str, bool]], other: set[tuple[str, bool]]) -> float:
    return len(one & other) / max(1, len(one | other))
