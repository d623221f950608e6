"""The JSON that Neo4j's APOC exports (``apoc.export.json``): a node or a relationship on each line.

Nodes and their properties are read as in Neo4j's tables (:mod:`loaders.neo4j_csv`); an entity's id is the node's id.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from kg.graph import Entity, Fact, Literal, Name
from loaders.json_lines import JsonLine, JsonLinesReader
from loaders.neo4j_csv import NAMING
from loaders.nodes import LABELS
from loaders.records import Tally
from loaders.values import literal_from, several

OWN = frozenset({"weight", "start", "end", "source", "sources"})  # what a fact carries
ALIASES = ("alias", "aliases")


class Neo4jJsonReader(JsonLinesReader):
    """A file of nodes and relationships."""

    def entities(self, tally: Tally) -> Iterator[Entity]:
        with self.lines(tally) as lines:
            for line in lines:
                reason = line.reason or _fault(line.told)
                if reason:
                    tally.read += 1
                    tally.reject(str(self.path), line.number, reason, line.text)
                elif line.told["type"] == "node":
                    tally.read += 1
                    tally.described += 1
                    yield _entity(line.told)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        left_out: set[str] = set()
        with self.lines() as lines:
            for line in lines:
                if line.reason or _fault(line.told):
                    continue
                if line.told["type"] == "node":
                    yield from self._properties(line, tally)
                    continue
                tally.read += 1
                left_out |= _properties_of(line.told).keys() - OWN
                try:
                    fact = self._relationship(line.told)
                except (TypeError, ValueError) as error:
                    tally.reject(str(self.path), line.number, str(error), line.text)
                    continue
                tally.told += 1
                yield fact
        if left_out:
            what = "a fact carries weight, start, end and source only"
            tally.notes.append(f"{self.path}: left out of relationships: {', '.join(sorted(left_out))}; {what}")

    def _properties(self, line: JsonLine, tally: Tally) -> Iterator[Fact]:
        properties = _properties_of(line.told)
        naming = _naming(properties)
        for name, values in properties.items():
            if name == naming or _language(name) is not None:
                continue
            for value in several(values):
                tally.read += 1
                try:
                    fact = Fact(str(line.told["id"]), name, literal_from(value), sources=(self.name,))
                except ValueError as error:
                    tally.reject(str(self.path), line.number, f"property {name}: {error}", line.text)
                    continue
                tally.told += 1
                yield fact

    def _relationship(self, told: dict[str, Any]) -> Fact:
        own = _properties_of(told)
        sources = (self.name, *(str(s) for key in ("sources", "source") for s in several(own.get(key))))
        weight = float(own.get("weight", 1.0))
        if not math.isfinite(weight):
            raise ValueError(f"the weight {weight} is no finite number")
        start, end = (Literal(str(own[key]), "date").text if own.get(key) else None for key in ("start", "end"))
        head, tail = str(told["start"]["id"]), str(told["end"]["id"])
        return Fact(head, str(told["label"]), tail, weight, tuple(dict.fromkeys(sources)), "", start, end)


def _fault(told: dict[str, Any]) -> str:
    """Why the object is no node and no relationship; "": it is one."""
    if not isinstance(told.get("properties") or {}, dict):
        return "properties that are no object"
    match told.get("type"):
        case "node":
            return "" if told.get("id") not in (None, "") else "a node without an id"
        case "relationship":
            ends = (told.get("start"), told.get("end"))
            if not all(isinstance(end, dict) and end.get("id") not in (None, "") for end in ends):
                return "a relationship without the ids of its start and end"
            return "" if told.get("label") else "a relationship without a label"
    return 'neither "type": "node" nor "type": "relationship"'


def _properties_of(told: dict[str, Any]) -> dict[str, Any]:
    return told.get("properties") or {}


def _naming(properties: dict[str, Any]) -> str | None:
    """The property that is the node's label."""
    names = {name.casefold(): name for name, value in properties.items() if isinstance(value, str) and value}
    return next((names[name] for name in NAMING if name in names), None)


def _language(name: str) -> str | None:
    """The language of a property that holds further names, "" where it says none; None: it holds something else."""
    found = LABELS.fullmatch(name.casefold())
    return found.group(1).replace("_", "-") if found else "" if name.casefold() in ALIASES else None


def _entity(told: dict[str, Any]) -> Entity:
    properties = _properties_of(told)
    naming = _naming(properties)
    aliases = [
        Name(str(alias), language)
        for name, values in properties.items()
        if (language := _language(name)) is not None
        for alias in several(values)
    ]
    types = [str(label) for label in several(told.get("labels"))]
    label = str(properties[naming]) if naming else ""
    return Entity(str(told["id"]), label, tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys(types)))
