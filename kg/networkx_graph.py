"""Between our nouns and NetworkX graphs.

Coming in: a node is an entity (attributes ``label``, ``type``, ``aliases``; every other attribute with a value is a literal
fact) or, where the node itself is a :class:`kg.graph.Literal`, a literal. An edge is a fact; its relation is the attribute
``relation`` or else the edge's key; ``weight``, ``sources`` (or ``source``), ``start`` and ``end`` are the fact's own.
Going out: the same, except that literals are nodes, so that they can be join points.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import networkx as nx

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Name, Node, Relation

DESCRIBING = ("label", "type", "types", "aliases")
TELLING = ("weight", "sources", "source", "start", "end")


def entities_in(graph: nx.Graph) -> Iterator[Entity]:
    """The graph's nodes that are entities.

    :raises LoadError: an attribute is not what its name says
    """
    for node, data in graph.nodes(data=True):
        if not isinstance(node, Literal):
            types = dict.fromkeys(str(t) for key in ("type", "types") for t in _several(data.get(key)))
            aliases = tuple(_name(alias, node) for alias in _several(data.get("aliases")))
            yield Entity(str(node), _text(data.get("label")), aliases, tuple(types))


def facts_in(graph: nx.Graph) -> Iterator[Fact]:
    """The graph's edges, and its nodes' attributes.

    :raises LoadError: an edge has no relation, leaves a literal, or an attribute's value is no literal
    """
    for node, data in graph.nodes(data=True):
        for key, values in data.items():
            if not isinstance(node, Literal) and key not in DESCRIBING:
                for value in _several(values):
                    yield Fact(str(node), str(key), _literal(value, f"node {node!r}, attribute {key!r}"))
    edges = (
        graph.edges(data=True, keys=True)
        if graph.is_multigraph()
        else ((h, t, None, d) for h, t, d in graph.edges(data=True))
    )
    for head, tail, key, data in edges:
        yield _fact(head, tail, key, data)


def relations_in(graph: nx.Graph) -> Iterator[Relation]:
    """What the graph's attribute ``relations`` ({id: {name, aliases, unit}}) tells of relations."""
    for id, told in dict(graph.graph.get("relations", {})).items():
        aliases = tuple(str(alias) for alias in _several(told.get("aliases")))
        yield Relation(str(id), _text(told.get("name")), aliases, _text(told.get("unit")))


def make_graph(entities: Iterable[Entity], facts: Iterable[Fact], relations: Iterable[Relation]) -> nx.MultiDiGraph:
    """The NetworkX graph; :func:`entities_in`, :func:`facts_in` and :func:`relations_in` give the same again."""
    graph = nx.MultiDiGraph()
    for entity in entities:
        aliases = [name if name.language else name.text for name in entity.aliases]
        told = {"label": entity.label, "type": list(entity.types), "aliases": aliases}
        graph.add_node(entity.id, **{key: value for key, value in told.items() if value})
    for fact in facts:
        valid = {key: value for key, value in (("start", fact.start), ("end", fact.end)) if value}
        key = (fact.relation, *valid.values()) if valid else fact.relation
        sources = {"sources": list(fact.sources)} if fact.sources else {}
        graph.add_edge(fact.head, fact.tail, key=key, relation=fact.relation, weight=fact.weight, **sources, **valid)
    wordings = {r.id: {"name": r.name, "aliases": list(r.aliases), "unit": r.unit} for r in relations}
    graph.graph["relations"] = {id: {k: v for k, v in told.items() if v} for id, told in wordings.items()}
    return graph


def _fact(head: Any, tail: Any, key: Any, data: dict[str, Any]) -> Fact:
    where = f"edge {head!r} → {tail!r}"
    relation = data.get("relation", key if isinstance(key, str) else None)
    if not relation or isinstance(head, Literal):
        what = (
            "leaves a literal; facts leave entities"
            if relation
            else "has no relation; set its attribute 'relation' or its key"
        )
        raise LoadError(f"{where} {what}", "networkx graph")
    node: Node = tail if isinstance(tail, Literal) else str(tail)
    sources = dict.fromkeys(str(s) for k in ("sources", "source") for s in _several(data.get(k)))
    try:
        weight = float(data.get("weight", 1.0))
    except (TypeError, ValueError) as error:
        raise LoadError(f"{where}: the weight {data['weight']!r} is no number", "networkx graph") from error
    start, end = (_text(data.get(k)) or None for k in ("start", "end"))
    return Fact(str(head), str(relation), node, weight, tuple(sources), start=start, end=end)


def _literal(value: Any, where: str) -> Literal:
    """A Python value as a literal: a number, a date, a text (an ISO day is a date), yes or no as text."""
    try:
        if isinstance(value, Literal):
            return value
        if isinstance(value, bool):
            return Literal("yes" if value else "no", "string")
        if isinstance(value, dt.date | dt.datetime):
            return Literal(value.isoformat(), "date")
        if isinstance(value, str):
            return Literal(value, "date" if _is_day(value) else "string")
        return Literal(value.item() if hasattr(value, "item") else value)  # numpy's numbers too
    except (TypeError, ValueError) as error:
        raise LoadError(f"{where}: {value!r} is no number, date or text", "networkx graph") from error


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def _name(alias: Any, node: Any) -> Name:
    """An alias: a text, a :class:`Name`, or (text, language)."""
    if isinstance(alias, Name):
        return alias
    if isinstance(alias, str):
        return Name(alias)
    if isinstance(alias, tuple | list) and len(alias) == 2:
        return Name(str(alias[0]), str(alias[1]))
    raise LoadError(f"node {node!r}: {alias!r} is no alias; give a text or (text, language)", "networkx graph")


def _several(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
