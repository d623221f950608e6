"""What every graph store does, whatever lies behind it. The fixture ``store`` gives an empty one of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.errors import PlanError
from kg.graph import Entity, Fact, Literal, Name, Node, Relation
from kg.names import fold
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Count,
    CountOf,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    OfType,
    Plan,
    Union,
    Values,
)
from kg.store import Frontier, GraphStore

FILMS = [
    Fact("Heat", "directed_by", "Mann"),
    Fact("Ali", "directed_by", "Mann"),
    Fact("Alien", "directed_by", "Scott"),
    Fact("Heat", "starred_actors", "Pacino"),
    Fact("Heat", "starred_actors", "De_Niro"),
    Fact("Ali", "starred_actors", "Smith"),
    Fact("Heat", "year", Literal(1995)),
    Fact("Ali", "year", Literal(2001)),
    Fact("Alien", "year", Literal(1979)),
]
TYPED = [
    Entity("Heat", types=("film",)),
    Entity("Ali", types=("film",)),
    Entity("Mann", "Michael Mann", types=("person",)),
]


@pytest.fixture
def films(store: GraphStore) -> GraphStore:
    store.add(FILMS, TYPED, batch="films")
    return store


def nodes(store: GraphStore, plan: Plan) -> tuple[Node, ...]:
    return store.execute(plan).nodes


def steps(store: GraphStore, node: Node) -> list[tuple[str, bool, int, int]]:
    (found,) = store.expand([store.frontier([node])])
    return [(step.relation, step.inverse, step.edges, len(step.frontier)) for step in found]


class TestWriting:
    def test_heads_and_tails_become_entities(self, store: GraphStore) -> None:
        report = store.add([Fact("a", "knows", "b"), Fact("a", "age", Literal(7))], batch="one")
        assert (report.batch, report.facts, report.known, report.entities) == ("one", 2, 0, 2)
        assert [entity.id for entity in store.all_entities()] == ["a", "b"]

    def test_a_fact_keeps_everything_known_of_it(self, store: GraphStore) -> None:
        fact = Fact("a", "led", "b", 0.5, ("page 3", "page 9"), start="1990", end="1995-06-01")
        store.add([fact], batch="book")
        (found,) = store.facts()
        assert found == Fact("a", "led", "b", 0.5, ("page 3", "page 9"), "book", "1990", "1995-06-01")

    def test_a_fact_told_again_unites_its_sources(self, store: GraphStore) -> None:
        store.add([Fact("a", "r", "b", sources=("x",))], batch="one")
        report = store.add([Fact("a", "r", "b", sources=("y",)), Fact("a", "r", "b", sources=("x",))], batch="two")
        assert (report.facts, report.known, report.entities) == (0, 2, 0)
        (fact,) = store.facts()
        assert set(fact.sources) == {"x", "y"}

    def test_facts_that_hold_at_different_times_are_different(self, store: GraphStore) -> None:
        store.add([Fact("a", "led", "b", start="1990"), Fact("a", "led", "b", start="2001")], batch="one")
        assert store.schema().facts == 2
        assert steps(store, "a") == [("led", False, 2, 1)]
        assert store.execute(Count(Join(Entities(("a",)), "led"))).value == 1

    def test_equal_literals_are_one_node(self, store: GraphStore) -> None:
        store.add([Fact("a", "size", Literal(5.0)), Fact("b", "size", Literal(5))], batch="one")
        assert store.schema().literals == 1
        assert nodes(store, Join(Values((Literal(5),)), "size", inverse=True)) == ("a", "b")

    def test_an_entity_and_a_text_of_the_same_name_stay_apart(self, store: GraphStore) -> None:
        text, tagged = Literal("b", "string"), Literal("b", "string", "en")
        store.add([Fact("a", "r", "b"), Fact("a", "r", text), Fact("a", "r", tagged)], batch="one")
        assert nodes(store, Join(Entities(("a",)), "r")) == ("b", text, tagged)

    def test_names_and_types_of_a_known_entity_are_united(self, store: GraphStore) -> None:
        store.add([], [Entity("q1", "Kenya", (Name("Kenia", "de"),), ("country",))], batch="one")
        store.add([], [Entity("q1", "Republic of Kenya", (Name("肯尼亚", "zh"),), ("state",))], batch="two")
        entity = store.entities(["q1"])["q1"]
        assert entity.label == "Kenya"
        assert set(entity.aliases) == {Name("Kenia", "de"), Name("Republic of Kenya"), Name("肯尼亚", "zh")}
        assert entity.types == ("country", "state")

    def test_a_failing_write_leaves_nothing(self, films: GraphStore) -> None:
        def facts() -> Iterator[Fact]:
            yield Fact("new", "directed_by", "Mann")
            raise RuntimeError("the source broke off")

        before = films.revision
        with pytest.raises(RuntimeError, match="broke off"):
            films.add(facts(), batch="broken")
        assert films.revision == before
        assert not films.entities(["new"])
        assert films.undo("broken") == 0

    def test_the_revision_grows_with_every_write(self, store: GraphStore) -> None:
        seen = [store.revision]
        for write in (
            lambda: store.add([Fact("a", "r", "b")], batch="one"),
            lambda: store.add([], [Entity("a", "A")], batch="two"),
            lambda: store.retract([Fact("a", "r", "b")]),
            lambda: store.undo("two"),
        ):
            write()
            seen.append(store.revision)
        assert seen == sorted(set(seen))

    def test_writes_are_effective_at_once(self, films: GraphStore) -> None:
        assert films.execute(Count(Join(Entities(("Mann",)), "directed_by", inverse=True))).value == 2
        films.schema(), films.search("Heat")
        films.add([Fact("Thief", "directed_by", "Mann")], [Entity("Thief", types=("film",))], batch="more")
        assert nodes(films, Join(Entities(("Mann",)), "directed_by", inverse=True)) == ("Ali", "Heat", "Thief")
        assert nodes(films, OfType("film")) == ("Ali", "Heat", "Thief")
        assert films.schema().relations["directed_by"].facts == 4
        assert films.search("Theif")[0].id == "Thief"


class TestTakingBack:
    def test_retracted_facts_are_gone_and_entities_stay(self, films: GraphStore) -> None:
        assert (
            films.retract(
                [Fact("Heat", "year", Literal(1995)), Fact("Heat", "year", Literal(1)), Fact("no", "r", "no")]
            )
            == 1
        )
        assert nodes(films, Join(Entities(("Heat",)), "year")) == ()
        assert nodes(films, Values((Literal(1995),))) == ()
        films.retract(films.facts())
        assert films.schema().facts == films.schema().literals == 0
        assert "Heat" in films.entities(["Heat"])

    def test_undo_leaves_what_another_batch_told(self, store: GraphStore) -> None:
        store.add([Fact("a", "r", "b", sources=("x",)), Fact("a", "r", "c")], batch="one")
        store.add([Fact("a", "r", "b", sources=("y",)), Fact("d", "r", "a")], batch="two")
        assert store.undo("one") == 1
        (kept, told) = store.facts()
        assert (kept.tail, kept.sources, kept.batch) == ("b", ("y",), "two")
        assert told.key == Fact("d", "r", "a").key
        assert store.undo("two") == 2
        assert store.undo("two") == store.undo("never was") == 0

    def test_a_batch_in_several_writes_is_one_teller(self, store: GraphStore) -> None:
        entity = Entity("a", "Anna", types=("t",))
        for weight in (1.0, 0.7):
            store.add([Fact("a", "r", "b", weight, ("x",))], [entity], batch="one")
        store.add([Fact("a", "r", "b", 0.5, ("x", "y"))], [entity], batch="two")
        (fact,) = store.facts()
        assert (fact.weight, set(fact.sources), fact.batch) == (1.0, {"x", "y"}, "one")
        assert {(change.action, change.batch) for change in store.history("a")} == {("told", "one"), ("told", "two")}
        store.add([], batch="three", retracting=[fact])
        store.add([Fact("a", "r", "b", 0.2, ("x",))], batch="one")
        store.undo("three")
        assert store.undo("one") == 0
        (fact,) = store.facts()
        assert (fact.weight, set(fact.sources), fact.batch) == (0.5, {"x", "y"}, "two")
        assert store.entities(["a"]) == {"a": entity}
        assert store.undo("two") == 1 and not list(store.all_entities())

    def test_undo_takes_back_names_types_and_entities(self, store: GraphStore) -> None:
        store.add([Fact("a", "r", "b")], [Entity("a", "Anna", types=("person",))], batch="one")
        before = store.schema(), store.entities(["a", "b"])
        store.add(
            [Fact("a", "s", "c")],
            [Entity("a", "Anne", (Name("Annie"),), ("author", "person")), Entity("c", "Carl")],
            [Relation("r", "related to")],
            batch="two",
        )
        assert store.lookup(["anne", "annie", "carl"]) == {"anne": ("a",), "annie": ("a",), "carl": ("c",)}
        assert store.undo("two") == 1
        assert (store.schema(), store.entities(["a", "b", "c"])) == before
        assert store.lookup(["anna", "anne", "annie", "carl", "c"]) == {"anna": ("a",)}
        assert [hit.id for hit in store.search("anne")] == ["a"]

    def test_undo_of_the_first_of_two_leaves_the_second(self, store: GraphStore) -> None:
        entity = Entity("a", "Anna", (Name("Annie"),), ("person",))
        store.add([Fact("a", "r", "b", 0.5)], [entity], batch="one")
        store.add([Fact("a", "r", "b", 0.25)], [entity], batch="two")
        assert store.undo("one") == 0
        assert store.entities(["a", "b"]) == {"a": entity, "b": Entity("b")}
        assert [fact.key for fact in store.facts()] == [Fact("a", "r", "b").key]
        assert store.lookup(["anna"]) == {"anna": ("a",)}


class TestReading:
    def test_an_empty_graph_answers(self, store: GraphStore) -> None:
        schema = store.schema()
        assert (schema.entities, schema.literals, schema.facts, schema.relations, schema.types) == (0, 0, 0, {}, {})
        assert list(store.all_entities()) == list(store.facts()) == []
        assert store.entities(["a"]) == store.lookup(["a"]) == {}
        assert store.search("a") == []
        assert store.expand([store.frontier(["a"])]) == [[]]
        assert store.expand([]) == []
        assert nodes(store, Join(OfType("t"), "r")) == nodes(store, Ends("r")) == ()
        assert store.execute(Count(Entities(("a",)))).value == 0
        assert store.execute(Exists(Entities(("a",)))).value is False
        assert store.execute(Aggregate(OfType("t"), Attribute("r"), "sum")).value is None

    def test_schema_counts_what_is_there(self, films: GraphStore) -> None:
        schema = films.schema()
        assert (schema.entities, schema.literals, schema.facts) == (8, 3, 9)
        assert schema.types == {"film": 2, "person": 1}
        assert list(schema.relations) == ["directed_by", "starred_actors", "year"]
        directed = schema.relations["directed_by"]
        assert (directed.name, directed.facts, directed.heads, directed.tails, directed.kind) == (
            "directed by",
            3,
            3,
            2,
            "entity",
        )
        assert (directed.domain, directed.range) == ((("film", 2),), (("person", 2),))
        assert schema.attributes == ("year",)

    def test_a_relation_keeps_its_wording(self, store: GraphStore) -> None:
        store.add([Fact("a", "P36", "b")], relations=[Relation("P36", "capital", ("seat",), "km")], batch="one")
        store.add([], relations=[Relation("P36", aliases=("capital city",))], batch="two")
        relation = store.schema().relations["P36"]
        assert (relation.name, relation.aliases, relation.unit) == ("capital", ("seat", "capital city"), "km")

    def test_a_relation_says_what_its_tails_are(self, store: GraphStore) -> None:
        tails = {"n": Literal(1), "d": Literal("1999", "date"), "s": Literal("x", "string"), "e": "x"}
        store.add([Fact("a", relation, tail) for relation, tail in tails.items()], batch="one")
        store.add([Fact("a", "m", Literal(1)), Fact("a", "m", "x")], batch="two")
        kinds = {id: relation.kind for id, relation in store.schema().relations.items()}
        assert kinds == {"n": "number", "d": "date", "s": "string", "e": "entity", "m": "mixed"}

    def test_facts_are_found_by_all_that_is_given_in_order(self, films: GraphStore) -> None:
        assert [fact.key for fact in films.facts()] == sorted(fact.key for fact in FILMS)
        assert [f.tail for f in films.facts(heads=["Heat", "nobody"], relation="starred_actors")] == [
            "De_Niro",
            "Pacino",
        ]
        assert [f.head for f in films.facts(tails=["Mann", Literal(1979)])] == ["Ali", "Alien", "Heat"]
        assert [f.relation for f in films.facts(heads=["Heat"], tails=["Mann"])] == ["directed_by"]
        assert [f.head for f in films.facts(limit=2)] == ["Ali", "Ali"]
        assert list(films.facts(heads=[])) == list(films.facts(relation="none")) == []

    def test_unknown_ids_are_left_out(self, films: GraphStore) -> None:
        assert set(films.entities(["Heat", "nobody"])) == {"Heat"}
        assert len(films.frontier(["Heat", "nobody", Literal(3)])) == 1
        assert nodes(films, Entities(("nobody", "Heat"))) == ("Heat",)

    def test_expand_gives_every_relation_and_direction(self, films: GraphStore) -> None:
        assert steps(films, "Heat") == [
            ("directed_by", False, 1, 1),
            ("starred_actors", False, 2, 2),
            ("year", False, 1, 1),
        ]
        assert steps(films, "Mann") == [("directed_by", True, 2, 2)]
        assert steps(films, Literal(1995)) == [("year", True, 1, 1)]

    def test_expand_walks_on_and_caps(self, films: GraphStore) -> None:
        first: Frontier = films.expand([films.frontier(["Mann"])])[0][0].frontier
        walked, other = films.expand([first, films.frontier(["Scott"])], cap=1)
        assert [(s.relation, s.inverse, s.edges, len(s.frontier)) for s in walked] == [
            ("directed_by", False, 2, 1),
            ("starred_actors", False, 3, 1),
            ("year", False, 2, 1),
        ]
        assert [(s.relation, s.inverse) for s in other] == [("directed_by", True)]

    def test_self_loops_and_parallel_relations(self, store: GraphStore) -> None:
        store.add([Fact("a", "r", "a"), Fact("a", "r", "b"), Fact("a", "s", "b")], batch="one")
        assert steps(store, "a") == [("r", False, 2, 2), ("r", True, 1, 1), ("s", False, 1, 1)]
        assert nodes(store, Join(Entities(("a",)), "r")) == ("a", "b")
        assert nodes(store, Join(Join(Entities(("a",)), "r"), "r", other=True)) == ("b",)

    @pytest.mark.parametrize(
        "id", ["北京", "São Tomé", "a'b\"c", "x`y", "a\tb\nc", "𝔘nicode", "$p {x: 1}", " ", "12", "1.0"]
    )
    def test_any_text_is_an_id(self, store: GraphStore, id: str) -> None:
        store.add(
            [Fact(id, f"r {id}", "b"), Fact("b", "name", Literal(id, "string", "en"))],
            [Entity(id, types=(id,))],
            batch=id,
        )
        assert nodes(store, Join(Entities((id,)), f"r {id}")) == ("b",)
        assert nodes(store, OfType(id)) == (id,)
        assert nodes(store, Join(Entities(("b",)), "name")) == (Literal(id, "string", "en"),)
        assert store.entities([id])[id].types == (id,)
        assert store.undo(id) == 2

    @pytest.mark.parametrize(
        "value", [0, -7, 2**40, 0.1, -2.5e-7, 1e300, Literal("-0044", "date"), Literal("2001-05-17T10:30:00Z", "date")]
    )
    def test_literals_come_back_as_they_were(self, store: GraphStore, value: float | Literal) -> None:
        literal = value if isinstance(value, Literal) else Literal(value)
        store.add([Fact("a", "r", literal)], batch="one")
        assert nodes(store, Join(Entities(("a",)), "r")) == (literal,)
        assert next(store.facts()).tail == literal
        assert nodes(store, Join(Values((literal,)), "r", inverse=True)) == ("a",)


class TestPlans:
    @pytest.mark.parametrize(
        ("plan", "answer"),
        [
            (Join(Join(Entities(("Heat",)), "directed_by"), "directed_by", inverse=True), ("Ali", "Heat")),
            (Join(Join(Entities(("Heat",)), "directed_by"), "directed_by", inverse=True, other=True), ("Ali",)),
            (
                Intersect(OfType("film"), Join(Entities(("Mann", "Scott")), "directed_by", inverse=True)),
                ("Ali", "Heat"),
            ),
            (Union(Entities(("Heat",)), Values((Literal(1995), Literal(5)))), ("Heat", Literal(1995))),
            (Difference(Ends("directed_by"), OfType("film")), ("Alien",)),
            (Ends("year", "tail"), (Literal(1979), Literal(1995), Literal(2001))),
            (FilterType(Join(Ends("directed_by"), "directed_by"), "person"), ("Mann",)),
            (Filter(Ends("year"), Attribute("year"), ">=", Literal(1995)), ("Ali", "Heat")),
            (Filter(Ends("year"), Attribute("year"), "<", Join(Entities(("Heat",)), "year")), ("Alien",)),
            (Filter(Ends("year", "tail"), Attribute(None), "!=", Literal(1995)), (Literal(1979), Literal(2001))),
            (Filter(Ends("year"), CountOf(Join(Here(), "starred_actors")), "=", Literal(0)), ("Alien",)),
            (Filter(Ends("year"), CountOf(Join(Here(), "starred_actors")), ">", Count(Entities(("Heat",)))), ("Heat",)),
            (Best(Ends("year"), Attribute("year")), ("Ali",)),
            (Best(Ends("year"), Attribute("year"), "min", 2), ("Alien", "Heat")),
            (Best(Ends("year"), Attribute("year"), "max", 1, 1), ("Heat",)),
            (Best(Ends("year"), Attribute("year"), "max", 5, 3), ()),
            (Best(Ends("directed_by", "tail"), CountOf(Join(Here(), "directed_by", inverse=True))), ("Mann",)),
            (Join(Best(Ends("year"), Attribute("year")), "starred_actors"), ("Smith",)),
        ],
    )
    def test_sets(self, films: GraphStore, plan: Plan, answer: tuple[Node, ...]) -> None:
        result = films.execute(plan)
        assert (result.kind, result.nodes, result.value) == ("set", answer, None)

    @pytest.mark.parametrize(
        ("plan", "value"),
        [
            (Count(Join(Entities(("Heat",)), "starred_actors")), 2),
            (Aggregate(Ends("year"), Attribute("year"), "sum"), 5975),
            (Aggregate(OfType("film"), Attribute("year"), "mean"), 1998),
            (Aggregate(Ends("year"), CountOf(Join(Here(), "starred_actors")), "mean"), 1),
            (Aggregate(Ends("year"), CountOf(Join(Here(), "starred_actors")), "min"), 0),
            (Aggregate(OfType("person"), Attribute("year"), "sum"), None),
            (Exists(Intersect(Entities(("Heat",)), OfType("film"))), True),
            (Compare(Join(Entities(("Heat",)), "year"), "<", Join(Entities(("Ali",)), "year")), True),
            (Compare(Count(Ends("year")), "=", Literal(4)), False),
            (Compare(Join(Entities(("nobody",)), "year"), "<", Literal(1)), False),
        ],
    )
    def test_values(self, films: GraphStore, plan: Plan, value: object) -> None:
        result = films.execute(plan)
        assert result.nodes == ()
        assert result.value == value
        assert type(result.value) is type(value)

    def test_ties_are_all_returned_and_elements_without_the_attribute_take_no_part(self, store: GraphStore) -> None:
        sizes = {"a": 9, "b": 9, "c": 5, "d": 5, "e": 1}
        store.add([Fact(id, "size", Literal(size)) for id, size in sizes.items()], batch="one")
        store.add([Fact("c", "size", Literal(2)), Fact("f", "is", "g")], [Entity("g", types=("t",))], batch="two")
        everything = Union(Ends("size"), Ends("is"))
        assert nodes(store, Best(everything, Attribute("size"))) == ("a", "b")
        assert nodes(store, Best(everything, Attribute("size"), "max", 1, 2)) == ("c", "d")
        assert nodes(store, Best(everything, Attribute("size"), "max", 3)) == ("a", "b", "c", "d")
        assert nodes(store, Best(everything, Attribute("size"), "min", 2)) == ("c", "e")
        assert nodes(store, Best(everything, Attribute("size"), "min", 2, 4)) == ("a", "b")

    def test_numbers_dates_and_texts_are_compared_within_their_kind(self, store: GraphStore) -> None:
        values = {"n": Literal(2000), "d": Literal("2000-06", "date"), "s": Literal("2000", "string")}
        store.add([Fact(id, "r", value) for id, value in values.items()], batch="one")
        assert nodes(store, Filter(Ends("r"), Attribute("r"), ">", Literal(1))) == ("n",)
        assert nodes(store, Filter(Ends("r"), Attribute("r"), ">", Literal("1999-12-31", "date"))) == ("d",)
        assert nodes(store, Filter(Ends("r"), Attribute("r"), "=", Literal("2000", "string"))) == ("s",)
        assert nodes(store, Filter(Ends("r"), Attribute("r"), "!=", Literal("none", "string"))) == ("s",)
        assert nodes(store, Filter(Ends("r"), Attribute("r"), ">", Literal("1", "string"))) == ()

    def test_counted_sub_plans(self, films: GraphStore) -> None:
        recent = Filter(Join(Here(), "directed_by", inverse=True), Attribute("year"), ">", Literal(1990))
        assert nodes(films, Filter(Ends("directed_by", "tail"), CountOf(recent), "=", Literal(2))) == ("Mann",)
        others = Difference(Join(Here(), "directed_by", inverse=True), Entities(("Heat",)))
        assert nodes(films, Filter(Ends("directed_by", "tail"), CountOf(others), "=", Literal(1))) == ("Mann", "Scott")
        colleagues = Join(Join(Here(), "directed_by", inverse=True), "starred_actors")
        assert nodes(films, Best(Ends("directed_by", "tail"), CountOf(colleagues))) == ("Mann",)

    def test_entities_come_by_id_then_literals_by_key(self, store: GraphStore) -> None:
        tails: list[Node] = ["b", "a", "Ä", Literal(10), Literal(9), Literal("x", "string"), Literal("1999", "date")]
        store.add([Fact("z", "r", tail) for tail in tails], batch="one")
        literals = sorted((tail for tail in tails if isinstance(tail, Literal)), key=lambda literal: literal.key)
        assert nodes(store, Join(Entities(("z",)), "r")) == ("a", "b", "Ä", *literals)

    @pytest.mark.parametrize(
        "plan", [Here(), Join(Here(), "r"), Join(Count(OfType("t")), "r"), Join(OfType("t"), "r", other=True)]
    )
    def test_what_is_not_well_typed_is_refused(self, store: GraphStore, plan: Plan) -> None:
        with pytest.raises(PlanError):
            store.execute(plan)


class TestNames:
    @pytest.fixture
    def named(self, store: GraphStore) -> GraphStore:
        people = [Entity(f"p{n:03}", "John Smith") for n in range(30)]
        places = [
            Entity("ke", "Kenya", (Name("Kenia", "de"), Name("肯尼亚", "zh"))),
            Entity("st", "São Tomé & Príncipe"),
            Entity("bj", "Beijing", (Name("北京", "zh"),)),
            Entity("New_York"),
            Entity("pe", "Peru"),
            Entity("cu", "Cuba"),
        ]
        store.add([], [*people, *places], batch="names")
        return store

    def test_lookup_folds_labels_aliases_and_worded_ids(self, named: GraphStore) -> None:
        texts = ["KENYA", "kenia", "肯尼亚", "Sao Tome, Principe", "new york", "nowhere", "ke"]
        found = named.lookup([fold(text) for text in texts])
        assert found == {
            "kenya": ("ke",),
            "kenia": ("ke",),
            "肯尼亚": ("ke",),
            "sao tome principe": ("st",),
            "new york": ("New_York",),
        }
        assert named.lookup(["john smith"])["john smith"] == tuple(f"p{n:03}" for n in range(30))
        assert named.lookup([]) == {}

    def test_lookup_takes_many_names_at_once(self, named: GraphStore) -> None:
        assert named.lookup([f"name {n}" for n in range(3000)] + ["peru"]) == {"peru": ("pe",)}

    @pytest.mark.parametrize(
        ("text", "id"),
        [
            ("Kenja", "ke"),
            ("Preu", "pe"),
            ("Cubba", "cu"),
            ("sao tomé und principe", "st"),
            ("york new", "New_York"),
            ("北亰", "bj"),
        ],
    )
    def test_search_forgives_typos_accents_and_word_order(self, named: GraphStore, text: str, id: str) -> None:
        assert named.search(text)[0].id == id

    def test_the_same_name_scores_one_and_stands_as_the_graph_has_it(self, named: GraphStore) -> None:
        (best, *others) = named.search("sao tome principe")
        assert (best.id, best.name, best.score) == ("st", "São Tomé & Príncipe", 1.0)
        assert all(0 < hit.score < 1 for hit in others)

    def test_hits_come_best_first_then_by_id(self, named: GraphStore) -> None:
        hits = named.search("John Smith", limit=5)
        assert [(hit.id, hit.score) for hit in hits] == [(f"p{n:03}", 1.0) for n in range(5)]
        hits = named.search("Jon Smith", limit=40)
        assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.id))
        assert len({hit.id for hit in hits}) == len(hits)

    @pytest.mark.parametrize("text", ["", "   ", "?!", "ж", "x" * 10_000, "'; DROP", "a OR b*", '"'])
    def test_any_text_may_be_searched_for(self, named: GraphStore, text: str) -> None:
        assert all(hit.score < 1 for hit in named.search(text))

    def test_the_index_follows_writes(self, named: GraphStore) -> None:
        assert named.search("Peru")[0].score == 1.0
        named.add([], [Entity("pe", "", (Name("Inca land"),)), Entity("ua", "Ukraine")], batch="more")
        assert named.search("Inca landd")[0].id == "pe"
        assert named.search("Ukrane")[0].id == "ua"
        named.undo("more")
        assert named.lookup(["inca land", "ukraine", "peru"]) == {"peru": ("pe",)}
        assert "ua" not in [hit.id for hit in named.search("Ukraine")]


def test_closing_twice_is_fine(store: GraphStore) -> None:
    store.close()
    store.close()
