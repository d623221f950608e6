"""What a plan must heed of a question's words, and what an answer must be to be one."""

from __future__ import annotations

import pytest

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Aggregate, Attribute, Best, Count, CountOf, Ends, Entities, Here, Join, OfType, Plan
from kg.question import Candidate, Link, Mention, Question, Slot, Subgraph
from qa_pipeline.answer_type import AskedFor, asked_for, says_a_time
from qa_pipeline.choose import weigh
from qa_pipeline.decode import Hypothesis
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.heeded import BARE, MISCOUNTED, NO_LENGTH, Heeded
from qa_pipeline.ranked import turned
from qa_pipeline.reading import Reading
from qa_pipeline.vacuity import VACUOUS, vacuity

FIRST = len(OPERATORS)
ANN = Entities(("Ann",))
MOST_TEACHERS = Best(OfType("student"), CountOf(Join(Here(), "taught by")))
BUSIEST_TEACHER = Best(Ends("taught by", "tail"), CountOf(Join(Here(), "taught by", inverse=True)))


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    """Two teachers, three students; a course that began late, and its minutes."""
    facts = [
        Fact("Ann", "taught by", "Tom"),
        Fact("Bea", "taught by", "Tom"),
        Fact("Cid", "taught by", "Una"),
        Fact("Ann", "enrolled in", "Algebra"),
        Fact("Tom", "room", "R1"),
        Fact("Algebra", "began on", Literal("2024-02-01", "date")),
        Fact("Algebra", "minutes", Literal(45)),
        Fact("Ann", "pop 2020", Literal(3)),
    ]
    types = {"student": ("Ann", "Bea", "Cid"), "teacher": ("Tom", "Una"), "course": ("Algebra",), "room": ("R1",)}
    store = NetworkXStore.open()
    store.add(facts, [Entity(id, label=id, types=(type,)) for type, ids in types.items() for id in ids], batch="b")
    return store


def linked(text: str, *said: tuple[str, str]) -> list[Link]:
    """Links of types (or names) in a text."""
    found = []
    for part, id in said:
        start, kind = text.index(part), "entity" if id[0].isupper() else "type"
        mention = Mention(start, start + len(part), part, "entity" if kind == "entity" else "type")
        found.append(Link(mention, (Candidate(id, id, 1.0),), 1.0))
    return found


def heeded(store: NetworkXStore, text: str, *said: tuple[str, str]) -> Heeded:
    return Heeded(store.schema(), Reading(Question(text), linked(text, *said)), AskedFor())


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("which students are absent?", True),
        ("list all students", False),
        ("how many students are there in total", False),
    ],
)
def test_all_of_a_type_is_little_where_more_is_said(store: NetworkXStore, text: str, more: bool) -> None:
    known = heeded(store, text, ("students", "student"))
    for plan in (OfType("student"), Count(OfType("student"))):
        assert known.belief(plan) == pytest.approx(BARE if more else 1.0)


def test_what_there_is_the_most_of_is_what_is_counted(store: NetworkXStore) -> None:
    text = "who teaches the most students?"
    known = heeded(store, text, ("students", "student"))
    assert known.counted == {"student"}
    assert known.belief(MOST_TEACHERS) == pytest.approx(MISCOUNTED)
    assert known.belief(BUSIEST_TEACHER) == pytest.approx(1.0)
    assert turned(MOST_TEACHERS, known.counted, store.schema()) == BUSIEST_TEACHER
    assert store.execute(BUSIEST_TEACHER).nodes == ("Tom",)
    assert turned(BUSIEST_TEACHER, known.counted, store.schema()) == BUSIEST_TEACHER


def test_nothing_is_long_because_it_is_late(store: NetworkXStore) -> None:
    latest, longest = (Best(OfType("course"), Attribute(measure)) for measure in ("began on", "minutes"))
    known = heeded(store, "which course lasted longest?", ("course", "course"))
    assert known.belief(latest) == pytest.approx(NO_LENGTH)
    assert known.belief(longest) == pytest.approx(1.0)
    assert heeded(store, "which course has been running longest?", ("course", "course")).belief(
        latest
    ) == pytest.approx(1.0)


def test_nobody_sums_up_what_is_one_by_nature() -> None:
    teams = NetworkXStore.open()
    facts = [Fact(f"team {i}", "led by", f"lead {i}") for i in range(6)]
    facts += [Fact(f"member {i}", "in", f"team {i % 6}") for i in range(18)]
    teams.add(
        [*facts, *(Fact(fact.tail, "salary", Literal(9)) for fact in facts if isinstance(fact.tail, str))], batch="b"
    )
    lead, members = Join(Entities(("team 1",)), "led by"), Join(Entities(("team 1",)), "in", inverse=True)
    assert vacuity(teams, Aggregate(lead, Attribute("salary"), "sum"), ()) == VACUOUS
    assert vacuity(teams, Aggregate(members, Attribute("salary"), "sum"), ()) == 1.0


def first(store: NetworkXStore, text: str, *plans: Plan, links: list[Link] | None = None) -> Plan | None:
    """Which of two plans is believed that the network finds equally likely."""
    links = links or linked(text, ("Ann", "Ann"))
    slots = tuple(Slot(i) for i in range(len(links)))
    hypotheses = [Hypothesis(plan, 0.4, (FIRST,)) for plan in plans]
    return weigh(store, Reading(Question(text), links, Subgraph(tuple(links), slots), hypotheses))[0].plan


def test_who_is_somebody(store: NetworkXStore) -> None:
    course, teacher = Join(ANN, "enrolled in"), Join(ANN, "taught by")
    assert first(store, "Who is Ann's tutor?", course, teacher) == teacher
    assert first(store, "What is Ann's tutor?", course, teacher) == course


def test_when_is_a_time(store: NetworkXStore) -> None:
    course, began = Join(ANN, "enrolled in"), Join(Join(ANN, "enrolled in"), "began on")
    assert first(store, "When does Ann begin?", course, began) == began
    assert asked_for("in which year did X die?", ()).when
    assert not asked_for("which yearbook has X?", ()).when
    assert says_a_time("Autumn") and says_a_time("1990s") and not says_a_time("Algebra")


def test_a_number_in_a_relations_name_is_not_left_out(store: NetworkXStore) -> None:
    text = "What was the pop of Ann in 2020?"
    year = Link(Mention(27, 31, "2020", "number", Literal(2020)), (), 1.0)
    assert text[27:31] == "2020"
    population, teacher = Join(ANN, "pop 2020"), Join(ANN, "taught by")
    assert first(store, text, teacher, population, links=[*linked(text, ("Ann", "Ann")), year]) == population
