"""The JSON dump of Wikidata: an item or a property on each line.

``P31`` gives types, called as their item is where the dump holds it; a property that the dump holds is worded by its label.
A statement is a fact with its times (``P580``, ``P582``, ``P585``); deprecated ones are left out, and so is "no value" or
"some value". The memory used grows with the number of classes and properties, not of items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg.graph import Entity, Fact, Name, Relation
from loaders.descriptions import Descriptions
from loaders.json_lines import JsonLine, JsonLinesReader
from loaders.mapping import Mapping
from loaders.records import Tally
from loaders.wikidata_values import day_after, id_of, label_of, node_of, time_of

TYPE, START, END, MOMENT = "P31", "P580", "P582", "P585"
TIMES = frozenset((START, END, MOMENT))
ONE = "1"  # the unit of what has none


class WikidataReader(JsonLinesReader):
    """A dump or a part of one. Of the mapping file it takes what properties to skip."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.skipped = {relation for relation, meaning in mapping.relations.items() if meaning == "skip"}
        self._classes: dict[str, str] = {}  # class → what it is called
        self._properties: dict[str, Relation] = {}
        self._units: dict[str, set[str]] = defaultdict(set)  # property → units of its quantities

    def describe(self, told: Descriptions) -> None:
        with self.lines() as lines:
            for line in lines:
                if line.told.get("type") == "property" and isinstance(line.told.get("id"), str):
                    self._properties[line.told["id"]] = _relation(line.told)
                for property, claim in _claims(line.told):
                    kind, value = _value(claim.get("mainsnak"))
                    if property == TYPE and (id := id_of(value)):
                        self._classes[id] = id
                    elif kind == "quantity" and len(self._units[property]) < 2:
                        self._units[property].add(_unit(value))
        units = {property: unit for property, (unit, *others) in self._units.items() if not others and unit != ONE}
        called = self._called(self._classes.keys() | units.values())
        self._classes |= {id: called[id] for id in self._classes.keys() & called.keys()}
        for property, unit in units.items():
            if unit in called:
                known = self._properties.get(property, Relation(property))
                self._properties[property] = replace(known, unit=called[unit])

    def _called(self, ids: AbstractSet[str]) -> dict[str, str]:
        """What those of the entities are called that the dump holds."""
        with self.lines() as lines:
            return {
                line.told["id"]: label
                for line in lines
                if isinstance(line.told.get("id"), str) and line.told["id"] in ids and (label := label_of(line.told))
            }

    def relations(self) -> Iterator[Relation]:
        yield from self._properties.values()

    def entities(self, tally: Tally) -> Iterator[Entity]:
        with self.lines(tally) as lines:
            for line in lines:
                tally.read += 1
                reason = line.reason or _fault(line.told)
                if reason:
                    tally.reject(str(self.path), line.number, reason, line.text)
                    continue
                tally.described += 1
                if line.told.get("type") != "property":
                    yield self._entity(line.told)

    def _entity(self, told: dict[str, Any]) -> Entity:
        label = label_of(told)
        names = [name for name in _names(told) if name.text != label or name.language != "en"]
        types = [
            self._classes.get(id, id)
            for property, claim in _claims(told)
            if property == TYPE
            and claim.get("rank") != "deprecated"
            and (id := id_of(_value(claim.get("mainsnak"))[1]))
        ]
        return Entity(told["id"], label, tuple(dict.fromkeys(names)), tuple(dict.fromkeys(types)))

    def facts(self, tally: Tally) -> Iterator[Fact]:
        left_out: dict[str, int] = defaultdict(int)
        with self.lines() as lines:
            for line in lines:
                if not line.reason and not _fault(line.told):
                    yield from self._facts(line, tally, left_out)
        tally.notes += [f"{self.path}: left out {count:,} {what}" for what, count in left_out.items() if count]

    def _facts(self, line: JsonLine, tally: Tally, left_out: dict[str, int]) -> Iterator[Fact]:
        for property, claim in _claims(line.told):
            tally.read += 1
            snak = claim.get("mainsnak")
            kind, value = _value(snak)
            why = self._why_left_out(property, claim, kind)
            if why:
                tally.skipped += 1
                left_out[why] += 1
                continue
            if property == TYPE and id_of(value):
                tally.described += 1
                continue
            try:
                tail = node_of(kind, value)
                start, end = _times(claim)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                tally.reject(str(self.path), line.number, f"{line.told['id']} {property}: {error}", str(snak)[:1000])
                continue
            others = claim.get("qualifiers") or {}
            left_out["qualifiers other than times"] += sum(len(v) for k, v in others.items() if k not in TIMES)
            tally.told += 1
            yield Fact(line.told["id"], property, tail, sources=(self.name,), start=start, end=end)

    def _why_left_out(self, property: str, claim: dict[str, Any], kind: str) -> str:
        """Why a statement is skipped; "": it is not."""
        if property in self.skipped:
            return "statements that the mapping file skips"
        if claim.get("rank") == "deprecated":
            return "deprecated statements"
        return "statements without a value" if kind in ("somevalue", "novalue") else ""


