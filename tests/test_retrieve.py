"""Retrieval: what shares a slot, the bounds of the walk, seeds of every kind, and the same memory from every store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from kg.store import Frontier, GraphStore
from qa_pipeline.retrieve import RetrievalConfig, retrieve

FACTS = [
    Fact("Heat", "starring", "Pacino"),
    Fact("Heat", "starring", "Kilmer"),
    Fact("Ali", "starring", "Smith"),
    Fact("Heat", "directed by", "Mann"),
    Fact("Ali", "directed by", "Mann"),
    Fact("Pacino", "born in", "New York"),
    Fact("Kilmer", "born in", "Los Angeles"),
    Fact("Smith", "born in", "Philadelphia"),
    Fact("Mann", "born in", "Chicago"),
    Fact("Heat", "year", Literal(1995)),
    Fact("Ali", "year", Literal(2001)),
    Fact("Mann", "motto", Literal("time is luck", "string")),
]
ENTITIES = [
    Entity("Heat", types=("film",)),
    Entity("Ali", types=("film",)),
    Entity("Pacino", types=("actor",)),
    Entity("Kilmer", types=("actor",)),
    Entity("Smith", types=("actor", "singer")),
    Entity("Mann", types=("director",)),
]


def entity(*ids: str) -> Link:
    return Link(Mention(0, 1, "?", "entity"), tuple(Candidate(id, id, 1.0) for id in ids), 1.0)


def of_type(type: str) -> Link:
    return Link(Mention(0, 1, type, "type"), (Candidate(type, type, 1.0),), 1.0)


def number(value: int) -> Link:
    return Link(Mention(0, 1, str(value), "number", Literal(value)), (), 1.0)


NIL = Link(Mention(0, 1, "Atlantis", "entity"))


def found(
    store: GraphStore, *links: Link, scores: dict[tuple[str, bool], float] | None = None, **bounds: Any
) -> Subgraph:
    return retrieve(store, store.schema(), links, scores or {}, RetrievalConfig(**bounds))


def at(subgraph: Subgraph, *path: str, seed: int = 0) -> Slot:
    """The one slot of a path, written as relations, "-" before one that is walked from tail to head."""
    steps = tuple((step.removeprefix("-"), step.startswith("-")) for step in path)
    (slot,) = (s for s in subgraph.slots if s.path == steps and s.seed == seed)
    return slot


@pytest.fixture
def films(store: GraphStore) -> GraphStore:
    store.add(FACTS, ENTITIES, batch="films")
    return store


class TestSlots:
    def test_what_others_of_its_type_have_and_it_has_not_is_shown_as_nothing_where_it_is_asked_for(
        self, films: GraphStore
    ) -> None:
        films.add([Fact("Smith", "sang", "Miami")], [Entity("Miami", types=("song",))], batch="songs")
        scores = {("sang", False): 0.9}
        slot = at(found(films, entity("Pacino"), scores=scores), "sang")
        assert (slot.nodes, slot.edges, slot.types) == (0, 0, ("song",))
        assert all(s.path != (("sang", False),) for s in found(films, entity("Pacino")).slots)
        assert all(s.path != (("sang", False),) for s in found(films, entity("Mann"), scores=scores).slots)

    def test_nodes_of_the_same_path_share_a_slot(self, films: GraphStore) -> None:
        subgraph = found(films, entity("Heat"))
        assert Counter(s.path for s in subgraph.slots).most_common(1)[0][1] == 1
        assert (at(subgraph, "starring").nodes, at(subgraph, "starring").edges) == (2, 2)
        assert (at(subgraph, "starring", "born in").nodes, at(subgraph, "directed by", "born in").nodes) == (2, 1)

    def test_facts_are_counted_apart_from_nodes(self, films: GraphStore) -> None:
        shared = at(found(films, entity("Heat", "Ali")), "directed by")
        assert (shared.nodes, shared.edges) == (1, 2)

    def test_a_slot_tells_what_its_nodes_are(self, films: GraphStore) -> None:
        subgraph = found(films, entity("Ali"))
        assert at(subgraph).types == ("film",)
        assert at(subgraph, "starring").kind == "entity"
        assert set(at(subgraph, "starring").types) == {"actor", "singer"}
        assert at(subgraph, "year").kind == "number" and at(subgraph, "year").types == ()
        assert at(subgraph, "directed by", "motto").kind == "string"
        assert set(at(subgraph, "directed by", "-directed by").types) == {"film"}

    def test_parents_stand_before_their_children(self, films: GraphStore) -> None:
        subgraph = found(films, entity("Heat"), of_type("film"), number(1995))
        for i, slot in enumerate(subgraph.slots):
            if slot.path:
                parent = subgraph.slots[slot.parent]
                assert slot.parent < i and slot.path[:-1] == parent.path and slot.seed == parent.seed
            else:
                assert slot.parent == -1

    def test_the_weight_is_the_product_of_the_scores(self, films: GraphStore) -> None:
        scores = {("starring", False): 0.9, ("born in", False): 0.8}
        subgraph = found(films, entity("Heat"), scores=scores)
        assert at(subgraph, "starring", "born in").weight == pytest.approx(0.72)
        assert at(subgraph, "directed by").weight == pytest.approx(0.5)  # nothing was said about it

    def test_the_heaviest_of_a_hop_stand_first(self, films: GraphStore) -> None:
        subgraph = found(films, entity("Heat"), scores={("year", False): 0.9, ("starring", False): 0.1}, hops=1)
        assert [s.path[-1][0] for s in subgraph.slots[1:]] == ["year", "directed by", "starring"]


class TestSeeds:
    def test_nil_links_have_no_slot(self, films: GraphStore) -> None:
        subgraph = found(films, NIL, entity("Heat"))
        assert subgraph.links[0] is NIL
        assert {s.seed for s in subgraph.slots} == {1}

    def test_without_links_there_is_nothing(self, films: GraphStore) -> None:
        assert found(films).slots == found(films, NIL).slots == ()

    def test_seeds_stand_first_in_the_order_of_the_links(self, films: GraphStore) -> None:
        subgraph = found(films, number(1995), NIL, of_type("film"), entity("Mann"))
        assert [(s.seed, s.path) for s in subgraph.slots[:3]] == [(0, ()), (2, ()), (3, ())]
        assert all(s.path for s in subgraph.slots[3:])

    def test_all_readings_of_a_mention_are_one_seed(self, films: GraphStore) -> None:
        subgraph = found(films, entity("Heat", "Ali"))
        assert at(subgraph).nodes == 2
        assert at(subgraph, "starring").nodes == 3

    def test_a_type_is_a_seed(self, films: GraphStore) -> None:
        subgraph = found(films, of_type("film"))
        assert (at(subgraph).nodes, at(subgraph).types) == (2, ("film",))
        assert (at(subgraph, "starring").nodes, at(subgraph, "starring").edges) == (3, 3)
        assert at(subgraph, "year").kind == "number"
        assert at(subgraph, "directed by", "born in").nodes == 1
        assert not [s for s in subgraph.slots if s.path == (("born in", False),)]  # no film was born

    def test_a_literal_is_a_seed(self, films: GraphStore) -> None:
        subgraph = found(films, number(1995))
        assert at(subgraph).kind == "number"
        assert at(subgraph, "-year", "directed by").nodes == 1

    def test_a_literal_that_the_graph_does_not_have_is_a_seed_that_leads_nowhere(self, films: GraphStore) -> None:
        assert [s.path for s in found(films, number(7)).slots] == [()]

    def test_an_id_that_the_graph_does_not_have_leads_nowhere(self, films: GraphStore) -> None:
        assert [s.path for s in found(films, entity("Tootsie")).slots] == [()]


class TestBounds:
    @pytest.mark.parametrize("hops", [0, 1, 2, 3])
    def test_no_path_is_longer_than_the_hops(self, films: GraphStore, hops: int) -> None:
        assert max(len(s.path) for s in found(films, entity("Heat"), of_type("actor"), hops=hops).slots) == hops

    @pytest.mark.parametrize("slots", [2, 5, 9])
    def test_there_are_no_more_slots_than_allowed(self, films: GraphStore, slots: int) -> None:
        few, all_ = found(films, entity("Heat"), slots=slots), found(films, entity("Heat"))
        assert len(few.slots) == slots
        assert few.slots == all_.slots[:slots]  # what is left out is lighter or farther

    def test_only_the_heaviest_slots_are_walked_on(self, films: GraphStore) -> None:
        scores = {("directed by", False): 0.9, ("born in", False): 0.9, ("directed by", True): 0.2}
        subgraph = found(films, entity("Heat"), scores=scores, beam=(1, 1))
        walked = {subgraph.slots[s.parent].path for s in subgraph.slots if len(s.path) > 1}
        director = (("directed by", False),)
        assert walked == {director, (*director, ("born in", False))}

    def test_many_literals_are_not_walked_on(self, store: GraphStore) -> None:
        store.add([Fact(f"p{i}", "rates", Literal(i)) for i in range(6)], [Entity("p0", types=("x",))], batch="ratings")
        people = entity(*(f"p{i}" for i in range(6)))
        assert at(found(store, people, literal_cap=6), "rates", "-rates").nodes == 6
        assert max(len(s.path) for s in found(store, people, literal_cap=5).slots) == 1


class Watched:
    """A store with its calls counted, and the largest frontier that it was handed or gave."""

    def __init__(self, store: GraphStore) -> None:
        self.store, self.calls, self.widest = store, Counter[str](), 0

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self.store, name)

    def expand(self, frontiers: Sequence[Frontier], cap: int) -> Any:
        self.calls["expand"] += 1
        answers = self.store.expand(frontiers, cap)
        self.widest = max(self.widest, *(len(step.frontier) for steps in answers for step in steps))
        return answers


class TestHubs:
    def test_one_hop_is_one_call_and_a_hub_is_never_listed(self, store: GraphStore) -> None:
        facts = [Fact(f"p{i}", "lives in", "Metropolis") for i in range(600)]
        facts += [Fact(f"p{i}", "works for", f"firm{i % 7}") for i in range(600)]
        store.add(facts, batch="people")
        watched: Any = Watched(store)
        subgraph = found(watched, entity("Metropolis"), cap=50)
        people = at(subgraph, "-lives in")
        assert (people.nodes, people.edges) == (50, 600)
        assert watched.widest <= 50
        assert watched.calls["expand"] <= 3
        assert not set(watched.calls) & {"facts", "all_entities", "execute"}
        assert all(s.nodes <= 50 for s in subgraph.slots)

    def test_a_memory_does_not_grow_with_the_graph(self) -> None:
        def slots(size: int) -> list[tuple[tuple[str, bool], ...]]:
            store = NetworkXStore.open()
            store.add((Fact(f"p{i}", "lives in", "Metropolis") for i in range(size)), batch="people")
            store.add([Fact(f"p{i}", "knows", f"p{i + 1}") for i in range(size - 1)], batch="more")
            subgraph = found(store, entity("Metropolis"))
            assert at(subgraph, "-lives in").edges == size
            store.close()
            return [s.path for s in subgraph.slots]

        assert slots(20_000) == slots(5)


def test_every_store_gives_the_same_memory(films: GraphStore) -> None:
    reference = NetworkXStore.open()
    reference.add(FACTS, ENTITIES, batch="films")
    scores = {("directed by", False): 0.9, ("born in", True): 0.8, ("starring", False): 0.7}
    for links in ([entity("Heat", "Ali"), number(1995)], [of_type("actor"), NIL, entity("Chicago")], [of_type("film")]):
        for bounds in ({}, {"slots": 12}, {"beam": (2, 1), "hops": 3}):
            assert found(films, *links, scores=scores, **bounds) == found(reference, *links, scores=scores, **bounds)
    reference.close()
