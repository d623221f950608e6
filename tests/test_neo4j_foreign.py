"""A Neo4j database that AskGraph did not make is asked as it is, gives what the embedded store gives, and is never written."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg import neo4j_foreign, neo4j_foreign_profile
from kg.errors import StoreError
from kg.evidence import evidence
from kg.graph import Entity, Fact, Literal, Name
from kg.neo4j_connection import Connection
from kg.neo4j_foreign import ForeignStore
from kg.neo4j_foreign_profile import names_among, read_wishes
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from kg.plan import Attribute, Best, Count, CountOf, Entities, Filter, Here, Join, OfType, Plan, Values
from tests.plan_strategies import IDS, RELATIONS, STRINGS, TYPES, UNKNOWN, WALKS, plans
from tests.test_plans_agree import same

pytestmark = pytest.mark.neo4j
Fresh = Callable[[], Connection]
FILMS = """
CREATE CONSTRAINT film_title FOR (f:Film) REQUIRE f.title IS UNIQUE;
CREATE INDEX film_year FOR (f:Film) ON (f.year);
CREATE (heat:Film {title: 'Heat', year: 1995, tagline: 'A Los Angeles crime saga', rated: true, shot: [date('1995-02-21')]}),
 (ronin:Film {title: 'Ronin', year: 1998, aka: ['Rōnin'], name_fr: 'Ronin le film', place: point({x: 1, y: 2})}),
 (mann:Person {name: 'Michael Mann', born: date('1943-02-05')}),
 (niro:Person:Star {name: 'Robert De Niro', born: date('1943-08-17'), nickname: 'Bobby'}),
 (twin:Person {name: 'Michael Mann'}), (:Person {shoe: 0.0 / 0.0}),
 (mann)-[:DIRECTED]->(heat), (niro)-[:ACTED_IN {role: 'Neil'}]->(heat), (niro)-[:ACTED_IN]->(ronin),
 (niro)-[:ACTED_IN]->(ronin), (niro)-[:`plays ``with`]->(niro)
