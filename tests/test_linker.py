"""Mentions and their entities: exact, folded, fuzzy, other scripts, adjectives, NIL; and the spaCy component."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest
import spacy

from kg.graph import Entity, Fact, Name
from kg.networkx_store import NetworkXStore
from kg.question import Link
from qa_pipeline.choose import CLEAR
from qa_pipeline.link import EntityLinker
from qa_pipeline.spacy_linker import NIL

PLACES = [
    Entity("AT", "Austria", (Name("Österreich", "de"), Name("奥地利", "zh")), ("country",)),
    Entity("KE", "Kenya", (), ("country",)),
    Entity("AF", "Africa", (), ("continent",)),
    Entity("Paris", "Paris", (Name("Lutetia"), Name("Ville Lumière"), Name("Parigi", "it")), ("city",)),
    Entity("Paris-TX", "Paris", (), ("city",)),
    Entity("ST", "São Tomé and Príncipe", (), ("country",)),
    Entity("Capital", "Capital", (), ("city",)),
]
FACTS = [
    Fact("AT", "capital", "Vienna"),
    Fact("KE", "continent", "AF"),
    Fact("Paris", "country", "France"),
    Fact("France", "capital", "Paris"),
    Fact("Paris-TX", "country", "USA"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = NetworkXStore.open(tmp_path / "places.kg")
    store.add(FACTS, PLACES, batch="places")
    store.close()
    return tmp_path / "places.kg"


@pytest.fixture
def linker(path: Path) -> Iterator[EntityLinker]:
    store = NetworkXStore.open(path)
    yield EntityLinker(store)
    store.close()


def entities(links: list[Link]) -> dict[str, list[str]]:
    return {k.mention.text: [c.id for c in k.candidates] for k in links if k.mention.kind == "entity"}


@pytest.mark.parametrize(
    ("text", "mention", "id"),
    [
        ("What is the capital of Austria?", "Austria", "AT"),
        ("what is the capital of austria", "austria", "AT"),
        ("what is the capital of uAstria", "uAstria", "AT"),
        ("capital of Österreich", "Österreich", "AT"),
        ("capital of osterreich", "osterreich", "AT"),
        ("what is the capital of Austira", "Austira", "AT"),
        ("奥地利的首都是什么", "奥地利", "AT"),
        ("Which continent is Sao Tome and Principe in?", "Sao Tome and Principe", "ST"),
        ("Which Kenyan towns are there", "Kenyan", "KE"),
        ("the largest African countries", "African", "AF"),
    ],
)
def test_a_name_is_found_however_it_is_written(linker: EntityLinker, text: str, mention: str, id: str) -> None:
    assert entities(linker.link(text)).get(mention, [None])[0] == id


def test_all_readings_are_given_the_most_prominent_first(linker: EntityLinker) -> None:
    assert entities(linker.link("Where is Paris?"))["Paris"] == ["Paris", "Paris-TX"]
    readings = next(k for k in linker.link("Where is Paris?") if k.mention.text == "Paris").candidates
    assert readings[0].score > readings[1].score


def test_the_wording_of_a_relation_is_no_mention_beside_a_name(linker: EntityLinker) -> None:
    assert list(entities(linker.link("what is the capital of Kenya"))) == ["Kenya"]


def test_a_name_that_the_graph_does_not_have_is_nil(linker: EntityLinker) -> None:
    assert entities(linker.link("What is the capital of Zubrowka?")) == {"Zubrowka": []}


def test_a_part_of_a_hyphenated_name_is_not_taken_for_a_name() -> None:
    store = NetworkXStore.open()
    store.add([], [Entity("D", "Middle Town", (), ("city",)), Entity("A", "A-80 Kestrel")], batch="names")
    linker = EntityLinker(store)
    (unknown,) = (k for k in linker.link("Which languages are spoken in Middle-earth?") if k.mention.kind == "entity")
    assert unknown.is_nil and unknown.mention.text == "Middle-earth"
    two = entities(linker.link("Which languages do people of the A-80 Kestrel speak in Middle-earth?"))
    assert two == {"A-80 Kestrel": ["A"], "Middle-earth": []}
    assert entities(linker.link("Which languages are spoken in Middle town?")) == {"Middle town": ["D"]}
    assert list(entities(linker.link("Who made the A-80 Kestral?")).values()) == [["A"]]
    assert entities(linker.link("Who made the Kestrel?")) == {"Kestrel": ["A"]}


def test_types_are_found_in_singular_and_plural(linker: EntityLinker) -> None:
    links = linker.link("Which countries and which city?")
    assert [(k.mention.text, k.candidates[0].id) for k in links if k.mention.kind == "type"] == [
        ("countries", "country"),
        ("city", "city"),
    ]


def test_a_word_for_its_type_after_a_name_belongs_to_it(linker: EntityLinker) -> None:
    linker.store.add([], [Entity("AT-river", "Austria", (), ("river",))], batch="rivers")
    assert entities(linker.link("Where is the Austria river?")) == {"Austria river": ["AT-river"]}
    assert sorted(entities(linker.link("Where is Austria?"))["Austria"]) == ["AT", "AT-river"]
    rivers = linker.link("Which Austria rivers are long?")
    assert [(k.mention.text, k.mention.kind) for k in rivers] == [("Austria", "entity"), ("rivers", "type")]


def test_given_topics_are_taken_by_id_or_label_and_unknown_ones_are_nil(linker: EntityLinker) -> None:
    links = linker.resolve(["AT", "Kenya", "nowhere"])
    assert [[c.id for c in k.candidates] for k in links] == [["AT"], ["KE"], []]


def test_the_linker_follows_the_graph(linker: EntityLinker) -> None:
    assert entities(linker.link("capital of Zubrowka")).get("Zubrowka", []) == []
    linker.store.add([Fact("Zubrowka", "capital", "Lutz")], batch="more")
    assert entities(linker.link("capital of Zubrowka")) == {"Zubrowka": ["Zubrowka"]}


def test_as_a_spacy_component_entities_carry_their_ids(path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("askgraph_linker", config={"graph": str(path)})
    doc = nlp("Is Kenya larger than Zubrowka or Österreich?")
    assert [(ent.text, ent.kb_id_, ent.label_) for ent in doc.ents] == [
        ("Kenya", "KE", "ENTITY"),
        ("Zubrowka", NIL, "ENTITY"),
        ("Österreich", "AT", "ENTITY"),
    ]
    assert doc.ents[0]._.links == ("KE",)


@pytest.mark.parametrize(
    ("text", "said", "ids"),
    [
        ("Which airlines fly the A380?", "A380", ["Airbus A380"]),
        ("who flies the A350 today", "A350", ["Airbus A350-1000", "Airbus A350-900"]),
        ("When was Cromwell born?", "Cromwell", ["Oliver Cromwell"]),
        ("How many drugs does Merck & Co make?", "Merck & Co", ["merck_and_co"]),
    ],
)
def test_a_name_said_in_part_or_spelt_otherwise(text: str, said: str, ids: list[str]) -> None:
    graph = nx.MultiDiGraph()
    for name in ("Airbus A380", "Airbus A350-900", "Airbus A350-1000", "Oliver Cromwell", "Boeing 737", "merck_and_co"):
        graph.add_edge(name, "x", relation="in")
    (link,) = EntityLinker(NetworkXStore.from_networkx(graph)).link(text)
    assert link.mention.text == said and sorted(c.id for c in link.candidates) == ids


def test_a_name_may_be_said_without_the_word_for_its_type() -> None:
    graph = nx.MultiDiGraph()
    for name, type in (
        ("Kingfisher Ward", "ward"),
        ("Kingfisher Bay 1", "room"),
        ("Kingfisher Bay 2", "room"),
        ("Jackson County", "county"),
        ("Michael Jackson", "singer"),
        ("Janet Jackson", "singer"),
    ):
        graph.add_node(name, type=type)
        graph.add_edge(name, "x", relation="in")
    linker = EntityLinker(NetworkXStore.from_networkx(graph))
    (link,) = linker.link("Who works on Kingfisher?")
    assert [c.id for c in link.candidates] == ["Kingfisher Ward"]
    (jackson,) = linker.link("What did Jackson sing?")  # others bear it as their own
    assert jackson.is_nil


def test_a_unit_is_no_unknown_name() -> None:
    linker = EntityLinker(NetworkXStore.from_networkx(nx.MultiDiGraph([("Ann Lee", "x", {"relation": "in"})])))
    assert [k.mention.text for k in linker.link("databases over 1000 GB")] == ["1000"]
    assert [k.mention.text for k in linker.link("in 2019 ACME won what")] == ["2019", "ACME"]


def test_a_contraction_is_no_name() -> None:
    graph = nx.MultiDiGraph([("Ann Lee", "x", {"relation": "in"})])
    assert EntityLinker(NetworkXStore.from_networkx(graph)).link("Who isn't in the team and doesn’t work?") == []


@pytest.mark.parametrize(
    ("text", "said", "id"),
    [
        ("Which clubs have a Spanish coach?", "Spanish", "Spain"),
        ("which Dutchmen or Spaniards play there", "Spaniards", "Spain"),
        ("keepers who used to be at Roma", "Roma", "AS Roma"),  # a name in part before one that is only like it
        ("Which defenders are left?", "defenders", "defender"),
    ],
)
def test_words_for_what_is_of_a_place_parts_of_names_and_plurals(text: str, said: str, id: str) -> None:
    graph = nx.MultiDiGraph()
    for name in ("Spain", "AS Roma", "Rome", "defender", "Clubs of Honour"):
        graph.add_edge(name, "x", relation="in")
    found = {
        k.mention.text: [c.id for c in k.candidates]
        for k in EntityLinker(NetworkXStore.from_networkx(graph)).link(text)
    }
    assert found[said] == [id]


def test_a_common_word_with_an_ending_or_a_letter_wrong_is_no_unknown_name() -> None:
    linker = EntityLinker(NetworkXStore.from_networkx(nx.MultiDiGraph([("Ann Lee", "x", {"relation": "in"})])))
    assert linker.link("players who netted more goals in the leauge") == []
    assert [k.mention.text for k in linker.link("players who trust in zorvax")] == ["zorvax"]


def test_what_is_only_a_name_by_a_fact_stands_for_what_bears_it() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("James Webb Space Telescope", "JWST", relation="also known as")
    graph.add_edge("James Webb Space Telescope", "NASA", relation="run by")
    graph.add_edge("Percy", "Perseverance", relation="also known as")
    graph.add_edge("Perseverance", "Mars", relation="landed on")  # of this more is said
    linker = EntityLinker(NetworkXStore.from_networkx(graph))
    assert entities(linker.link("Who runs JWST?")) == {"JWST": ["James Webb Space Telescope"]}
    assert entities(linker.link("Where is Perseverance?")) == {"Perseverance": ["Perseverance"]}


@pytest.mark.parametrize(
    ("text", "said", "id"),
    [
        ("how many airlines operate the 787-9?", "787-9", "Boeing 787-9"),
        ("Is the A220-300 an Airbus?", "A220-300", "Airbus A220-300"),
    ],
)
def test_a_designation_is_a_name_said_in_part_and_no_number(text: str, said: str, id: str) -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("Boeing 787-9", "Boeing", relation="built by")
    graph.add_edge("Airbus A220-300", "Airbus", relation="built by")
    links = EntityLinker(NetworkXStore.from_networkx(graph)).link(text)
    assert entities(links)[said] == [id]
    assert not [k for k in links if k.mention.literal is not None]
    years = EntityLinker(NetworkXStore.from_networkx(graph)).link("built in 1990-1999")
    assert len([k for k in years if k.mention.kind == "number"]) == 2
    graph.add_edge("World Cup 2010/2014 Tour", "x", relation="is")
    assert not entities(EntityLinker(NetworkXStore.from_networkx(graph)).link("who won in 2010-2014"))


def test_a_capital_at_the_beginning_is_a_name_unless_it_may_be_a_noun() -> None:
    graph = nx.MultiDiGraph()
    for name in ("London", "Houses", "Linda Moore"):
        graph.add_edge("x", name, relation="is of")
    linker = EntityLinker(NetworkXStore.from_networkx(graph))
    (london, *_) = linker.link("London customers of Linda Moore")
    (houses, *_) = linker.link("Houses in the land of Linda Moore")
    assert london.score >= CLEAR > houses.score
    assert entities(linker.link("Birthplaces of friends of Linda Moore")) == {"Linda Moore": ["Linda Moore"]}


SHOP = [
    ("t1", "Tents", "category", "tent"),
    ("t2", "Tents", "category", "tent"),
    ("h1", "Hats", "category", "hat"),
    ("t1", "black", "colour", "tent"),
    ("t2", "green", "colour", "tent"),
    ("h1", "black", "colour", "hat"),
    ("h2", "green", "colour", "hat"),
    ("Ann", "PhD student", "title", "person"),
]


@pytest.mark.parametrize(
    ("text", "mention", "id"),
    [
        ("Which hats of Milla are green?", "green", "green"),  # hats have colours
        ("Which black tents has Otto?", "black", "black"),
        ("the cheapest tent of Otto", "tent", None),  # a type of things
        ("PhD students of Otto", "PhD students", "PhD student"),
        ("which category has the green light?", "green", None),  # nothing that is asked for has colours
    ],
)
def test_common_words_that_are_values_of_what_is_asked_for(text: str, mention: str, id: str | None) -> None:
    graph = nx.MultiDiGraph()
    for thing, value, relation, type in SHOP:
        graph.add_node(thing, type=type)
        graph.add_edge(thing, value, relation=relation)
    found = EntityLinker(NetworkXStore.from_networkx(graph)).link(text)
    sure = [k for k in found if k.score >= CLEAR]
    assert entities(sure).get(mention) == (None if id is None else [id])


def test_a_kind_with_a_name_in_the_plural_is_said_in_the_singular() -> None:
    graph = nx.MultiDiGraph()
    for machine in ("m1", "m2"):
        graph.add_edge(machine, "Coffee Machines", relation="category")
    graph.add_edge("m3", "Wings", relation="title")
    linker = EntityLinker(NetworkXStore.from_networkx(graph))
    assert entities(linker.link("the best coffee machine")) == {"coffee machine": ["Coffee Machines"]}
    assert "Wings" not in [id for ids in entities(linker.link("the wing of it")).values() for id in ids]
