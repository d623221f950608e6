"""The answer to a question, with everything that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from kg.graph import Fact, Literal, Node
from kg.plan import Plan
from kg.plan_json import plan_to_dict
from kg.question import Link, Question

STATUSES = ("answered", "abstained", "not_linked", "error")


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """One thing in the answer: an entity (its id and name), or a literal, count or yes/no (no id, a typed value)."""

    id: str | None
    label: str
    value: int | float | str | bool | None
    score: float

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "label": self.label, "value": self.value, "score": self.score}


@dataclass(frozen=True)
class Answer:
    """What :meth:`qa_pipeline.AskGraph.ask` gives.

    :param answers: best first, then by id; empty and ``status == "answered"``: the empty set is the answer
    :param confidence: the probability that the set is exactly right
    :param status: ``answered``, ``abstained``, ``not_linked`` or ``error``; ``reason`` says why it is not ``answered``
    :param alternatives: other plans in English, with their probabilities
    :param evidence: the facts that prove it
    :param timings_ms: milliseconds by stage
    :param leaning: relations of the subgraph that feedback on such questions speaks for (> 0) or against, with their
        direction (True: from tail to head)
    :param distrusted: what is left out, because users distrust the facts behind it
    :param asked: the question as it was asked, with its topics. This and the two before are not in the JSON
    """

    question: str
    text: str = ""
    answers: tuple[AnswerItem, ...] = ()
    confidence: float = 0.0
    status: str = "answered"
    reason: str = ""
    alternatives: tuple[tuple[str, float], ...] = ()
    links: tuple[Link, ...] = ()
    plan: Plan | None = None
    cypher: str = ""
    sparql: str = ""
    evidence: tuple[Fact, ...] = ()
    subgraph: nx.MultiDiGraph = field(default_factory=nx.MultiDiGraph)
    timings_ms: dict[str, float] = field(default_factory=dict)
    leaning: tuple[tuple[str, bool, float], ...] = ()
    distrusted: tuple[AnswerItem, ...] = ()
    asked: Question | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain objects under the names of the attributes; facts as lists, the subgraph as node-link data."""
        return {
            "question": self.question,
            "text": self.text,
            "answers": [item.to_json() for item in self.answers],
            "confidence": self.confidence,
            "status": self.status,
            "reason": self.reason,
            "alternatives": [{"plan": plan, "probability": p} for plan, p in self.alternatives],
            "links": [_link_json(link) for link in self.links],
            "plan": plan_to_dict(self.plan) if self.plan is not None else None,
            "cypher": self.cypher,
            "sparql": self.sparql,
            "evidence": [[f.head, f.relation, _plain(f.tail)] for f in self.evidence],
            "subgraph": nx.node_link_data(self.subgraph, edges="edges"),
            "timings_ms": self.timings_ms,
        }


def _plain(node: Node) -> str | int | float:
    return node.value if isinstance(node, Literal) else node


def _link_json(link: Link) -> dict[str, Any]:
    mention = link.mention
    return {
        "mention": mention.text,
        "start": mention.start,
        "end": mention.end,
        "kind": mention.kind,
        "value": _plain(mention.literal) if mention.literal is not None else None,
        "candidates": [{"id": c.id, "name": c.name, "score": c.score} for c in link.candidates],
        "score": link.score,
    }