"""


@pytest.fixture
def fresh(wiped_neo4j: Callable[[], Neo4jStore]) -> Iterator[Fresh]:
    """Empties the database, of what the test put into it too."""
    store = wiped_neo4j()
    connection = Connection(store.location)
    store.close()

    def emptied() -> Connection:
        connection.run("MATCH (n) DETACH DELETE n")
        return connection

    before = {row[0] for row in connection.read("SHOW INDEXES YIELD name")}
    yield emptied
    emptied()
    for (name,) in connection.read("SHOW CONSTRAINTS YIELD name"):
        if name not in before:
            connection.run(f"DROP CONSTRAINT `{name}`")
    for (name,) in connection.read("SHOW INDEXES YIELD name"):
        if name not in before:
            connection.run(f"DROP INDEX `{name}`")
    connection.close()


@contextmanager
def opened(connection: Connection) -> Iterator[ForeignStore]:
    store = open_store(connection.address, create=False)
    assert isinstance(store, ForeignStore)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def films(fresh: Fresh) -> Iterator[ForeignStore]:
    connection = fresh()
    for statement in FILMS.split(";\n"):
        connection.run(statement)
    connection.run("CALL db.awaitIndexes(60)")
    with opened(connection) as store:
        yield store


def copied(store: ForeignStore) -> NetworkXStore:
    """The embedded store with the same facts."""
    copy = NetworkXStore.open()
    copy.add(store.facts(), store.all_entities(), batch="")
    return copy


class TestFilms:
    def test_are_entities_facts_and_literals(self, films: ForeignStore) -> None:
        niro = Entity("Person:Robert De Niro", "Robert De Niro", (Name("Bobby"),), ("Person", "Star"))
        assert films.entities([niro.id, "nobody"]) == {niro.id: niro}
        ronin = films.entities(["Film:Ronin"])["Film:Ronin"]
        assert ronin.aliases == (Name("Rōnin"), Name("Ronin le film", "fr"))
        facts = {
            (f.head, f.relation): f.tail for f in films.facts(heads=["Film:Heat", niro.id]) if f.relation != "ACTED_IN"
        }
        assert facts == {
            ("Film:Heat", "year"): Literal(1995),
            ("Film:Heat", "tagline"): Literal("A Los Angeles crime saga", "string"),
            ("Film:Heat", "rated"): Literal("yes", "string"),
            ("Film:Heat", "shot"): Literal("1995-02-21", "date"),
            (niro.id, "born"): Literal("1943-08-17", "date"),
            (niro.id, "plays `with"): niro.id,
        }
        acted = Fact(niro.id, "ACTED_IN", "Film:Ronin")
        assert list(films.facts(tails=["Film:Ronin"])) == [acted]  # two relationships, one fact
        assert [f.head for f in films.facts(tails=[Literal(1998)])] == ["Film:Ronin"]
        assert [f.tail for f in films.facts(relation="year", limit=5)] == [Literal(1995), Literal(1998)]

    def test_two_of_one_name_and_one_without_a_name_have_ids_of_the_database(self, films: ForeignStore) -> None:
        found = films.lookup(["michael mann", "heat", "bobby"])
        assert found["heat"] == ("Film:Heat",) and found["bobby"] == ("Person:Robert De Niro",)
        assert len(found["michael mann"]) == 2 and all(id.startswith("4:") for id in found["michael mann"])
        assert len(films.entities(found["michael mann"])) == 2
        assert films.execute(Count(OfType("Person"))).value == 4
        assert len(films.frontier([*found["michael mann"], "Film:Heat", "nobody", Literal(1998), Literal(1)])) == 4

    def test_are_found_by_likeness(self, films: ForeignStore) -> None:
        assert [hit.id for hit in films.search("Robert de Nero", 1)] == ["Person:Robert De Niro"]
        assert films.search("ronin le fim", 1)[0].name == "Ronin le film"

    def test_what_is_left_out_and_which_index_would_help_is_said(
        self, films: ForeignStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "the property place is left out: its values are of type POINT" in films.notes
        monkeypatch.setattr(neo4j_foreign_profile, "WORTH_AN_INDEX", 1)
        with opened(Connection(films.location)) as again:
            assert any("CREATE INDEX FOR (n:`Person`) ON (n.`born`)" in note for note in again.notes)
            assert not any("(n.`year`)" in note for note in again.notes)

    def test_an_index_is_used(self, films: ForeignStore) -> None:
        plan = Join(Values((Literal(1995),)), "year", inverse=True)
        connection = Connection(films.location)
        with connection.session("READ") as session:
            explained = session.run("EXPLAIN " + films.cypher(plan)).consume().plan
        connection.close()
        assert "NodeIndexSeek" in str(explained) or "NodeUniqueIndexSeek" in str(explained)

    def test_evidence_is_that_of_the_embedded_store(self, films: ForeignStore) -> None:
        copy = copied(films)
        for plan in (
            Join(Join(Entities(("Film:Heat",)), "ACTED_IN", inverse=True), "born"),
            Best(OfType("Film"), Attribute("year")),
            Best(OfType("Person"), CountOf(Join(Here(), "ACTED_IN"))),
            Filter(OfType("Person"), Attribute("born"), "<", Literal("1943-06", "date")),
        ):
            found = films.execute(plan)
            assert found == copy.execute(plan) and found.nodes
            assert evidence(films, plan, found) == evidence(copy, plan, found)

    def test_nothing_is_written(self, films: ForeignStore) -> None:
        for write in (
            lambda: films.add([], batch="b"),
            lambda: films.retract([]),
            lambda: films.undo("b"),
            lambda: open_store(films.location),
        ):
            with pytest.raises(StoreError, match=r"not made by AskGraph|holds something else"):
                write()

    def test_changes_of_others_are_followed(self, films: ForeignStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(films, "_look_at", 0.0)
        before = films.revision
        assert films.schema().types["Film"] == 2
        connection = Connection(films.location)
        connection.run("CREATE (:Film {title: 'Collateral', year: 2004})")
        connection.close()
        films.execute(Count(OfType("Film")))
        assert films.execute(Join(Values((Literal(2004),)), "year", inverse=True)).nodes[0].startswith("4:")  # type: ignore[union-attr]
        monkeypatch.setattr(films, "_look_at", 0.0)
        assert films.revision == before + 1
        assert films.schema().types["Film"] == 3 and films.lookup(["collateral"]) == {
            "collateral": ("Film:Collateral",)
        }

    def test_a_mapping_file_says_otherwise(
        self, films: ForeignStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "map.toml"
        file.write_text(
            'skip = ["tagline", "ACTED_IN"]\n[names]\nFilm = ["tagline", "title"]\nPerson = "nickname"\nStar = []\n'
        )
        monkeypatch.setenv("NEO4J_MAP", str(file))
        with opened(Connection(films.location)) as again:
            heat = again.entities(["Film:Heat"])["Film:Heat"]
            assert (heat.label, heat.aliases) == ("A Los Angeles crime saga", (Name("Heat"),))
            assert {"ACTED_IN", "tagline"}.isdisjoint(again.schema().relations) and "name" in again.schema().relations
            assert not again.execute(Join(OfType("Film"), "ACTED_IN", inverse=True)).nodes

    def test_of_too_many_to_keep_the_names_are_in_a_full_text_index(
        self, films: ForeignStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(neo4j_foreign, "AT_HAND", 3)
        monkeypatch.setattr(neo4j_foreign_profile, "AT_HAND", 3)
        with pytest.raises(StoreError, match="make a full-text index over its names"):
            open_store(films.location, create=False)
        connection = Connection(films.location)
        connection.run("CREATE FULLTEXT INDEX named FOR (n:Film|Person) ON EACH [n.title, n.name, n.nickname]")
        connection.run("CALL db.awaitIndexes(60)")
        connection.close()
        with opened(Connection(films.location)) as store:
            (id,) = store.lookup(["robert de niro", "nobody"])["robert de niro"]
            assert store.search("robert de nero", 1)[0].id == id
            assert {store.entities([node])[node].label for node in store.execute(Join(Entities((id,)), "ACTED_IN")).nodes} == {  # type: ignore[index,list-item]
                "Heat", "Ronin",
            }  # fmt: skip
            assert len(list(store.facts())) == len(list(films.facts()))
            assert len(list(store.all_entities())) == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [("[names", "cannot be read"), ("nmaes = 1", "known are"), ("[names]\nFilm = 3", "give a property")],
)
def test_a_mapping_file_that_means_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(StoreError, match=message):
        read_wishes(str(tmp_path / "map.toml"))


def test_names_are_found_by_their_look() -> None:
    def held(distinct: float, mean: float, *, share: float = 1.0, lettered: bool = True) -> Any:
        return neo4j_foreign_profile.Held(frozenset({"STRING"}), False, 1, 300, share, mean, distinct, lettered)

    assert names_among({"companyName": held(1, 20), "contactName": held(0.9, 15), "phone": held(1, 12)}) == (
        "companyName",
    )
    assert names_among({"summary": held(1, 150), "heading": held(0.9, 15), "code": held(1, 4, lettered=False)}) == (
        "heading",
    )
    assert names_among({"title": held(0.2, 5), "name": held(1, 5, share=0.1), "aka": held(1, 5)}) == ("title", "aka")
    assert names_among({"status": held(0.01, 5)}) == ()


# the same as the embedded store -----------------------------------------------------------------------------------------

VALUES = {
    "size": [-3, 0, 1, 2, 2.5, 7, 2**40, 7.0],
    "born": [datetime.date(2000, 1, 1), datetime.date(1999, 5, 5), datetime.datetime(2000, 6, 15, 10, 30),  # noqa: DTZ001
             datetime.datetime(2000, 6, 15, 10, 30, tzinfo=datetime.UTC)],
    "name": ["x", '"y" \\ z\n', "2", ""],
    "mixed": [1, 2.5, "x", "2", True, datetime.date(2000, 1, 1)],
    WALKS[-1]: [1, 2, "x", datetime.date(2000, 1, 1)],
}  # fmt: skip
NAMED = "NEO4J_MAP"


@dataclass(frozen=True)
class Database:
    """Nodes are called by ``IDS``: the types of each, values of properties, and relationships."""

    types: dict[str, tuple[str, ...]]
    values: dict[tuple[str, str], Any]
    relationships: tuple[tuple[str, str, str], ...]

    def create(self, connection: Connection) -> None:
        for id in IDS:
            own = {key: value for (node, key), value in self.values.items() if node == id}
            labels = ["Thing", *self.types.get(id, ())]
            connection.run("CREATE (n:$($labels) {iri: $id}) SET n += $own", {"labels": labels, "id": id, "own": own})
        connection.run(
            "UNWIND $rows AS row MATCH (h:Thing {iri: row[0]}), (t:Thing {iri: row[2]}) CREATE (h)-[:$(row[1])]->(t)",
            {"rows": [list(row) for row in self.relationships]},
        )

    def load(self) -> NetworkXStore:
        store = NetworkXStore.open()
        facts = [Fact(f"Thing:{h}", r, f"Thing:{t}") for h, r, t in self.relationships]
        for (node, key), value in self.values.items():
            several = value if isinstance(value, list) else [value]
            facts += [Fact(f"Thing:{node}", key, made) for one in several if (made := literal(one)) is not None]
        store.add(
            facts,
            [Entity(f"Thing:{id}", id, (), tuple(sorted(("Thing", *self.types.get(id, ()))))) for id in IDS],
            batch="",
        )
        return store


def literal(value: Any) -> Literal | None:
    if isinstance(value, bool):
        return Literal("yes" if value else "no", "string")
    if isinstance(value, datetime.datetime):
        return Literal(value.strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if value.tzinfo else ""), "date")
    if isinstance(value, datetime.date):
        return Literal(value.isoformat(), "date")
    if isinstance(value, str):
        return Literal(value, "string") if value else None
    return Literal(value)


def databases() -> st.SearchStrategy[Database]:
    def values(key: str) -> st.SearchStrategy[Any]:
        one = st.sampled_from(VALUES[key])
        alike: list[Any] = [v for v in VALUES[key] if type(v) is type(VALUES[key][0])]
        return st.one_of(one, one, st.lists(st.sampled_from(alike), max_size=3))

    ids = st.sampled_from(IDS)
    held = st.tuples(ids, st.sampled_from(sorted(VALUES))).flatmap(
        lambda pair: st.tuples(st.just(pair), values(pair[1]))
    )
    return st.builds(
        lambda types, values, walks: Database(types, dict(values), tuple(dict.fromkeys(walks))),
        st.dictionaries(ids, st.sets(st.sampled_from(TYPES)).map(lambda found: tuple(sorted(found))), min_size=2),
        st.lists(held, min_size=5, max_size=14),
        st.lists(st.tuples(ids, st.sampled_from(WALKS), ids), min_size=5, max_size=14),
    )


def renamed(plan: Any) -> Any:
    """The plan with the ids that the store gives."""
    if isinstance(plan, Entities):
        return Entities(tuple(f"Thing:{id}" for id in plan.ids))
    if not is_dataclass(plan) or isinstance(plan, Literal):
        return plan
    return replace(plan, **{field.name: renamed(getattr(plan, field.name)) for field in fields(plan)})  # type: ignore[type-var]


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nodes are called by their iri, so that ``name`` is a relation."""
    named = "".join(f'"{type}" = "iri"\n' for type in ("Thing", *TYPES))
    (tmp_path / "map.toml").write_text(f'[ids]\nThing = "iri"\n[names]\n{named}')
    monkeypatch.setenv("NEO4J_MAP", str(tmp_path / "map.toml"))


