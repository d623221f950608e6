"""GraphML, GEXF and node-link JSON, read whole by NetworkX and told as NetworkX graphs are (:mod:`kg.networkx_graph`).

What their usual writers (Gephi, yEd, Neo4j, NetworkX) call otherwise is taken for what it is: a node's ``labels``, an edge's
``label`` or ``type``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast
from xml.etree.ElementTree import ParseError

import networkx as nx

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Name, Node, Relation
from kg.networkx_graph import relations_in
from loaders.exported import read_literal
from loaders.guards import bounded_entities, bounded_json
from loaders.nodes import LABELS
from loaders.packed import open_bytes
from loaders.records import FileReader, Tally
from loaders.values import literal_from, several

LITERAL = "literal"  # the attribute by which our own export marks a node that is a literal: its kind
NAMES = ("label", "name", "title")
TYPES = ("type", "types", "labels")
ALIASES = ("alias", "aliases")
RELATIONS = ("relation", "label", "type", "relationship", "predicate", "name")
PICTURE = frozenset({"viz", "shape_type", "spells", "slices", "parents", "pid"})  # how a graph is drawn, or when
GEPHI = frozenset({"r", "g", "b", "x", "y", "z", "size"})  # the same, where all of a colour is there
BROKEN = (
    nx.NetworkXException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError
)  # fmt: skip


class GraphFileReader(FileReader):
    """A file in one of :data:`FORMATS`; it is read once, and kept in memory until the import is over."""

    def __init__(self, path: Path, format: str) -> None:
        super().__init__(path)
        self.format, self.called = FORMATS[format]
        self._graph: nx.Graph | None = None

    def graph(self) -> nx.Graph:
        """The graph.

        :raises LoadError: the file is broken
        """
        if self._graph is None:
            with open_bytes(self.path) as stream:
                bounded = bounded_json if self.format is _read_node_link else bounded_entities
                try:
                    self._graph = self.format(cast(IO[bytes], bounded(stream, str(self.path))))
                except BROKEN as error:
                    line = error.position[0] if isinstance(error, ParseError) else None
                    raise LoadError(
                        f"no {self.called}: {' '.join(str(error).split())[:200]}", str(self.path), line
                    ) from error
        return self._graph

    @property
    def _is_ours(self) -> bool:
        """Whether ``askgraph export`` wrote it: then it says itself whose the facts are."""
        return "askgraph" in self.graph().graph

    def relations(self) -> Iterator[Relation]:
        told = _parsed(self.graph().graph.get("relations"))
        if isinstance(told, dict) and all(isinstance(value, dict) for value in told.values()):
            yield from relations_in(nx.Graph(relations=told))

    def entities(self, tally: Tally) -> Iterator[Entity]:
        tally.advance(self.size)
        for node, data in self.graph().nodes(data=True):
            if LITERAL not in data:
                entity = _entity(str(node), data)
                if entity.label or entity.aliases or entity.types:
                    tally.read += 1
                    tally.described += 1
                yield entity

    def facts(self, tally: Tally) -> Iterator[Fact]:
        graph = self.graph()
        left_out: set[str] = set()
        for node, data in graph.nodes(data=True):
            if LITERAL not in data:
                drawn = _drawn(data)
                left_out |= drawn
                yield from self._attributes(str(node), {key: data[key] for key in data if key not in drawn}, tally)
        for head, tail, data in graph.edges(data=True):
            tally.read += 1
            try:
                fact = self._fact(head, tail, data)
            except (TypeError, ValueError) as error:
                tally.reject(str(self.path), 0, f"edge {head} → {tail}: {error}")
                continue
            tally.told += 1
            yield fact
        if left_out:
            tally.notes.append(f"{self.path}: left out how nodes are drawn: {', '.join(sorted(left_out))}")

    def _attributes(self, node: str, data: dict[str, Any], tally: Tally) -> Iterator[Fact]:
        naming = _naming(data)
        for key, values in data.items():
            if key == naming or key in TYPES or _language(key) is not None:
                continue
            for value in several(values):
                tally.read += 1
                try:
                    fact = Fact(node, str(key), literal_from(value), sources=(self.name,))
                except ValueError as error:
                    tally.reject(str(self.path), 0, f"node {node}, attribute {key}: {error}")
                    continue
                tally.told += 1
                yield fact

    def _fact(self, head: Any, tail: Any, data: dict[str, Any]) -> Fact:
        nodes = self.graph().nodes
        relation = next((str(data[key]) for key in RELATIONS if data.get(key)), "")
        if not relation:
            raise ValueError("no relation; the edge needs an attribute relation, label or type")
        if LITERAL in nodes[head]:
            raise ValueError("leaves a literal; facts leave entities")
        node: Node = _literal(nodes[tail]) if LITERAL in nodes[tail] else str(tail)
        weight = float(data.get("weight", 1.0))
        if not math.isfinite(weight):
            raise ValueError(f"the weight {weight} is no finite number")
        told = [str(s) for key in ("sources", "source") for s in several(_parsed(data.get(key)))]
        sources = dict.fromkeys(told if self._is_ours else [self.name, *told])
        start, end = (Literal(str(data[key]), "date").text if data.get(key) else None for key in ("start", "end"))
        return Fact(str(head), relation, node, weight, tuple(sources), start=start, end=end)


def _entity(id: str, data: dict[str, Any]) -> Entity:
    naming = _naming(data)
    label = str(data[naming]) if naming else ""
    types = [str(told) for key in TYPES for told in several(_labels(data.get(key)))]
    aliases = [
        Name(str(alias[0]), str(alias[1]))
        if isinstance(alias, list) and len(alias) == 2
        else Name(str(alias), language)
        for key in data
        if (language := _language(key)) is not None
        for alias in several(_parsed(data[key]))
    ]
    return Entity(id, label, tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys(types)))


def _labels(value: Any) -> Any:
    """Types; Neo4j writes ``:Person:Actor``."""
    if isinstance(value, str) and re.fullmatch(r"(?::[^:]+)+", value):
        return value[1:].split(":")
    return _parsed(value)


def _naming(data: dict[str, Any]) -> str | None:
    return next((key for key in NAMES if isinstance(data.get(key), str) and data[key]), None)


def _drawn(data: dict[str, Any]) -> set[str]:
    """The attributes that say how a node is drawn."""
    return set(data) & (PICTURE | GEPHI if {"r", "g", "b"} <= data.keys() else PICTURE)


def _language(key: Any) -> str | None:
    """The language of an attribute that holds further names, "" where it says none; None: it holds something else."""
    found = LABELS.fullmatch(str(key).casefold())
    return found.group(1).replace("_", "-") if found else "" if key in ALIASES else None


def _parsed(value: Any) -> Any:
    """A list or an object that had to be written as text."""
    if isinstance(value, str) and value[:1] in "[{" and value:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _literal(data: dict[str, Any]) -> Literal:
    """The literal that a node of our own export stands for.

    :raises ValueError: it is none
    """
    return read_literal(str(data[LITERAL]), str(data.get("value", "")), str(data.get("language", "")))


class _GraphMLReader(nx.readwrite.graphml.GraphMLReader):  # type: ignore[misc]
    """Every edge leads from its source to its target: NetworkX forgets which is which where a graph is undirected."""

    def make_graph(self, graph_xml: Any, keys: Any, defaults: Any, G: Any = None) -> Any:  # noqa: N803
        return super().make_graph(graph_xml, keys, defaults, nx.MultiDiGraph() if G is None else G)

    def add_edge(self, G: Any, edge_element: Any, keys: Any) -> None:  # noqa: N803
        edge_element.attrib.pop("directed", None)
        super().add_edge(G, edge_element, keys)


class _GEXFReader(nx.readwrite.gexf.GEXFReader):  # type: ignore[misc]
    """The same for GEXF."""

    def make_graph(self, graph_xml: Any) -> Any:
        graph_xml.set("defaultedgetype", "directed")
        return super().make_graph(graph_xml)

    def add_edge(self, G: Any, edge_element: Any, edge_attr: Any) -> None:  # noqa: N803
        if edge_element.get("type") != "mutual":
            edge_element.attrib.pop("type", None)
        super().add_edge(G, edge_element, edge_attr)


def _read_graphml(stream: IO[bytes]) -> nx.Graph:
    graphs = list(_GraphMLReader(edge_key_type=str, force_multigraph=True)(path=stream))
    if len(graphs) != 1:
        raise ValueError(f"{len(graphs)} graphs in the file instead of one")
    return graphs[0]


def _read_gexf(stream: IO[bytes]) -> nx.Graph:
    return _GEXFReader(version="1.2draft")(stream)


def _read_node_link(stream: IO[bytes]) -> nx.Graph:
    told = json.load(stream)
    if not isinstance(told, dict) or "nodes" not in told:
        raise ValueError('needs "nodes" and "links" (or "edges")')
    told = {"links": [], **told} if "edges" not in told else told
    told |= {"directed": True, "multigraph": True}
    return nx.node_link_graph(told, edges="links" if "links" in told else "edges")


FORMATS: dict[str, tuple[Callable[[IO[bytes]], nx.Graph], str]] = {
    "graphml": (_read_graphml, "GraphML"),
    "gexf": (_read_gexf, "GEXF"),
    "node-link": (_read_node_link, "node-link JSON"),
}