def _fault(told: dict[str, Any]) -> str:
    """Why the object is no entity of Wikidata; "": it is one."""
    if not isinstance(told.get("id"), str) or not told["id"]:
        return "an entity without an id"
    return "" if told.get("type") in ("item", "property", "lexeme") else "neither an item nor a property"


def _claims(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(property, statement); an empty dump of claims is a list."""
    claims = told.get("claims") or {}
    if isinstance(claims, dict):
        for property, statements in claims.items():
            for claim in statements if isinstance(statements, list) else []:
                if isinstance(claim, dict):
                    yield property, claim


def _value(snak: Any) -> tuple[str, Any]:
    """(type, value) of a snak; of one without a value its kind, "somevalue" or "novalue"."""
    if not isinstance(snak, dict):
        return "", {}
    if snak.get("snaktype", "value") != "value":
        return str(snak["snaktype"]), {}
    value = snak.get("datavalue")
    if not isinstance(value, dict):
        return "", {}
    return str(value.get("type", "")), value.get("value")


def _unit(value: Any) -> str:
    """The unit of a quantity, by its id; ONE: it has none."""
    return str(value.get("unit", ONE)).rsplit("/", 1)[-1] if isinstance(value, dict) else ONE


def _times(claim: dict[str, Any]) -> tuple[str | None, str | None]:
    """From when and until when a statement holds; one of a day, month or year holds in it."""
    told: dict[str, str] = {}
    for property in TIMES & (claim.get("qualifiers") or {}).keys():
        for snak in claim["qualifiers"][property]:
            kind, value = _value(snak)
            if kind == "time":
                told.setdefault(property, time_of(value))
    if MOMENT in told and not told.keys() & {START, END}:
        return told[MOMENT], day_after(told[MOMENT])
    return told.get(START), told.get(END)


def _names(told: dict[str, Any]) -> Iterator[Name]:
    """Labels and aliases in all languages."""
    yield from _texts(told.get("labels") or told.get("lemmas"))
    aliases = told.get("aliases") or {}
    for several in aliases.values() if isinstance(aliases, dict) else []:
        for alias in several if isinstance(several, list) else []:
            yield from _texts({"": alias})


def _texts(told: Any) -> Iterator[Name]:
    for value in told.values() if isinstance(told, dict) else []:
        if isinstance(value, dict) and isinstance(value.get("value"), str) and value["value"]:
            yield Name(value["value"], str(value.get("language", "")))


def _relation(told: dict[str, Any]) -> Relation:
    label = label_of(told)
    english = [name.text for name in _names(told) if name.language == "en" and name.text != label]
    return Relation(told["id"], label, tuple(dict.fromkeys(english)))