@pytest.mark.usefixtures("things")
def test_plans_hops_and_facts_agree_with_the_embedded_store(fresh: Fresh) -> None:
    many = st.lists(plans(), min_size=10, max_size=10)

    @settings(derandomize=True, deadline=None, database=None, max_examples=3, suppress_health_check=list(HealthCheck))
    @given(databases(), many)
    def agree(database: Database, tried: list[Plan]) -> None:
        connection = fresh()
        database.create(connection)
        embedded = database.load()
        with opened(connection) as store:
            assert list(store.facts()) == list(embedded.facts())
            assert list(store.all_entities()) == list(embedded.all_entities())
            found, wanted = store.schema(), embedded.schema()
            assert (found.entities, found.facts, found.types) == (wanted.entities, wanted.facts, wanted.types)
            assert {r.id: r for r in found.relations.values() if r.id != WALKS[-1]} == {
                r.id: r for r in wanted.relations.values() if r.id != WALKS[-1]
            }
            for plan in map(renamed, tried):
                got, right = store.execute(plan), embedded.execute(plan)
                assert same(got, right), f"{plan}\nforeign: {got}\nembedded: {right}\n{store.cypher(plan)}"
            hops(store, embedded)

    agree()


def hops(store: ForeignStore, embedded: NetworkXStore) -> None:
    """Every node and some literals are left in every direction, twice."""
    starts: list[Any] = [[f"Thing:{id}"] for id in (*IDS, UNKNOWN)]
    starts += [[fact.tail] for fact in embedded.facts() if isinstance(fact.tail, Literal)] + [
        [STRINGS[1]],
        [*IDS, Literal(2)],
    ]
    for _ in range(2):
        mine = store.expand([store.frontier(nodes) for nodes in starts])
        right = embedded.expand([embedded.frontier(nodes) for nodes in starts])
        assert [[(s.relation, s.inverse, s.edges, len(s.frontier)) for s in steps] for steps in mine] == [
            [(s.relation, s.inverse, s.edges, len(s.frontier)) for s in steps] for steps in right
        ]
        starts = starts[:2]
    for relation in RELATIONS:
        nodes = [*(f"Thing:{id}" for id in IDS), Literal(2), STRINGS[0]]
        assert list(store.facts(None, relation, nodes)) == list(embedded.facts(None, relation, nodes))
