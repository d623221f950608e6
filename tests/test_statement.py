"""Statements: what a sentence tells is written if it is sure, and else it is said why not."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.graph import Entity, Fact, Literal, Node, Relation
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.assertion import no_assertion
from qa_pipeline.cli import main
from qa_pipeline.statement import StatementReader
from tests.world_answers import world_store

SENTENCES = Path(__file__).with_name("statements.jsonl")
ROWS: list[dict[str, Any]] = [json.loads(line) for line in SENTENCES.read_text("utf-8").splitlines()]
KB = Path(os.environ.get("ASKGRAPH_DATA", "../shared/data")) / "metaqa" / "kb.txt"
PRECISION, RECALL = 0.95, 0.8


def node_of(told: Any) -> Node:
    return told if isinstance(told, str) else Literal(told["value"], told["kind"])


def fill(store: GraphStore) -> None:
    people = {"ada": "Ada Lovelace", "mary": "Mary Somerville", "alan": "Alan Turing"}
    cities = {"london": "London", "jedburgh": "Jedburgh", "leeds": "Leeds"}
    facts = [
        Fact("mary", "place of birth", "jedburgh"), Fact("alan", "place of birth", "london"),
        Fact("alan", "friend", "mary"), Fact("london", "population", Literal(8_900_000)),
        Fact("leeds", "population", Literal(536_000)), Fact("mary", "date of birth", Literal("1780-12-26", "date")),
    ]  # fmt: skip
    entities = [Entity(id, label, types=("person",)) for id, label in people.items()]
    entities += [Entity(id, label, types=("city",)) for id, label in cities.items()]
    relations = [Relation("population", aliases=("inhabitants",)), Relation("friend", aliases=("is friends with",))]
    store.add(facts, entities, relations, batch="people")


@pytest.fixture
def ag(store: GraphStore) -> Iterator[AskGraph]:
    fill(store)
    return AskGraph(store, load_model(str(SHIPPED)))


@pytest.fixture(scope="module")
def embedded() -> Iterator[AskGraph]:
    store = NetworkXStore.open()
    fill(store)
    with AskGraph(store, load_model(str(SHIPPED))) as made:
        yield made


def test_what_is_told_is_known_at_once_and_can_be_taken_back(ag: AskGraph) -> None:
    told = ag.tell("Ada Lovelace was born in London.", source="her letters")
    assert told.facts == (Fact("ada", "place of birth", "london"),) and told.confidence > 0.5 and told.batch
    (fact,) = ag.store.facts(["ada"])
    assert (fact.relation, fact.tail, fact.sources, fact.batch) == (
        "place of birth",
        "london",
        ("her letters",),
        told.batch,
    )
    assert ag.ask("Where was Ada Lovelace born?").text == "London"
    ag.store.undo(told.batch)
    assert not list(ag.store.facts(["ada"]))


def test_something_new_is_proposed_with_name_and_type(ag: AskGraph) -> None:
    told = ag.tell("Grace Quillfeather was born in Leeds.")
    assert told.entities == (Entity("Grace Quillfeather", "Grace Quillfeather", types=("person",)),)
    assert ag.ask("Where was Grace Quillfeather born?").text == "Leeds"


def test_a_dry_run_writes_nothing(ag: AskGraph) -> None:
    before = ag.store.revision
    told = ag.tell("Ada Lovelace was born in London", dry_run=True)
    assert told.facts and not told.batch and ag.store.revision == before


@pytest.mark.parametrize(
    ("sentence", "fact"),
    [
        ("London was where Ada Lovelace was born", Fact("ada", "place of birth", "london")),
        ("Ada Lovelace's place of birth is London", Fact("ada", "place of birth", "london")),
        ("Leeds has 812,000 inhabitants", Fact("leeds", "population", Literal(812_000))),
        ("Ada Lovelace's friend is Mary Somerville", Fact("ada", "friend", "mary")),
        ("Mary Somerville is the friend of Ada Lovelace", Fact("ada", "friend", "mary")),
        (
            "The date of birth of Alan Turing is 23 June 1912",
            Fact("alan", "date of birth", Literal("1912-06-23", "date")),
        ),
    ],
)
def test_relation_direction_and_value_are_read(embedded: AskGraph, sentence: str, fact: Fact) -> None:
    assert embedded.tell(sentence, dry_run=True).understood == (fact,)


def test_types_and_further_names_can_be_told(embedded: AskGraph) -> None:
    typed = embedded.tell("Zorvale is a city", dry_run=True)
    assert typed.entities == (Entity("Zorvale", "Zorvale", types=("city",)),)
    (named,) = embedded.tell("London is also known as the Big Smoke", dry_run=True).entities
    assert named.id == "london" and [name.text for name in named.aliases] == ["Big Smoke"]


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("", "empty"),
        ("Was Ada Lovelace born in London?", "question"),
        ("Ada Lovelace was not born in London", "denies"),
        ("Ada Lovelace wasn’t born in London", "denies"),
        ("Ada Lovelace may have been born in London", "not said for certain"),
        ("I think Ada Lovelace was born in London", "not said for certain"),
        ("Tell me about London", "request"),
        ("London", "two names"),
        ("Ada Lovelace is the friend of Ada Lovelace", "itself"),
        ("London quarrelled with Leeds", "no relation"),
        ("Alan Turing baked Mary Somerville an enormous cake", "not sure enough"),
    ],
)
def test_nothing_is_written_where_nothing_is_sure(embedded: AskGraph, sentence: str, why: str) -> None:
    told = embedded.tell(sentence)
    assert not told.is_told and not told.batch and why in told.reason


@pytest.mark.parametrize(
    ("sentence", "head", "relation", "tail"),
    [
        ("Clara's father is Percy.", "Clara", "father", "Percy"),
        ("Percy is the father of Clara.", "Clara", "father", "Percy"),
        ("Clara is a child of Mary", "Mary", "child", "Clara"),
        ("Mary married Percy", "Mary", "spouse", "Percy"),
        ("Percy is Mary's husband", "Percy", "spouse", "Mary"),
    ],
)
def test_between_people_the_owner_tells_the_direction(sentence: str, head: str, relation: str, tail: str) -> None:
    store = NetworkXStore.open()
    told = [
        ("Ada", "mother", "Anne"), ("Ada", "father", "George"), ("Anne", "child", "Ada"), ("George", "spouse", "Anne"),
        ("Anne", "spouse", "George"),
    ]  # fmt: skip
    people = [Entity(name, name, types=("person",)) for name in ("Ada", "Anne", "George", "Clara", "Mary", "Percy")]
    store.add([Fact(*fact) for fact in told], people, batch="family")
    with AskGraph(store, load_model(str(SHIPPED))) as ag:
        assert ag.tell(sentence).facts == (Fact(head, relation, tail),)


def test_words_of_a_name_deny_and_doubt_nothing() -> None:
    text = "Not Another Teen Movie stars May Whitty"
    assert no_assertion(text, ((0, 22), (29, 39))) == ""
    assert no_assertion(text, ()) != ""
    assert no_assertion("Tell me the capital of Austria.", ((0, 4), (23, 30))) == "it is a request, not a statement"


def test_the_command_tells_and_says_how_to_undo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "people.kg")
    store = NetworkXStore.open(path)
    fill(store)
    store.close()
    assert main(["tell", "--graph", path, "--dry-run", "Ada Lovelace was born in London"]) == 0
    assert "would be written" in capsys.readouterr().out
    assert main(["tell", "--graph", path, "--batch", "mine", "Ada Lovelace was born in London"]) == 0
    assert 'undo "mine"' in capsys.readouterr().out
    assert main(["tell", "--graph", path, "Was Ada Lovelace born in London?"]) == 3
    assert "it is a question" in capsys.readouterr().out


# the written sentences ------------------------------------------------------------------------------------------------


def test_the_sentences_are_many_and_fairly_halved() -> None:
    assert len(ROWS) >= 100 and len({row["text"] for row in ROWS}) == len(ROWS)
    for graph in ("world", "films"):
        groups = Counter((row["group"], row["half"]) for row in ROWS if row["graph"] == graph and row["half"] != "late")
        for group, _ in list(groups):
            assert abs(groups[group, "guide"] - groups[group, "score"]) <= 1


def check_sentences(graph: str, store: GraphStore) -> None:
    """The facts speak of what is in the graph, and what would be written is nearly always right."""
    rows, schema = [row for row in ROWS if row["graph"] == graph], store.schema()
    named = {n for row in rows for h, _, t in row["facts"] for n in (h, t) if isinstance(n, str)}
    new = {name for row in rows for name in row["new"]}
    assert named - set(store.entities(named)) == new
    assert {relation for row in rows for _, relation, _ in row["facts"]} <= schema.relations.keys()
    reader = StatementReader(AskGraph(store, load_model(str(SHIPPED))).reader)
    gold = written = right = 0
    for row in rows:
        told = reader.read(row["text"])
        facts = {(fact.head, fact.relation, fact.tail) for fact in told.facts}
        wanted = {(head, relation, node_of(tail)) for head, relation, tail in row["facts"]}
        gold, right = gold + len(wanted), right + len(facts & wanted)
        written += len(facts) + (len(told.entities) if not facts else 0)
    assert right >= PRECISION * written and right >= RECALL * gold, (
        f"{right} right of {written} written, {gold} to be told"
    )


@pytest.mark.slow
def test_sentences_over_the_demo_graph() -> None:
    check_sentences("world", world_store())


@pytest.mark.slow
@pytest.mark.skipif(not KB.is_file(), reason="ASKGRAPH_DATA has no metaqa/kb.txt")
def test_sentences_over_a_graph_of_films(tmp_path: Path) -> None:
    AskGraph.import_graph(KB, tmp_path / "films.kg", rejects=tmp_path / "rejects.tsv")
    store = NetworkXStore.open(tmp_path / "films.kg")
    check_sentences("films", store)
    store.close()
