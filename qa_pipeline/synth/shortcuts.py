"""What people say in one word, or leave out: teammates, grandparents, "goalkeepers who …", "born in" a country (docs/grammar.md)."""

from __future__ import annotations

import random
from typing import Protocol

from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.invent import SchemaRelation
from qa_pipeline.synth.nodes import Node, Parts, SeedNode, StepNode, type_of
from qa_pipeline.synth.words import RelationWords, Verb

WHERE = ("in", "on", "at")
KIN = 0.6  # of the walks that there is one word for are said with it
SORTED = 0.4  # of the walks to what is of a sort name the sort alone ("goalkeepers")
# types whose entities are words for what they sort, as "goalkeeper" is for players
SORTS = frozenset(
    (
        "job", "literary genre", "playing position", "position", "rank", "military rank", "noble title", "breed", "drug class",
        "compound class", "cell type", "crop", "category",
    )
)  # fmt: skip


class Speaker(Protocol):
    """What words the rest, as :class:`qa_pipeline.synth.phrase.Phraser` does; ``eliding``: how often places are left out."""

    rng: random.Random
    eliding: float

    def pick(self, *options: str) -> str: ...

    def chance(self, p: float) -> bool: ...

    def np(self, node: Node) -> str: ...

    def be(self, subject: Node) -> str: ...

    def is_many(self, node: Node) -> bool: ...

    def head_verb(self, subject: Node, verb: Verb) -> str: ...


def relatives(node: StepNode) -> tuple[tuple[str, ...], Node] | None:
    """Words for what two walks reach together, and of whom: "teammates", "grandparents" of X; None: there are none."""
    source = node.source
    if not isinstance(source, StepNode) or source.words is not node.words:
        return None
    if node.other:
        words = () if node.forward else node.words.fellows
    elif source.forward != node.forward or source.other:
        return None
    else:
        words = node.words.twices if node.forward else node.words.twice_backs
    return (words, source.source) if words else None


def in_a_word(p: Speaker, node: StepNode) -> Parts | None:
    """A noun phrase by a word for all of it: "teammates of X", or the sort itself, "goalkeepers"."""
    if (kin := relatives(node)) and p.chance(KIN):
        noun = p.rng.choice(kin[0])
        return Parts(noun, plural_of(noun), f"of {p.np(kin[1])}")
    source = node.source
    if node.forward or not isinstance(source, SeedNode) or source.whole or source.index < 0:
        return None
    mark, words = f"⟦{source.index}⟧", node.words
    sorts = node.alone and SORTS.issuperset(words.tail) and not set(words.head) & set(words.tail)
    return Parts(mark, mark, "") if sorts and p.chance(SORTED) else None


def sorting(relation: SchemaRelation) -> bool:
    """Whether a relation says of what sort things are."""
    words = relation.words
    return SORTS.issuperset(words.tail) and not set(words.head) & set(words.tail)


def within(p: Speaker, node: StepNode) -> str:
    """ "born in X" of the people born in a village in X: the village goes without saying; "" where it does not."""
    inner = node.source
    if not (isinstance(inner, StepNode) and not inner.forward and _contains(inner)) or inner.other:
        return ""
    if type_of(inner.source).singular in node.words.tail or not p.chance(p.eliding):
        return ""
    ways = [f"{p.pick('', '', 'that are ')}{a} {{}}" for a in node.words.adjectives if _in(a)] * 2
    ways += [f"that {v.base} {{}}" for v in node.words.head_verbs if _in(v.base)]
    return p.rng.choice(ways).format(p.np(inner.source)) if ways else ""


def wider(p: Speaker, node: StepNode) -> str:
    """ "X was born in" of the country in which X's birthplace is; "" where the place in between must be said."""
    if not (ways := _through(node)) or not p.chance(p.eliding):
        return ""
    inner, said = p.rng.choice(ways)
    does = f"{p.be(inner.source)} {said}" if isinstance(said, str) else p.head_verb(inner.source, said)
    return f"{p.np(inner.source)} {does}"


def ask_wider(p: Speaker, node: StepNode, kind: str) -> str:
    """ "which country was X born in", likewise; "" where the place in between must be said."""
    if not (ways := _through(node)) or not p.chance(p.eliding):
        return ""
    inner, said = p.rng.choice(ways)
    which, source = p.pick("what", "which", "which"), p.np(inner.source)
    if isinstance(said, str):
        verb, rest = p.be(inner.source), said
    else:
        verb, rest = p.pick("do", "did") if p.is_many(inner.source) else p.pick("does", "did"), said.base
    if p.chance(0.4):
        rest, _, where = rest.rpartition(" ")
        return f"{where} {which} {kind} {verb} {source} {rest}"
    return f"{which} {kind} {verb} {source} {rest}"


def _through(node: StepNode) -> list[tuple[StepNode, str | Verb]]:
    """The walk before one to a larger place, with its adjectives and verbs that say "in"; none where the two must be told apart."""
    inner = node.source
    if not (isinstance(inner, StepNode) and inner.forward and node.forward and _contains(node)) or inner.other:
        return []
    if node.answer.singular in inner.words.tail:
        return []
    said: list[str | Verb] = [v for v in inner.words.head_verbs if _in(v.base)]
    for adjective in inner.words.adjectives:
        said += [adjective, adjective] if _in(adjective) else []
    return [(inner, way) for way in said]


def _contains(node: StepNode) -> bool:
    """Whether the walk's relation leads from a place to one that it lies in."""
    return node.back.asked == node.answer.asked == "where" and is_inside(node.words)


def is_inside(words: RelationWords, verbs: bool = False) -> bool:
    """Whether a relation is said with "in"; ``verbs``: be it by a verb ("live in")."""
    return any(_in(w) for w in (*words.adjectives, *(v.base for v in words.head_verbs if verbs)))


def _in(words: str) -> bool:
    return words.split(" ")[-1] in WHERE
