"""Feedback end to end, over every store: it leans choices and ranks facts, is seen, is bounded, decays, and is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from kg.errors import FeedbackError
from kg.graph import Entity, Fact, Relation
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.cli import main
from qa_pipeline.opinions import DISTRUSTED, HALF_LIFE, LEAN

FILMS = ("Alien", "Heat", "Jaws", "Vertigo", "Psycho", "Fargo")
PEOPLE = ("Scott", "Mann", "Spielberg", "Hitchcock", "Stone", "Coen")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ASKED = "who is the film director of Alien"


def fill(store: GraphStore) -> None:
    """Films with their directors, and a relation of nearly the same name that leads to others."""
    facts = [Fact(film, "directed_by", person) for film, person in zip(FILMS, PEOPLE, strict=True)]
    facts += [Fact(film, "director_2", person) for film, person in zip(FILMS, PEOPLE[1:] + PEOPLE[:1], strict=True)]
    facts += [Fact(film, "has_genre", genre) for film in FILMS for genre in ("horror", "crime")]
    kinds = [(FILMS, "film"), (PEOPLE, "person"), (("horror", "crime"), "genre")]
    entities = [Entity(name, name, types=(type,)) for names, type in kinds for name in names]
    store.add(facts, entities, [Relation("director_2", "film director")], batch="films")


@pytest.fixture
def ag(store: GraphStore) -> Iterator[AskGraph]:
    fill(store)
    made = AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)
    made.reader.electorate.clock = lambda: NOW
    return made


def test_users_turn_a_choice_and_take_it_back(ag: AskGraph) -> None:
    """What questions like it lean to, too; other questions are read as before."""
    before, other = ag.ask(ASKED), ag.ask("what genre is Heat")
    assert before.text == "Mann" and before.leaning == ()
    votes = [ag.feedback(before, expected=["Scott"], user=f"user {i}") for i in range(5)]
    assert ag.votes() == tuple(votes)
    assert dict(votes[0].choices) == {
        ("directed_by", False): 1.0,
        ("director_2", False): -1.0,
    }
    after, alike = ag.ask(ASKED), ag.ask("who is the film director of Psycho")
    assert (after.text, alike.text) == ("Scott", "Stone")
    assert {relation for relation, _, _ in after.leaning} == {"directed_by", "director_2"}
    again = ag.ask("what genre is Heat")
    assert (again.text, again.confidence, again.leaning) == (other.text, other.confidence, ())
    assert all(ag.revoke(vote) for vote in votes[1:]) and ag.revoke(votes[0].id)
    assert (ag.ask(ASKED).text, ag.ask(ASKED).confidence) == (before.text, before.confidence)
    assert not ag.revoke(votes[0])


def test_a_fact_that_users_distrust_ranks_lower_and_is_left_out(ag: AskGraph) -> None:
    answer = ag.ask("what genre is Heat")
    assert [item.label for item in answer.answers] == ["crime", "horror"]
    facts = list(ag.store.facts())
    ag.feedback(answer, expected=["horror"], user="ann")
    first = ag.ask("what genre is Heat")
    assert [item.label for item in first.answers] == ["horror", "crime"]
    assert first.answers[0].score == first.confidence > first.answers[1].score
    for user in ("bob", "cem"):
        ag.feedback(answer, expected=["horror"], user=user)
    third = ag.ask("what genre is Heat")
    assert [item.label for item in third.answers] == ["horror"]
    assert [item.label for item in third.distrusted] == ["crime"] and "crime" in third.reason
    assert {fact.tail for fact in third.evidence} == {"horror"}
    assert list(ag.store.facts()) == facts, "nothing is deleted"
    assert ag.ask("what genre is Jaws").text == "crime and horror"


@pytest.fixture
def embedded() -> Iterator[AskGraph]:
    store = NetworkXStore.open()
    fill(store)
    made = AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)
    made.reader.electorate.clock = lambda: NOW
    yield made
    made.close()


def test_an_answer_whose_every_fact_is_distrusted_is_none(embedded: AskGraph) -> None:
    answer = embedded.ask("who was Alien directed by?")
    assert answer.text == "Scott"
    for user in ("ann", "bob", "cem"):
        embedded.feedback(answer, False, user=user)
    after = embedded.ask("who was Alien directed by?")
    key = ("Alien", "directed_by", "entity@:Scott", "", "")
    assert embedded.reader.electorate.trust()[key] < DISTRUSTED
    assert after.status == "abstained" or after.text != "Scott"


def test_one_user_has_one_word(embedded: AskGraph) -> None:
    answer = embedded.ask("who was Alien directed by?")
    embedded.feedback(answer, False, user="eve")
    once = embedded.ask("who was Alien directed by?")
    for _ in range(30):
        embedded.feedback(answer, False, user="eve")
    often = embedded.ask("who was Alien directed by?")
    assert (often.text, often.confidence, often.leaning) == (once.text, once.confidence, once.leaning)
    assert often.text == "Scott" and all(abs(lean) < LEAN / 7 for _, _, lean in often.leaning)


def test_old_votes_count_less(embedded: AskGraph) -> None:
    answer = embedded.ask(ASKED)
    for i in range(5):
        embedded.feedback(answer, expected=["Scott"], user=f"user {i}")
    fresh = {r: lean for r, _, lean in embedded.ask(ASKED).leaning}
    embedded.reader.electorate.clock = lambda: NOW + timedelta(days=4 * HALF_LIFE)
    stale = {r: lean for r, _, lean in embedded.ask(ASKED).leaning}
    assert 0 < stale["directed_by"] < fresh["directed_by"] / 4
    assert embedded.ask(ASKED).text == "Mann"


def test_praise_keeps_what_was_used(embedded: AskGraph) -> None:
    answer = embedded.ask("who was Alien directed by?")
    vote = embedded.feedback(answer, True)
    assert vote.correct and dict(vote.choices) == {("directed_by", False): 1.0}
    assert dict(vote.facts) == {("Alien", "directed_by", "entity@:Scott", "", ""): 1.0}
    assert vote.question == "who was [MASK] directed by?"


def test_feedback_that_says_nothing_is_refused(embedded: AskGraph) -> None:
    with pytest.raises(FeedbackError, match="say whether"):
        embedded.feedback(embedded.ask("who was Alien directed by?"))
    with pytest.raises(FeedbackError, match="nothing can be learned"):
        embedded.feedback(embedded.batch([""])[0], False)
    assert embedded.votes() == ()


def test_the_command_gives_lists_and_takes_back(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path_factory.mktemp("feedback") / "films.kg")
    store = NetworkXStore.open(path)
    fill(store)
    store.close()
    assert main(["feedback", "--graph", path, "what genre is Heat", "--expected", "horror", "--user", "ann"]) == 0
    assert "now: horror and crime" in capsys.readouterr().out
    assert main(["feedback", "--graph", path]) == 0
    listed = capsys.readouterr().out
    assert "ann: wrong: what genre is [MASK]" in listed and "Heat – has genre – crime" in listed
    assert main(["feedback", "--graph", path, "--revoke", listed.split()[0]]) == 0
    assert main(["feedback", "--graph", path, "--revoke", "nobody"]) == 2
    capsys.readouterr()
    assert main(["feedback", "--graph", path]) == 0
    assert capsys.readouterr().out == ""
