"""Things of a type that have none of another: "which districts have *no* school?", "samples *not* used in any experiment"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kg.english_words import is_participle
from kg.graph import Schema
from kg.names import fold, words_of
from kg.plan import Count, Difference, Ends, Join, OfType, Plan, Side
from kg.question import Link
from qa_pipeline.answer_type import AskedFor, is_denial
from qa_pipeline.bridge import types_between
from qa_pipeline.literals import is_none
from qa_pipeline.said import Said
from qa_pipeline.said_of_two import ranking_said
from qa_pipeline.sorts import Sort
from qa_pipeline.tokens import tokenize, uninflected

Step = tuple[str, bool]
Types = tuple[tuple[str, int], ...]
LIGHT = frozenset(
    "not no never none don t doesn belong belongs to have has had any a an the in with of is are be part".split()
)
NOMINAL = frozenset("ion ation ition ing ment al e".split())  # endings of nouns for what is done
ROOT = 4  # letters of a verb, at least
USUAL = 0.5  # facts of a relation for each thing that may have it, at least


def lacking(
    schema: Schema,
    text: str,
    links: Sequence[Link],
    asked: AskedFor,
    said: Sequence[Said],
    sort: Sort | None = None,
) -> Plan | None:
    """The plan for what is asked for less what has something to do with things of a type that is denied.

    :param said: the relations that the question says: of several between the two types, the only one of these is meant
    :param sort: what is asked for, if no type says so
    :return: None: nothing is denied, something is named, or the graph or the question does not tell which relation is meant
    """
    wanted = sort.types if sort is not None else asked.types
    if sort is not None:
        links = [k for k in links if not k.mention.covers(sort.word.start, sort.word.end)]
    if len(wanted) != 1 or any(k.mention.kind == "entity" and k.score > 0 for k in links):
        return None
    things: Plan = sort.plan if sort is not None else OfType(wanted[0])
    if ranking_said(text, links) or any(k.mention.literal is not None and not is_none(k.mention) for k in links):
        return None  # what is denied is a bound or a rank: "no more than two"
    denied = [token.start for token in tokenize(text) if is_denial(fold(token.text)) or token.text.endswith("n't")]
    if len(denied) != 1:
        return None
    after = [k for k in links if k.mention.kind == "type" and k.score > 0 and k.mention.start > denied[0]]
    others = {c.id for k in after for c in k.candidates if c.id not in wanted}
    if not after:
        without = _having(schema, wanted, [one for one in said if text.find(one.phrase) > denied[0]])
        if without is not None:
            return _less(things, without, asked)
        record = _record_said(schema, text[denied[0] :])
        others = set() if record is None else {record} - set(wanted)
    steps = _steps(schema, others, wanted)
    told = {relation for one in said for relation in one.relations}
    if len(steps) > 1:
        end = after[0].mention.start if after else len(text)
        light = LIGHT.issuperset(fold(t.text) for t in tokenize(text[denied[0] : end]))
        steps = [step for step in steps if step[0] in told] or (_usual(schema, steps, wanted[0]) if light else [])
    if len(others) != 1 or len(steps) != 1:
        return None
    (relation, inverse), (other,) = steps[0], others
    return _less(things, Join(OfType(other), relation, inverse), asked)


def _record_said(schema: Schema, text: str) -> str | None:
    """The type of records that a participle says: what was never *inspected* has no inspection."""
    said = {
        root
        for t in tokenize(text)
        if is_participle(fold(t.text))
        for root in uninflected(fold(t.text))
        if len(root) >= ROOT
    }
    types = [type for type in schema.types if len(words_of(type).split()) == 1]
    found = [type for type in types if any(_is_noun_of(words_of(type), root) for root in said)]
    return found[0] if len(found) == 1 else None


def _is_noun_of(noun: str, verb: str) -> bool:
    """Whether a noun is formed of a verb: inspection, booking, loan."""
    stem = verb.removesuffix("e")
    return noun == verb or (noun.startswith(stem) and noun[len(stem) :] in NOMINAL)


def _less(things: Plan, having: Plan, asked: AskedFor) -> Plan:
    without = Difference(things, having)
    return Count(without) if asked.number else without


def _having(schema: Schema, wanted: Sequence[str], said: Sequence[Said]) -> Plan | None:
    """What has any relation of the only one that is said after the denial: "not slain by anyone"."""
    relations = [schema.relations[id] for one in said for id in one.relations if id in schema.relations]
    if len(relations) != 1:
        return None
    sides: dict[Side, Types] = {"head": relations[0].domain, "tail": relations[0].range}
    at = [side for side, types in sides.items() if wanted[0] in dict(types)]
    if len(at) > 1 and words_of(relations[0].called[0]).endswith(" by"):
        at = ["head"]  # what is slain by something
    if len(at) > 1:
        return None
    verb = any(is_participle(fold(one.phrase)) for one in said)  # "never rented", not "without a population"
    having: Plan | None = Ends(relations[0].id, at[0]) if at else None
    if verb and not at:
        having = _by_record(schema, wanted, relations[0].id, sides)
    return having


def _by_record(schema: Schema, wanted: Sequence[str], relation: str, sides: Mapping[Side, Types]) -> Plan | None:
    """What things with the relation lead to by the only way: the vehicles of rentals, which have a renter."""
    ways = [(side, *step) for side, types in sides.items() for step in _steps(schema, dict(types).keys(), wanted)]
    if len(ways) != 1:
        return None
    side, step, inverse = ways[0]
    return Join(Ends(relation, side), step, inverse)


def _usual(schema: Schema, steps: Sequence[Step], type: str) -> list[Step]:
    """Of several ways to things of a type, the relation that these have as a rule: a member belongs to a party, few lead one."""
    things = schema.types.get(type, 0)
    usual = [
        step for step in steps if step[1] and dict(schema.relations[step[0]].domain).get(type, 0) >= USUAL * things
    ]
    return usual if len(usual) == 1 else []


def _steps(schema: Schema, here: Collection[str], there: Collection[str]) -> list[Step]:
    """The relations that lead from things of some types to things of others, each with its direction."""
    both = [(r, inverse) for r in schema.relations.values() for inverse in (False, True)]
    return [(r.id, inverse) for r, inverse in both if types_between(r, here, there, inverse)]
