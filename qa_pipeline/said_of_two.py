"""What is said of two values or two names at once: "between 10 and 20", "the same X", "Swift but not Kotlin".

The grammar of plans compares with one bound at a time, meets a set with a name, and walks from each name as if it stood alone.
What is read here is told by function words of English, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from kg.graph import Literal
from kg.names import fold
from kg.plan import (
    Attribute,
    Best,
    Count,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Intersect,
    Join,
    Plan,
    Union,
    Values,
)
from kg.question import Link
from qa_pipeline.answer_type import free_words
from qa_pipeline.literals import as_date
from qa_pipeline.periods import period_said, throughout
from qa_pipeline.plan_parts import parts_of, with_parts
from qa_pipeline.ranked import superlative_said
from qa_pipeline.said import Said
from qa_pipeline.tokens import is_superlative, tokenize

JOINS = frozenset("and or but not nor also both either neither".split())  # between names of which the same is said
ALTERNATIVES = frozenset("and or either nor as & , ;".split())  # "as well as"
DURING = frozenset("in during throughout within".split())  # before a year or a month that is meant from end to end
PAUSES = (",", ":", ";", "-", "–", "—")  # before the two that one may choose from
ASKED = frozenset("which who whose what".split())
COPULAS = frozenset("is are was were do does did has have had can could will would".split())
COMPARATIVES = frozenset(
    "first last more less most least fewer older elder younger newer bigger larger smaller longer shorter taller higher "
    "lower heavier lighter faster slower quicker richer poorer deeper wider closer nearer earlier later sooner better "
    "worse greater further farther stronger warmer colder hotter cheaper".split()
)
EXTREMES = frozenset(
    "most fewest least best worst maximum minimum max min top bottom second third fourth fifth record ever final peak extreme "
    "leading majority outermost innermost uppermost topmost foremost debut inaugural initial topped tops leads leader winner won "
    "winning".split()
)
OPENS = {"between": "and", "from": "to"}  # what a range begins with, and what stands between its ends

Walk = tuple[tuple[str, bool], ...]


class Range(NamedTuple):
    """The two ends of what a question says from end to end, and the links that they are."""

    low: Literal
    high: Literal
    links: tuple[int, int]


class OfTwo(NamedTuple):
    """What a question says of two at once.

    :param joined: the names of which the same is said
    :param choice: the two things between which it lets choose
    :param words: all its words, folded
    :param mutual: the relations that it asks of both to each other
    """

    range: Range | None
    joined: Sequence[tuple[Entities, Entities]]
    choice: frozenset[str]
    words: Collection[str]
    mutual: frozenset[str] = frozenset()

    def is_against(self, plan: Plan) -> bool:
        """Whether a plan treats two names differently, unites what nothing joins, or chooses from something else."""
        return is_unlike(plan, self.joined) or is_unjoined(plan, self.words) or is_aside(plan, self.choice)

    def ranged(self, plan: Plan, dated: Collection[str] = ()) -> Plan:
        """The plan with both ends of the range."""
        return within(plan, self.range, dated) if self.range else plan

    def ends_in(self, plan: Plan) -> tuple[int, ...]:
        """The links that are the ends of the range, if the plan compares with it."""
        return self.range.links if self.range and self.ranged(plan) != plan else ()


def said_of_two(text: str, links: Sequence[Link], said: Sequence[Said] = ()) -> OfTwo:
    """What a question says of two at once.

    :param said: the relations that it says
    """
    words = frozenset(fold(token.text) for token in tokenize(text))
    mutual = mutual_said(text, links, said)
    return OfTwo(range_said(text, links), joined(text, links), choice_said(text, links), words, mutual)


def ranking_said(text: str, links: Sequence[Link]) -> bool:
    """Whether a question has a superlative or a comparative outside of the names in it."""
    return superlative_said(text, links) or any(word in COMPARATIVES | EXTREMES for word in free_words(text, links))


def range_said(text: str, links: Sequence[Link]) -> Range | None:
    """The first range of a question: "between 10 and 20", "from 1990 to 1999", or else "in March 2024"."""
    ends = [i for i, k in enumerate(links) if k.mention.kind in ("number", "date") and k.mention.start >= 0]
    ends.sort(key=lambda i: links[i].mention.start)
    for first, second in pairwise(ends):
        one, other = links[first].mention, links[second].mention
        opening = fold(text[: one.start]).rsplit(" ", 1)[-1]
        middle = fold(text[one.end : other.start].replace(one.unit, " ") if one.unit else text[one.end : other.start])
        if OPENS.get(opening) == middle and one.literal is not None and other.literal is not None:
            low, high = sorted((one.literal, other.literal), key=lambda end: end.order or 0)
            return Range(low, high, (first, second))
    for i in ends:
        said = links[i].mention
        opening, after = fold(text[: said.start]).rsplit(" ", 1)[-1], fold(text[said.end :]).split(" ", 1)[0]
        if opening in DURING and after != "or" and (period := period_said(said)):
            return Range(period, period, (i, i))
    return None


def within(plan: Plan, said: Range, dated: Collection[str] = ()) -> Plan:
    """The plan, comparing with both ends where it compares with one of them.

    :param dated: the relations that lead to dates
    """
    if said.low == said.high:
        return throughout(plan, said.low)
    if isinstance(plan, Join) and plan.other:
        return plan  # what it leaves out is told by the walk right under it
    if isinstance(plan, Join) and plan.inverse and _is_end(plan.source, said):
        low = as_date(said.low) if plan.relation in dated else said.low
        begins = Filter(Ends(plan.relation, "head"), Attribute(plan.relation), ">=", low)
        return within(begins, said, dated)  # what has just that value is not all that is between
    if isinstance(plan, Filter) and isinstance(plan.measure, Attribute) and plan.bound in _ends(said):
        dates = isinstance(plan.bound, Literal) and plan.bound.kind == "date"
        low, high = (as_date(said.low), as_date(said.high, end=True)) if dates else (said.low, said.high)
        return Filter(Filter(within(plan.source, said, dated), plan.measure, ">=", low), plan.measure, "<=", high)
    return with_parts(plan, lambda part: within(part, said, dated))


def _is_end(plan: Plan, said: Range) -> bool:
    return isinstance(plan, Values) and plan.literals[0] in _ends(said)


def _ends(said: Range) -> tuple[Literal, ...]:
    return said.low, said.high, as_date(said.low), as_date(said.high)


def alike(plan: Plan) -> Plan:
    """Whether what a walk from one name reaches is another name, as whether the walk from either reaches the same."""
    if not (isinstance(plan, Exists) and isinstance(plan.source, Intersect)):
        return plan
    walk, other = plan.source.left, plan.source.right
    if not isinstance(walk, Join) or not isinstance(other, Entities):
        return plan
    return Exists(Intersect(walk, _from(walk, other)))


def mutual_said(text: str, links: Sequence[Link], said: Sequence[Said]) -> frozenset[str]:
    """The relations of which a question asks whether two names stand in them to each other: "are X and Y brothers?"."""
    pairs, words = joined(text, links), fold(text).split()
    named = [k.mention for k in links if k.mention.kind == "entity" and k.candidates and k.mention.start >= 0]
    if len(pairs) != 1 or len(named) != 2 or words[:1] not in (["are"], ["were"]):
        return frozenset()
    rest = fold(text[max(m.end for m in named) :]).removesuffix(" to each other").removesuffix(" with each other")
    return frozenset(r for s in said for r in s.relations if fold(s.phrase) == rest)


def to_each_other(plan: Plan, relations: Collection[str]) -> Plan:
    """Whether two names have something in common, as whether they stand in that relation to each other."""
    both = plan.source if isinstance(plan, Exists) else None
    if not isinstance(both, Intersect | Union):
        return plan
    one, other = both.left, both.right
    if not (isinstance(one, Join) and isinstance(other, Join) and one.relation == other.relation in relations):
        return plan
    if not (isinstance(one.source, Entities) and isinstance(other.source, Entities)):
        return plan
    either_way = Union(replace(one, inverse=False), replace(one, inverse=True))
    return Exists(Intersect(either_way, other.source))


def _from(walk: Plan, start: Entities) -> Plan:
    return replace(walk, source=_from(walk.source, start)) if isinstance(walk, Join) else start


def either(plan: Plan | None) -> Plan | None:
    """What is true of both of two things, as what is true of either: "the currencies of X and Y"; None where it is not that."""
    if isinstance(plan, Count | FilterType):
        inner = either(plan.source)
        return replace(plan, source=inner) if inner is not None else None
    if not isinstance(plan, Intersect) or not (isinstance(plan.left, Join) and isinstance(plan.right, Join)):
        return None
    same = replace(plan.left, source=plan.right.source) == plan.right
    return Union(plan.left, plan.right) if same else None


def joined(text: str, links: Sequence[Link]) -> list[tuple[Entities, Entities]]:
    """Pairs of names with nothing but conjunctions between them ("Swift but not Kotlin"): what is said of one is of the other."""
    named = [k for k in links if k.mention.kind == "entity" and k.candidates and k.mention.start >= 0]
    named.sort(key=lambda k: k.mention.start)
    pairs = []
    for one, other in pairwise(named):
        between = fold(text[one.mention.end : other.mention.start]).split()
        if between and JOINS.issuperset(between):
            pairs.append((_all_of(one), _all_of(other)))
    return pairs


def _all_of(link: Link) -> Entities:
    return Entities(tuple(sorted(c.id for c in link.candidates)))


def is_unlike(plan: Plan, pairs: Sequence[tuple[Entities, Entities]]) -> bool:
    """Whether a plan walks differently from two names of which the same is said (coordination is of like things)."""
    walks: dict[Entities, Walk] = {}
    _gather(plan, (), walks)
    return any(walks.get(one, ()) != walks.get(other, ()) for one, other in pairs if one in walks and other in walks)


def is_unjoined(plan: Plan, words: Collection[str]) -> bool:
    """Whether a plan takes what is said of either of two names and the question has no word that joins them."""
    unions = (part for part in parts_of(plan) if isinstance(part, Union))
    return ALTERNATIVES.isdisjoint(words) and any(_names(part.left) != _names(part.right) for part in unions)


def choice_said(text: str, links: Sequence[Link]) -> frozenset[str]:
    """The two things between which a question lets choose ("who is older, X or Y?", "of X and Y, which …"); none: it does not."""
    named = sorted(
        (k for k in links if k.mention.kind == "entity" and k.mention.start >= 0), key=lambda k: k.mention.start
    )
    for at, (one, other) in enumerate(pairwise(named)):
        before, after = text[: one.mention.start].rstrip(), text[other.mention.end :]
        words = fold(before).removesuffix(" the").split()
        between = fold(text[one.mention.end : other.mention.start]).removesuffix(" the")
        if (words and words[0] in COPULAS) or between not in ("or", "and") or not words:
            continue
        pause = before.removesuffix("the").rstrip()
        listed = at > 0 and not any(map(str.isalnum, text[named[at - 1].mention.end : len(pause)]))  # "X, Y or Z"
        closed = not any(map(str.isalnum, after))
        compared = any(map(_compares, words)) and (pause[-1:] in PAUSES or _compares(words[-1]))
        offered = between == "or" and closed and compared and not listed
        first = words[-1] in ("of", "between") and (len(words) == 1 or words[-2] in ASKED or _compares(words[-2]))
        if offered or (first and not ASKED.isdisjoint(fold(text).split())):
            return frozenset(c.id for k in (one, other) for c in k.candidates)
    return frozenset()


def _compares(word: str) -> bool:
    """Whether a folded word is a comparative or a superlative; "mother" and "river" are none."""
    return word in COMPARATIVES or (word.endswith("est") and is_superlative(word))


def is_aside(plan: Plan, choice: frozenset[str]) -> bool:
    """Whether a question lets choose between two things and a plan gives something else."""
    if not choice:
        return False
    while isinstance(plan, Best | Filter | FilterType | Intersect):
        plan = plan.left if isinstance(plan, Intersect) else plan.source
    sides = (plan.left, plan.right) if isinstance(plan, Union) else (plan,)
    return not all(isinstance(side, Entities) and choice.issuperset(side.ids) for side in sides)


def _names(plan: Plan) -> set[object]:
    """What a plan starts at: of one name two relations may be meant by one word ("parents")."""
    return {part for part in parts_of(plan) if isinstance(part, Entities)}


def _gather(plan: Plan, above: Walk, walks: dict[Entities, Walk]) -> None:
    """The steps that a plan takes from each of its names until two sets meet; what it filters by is no step."""
    if isinstance(plan, Entities):
        walks[plan] = above
    elif isinstance(plan, Join):
        _gather(plan.source, ((plan.relation, plan.inverse), *above), walks)
    elif isinstance(plan, Intersect | Union | Difference):
        _gather(plan.left, (), walks)
        _gather(plan.right, (), walks)
    elif hasattr(plan, "source"):
        _gather(plan.source, above, walks)
