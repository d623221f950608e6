"""The cycle as users go through it: tell, ask, change, ask again, take back; in a scope, at a time, on the command line."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

from kg.errors import StoreError
from kg.question import Mention
from kg.store import GraphStore
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.cli import main
from qa_pipeline.times import time_of
from tests.test_tell import BASE, DESCRIBED, RELATIONS

CAPITAL = "What is the capital of Kenya?"


def graph() -> nx.MultiDiGraph:
    made = nx.MultiDiGraph()
    for country, city in {
        "Kenya": "Nairobi",
        "France": "Paris",
        "Italy": "Rome",
        "Peru": "Lima",
        "Chad": "Moundou",
    }.items():
        made.add_node(country.lower(), label=country, type="country")
        made.add_node(city.lower(), label=city, type="city")
        made.add_edge(country.lower(), city.lower(), relation="capital")
    return made


def test_what_is_not_of_the_type_that_is_asked_for_is_left_out_at_a_time_too() -> None:
    made = graph()
    for ruler, (start, end), type in (("Moi", ("1978", "2002"), "person"), ("KANU", ("1978", "2002"), "party"),
                                      ("Kenyatta", ("1963", "1978"), "person")):  # fmt: skip
        made.add_node(ruler, type=type)
        made.add_edge("kenya", ruler, relation="ruled by", start=start, end=end)
    ag = AskGraph.open(made)
    assert ag.ask("Which person was Kenya ruled by in 1990?").text == "Moi"
    assert ag.ask("Which persons was Kenya ruled by?").text == "Kenyatta and Moi"


@pytest.fixture(scope="module")
def films() -> AskGraph:
    ag = AskGraph.open(graph())
    ag.tell([("Kenya", "president", "Jomo Kenyatta")], start="1964-12-12", end="1978-08-22")
    ag.tell([("Kenya", "president", "Daniel arap Moi")], start="1978-08-22", end="2002-12-30")
    ag.tell([("Heat", "year", 1986), ("Alien", "year", 1979)])
    ag.tell([("Heat", "directed by", "Mann"), ("Alien", "directed by", "Scott")])
    return ag


def test_the_next_question_sees_what_was_told_and_taken_back() -> None:
    ag = AskGraph.open(graph())
    assert ag.ask(CAPITAL).text == "Nairobi"
    assert ag.ask("What is the capital of Wakanda?").status == "not_linked"
    facts = [("capital", "Birnin Zana"), ("ruled by", "T'Challa"), ("founded", "1966-07-01")]
    told = ag.tell([("Wakanda", *fact) for fact in facts])
    assert ag.ask("What is the capital of Wakanda?").text == "Birnin Zana"
    assert ag.ask("Who is Wakanda ruled by?").text == "T'Challa"
    assert ag.ask("When was Wakanda founded?").text == "1966-07-01"
    assert ag.ask("What is the capital of Wakanda?").evidence[0].batch == told.batch
    replaced = ag.replace(("Kenya", "capital", "Mombasa"), source="me")
    assert ag.ask(CAPITAL).text == "Mombasa"
    assert [c.action for c in ag.history("Kenya")] == ["told", "replaced", "told"]
    ag.undo(replaced.batch)
    assert ag.ask(CAPITAL).text == "Nairobi"
    ag.undo(told.batch)
    assert ag.ask("What is the capital of Wakanda?").status == "not_linked"
    with pytest.raises(StoreError, match="has no batch"):
        ag.undo(told.batch)


def a_scope_answers_for_itself(ag: AskGraph) -> None:
    before = list(ag.store.facts())
    with ag.scope("task-42") as scoped:
        scoped.tell([("Kenya", "capital", "Mombasa"), ("Wakanda", "capital", "Birnin Zana")], on_conflict="replace")
        assert (scoped.ask(CAPITAL).text, ag.ask(CAPITAL).text) == ("Mombasa", "Nairobi")
        assert scoped.ask("What is the capital of Wakanda?").text == "Birnin Zana"
        assert ag.ask("What is the capital of Wakanda?").status == "not_linked"
        assert [f.tail for f in scoped.ask(CAPITAL).evidence] == ["Mombasa"]
        scoped.hide(("Peru", "capital", None))
        assert scoped.ask("What is the capital of Peru?").text != "Lima"
        assert ag.ask("What is the capital of Peru?").text == "Lima"
        scoped.reweigh(("Italy", "capital", "Rome"), 0.5)
    assert ag.scopes() == ["task-42"]
    with ag.scope("task-42") as scoped:
        assert scoped.ask(CAPITAL).text == "Mombasa"
        merged = scoped.merge()
    assert (ag.scopes(), ag.ask(CAPITAL).text) == ([], "Mombasa")
    assert [f.weight for f in ag.store.facts(["italy"], "capital")] == [0.5]
    ag.undo(merged.batch)
    assert list(ag.store.facts()) == before
    with ag.scope("other", expires=3600) as scoped:
        scoped.tell(("Kenya", "capital", "Mombasa"), on_conflict="both")
        scoped.discard()
    with pytest.raises(StoreError, match="no scope 'other'"):
        scoped.ask(CAPITAL)
    assert list(ag.store.facts()) == before


def test_a_scope_answers_for_itself() -> None:
    a_scope_answers_for_itself(AskGraph.open(graph()))


@pytest.mark.neo4j
def test_a_scope_answers_for_itself_on_neo4j(wiped_neo4j: object) -> None:
    store: GraphStore = wiped_neo4j()  # type: ignore[operator]
    store.add(BASE, DESCRIBED, RELATIONS, batch="base")
    a_scope_answers_for_itself(AskGraph(store, load_model(str(SHIPPED))))
    store.close()


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Who was the president of Kenya?", "Daniel arap Moi and Jomo Kenyatta"),
     ("Who was the president of Kenya in 1970?", "Jomo Kenyatta"),
     ("In 1990, who was the president of Kenya?", "Daniel arap Moi"),
     ("films of 1986", "Heat"), ("Which films are from the year 1979?", "Alien"), ("What is the year of Heat?", "1986")],
)  # fmt: skip
def test_a_year_says_when_only_where_the_graph_knows_since_when(films: AskGraph, question: str, answer: str) -> None:
    assert films.ask(question).text == answer


def test_a_question_is_asked_as_of_a_time(films: AskGraph) -> None:
    answer = films.ask("Who was the president of Kenya?", as_of="1970-01-01")
    assert answer.text == "Jomo Kenyatta"
    assert answer.reason.endswith("as of 1970-01-01")
    assert "split(e3.start, 'T')" in answer.cypher
    assert "1970-01-01" in answer.sparql
    assert [f.tail for f in answer.evidence] == ["Jomo Kenyatta"]
    assert films.ask("Who was the president of Kenya?", as_of="1985").text == "Daniel arap Moi"
    assert films.ask(CAPITAL, as_of="1800").text == "Nairobi"
    with pytest.raises(StoreError, match="no ISO 8601 date"):
        films.ask(CAPITAL, as_of="long ago")


def test_words_before_a_number_say_whether_it_is_a_time() -> None:
    def time(text: str) -> str:
        start = text.index("1970")
        return time_of(text, Mention(start, start + 4, "1970", "number"))

    assert time("who ruled in 1970") == time("ruler during the year 1970") == time("In 1970, who ruled?") == "1970"
    assert time("who ruled before 1970") == time("more than 1970 people") == ""


def test_the_same_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "a.kg")
    facts = tmp_path / "facts.tsv"
    facts.write_text("".join(f"{a}\tcapital\t{b}\n" for a, b in ("ab", "cd", "ef", "gh", "ij")))
    assert main(["import", str(facts), "--to", path]) == 0

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main([*arguments, "--graph", path])
        told = capsys.readouterr()
        return code, told.out + told.err

    code, told = run("tell", "a", "capital", "x")
    assert (code, "conflict: a has capital b; told was x" in told) == (3, True)
    said = ("--source", "me", "--batch", "mine", "--start", "2001", "--end", "2002")
    code, told = run("tell", "a", "capital", "x", "new", "size", "5", "--on-conflict", "replace", *said)
    assert (code, told.splitlines()[:2]) == (0, ["2 new facts, 2 new entities, 1 facts taken away", "batch mine"])
    code, told = run("history", "a")
    lines = [line.split("  ", 1)[1] for line in told.splitlines()]
    assert lines[0] == "told       a | capital | x (2001 to 2002), source me, batch mine"
    assert lines[1].startswith("replaced   a | capital | b, ")
    assert run("undo", "mine")[1] == "3 facts taken back\n"
    assert run("replace", "a", "capital", "z")[0] == 0
    code, told = run("retract", "a", "capital", "*", "--batch", "gone")
    assert (code, told) == (0, "1 facts taken away\nbatch gone\n")
    assert run("retract", "a", "capital", "*")[0] == 2
    assert run("tell", "a", "capital")[0] == 2
    more = tmp_path / "more.csv"
    more.write_text("a,capital,b\nk,capital,l\n")
    assert run("tell", "--file", str(more))[1].startswith("2 new facts, 2 new entities")
    assert run("ask", "What is the capital of k?", "--as-of", "2020") == (0, "l\n")
