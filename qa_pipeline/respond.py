"""From the plans that a question may mean to one answer: choose (:mod:`qa_pipeline.choose`), prove, say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import networkx as nx

from kg.cypher import show_cypher
from kg.english import Words, to_english
from kg.evidence import evidence
from kg.graph import Literal, Node, Schema
from kg.neo4j_foreign import ForeignStore
from kg.plan import Entities, Plan, Result
from kg.question import Subgraph
from kg.sparql import to_sparql
from kg.store import GraphStore
from kg.validity import Period
from qa_pipeline.answer import Answer, AnswerItem
from qa_pipeline.choose import features_of, weigh
from qa_pipeline.confidence import confidence
from qa_pipeline.described import described, what_to_ask
from qa_pipeline.opinions import DISTRUSTED, TRUST
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.reading import Reading, relation_words
from qa_pipeline.said import compares, relations_of
from qa_pipeline.trust import trust_of

SHOWN = 10  # names in an answer's text
RANKED = 1_000  # most answers that are ranked by the trust in their facts
UNLINKED = 0.05  # most confidence where nothing in the question is known
NO_FACTS = "this graph has no facts that answer the question"


def respond(store: GraphStore, reading: Reading, weights: Sequence[float], threshold: float) -> Answer:
    """The answer to a question that has been read: that of the likeliest plan, if its confidence reaches the threshold.

    That the graph has no answer is not decided by the model alone: its probability is one of the confidence's features.
    """
    asked, schema = reading.asked or reading.question, store.schema()
    with reading.watch.stage("execute"):
        outcomes = weigh(store, reading)
    chosen = next((i for i, o in enumerate(outcomes) if o.plan is not None), None)
    answer = Answer(
        asked.text, links=tuple(k for k in reading.asked_links if k.score > 0 or k.is_nil), leaning=tuple(_leaning(reading)),
        timings_ms=reading.watch.stages, asked=asked,
    )  # fmt: skip
    with reading.watch.stage("explain"):
        answer = replace(answer, subgraph=networkx_of(reading.subgraph))
        nothing = _unlinked(store, reading)
        if (at_all := described(reading.question.text, reading.links)) is not None:
            told = what_to_ask(at_all, reading.subgraph, relation_words(schema))
            return replace(answer, status="abstained", reason=told)
        best = outcomes[chosen] if chosen is not None else None
        if chosen is None or best is None or best.plan is None or best.result is None:
            return replace(answer, status="not_linked" if nothing else "abstained", reason=nothing or NO_FACTS)
        words = words_for(store, reading, [o.plan for o in outcomes if o.plan is not None])
        at = store if best.as_of is None else store.view(as_of=best.as_of)
        said = to_english(best.plan, words) + (f", as of {at.period.text}" if at.period is not None else "")
        rivals = (o for o in outcomes if o is not best and o.probability > 0)
        others = tuple((to_english(o.plan, words), o.probability) for o in rivals if o.plan is not None)[:3]
        sure = confidence(features_of(outcomes, chosen, reading), weights)
        linked = any(k.score > 0 and k.mention.literal is None and not k.is_nil for k in reading.links)
        if nothing and (not (linked or compares(best.plan)) or _lacks_a_name(reading)):
            return replace(answer, status="not_linked", reason=nothing, confidence=min(sure, UNLINKED))
        answer = replace(
            answer,
            confidence=sure,
            plan=best.plan,
            cypher=_cypher(store, best.plan, at.period),
            sparql=_sparql(best.plan, schema, at.period),
        )
        if sure < threshold:
            unsure = f"not sure enough ({sure:.2f}, the threshold is {threshold:.2f}) that this is asked: {said}"
            reason = nothing or (NO_FACTS if chosen > 0 else unsure)
            status = "not_linked" if nothing else "abstained"
            return replace(answer, status=status, reason=reason, alternatives=((said, best.probability), *others))
        result, items, distrusted = _trusted(at, best.plan, best.result, reading, sure)
        answer = replace(answer, alternatives=others, distrusted=distrusted)
        if distrusted and not items:
            doubted = f"users distrust the facts behind it: {text_of(distrusted)} ({said})"
            return replace(answer, status="abstained", reason=doubted)
        reason = f"understood as: {said}"
        if distrusted:
            reason += f"; left out, as users distrust the facts: {text_of(distrusted)}"
        return replace(
            answer, text=text_of(items), answers=items, evidence=evidence(at, best.plan, result), reason=reason
        )


def _leaning(reading: Reading) -> Iterator[tuple[str, bool, float]]:
    """The leanings that had a say: those of relations that were retrieved."""
    here = {slot.path[-1] for slot in reading.subgraph.slots if slot.path}
    for (relation, inverse), lean in sorted(reading.leaning.items()):
        if (relation, inverse) in here:
            yield relation, inverse, lean


def _trusted(
    store: GraphStore, plan: Plan, result: Result, reading: Reading, score: float
) -> tuple[Result, tuple[AnswerItem, ...], tuple[AnswerItem, ...]]:
    """The result and its answers, the most trusted first, without those that users distrust; and those."""
    used = {relation for relation, _ in relations_of(plan)}
    trusted = {key: trust for key, trust in reading.trusted.items() if key[1] in used}
    if not trusted or result.kind != "set" or len(result.nodes) > RANKED:
        return result, items_of(store, result, score), ()
    trusts = trust_of(store, plan, result.nodes, trusted)
    ranked = sorted(result.nodes, key=lambda node: -trusts[node])  # stable: else by id
    items = [
        replace(item, score=item.score * min(1.0, trusts[node] / TRUST))
        for node, item in zip(ranked, items_of(store, replace(result, nodes=tuple(ranked)), score), strict=True)
    ]
    kept = sum(trusts[node] >= DISTRUSTED for node in ranked)
    return replace(result, nodes=tuple(ranked[:kept])), tuple(items[:kept]), tuple(items[kept:])


def _cypher(store: GraphStore, plan: Plan, period: Period | None) -> str:
    """The plan as the database that is asked understands it."""
    return store.cypher(plan) if isinstance(store, ForeignStore) else show_cypher(plan, period)


def _unlinked(store: GraphStore, reading: Reading) -> str:
    """What of the question the graph does not know; "" if all that looks like a name is known and there is something."""
    missing = [k.mention.text for k in reading.links if k.is_nil]
    if missing:
        return f"the graph has nothing called {_quoted(missing)}"
    named = any(k.score > 0 and k.mention.literal is None for k in reading.links)
    literals = [k.mention.literal for k in reading.links if k.mention.literal is not None]
    classes = any(c.side is not None for k in reading.links for c in k.candidates)
    return "" if named or classes or len(store.frontier(literals)) else "nothing in the question is a name in the graph"


def _lacks_a_name(reading: Reading) -> bool:
    """Whether the question has a proper name that the graph has not: then nothing that leaves it out is an answer."""
    text = reading.question.text
    if text == text.upper() or text == text.title():
        return False
    known = [k.mention for k in reading.links if k.score > 0 and not k.is_nil]
    lacking = (k.mention for k in reading.links if k.is_nil and k.mention.text != k.mention.text.lower())
    return any(not any(k.start <= m.start and m.end <= k.end for k in known) for m in lacking)


def _sparql(plan: Plan, schema: Schema, period: Period | None) -> str:
    """RDF has no place for validity, so the time can only be remarked."""
    return to_sparql(plan, schema) + (
        "" if period is None else f"\n# over the facts that hold at the time {period.text}"
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
    ids = {id for plan in plans for part in parts_of(plan) if isinstance(part, Entities) for id in part.ids}
    labels = {id: entity.display for id, entity in store.entities(ids).items()}
    return Words(labels, relation_words(store.schema()), {})


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
