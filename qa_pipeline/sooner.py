"""Whether something came before something else, and what did: "was X founded before Y?", "which songs came out after Y?".

Both have a date of the same kind, which is not said. It is the date that the question is most about, of those that both have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kg.english_words import is_participle
from kg.graph import Schema
from kg.names import fold
from kg.plan import Aggregate, Attribute, Best, Comparison, Ends, Exists, Filter, Join, Plan
from kg.question import Link, Subgraph
from qa_pipeline.ages import is_dated
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.said import Said

COMPARISONS: dict[str, Comparison] = {"before": "<", "after": ">", "earlier than": "<", "later than": ">"}
PARTICLES = frozenset(("out", "up"))  # of verbs of a beginning: "came out", "went up"
OTHERWISE = frozenset(  # after or before somebody, and no time
    "named renamed called titled christened modelled modeled look looks looking looked take takes run runs go goes".split()
)


class Sooner(NamedTuple):
    """What is compared: the link of what is asked about (-1: things of a kind), how, and the link of what it is compared with."""

    asked: int
    comparison: Comparison
    bound: int


def sooner_said(text: str, links: Sequence[Link], whether: bool, said: Sequence[Said] = ()) -> Sooner | None:
    """What a question asks to come before or after what it names, if nothing else is named.

    :param whether: it is to be answered with yes or no
    :param said: the relations that it says, which may be called so ("looks after")
    """
    named = [i for i, k in enumerate(links) if k.mention.kind == "entity" and k.mention.start >= 0 and k.candidates]
    named.sort(key=lambda i: links[i].mention.start)
    if len(named) != 1 + whether or any(k.mention.kind in ("number", "date") for k in links):
        return None
    bound = links[named[-1]].mention
    words = fold(text[: bound.start]).removesuffix(" the")
    told = next((word for word in COMPARISONS if words.endswith(f" {word}")), "")
    if told and any(fold(each.phrase).endswith(told) for each in said):
        return None
    verb = words.removesuffix(told).split()[-1:] if told else []
    if not verb or verb[0] in OTHERWISE or any(map(str.isalnum, text[bound.end :])):
        return None
    if not whether and not (is_participle(verb[0]) or verb[0] in PARTICLES):
        return None
    return Sooner(named[0] if whether else -1, COMPARISONS[told], named[-1])


def sooner(plan: Plan, said: Sooner, subgraph: Subgraph, schema: Schema) -> Plan:
    """The plan that compares their dates in the place of one that does not; as it is where they have none in common."""
    start = subgraph.links[said.bound].start
    if any(isinstance(part, Filter) and start in parts_of(part.bound) for part in parts_of(plan)):
        return plan
    if any(isinstance(part, Best | Aggregate) for part in parts_of(plan)):
        return plan
    dates = _dates(subgraph, said.bound, schema)
    if said.asked >= 0:
        own = _dates(subgraph, said.asked, schema)
        dates = {relation: weight for relation, weight in dates.items() if relation in own}
    if not dates:
        return plan
    relation = max(dates, key=lambda relation: dates[relation])
    source = subgraph.links[said.asked].start if said.asked >= 0 else _kind(subgraph.links, relation)
    compared = Filter(source, Attribute(relation), said.comparison, Join(start, relation))
    return Exists(compared) if said.asked >= 0 else compared


def _dates(subgraph: Subgraph, link: int, schema: Schema) -> dict[str, float]:
    """The relations over which something that is named has dates, with how much each is asked for."""
    steps = (slot for slot in subgraph.slots if slot.seed == link and len(slot.path) == 1 and slot.nodes)
    return {s.path[0][0]: s.weight for s in steps if not s.path[0][1] and is_dated(schema, s.path[0][0])}


def _kind(links: Sequence[Link], relation: str) -> Plan:
    """The things of which some are asked for: those of the type that is said, or all that have such a date."""
    for link in links:
        if link.mention.kind == "type" and link.mention.start >= 0 and link.candidates:
            return link.start
    return Ends(relation, "head")
