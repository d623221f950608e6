"""What every store keeps of what was told, retracted and replaced, and how undoing any of it leaves what the others said."""

from __future__ import annotations

from kg.graph import Entity, Fact, Literal
from kg.store import GraphStore

CAPITAL = Fact("kenya", "capital", "mombasa", 0.5, ("atlas",))
PEOPLE = Fact("kenya", "people", Literal(5), start="1900", end="1950")


def told(store: GraphStore) -> list[Fact]:
    return list(store.facts())


class TestRetracting:
    def test_a_batch_that_retracts_is_undone(self, store: GraphStore) -> None:
        store.add([CAPITAL, PEOPLE], [Entity("kenya", "Kenya")], batch="one")
        store.add([Fact("kenya", "capital", "mombasa", 0.25, ("map", "atlas"))], batch="two")
        before, schema = told(store), store.schema()
        assert store.retract([CAPITAL, PEOPLE, Fact("no", "r", "no")], batch="wrong") == 2
        assert told(store) == []
        assert store.schema().literals == 0
        assert store.undo("wrong") == 2
        assert told(store) == before
        assert store.schema() == schema

    def test_without_a_batch_nothing_is_kept(self, store: GraphStore) -> None:
        store.add([CAPITAL], batch="one")
        store.retract([CAPITAL])
        assert store.history("kenya") == []

    def test_replacing_is_one_write(self, store: GraphStore) -> None:
        store.add([CAPITAL, PEOPLE], batch="one")
        before, revision = told(store), store.revision
        report = store.add([Fact("kenya", "capital", "nairobi")], batch="two", retracting=[CAPITAL])
        assert (report.facts, report.retracted) == (1, 1)
        assert store.revision > revision
        assert [f.tail for f in store.facts(["kenya"], "capital")] == ["nairobi"]
        assert store.undo("two") == 2
        assert told(store) == before
        assert not store.entities(["nairobi"])

    def test_what_was_retracted_goes_with_the_batch_that_told_it(self, store: GraphStore) -> None:
        store.add([CAPITAL], batch="one")
        store.add([Fact("kenya", "capital", "mombasa", 0.25, ("map",))], batch="two")
        store.retract([CAPITAL], batch="wrong")
        assert store.undo("one") == 0
        assert store.undo("wrong") == 1
        assert [(f.batch, f.sources, f.weight) for f in store.facts()] == [("two", ("map",), 0.25)]

    def test_what_was_told_again_meanwhile_is_united(self, store: GraphStore) -> None:
        store.add([CAPITAL, PEOPLE], batch="one")
        store.retract([CAPITAL, PEOPLE], batch="wrong")
        store.add([Fact("kenya", "capital", "mombasa", 0.25, ("map",)), PEOPLE], batch="two")
        assert store.undo("wrong") == 2
        capital, people = store.facts()
        assert (capital.batch, capital.sources, capital.weight) == ("one", ("atlas", "map"), 0.5)
        assert (people.batch, people.start, people.end) == ("one", "1900", "1950")
        store.undo("two")
        assert [f.sources for f in store.facts()] == [("atlas",), ()]
        store.undo("one")
        assert told(store) == []
        assert store.schema().entities == 0

    def test_a_fact_may_go_and_come_several_times(self, store: GraphStore) -> None:
        store.add([CAPITAL], batch="one")
        store.retract([CAPITAL], batch="first")
        store.add([CAPITAL], batch="two")
        store.retract([CAPITAL], batch="second")
        assert told(store) == []
        store.undo("second")
        assert [f.batch for f in store.facts()] == ["two"]
        store.undo("two")
        store.undo("first")
        assert [(f.batch, f.sources) for f in store.facts()] == [("one", ("atlas",))]


class TestHistory:
    def test_tells_who_did_what_newest_first(self, store: GraphStore) -> None:
        store.add([CAPITAL, PEOPLE], batch="1 book")
        store.add([Fact("kenya", "capital", "nairobi", sources=("news",))], batch="2 mended", retracting=[CAPITAL])
        store.retract([PEOPLE], batch="3 doubt")
        seen = [(c.action, c.fact.relation, c.fact.tail, c.batch, c.fact.sources) for c in store.history("kenya")]
        assert sorted(seen[:3]) == sorted(
            [
                ("retracted", "people", Literal(5), "3 doubt", ()),
                ("told", "capital", "nairobi", "2 mended", ("news",)),
                ("replaced", "capital", "mombasa", "2 mended", ("atlas",)),
            ]
        )
        assert sorted(seen[3:]) == sorted([
            ("told", "capital", "mombasa", "1 book", ("atlas",)), ("told", "people", Literal(5), "1 book", ()),
        ])  # fmt: skip
        assert all(c.time.endswith("Z") and len(c.time) == 20 for c in store.history("kenya"))

    def test_knows_entities_from_both_ends(self, store: GraphStore) -> None:
        store.add([CAPITAL], batch="one")
        store.retract([CAPITAL], batch="two")
        assert [c.action for c in store.history("mombasa")] == ["retracted", "told"]
        assert store.history("nobody") == []

    def test_undone_is_forgotten(self, store: GraphStore) -> None:
        store.add([CAPITAL], batch="one")
        store.retract([CAPITAL], batch="two")
        store.undo("two")
        assert [(c.action, c.batch) for c in store.history("kenya")] == [("told", "one")]
