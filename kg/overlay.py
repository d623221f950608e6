"""What a scope changes in a graph: facts that it adds, hides and weighs otherwise, as a list of entries that only grows.

An entry is one JSON object, so that every store can keep it as text where its own reads never look.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from kg.errors import StoreError
from kg.graph import Entity, Fact, Literal, Name, Node, Relation

Key: TypeAlias = tuple[str, str, str, str, str]
Entry: TypeAlias = str  # JSON


@dataclass(frozen=True)
class Overlay:
    """What a scope changes. The same fact is never both added and hidden.

    :param revision: grows with every entry
    :param added: by key, with the scope's own weights
    :param hidden: facts of the graph that the scope does not have, by key
    :param weights: of facts of the graph that weigh otherwise, by key
    """

    name: str
    revision: int = 0
    added: Mapping[Key, Fact] = field(default_factory=dict)
    hidden: Mapping[Key, Fact] = field(default_factory=dict)
    weights: Mapping[Key, tuple[Fact, float]] = field(default_factory=dict)
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    expires: str | None = None

    @classmethod
    def of(cls, name: str, revision: int, entries: Iterable[Entry], expires: str | None = None) -> Overlay:
        """Made of the scope's entries, in order: the last word counts."""
        added: dict[Key, Fact] = {}
        hidden: dict[Key, Fact] = {}
        weights: dict[Key, tuple[Fact, float]] = {}
        entities: list[Entity] = []
        relations: list[Relation] = []
        for entry in map(json.loads, entries):
            if "entity" in entry:
                entities.append(_entity(entry["entity"]))
                continue
            if "relation" in entry:
                told = entry["relation"]
                relations.append(Relation(told["id"], told["name"], tuple(told["aliases"]), told["unit"]))
                continue
            fact = _fact(entry["fact"])
            key = fact.key
            if entry["what"] == "add":
                hidden.pop(key, None)
                weights.pop(key, None)
                known = added.get(key)
                added[key] = _united(known, fact) if known else fact
            elif entry["what"] == "hide":
                added.pop(key, None)
                weights.pop(key, None)
                hidden[key] = fact
            else:
                weights[key] = (fact, fact.weight)
                if key in added:
                    added[key] = _weighing(added[key], fact.weight)
        return cls(name, revision, added, hidden, weights, tuple(entities), tuple(relations), expires)

    def weighed(self, fact: Fact) -> Fact:
        """A fact of the graph as the scope has it."""
        known = self.weights.get(fact.key)
        return fact if known is None else _weighing(fact, known[1])


def adding(facts: Iterable[Fact], entities: Iterable[Entity], relations: Iterable[Relation]) -> list[Entry]:
    """The entries of a telling."""
    described = [_dumped({"entity": asdict(entity)}) for entity in entities]
    worded = [
        _dumped({"relation": {"id": r.id, "name": r.name, "aliases": list(r.aliases), "unit": r.unit}})
        for r in relations
    ]
    return described + worded + [_dumped({"what": "add", "fact": _columns(fact)}) for fact in facts]


def hiding(facts: Iterable[Fact]) -> list[Entry]:
    """The entries that hide facts."""
    return [_dumped({"what": "hide", "fact": _columns(fact)}) for fact in facts]


def weighing(facts: Iterable[Fact]) -> list[Entry]:
    """The entries that give facts the weights that they have here."""
    return [_dumped({"what": "weigh", "fact": _columns(fact)}) for fact in facts]


def expiry(expires: float | str | None) -> str | None:
    """The moment (UTC) at which a scope ends, of seconds from now or an ISO 8601 time; without a zone, that is UTC.

    :raises StoreError: it is no time
    """
    if expires is None:
        return None
    try:
        if isinstance(expires, str):
            moment = datetime.fromisoformat(expires)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        else:
            moment = now() + timedelta(seconds=expires)
    except (ValueError, OverflowError) as error:
        raise StoreError(f"{expires!r} is no time; give seconds or an ISO 8601 time as 2030-01-31T12:00:00") from error
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def no_scope(name: str) -> str:
    """What is said where a scope is not there."""
    return f"there is no scope {name!r}: it was merged, thrown away, or it has expired"


def is_over(expires: str | None) -> bool:
    """Whether that moment has come."""
    return expires is not None and datetime.fromisoformat(expires) <= now()


def now() -> datetime:
    return datetime.now(UTC)


def _weighing(fact: Fact, weight: float) -> Fact:
    return Fact(fact.head, fact.relation, fact.tail, weight, fact.sources, fact.batch, fact.start, fact.end)


def _united(known: Fact, more: Fact) -> Fact:
    sources = tuple(dict.fromkeys((*known.sources, *more.sources)))
    return Fact(known.head, known.relation, known.tail, known.weight, sources, known.batch, known.start, known.end)


def _dumped(entry: dict[str, Any]) -> Entry:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _columns(fact: Fact) -> list[Any]:
    tail: Any = fact.tail
    if isinstance(tail, Literal):
        tail = {"kind": tail.kind, "value": tail.value, "language": tail.language}
    return [fact.head, fact.relation, tail, fact.weight, list(fact.sources), fact.batch, fact.start, fact.end]


def _fact(columns: list[Any]) -> Fact:
    head, relation, tail, weight, sources, batch, start, end = columns
    node: Node = Literal(tail["value"], tail["kind"], tail["language"]) if isinstance(tail, dict) else tail
    return Fact(head, relation, node, weight, tuple(sources), batch, start, end)


def _entity(told: dict[str, Any]) -> Entity:
    aliases = tuple(Name(name["text"], name["language"]) for name in told["aliases"])
    return Entity(told["id"], told["label"], aliases, tuple(told["types"]))
