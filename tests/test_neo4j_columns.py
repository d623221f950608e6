"""Facts in columns, as large writes to Neo4j take them: no server is needed for that."""

from __future__ import annotations

import random
import re

import pytest

from kg.errors import StoreError
from kg.graph import Fact, Literal
from kg.neo4j_columns import Columns, Kind, Taking, count
from kg.neo4j_unfinished import Digest
from kg.triples import Triples

TABLE = Triples.of("aabca", "rsrrr", ["b", Literal(1), "a", "c", "b"], ("x",))


def told(columns: Columns) -> list[tuple[object, ...]]:
    return [(columns.nodes[h], *columns.kinds[k], columns.nodes[t]) for h, k, t in columns.codes.T.tolist()]


def test_each_fact_stands_once_with_all_its_tellings() -> None:
    singles = [Fact("a", "r", "b", 0.5, ("y", "x", "y")), Fact("a", "r", "b", start="1999"), Fact("z", "r", "a")]
    columns = Columns.of([TABLE, *singles])
    assert told(columns) == [
        ("a", "r", "", "", ("x", "y"), (1.0, 0.5), "b"),
        ("a", "s", "", "", ("x",), (1.0,), Literal(1)),
        ("b", "r", "", "", ("x",), (1.0,), "a"),
        ("c", "r", "", "", ("x",), (1.0,), "c"),
        ("a", "r", "1999", "", ("",), (1.0,), "b"),
        ("z", "r", "", "", ("",), (1.0,), "a"),
    ]
    assert len(set(columns.keys.tolist())) == len(columns) == 6


def test_facts_are_united_as_one_by_one() -> None:
    pick = random.Random(5)
    facts = [
        Fact(pick.choice("abc"), pick.choice("rs"), pick.choice("abc"), pick.choice([1.0, 0.5]), (pick.choice("xyz"),))
        for _ in range(300)
    ]
    wanted: dict[tuple[str, ...], dict[str, float]] = {}
    for fact in facts:
        wanted.setdefault((fact.head, fact.relation, str(fact.tail)), {}).setdefault(fact.sources[0], fact.weight)
    columns = Columns.of(facts)
    found = {
        (columns.nodes[h], columns.kinds[k].relation, columns.nodes[t]): columns.kinds[k] for h, k, t in columns.codes.T
    }
    assert {key: dict(zip(kind.sources, kind.weights, strict=True)) for key, kind in found.items()} == wanted


def test_keys_tell_whatever_is_told_of_a_fact() -> None:
    one, other = Columns.of([TABLE]), Columns.of([Fact("b", "r", "a", 0.3, ("elsewhere",))])
    assert other.kinds == [Kind("r", sources=("elsewhere",), weights=(0.3,))]
    assert set(other.keys.tolist()) < set(one.keys.tolist())


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        (Fact("a", "", "b"), "needs a relation"),
        (Fact("a", "r", "b\0"), "NUL character"),
        (Fact("a", "r", "b", sources=("\0",)), "NUL character"),
        (Fact("a", "r", "b", weight=float("inf")), "finite weight"),
        (Fact(Literal(3), "r", "b"), "Literal(value=3, kind='number', language='') is the head of a fact"),  # type: ignore[arg-type]
    ],
)
def test_what_neo4j_cannot_hold_is_refused(fact: Fact, message: str) -> None:
    with pytest.raises(StoreError, match=re.escape(message)):
        Columns.of([TABLE, fact])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_however_facts_are_taken_they_are_the_same(size: int) -> None:
    stream = [Fact("d", "r", Literal("é", "string", "fr"), sources=("x", "y")), TABLE, TABLE, Fact("e", "r", "f")]
    taking, digest, sizes = Taking(stream), Digest(), []
    while part := taking.take(size):
        sizes.append(count(part))
        digest.add((), part)
    assert sum(sizes) == count(stream) and set(sizes[:-1]) <= {size}
    single = Digest()
    single.add((), [fact for part in stream for fact in ([part] if isinstance(part, Fact) else part)])
    assert digest.text == single.text
