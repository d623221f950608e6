"""What a program tells, whatever it holds it in: tuples, facts, a table of pandas, a graph of rdflib or networkx.

Tables are looked at from outside: pandas itself is not needed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import networkx as nx

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Node, Relation
from kg.triples import each_fact
from loaders.descriptions import Descriptions
from loaders.formats import open_readers
from loaders.mapping import Mapping
from loaders.objects import is_rdflib
from loaders.records import Tally

COLUMNS = {
    "head": "head",
    "subject": "head",
    "relation": "relation",
    "predicate": "relation",
    "tail": "tail",
    "object": "tail",
}
FURTHER = ("weight", "source", "start", "end")


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact as it was told.

    :param typed: the tail is what it seems to be: a number is not read as a date, a text not as a number
    :param any_tail: whatever the tail is (for taking back)
    """

    fact: Fact
    typed: bool = False
    any_tail: bool = False


@dataclass(frozen=True)
class Told:
    """What was told. ``verbatim``: a whole graph with ids of its own, which are taken as they are."""

    statements: tuple[Statement, ...]
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    verbatim: bool = False


def read_told(facts: Any) -> Told:
    """What was told, in our nouns.

    :param facts: one or several of (head, relation, tail) and :class:`kg.graph.Fact`, a table with the columns head, relation,
        tail (and weight, source, start, end), or a graph of rdflib or networkx
    :raises LoadError: it is none of these, or a part of it is no fact
    """
    if isinstance(facts, Told):
        return facts
    if isinstance(facts, nx.Graph) or is_rdflib(facts):
        return _of_graph(facts)
    if hasattr(facts, "itertuples") and hasattr(facts, "columns"):
        return Told(tuple(_of_table(facts)))
    if isinstance(facts, Fact) or _is_triple(facts):
        facts = [facts]
    if isinstance(facts, str) or not isinstance(facts, Iterable):
        raise LoadError(f"{facts!r} is not made of facts; give (head, relation, tail) or several of them")
    return Told(tuple(_statement(item, n) for n, item in enumerate(facts, 1)))


def _is_triple(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 3 and all(isinstance(part, str) for part in item[:2])


def _of_graph(graph: Any) -> Told:
    (reader,) = open_readers(graph, nodes=None, format=None, mapping=Mapping())
    tally = Tally()
    with closing(Descriptions()) as described:
        reader.describe(described)
        relations = (*reader.relations(), *described.relations())
        entities = (*reader.entities(tally), *described.entities())
        statements = tuple(_of_fact(fact) for fact in each_fact(reader.facts(tally)))
    if tally.rejected:
        raise LoadError(f"{tally.rejected} statements cannot be read: {tally.first}", reader.name)
    return Told(statements, entities, relations, verbatim=True)


def _of_table(table: Any) -> Iterator[Statement]:
    names = [str(name) for name in table.columns]
    places = {COLUMNS[name.casefold()]: n for n, name in enumerate(names) if name.casefold() in COLUMNS}
    if len(places) < 3:
        if len(names) != 3:
            raise LoadError(f"a table of facts has the columns head, relation and tail, not {', '.join(names)}")
        places = {"head": 0, "relation": 1, "tail": 2}
    places |= {name.casefold(): n for n, name in enumerate(names) if name.casefold() in FURTHER}
    for number, row in enumerate(table.itertuples(index=False, name=None), 1):
        told = {name: value for name, n in places.items() if not _is_missing(value := row[n])}
        known = _statement((told.get("head"), told.get("relation"), told.get("tail", "")), number).fact
        sources = (str(told["source"]),) if "source" in told else ()
        start, end = (_day(told[name]) if name in told else None for name in ("start", "end"))
        weight = float(told.get("weight", 1.0))
        yield Statement(Fact(known.head, known.relation, known.tail, weight, sources, start=start, end=end))


def _is_missing(value: Any) -> bool:
    return value is None or bool(value != value)


def _day(value: Any) -> str:
    if isinstance(value, dt.date):
        return _date(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _date(value: dt.date) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat()


def _statement(item: Any, number: int) -> Statement:
    if isinstance(item, Fact):
        return _of_fact(item)
    where = f"fact {number}"
    if not isinstance(item, tuple | list) or len(item) != 3:
        raise LoadError(f"{item!r} is neither a Fact nor (head, relation, tail)", where)
    head, relation, value = item
    # By far the most are three texts, and a hundred thousand of them may be told at once.
    if type(head) is type(relation) is type(value) is str and head.strip() and relation.strip() and value.strip():
        return Statement(Fact(head, relation, value))
    if not (isinstance(head, str) and isinstance(relation, str) and head.strip() and relation.strip()):
        raise LoadError(f"{item!r} needs a head and a relation that are texts with something in them", where)
    if value is None:
        return Statement(Fact(head, relation, ""), any_tail=True)
    return Statement(Fact(head, relation, _tail(value, where)), isinstance(value, Literal))


def _of_fact(fact: Fact) -> Statement:
    return Statement(fact, typed=not isinstance(fact.tail, str))


def _tail(value: Any, where: str) -> Node:
    if isinstance(value, Literal) or (isinstance(value, str) and value.strip()):
        return value
    if isinstance(value, dt.date):
        return Literal(_date(value), "date")
    number = value.item() if hasattr(value, "item") else value  # numpy's numbers too
    if isinstance(number, bool):
        return Literal("yes" if number else "no", "string")
    if isinstance(number, int | float):
        try:
            return Literal(number)
        except ValueError as error:
            raise LoadError(str(error), where) from error
    raise LoadError(f"the tail {value!r} is no id, name, number or date", where)
