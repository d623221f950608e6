"""From the plans that a question may mean to one answer: execute, choose, weigh, prove, say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import networkx as nx

from kg.cypher import show_cypher
from kg.english import Words, to_english
from kg.evidence import evidence
from kg.graph import Literal, Node
from kg.plan import Best, Count, Difference, Entities, Exists, Filter, Intersect, Plan, Result
from kg.question import Link, Subgraph
from kg.sparql import to_sparql
from kg.store import GraphStore
from qa_pipeline.answer import Answer, AnswerItem
from qa_pipeline.confidence import confidence, features
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.reading import Reading, relation_words

ENOUGH = 0.98  # of the plans' probability: the rest is not executed
EMPTY = 0.05  # how much less an empty set, or its count, is believed than its plan
EMPTY_SEEN = 0.5  # the same where the memory showed that there is nothing
IGNORED = 0.05  # the same for each clear mention that a plan leaves out
VACUOUS = 0.1  # the same where there is nothing to choose from, or for "but not" nothing to take away
CLEAR = 0.6  # least score of the link of such a mention
SHOWN = 10  # names in an answer's text
UNLINKED = 0.05  # most confidence where nothing in the question is known
NO_FACTS = "this graph has no facts that answer the question"


@dataclass
class Outcome:
    """One answer that the question may have, with the best of its plans and the probability of all of them.

    ``plan`` and ``result`` are None for "this graph has no answer". ``ignored``: clear mentions that its best plan leaves out.
    ``support``: as of its best plan's :class:`~qa_pipeline.decode.Hypothesis`.
    """

    plan: Plan | None
    result: Result | None
    probability: float
    weight: float
    ignored: int = 0
    support: float = 1.0

    @property
    def is_empty(self) -> bool:
        return self.result is not None and not self.result.nodes and self.result.value is None


def respond(store: GraphStore, reading: Reading, weights: Sequence[float], threshold: float) -> Answer:
    """The answer to a question that has been read: that of the likeliest plan, if its confidence reaches the threshold.

    That the graph has no answer is not decided by the model alone: its probability is one of the confidence's features.
    """
    question, schema = reading.question.text, store.schema()
    with reading.watch.stage("execute"):
        outcomes = weigh(store, reading)
    chosen = next((i for i, o in enumerate(outcomes) if o.plan is not None), None)
    answer = Answer(
        question, links=tuple(k for k in reading.links if k.score > 0 or k.is_nil), timings_ms=reading.watch.stages
    )
    with reading.watch.stage("explain"):
        answer = replace(answer, subgraph=networkx_of(reading.subgraph))
        nothing = _unlinked(store, reading)
        best = outcomes[chosen] if chosen is not None else None
        if chosen is None or best is None or best.plan is None or best.result is None:
            return replace(answer, status="not_linked" if nothing else "abstained", reason=nothing or NO_FACTS)
        words = words_for(store, reading, [o.plan for o in outcomes if o.plan is not None])
        said = to_english(best.plan, words)
        others = tuple(
            (to_english(o.plan, words), o.probability) for o in outcomes if o.plan is not None and o is not best
        )[:3]
        sure = confidence(features_of(outcomes, chosen, reading), weights)
        if nothing and not any(k.score > 0 and k.mention.literal is None and not k.is_nil for k in reading.links):
            return replace(answer, status="not_linked", reason=nothing, confidence=min(sure, UNLINKED))
        answer = replace(
            answer, confidence=sure, plan=best.plan, cypher=show_cypher(best.plan), sparql=to_sparql(best.plan, schema)
        )
        if sure < threshold:
            unsure = f"not sure enough ({sure:.2f}, the threshold is {threshold:.2f}) that this is asked: {said}"
            reason = nothing or (NO_FACTS if chosen > 0 else unsure)
            status = "not_linked" if nothing else "abstained"
            return replace(answer, status=status, reason=reason, alternatives=((said, best.probability), *others))
        items = items_of(store, best.result, sure)
        return replace(
            answer, text=text_of(items), answers=items, evidence=evidence(store, best.plan, best.result),
            reason=f"understood as: {said}", alternatives=others,
        )  # fmt: skip


def _unlinked(store: GraphStore, reading: Reading) -> str:
    """What of the question the graph does not know; "" if all that looks like a name is known and there is something."""
    missing = [k.mention.text for k in reading.links if k.is_nil]
    if missing:
        return f"the graph has nothing called {_quoted(missing)}"
    named = any(k.score > 0 and k.mention.literal is None for k in reading.links)
    literals = [k.mention.literal for k in reading.links if k.mention.literal is not None]
    return "" if named or len(store.frontier(literals)) else "nothing in the question is a name in the graph"


# choosing -----------------------------------------------------------------------------------------------------------


def weigh(store: GraphStore, reading: Reading, enough: float = ENOUGH) -> list[Outcome]:
    """Execute the plans and unite those that give the same; best first.

    :param enough: when plans of that probability have been executed, the rest is not; above 1: all are
    """
    found: dict[object, Outcome] = {}
    seen = 0.0
    for hypothesis in reading.hypotheses:
        if hypothesis.plan is None:
            outcome = Outcome(None, None, hypothesis.probability, hypothesis.probability)
        else:
            plan, result = narrowed(store, hypothesis.plan, reading.links)
            ignored = _ignored(reading, hypothesis.actions)
            outcome = Outcome(plan, result, hypothesis.probability, hypothesis.probability, ignored, hypothesis.support)
            void = outcome.is_empty or (isinstance(plan, Count) and not result.value)
            outcome.weight *= IGNORED**ignored * (_empty(reading, hypothesis.actions) if void else 1.0)
            if not void and _is_vacuous(store, plan):
                outcome.weight *= VACUOUS
        known = found.setdefault(outcome.result, outcome)
        if known is not outcome:
            known.probability += outcome.probability
            known.weight += outcome.weight
            known.ignored = min(known.ignored, outcome.ignored)
        seen += hypothesis.probability
        if seen > enough and any(o.plan is not None and not o.is_empty for o in found.values()):
            break
    return sorted(found.values(), key=lambda o: -o.weight)


def _empty(reading: Reading, actions: Sequence[int]) -> float:
    slots, offset = reading.subgraph.slots, len(OPERATORS)
    return EMPTY_SEEN if any(a >= offset and not slots[a - offset].nodes for a in actions) else EMPTY


def _ignored(reading: Reading, actions: Sequence[int]) -> int:
    """How many of the names, numbers and dates that are clearly meant have no part in a plan."""
    slots, offset = reading.subgraph.slots, len(OPERATORS)
    used = {slots[a - offset].seed for a in actions if a >= offset and not slots[a - offset].path}
    return sum(
        i not in used and not k.is_nil and k.mention.kind != "type" and k.score >= CLEAR
        for i, k in enumerate(reading.links)
    )


def _is_vacuous(store: GraphStore, plan: Plan) -> bool:
    """Whether some part of a plan does nothing that would be worth saying: who asks for the largest knows of several."""
    if isinstance(plan, Exists):
        return False
    if isinstance(plan, Best | Filter) and not isinstance(plan.source, Entities):
        several = store.execute(Count(plan.source)).value
        wanted = plan.offset + plan.limit if isinstance(plan, Best) else 2
        if several is not None and several < max(2, wanted):
            return True
    if isinstance(plan, Difference) and not store.execute(Exists(Intersect(plan.left, plan.right))).value:
        return True
    parts = (getattr(plan, f.name) for f in fields(plan))
    return any(_is_vacuous(store, part) for part in parts if isinstance(part, Plan))


def narrowed(store: GraphStore, plan: Plan, links: Sequence[Link]) -> tuple[Plan, Result]:
    """The plan with its mentions read in the most prominent way that gives anything; with all readings, if none does."""
    tried: tuple[Plan, Result] | None = None
    for candidate in (*_readings(plan, links), plan):
        result = store.execute(candidate)
        if result.value is not None or result.nodes:
            return candidate, result
        tried = tried or (candidate, result)
    assert tried is not None  # the plan itself was tried
    return tried


def _readings(plan: Plan, links: Sequence[Link]) -> Iterator[Plan]:
    """The plan with fewer readings of its mentions: the prominent ones, then those that bear the name as their label."""
    for least in (1.0, 0.99):
        kept = {}
        for link in links:
            ids = tuple(sorted(c.id for c in link.candidates))
            chosen = tuple(sorted(c.id for c in link.candidates if c.score >= least * link.candidates[0].score))
            if link.mention.kind == "entity" and len(chosen) < len(ids):
                kept[ids] = chosen
        if kept:
            yield _replace_entities(plan, kept)


def _replace_entities(plan: Plan, kept: dict[tuple[str, ...], tuple[str, ...]]) -> Plan:
    if isinstance(plan, Entities):
        return Entities(kept.get(plan.ids, plan.ids))
    changed: dict[str, Any] = {
        f.name: _replace_entities(value, kept)
        for f in fields(plan)
        if hasattr(value := getattr(plan, f.name), "__dataclass_fields__") and not isinstance(value, Literal)
    }
    return replace(plan, **changed) if changed else plan


def features_of(outcomes: Sequence[Outcome], at: int, reading: Reading) -> tuple[float, ...]:
    chosen = outcomes[at]
    total = sum(o.weight for o in outcomes) or 1.0
    rival = max((o.weight for i, o in enumerate(outcomes) if i != at), default=0.0) / total
    no_answer = sum(o.probability for o in outcomes if o.plan is None)
    used = [k for k in reading.links if k.mention.kind == "entity" and k.candidates]
    link = max((1.0 - min(1.0, max(c.score for c in k.candidates)) for k in used), default=0.0)
    nil = any(k.is_nil for k in reading.links)
    steps = len(reading.hypotheses[0].actions) if reading.hypotheses else 0
    return features(
        chosen.weight / total, rival, no_answer, link, nil, chosen.is_empty, chosen.ignored, chosen.support, steps
    )


# saying -------------------------------------------------------------------------------------------------------------


def items_of(store: GraphStore, result: Result, score: float) -> tuple[AnswerItem, ...]:
    """The members of a result as answers."""
    if result.value is not None:
        if isinstance(result.value, bool):
            return (AnswerItem(None, "yes" if result.value else "no", result.value, score),)
        number = Literal(result.value)
        return (AnswerItem(None, number.text, number.value, score),)
    known = store.entities([n for n in result.nodes if isinstance(n, str)])
    return tuple(
        AnswerItem(node, known[node].display, None, score)
        if isinstance(node, str)
        else AnswerItem(None, node.text, node.value, score)
        for node in result.nodes
    )


def text_of(items: Sequence[AnswerItem]) -> str:
    """The answers as one line; says how many there are where it does not show them all."""
    if not items:
        return "none"
    labels = [item.label for item in items]
    if len(labels) > SHOWN:
        return ", ".join(labels[:SHOWN]) + f" and {len(labels) - SHOWN} more"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def words_for(store: GraphStore, reading: Reading, plans: Sequence[Plan]) -> Words:
    """The names that plans need to be said in English."""
    ids = {id for plan in plans for id in _entities_in(plan)}
    labels = {id: entity.display for id, entity in store.entities(ids).items()}
    return Words(labels, relation_words(store.schema()), {})


def _entities_in(plan: Plan) -> Iterator[str]:
    if isinstance(plan, Entities):
        yield from plan.ids
        return
    for f in fields(plan):
        value = getattr(plan, f.name)
        if hasattr(value, "__dataclass_fields__") and not isinstance(value, Literal):
            yield from _entities_in(value)


def networkx_of(subgraph: Subgraph) -> nx.MultiDiGraph:
    """The retrieved subgraph, one node for each slot: all nodes reached by the same relation path from the same seed."""
    graph = nx.MultiDiGraph()
    for i, slot in enumerate(subgraph.slots):
        mention = subgraph.links[slot.seed].mention
        graph.add_node(
            i, seed=mention.text, nodes=slot.nodes, kind=slot.kind, types=list(slot.types), weight=slot.weight
        )
        if slot.path:
            relation, inverse = slot.path[-1]
            graph.add_edge(slot.parent, i, key=relation, relation=relation, inverse=inverse, edges=slot.edges)
    return graph


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def plain(node: Node) -> str:
    """A node as a key for comparisons with gold answers: an entity's id, a literal's canonical text."""
    return node if isinstance(node, str) else node.text
