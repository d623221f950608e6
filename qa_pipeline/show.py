"""What the command line shows of an answer and of votes, as lines of text."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import networkx as nx

from kg.graph import Fact, Literal, Schema
from kg.names import words_of
from kg.question import Link
from kg.store import GraphStore
from kg.votes import FactKey, Vote
from qa_pipeline.answer import Answer
from qa_pipeline.opinions import DISTRUSTED, Opinions
from qa_pipeline.reading import relation_words

HEAVIEST = 10
CANDIDATES = 3  # readings of a mention that are shown


def explanation(answer: Answer, store: GraphStore) -> Iterator[str]:
    """How the answer came about: links, what was retrieved, the plan in English and as Cypher, facts, confidence, times."""
    relations = dict(relation_words(store.schema()))
    yield f"{answer.status}, confidence {answer.confidence:.2f}" + (f": {answer.reason}" if answer.reason else "")
    if answer.links:
        yield "found in the question"
        yield from (f"  {_link(link)}" for link in answer.links)
    if len(answer.subgraph):
        yield from _retrieved(answer.subgraph, relations)
    if answer.leaning:
        yield "what feedback on such questions says (> 0: for the relation, < 0: against it)"
        for relation, inverse, lean in sorted(answer.leaning, key=lambda told: -abs(told[2])):
            yield f"  {lean:+.2f}  {'←' if inverse else '→'} {relations.get(relation, words_of(relation))}"
    if answer.distrusted:
        yield "left out, as users distrust the facts: " + ", ".join(item.label for item in answer.distrusted)
    if answer.cypher:
        yield "as Cypher"
        yield textwrap.indent(answer.cypher, "  ")
    if answer.evidence:
        yield f"facts used ({len(answer.evidence)})"
        yield from (f"  {line}" for line in _facts(answer.evidence, store, relations))
    if answer.alternatives:
        yield "other readings"
        yield from (f"  {probability:.2f}  {plan}" for plan, probability in answer.alternatives)
    if answer.timings_ms:
        spent = ", ".join(f"{stage} {ms:.1f}" for stage, ms in answer.timings_ms.items())
        yield f"{sum(answer.timings_ms.values()):.1f} ms: {spent}"


def _link(link: Link) -> str:
    mention = link.mention
    place = f"“{mention.text}”" if mention.start >= 0 else f"“{mention.text}” (given)"
    if mention.literal is not None:
        return f"{place}: the {mention.kind} {mention.literal.text}{' ' + mention.unit if mention.unit else ''}"
    if link.is_nil:
        return f"{place}: nothing in the graph is called so"
    shown = ", ".join(f"{c.id} {c.score:.2f}" for c in link.candidates[:CANDIDATES])
    more = len(link.candidates) - CANDIDATES
    return f"{place}: {mention.kind} {shown}{f' and {more} more' if more > 0 else ''}"


def _retrieved(subgraph: nx.MultiDiGraph, relations: dict[str, str]) -> Iterator[str]:
    seeds = Counter(data["seed"] for _, data in subgraph.nodes(data=True))
    yield f"retrieved {len(subgraph)} slots: " + ", ".join(f"{seed} {count}" for seed, count in seeds.items())
    walked = [(data["weight"], n) for n, data in subgraph.nodes(data=True) if subgraph.in_degree(n)]
    for weight, n in sorted(walked, key=lambda slot: (-slot[0], slot[1]))[:HEAVIEST]:
        data = subgraph.nodes[n]
        yield f"  {weight:.3f}  {_path(subgraph, n, relations)}  ({data['nodes']:,} {_kind(data)})"


def _path(subgraph: nx.MultiDiGraph, n: int, relations: dict[str, str]) -> str:
    """``Kenya → neighbour ← capital``: the arrow says which way the facts point."""
    steps: list[str] = []
    while into := list(subgraph.in_edges(n, data=True)):
        parent, _, data = into[0]
        steps.append(f"{'←' if data['inverse'] else '→'} {relations.get(data['relation'], words_of(data['relation']))}")
        n = parent
    return " ".join([subgraph.nodes[n]["seed"], *reversed(steps)])


def _kind(data: dict[str, object]) -> str:
    types = data["types"]
    return words_of(str(types[0])) if isinstance(types, list) and types else str(data["kind"])


def _facts(facts: tuple[Fact, ...], store: GraphStore, relations: dict[str, str]) -> Iterator[str]:
    ids = {node for fact in facts for node in (fact.head, fact.tail) if isinstance(node, str)}
    known = store.entities(ids)
    names = {id: entity.display for id, entity in known.items()}
    for fact in facts:
        tail = fact.tail.text if isinstance(fact.tail, Literal) else names.get(fact.tail, fact.tail)
        told = f"   [{', '.join(fact.sources)}]" if fact.sources else ""
        yield f"{names.get(fact.head, fact.head)} – {relations.get(fact.relation, fact.relation)} – {tail}{told}"


def vote_lines(votes: Sequence[Vote], opinions: Opinions, now: datetime, schema: Schema) -> Iterator[str]:
    """The votes of a graph in their order, then what they come to: each user's standing, and the facts that are distrusted."""
    relations = dict(relation_words(schema))
    for vote in votes:
        word = "right" if vote.correct else "wrong"
        yield f"{vote.id}  {vote.time}  {vote.user or '(nobody)'}: {word}: {vote.question}"
        for (relation, inverse), sign in vote.choices:
            yield f"    {sign:+.2f}  {'←' if inverse else '→'} {relations.get(relation, words_of(relation))}"
        for key, sign in vote.facts:
            yield f"    {sign:+.2f}  {_key(key, relations)}"
    if opinions.standing is not None and len(opinions.users) > 1:
        yield "how much each user's word counts: " + ", ".join(
            f"{user or '(nobody)'} {standing:.2f}"
            for user, standing in zip(opinions.users, opinions.standing, strict=True)
        )
    for key, trust in sorted(opinions.trust(now).items(), key=lambda pair: pair[1]):
        if trust < DISTRUSTED:
            yield f"distrusted ({trust:.2f}): {_key(key, relations)}"


def _key(key: FactKey, relations: dict[str, str]) -> str:
    head, relation, tail, start, end = key
    when = f" ({start} – {end})" if start or end else ""
    return f"{head} – {relations.get(relation, words_of(relation))} – {tail.partition(':')[2]}{when}"
