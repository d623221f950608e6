"""Years and months over graphs that know days."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.graph import Fact, Literal, Relation, Schema
from kg.networkx_store import NetworkXStore
from kg.plan import Attribute, Count, Ends, Filter, Join, Values
from kg.question import Link, Mention
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.literals import find_literals
from qa_pipeline.periods import ages_said, find_dated, in_periods, period_said
from qa_pipeline.retrieve import retrieve

SCHEMA = Schema(relations={r.id: r for r in (Relation("held on", kind="date"), Relation("seats", kind="number"))})
DAYS = Filter(
    Filter(Ends("held on", "tail"), Attribute(None), ">=", Literal("2024", "date")),
    Attribute(None), "<", Literal("2025", "date"),
)  # fmt: skip
IN_2024 = Join(DAYS, "held on", inverse=True)
FACTS = [
    Fact("Gala", "held on", Literal("2024-02-29", "date")),
    Fact("Fair", "held on", Literal("2024-03-01", "date")),
    Fact("Ball", "held on", Literal("2023-12-31", "date")),
    Fact("Fair", "seats", Literal(2024)),
    *(Fact(event, "held at", "Old Mill") for event in ("Gala", "Fair", "Ball")),
]


def stored() -> NetworkXStore:
    store = NetworkXStore.open()
    store.add(FACTS, batch="events")
    return store


@pytest.mark.parametrize(
    ("date", "last"),
    [
        ("2024", "2024-12-31"),
        ("2024-02", "2024-02-29"),
        ("2023-02", "2023-02-28"),
        ("-44-03", "-44-03-31"),
        ("2024-02-03", "2024-02-03"),
    ],
)
def test_the_last_day_of_a_date(date: str, last: str) -> None:
    assert Literal(date, "date").last_day == Literal(last, "date")


def test_only_dates_have_days() -> None:
    assert Literal(2024).last_day == Literal(2024)
    assert Literal("2024", "string").last_day == Literal("2024", "string")


@pytest.mark.parametrize(
    ("date", "after"),
    [
        ("2024", "2025"),
        ("2024-12", "2025-01"),
        ("2024-02-28", "2024-02-29"),
        ("2024-12-31", "2025-01-01"),
        ("0999", "1000"),
        ("-44", "-43"),
        ("-0044-12", "-0043-01"),
        ("-0001", "0000"),
        ("2024-02-03T10:00", "2024-02-03T10:00"),
    ],
)
def test_what_comes_after_a_date(date: str, after: str) -> None:
    assert Literal(date, "date").after == Literal(after, "date")


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("in 2024", "2024"),
        ("in March 2024", "2024-03"),
        ("on 15 March 2024", "2024-03-15"),
        ("over 2000 metres", None),
        ("5 hospitals", None),
        ("the third", None),
        ("in season 2013-14", "2013"),
    ],
)
def test_years_months_and_days_are_periods(text: str, period: str | None) -> None:
    said = [found.text for m in find_literals(text) if (found := period_said(m))]
    assert said == ([period] if period else [])


def test_a_walk_back_from_a_year_over_dates_takes_all_its_days() -> None:
    year = Values((Literal(2024),))
    assert in_periods(Count(Join(year, "held on", inverse=True)), SCHEMA) == Count(IN_2024)
    for plan in (Join(year, "seats", inverse=True), Join(year, "held on"), Join(Ends("held on"), "held on")):
        assert in_periods(plan, SCHEMA) == plan
    assert set(stored().execute(IN_2024).nodes) == {"Fair", "Gala"}


def test_each_of_several_dates_is_within_the_year_or_not() -> None:
    store = NetworkXStore.open()
    dates = ("2022-05-01", "2025-01-10")
    store.add([Fact("mill", "inspected on", Literal(day, "date")) for day in dates], batch="inspections")
    assert store.execute(find_dated("inspected on", Literal("2024", "date"))).nodes == ()
    assert store.execute(find_dated("inspected on", Literal("2025", "date"))).nodes == ("mill",)


def test_the_last_evening_of_a_year_is_within_it() -> None:
    store = NetworkXStore.open()
    store.add([Fact("party", "began", Literal("2024-12-31T23:00", "date"))], batch="parties")
    for period in ("2024", "2024-12", "2024-12-31"):
        assert store.execute(find_dated("began", Literal(period, "date"))).nodes == ("party",)


def test_a_year_leads_to_what_is_dated_within_it() -> None:
    store = stored()
    year = Link(Mention(0, 4, "2024", "number", Literal(2024)), (), 1.0)
    slots = {slot.path: slot for slot in retrieve(store, store.schema(), [year], {}).slots}
    assert slots[(("held on", True),)].nodes == 2
    assert slots[(("seats", True),)].nodes == 1
    assert (("held on", True), ("held at", False)) in slots


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("which events were held in 2024?", {"Gala", "Fair"}),
        ("What was held in February 2024", {"Gala"}),
        ("events held during 2023", {"Ball"}),
        ("How many events were held in 2024?", {"2"}),
    ],
)
def test_what_is_asked_of_a_year_is_found_by_its_days(tmp_path: Path, question: str, answers: set[str]) -> None:
    lines = (f"{f.head}\t{f.relation}\t{f.tail if isinstance(f.tail, str) else f.tail.text}" for f in FACTS)
    (tmp_path / "events.tsv").write_text("\n".join(lines), encoding="utf-8")
    AskGraph.import_graph(tmp_path / "events.tsv", to=tmp_path / "events.kg")
    with AskGraph.open(tmp_path / "events.kg", threshold=0.0) as ag:
        answer = ag.ask(question)
        assert {a.id or str(a.value) for a in answer.answers} == answers


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("who died in the 1990s", "between 1990 and 1999"),
        ("paintings from the 1990's", "between 1990 and 1999"),
        ("born in the nineties", "between 1990 and 1999"),
        ("started in the '80s", "between 1980 and 1989"),
        ("born during the 18th century", "between 1701 and 1800"),
        ("in the first century", "between 1 and 100"),
        ("In the nineteenth-century?", "between 1801 and 1900"),
        ("in the twenty-first century", "between 2001 and 2100"),
    ],
)
def test_decades_and_centuries_are_ranges_of_years(text: str, years: str) -> None:
    assert [age[3] for age in ages_said(text)] == [years]


@pytest.mark.parametrize(
    "text",
    [
        "in the 3rd century BC",
        "in the late 1990s",
        "the 18th century",
        "in 1990",
        "a century",
        "in the 0th century",
        "from the 1980s to the 1990s",
        "in the 1980s and 1990s",
        "from the 18th century onwards",
    ],
)
def test_others_are_none(text: str) -> None:
    assert ages_said(text) == []


def test_a_decade_holds_all_of_its_days(tmp_path: Path) -> None:
    store = stored()
    store.add([Fact("Soiree", "held on", Literal("1999-12-31", "date"))], batch="more")
    ag = AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)
    assert {item.label for item in ag.ask("Which events were held in the 2020s?").answers} == {"Gala", "Fair", "Ball"}
    assert {item.label for item in ag.ask("Which events were held in the 20th century?").answers} == {"Soiree"}


def test_a_decade_that_the_graph_has_by_name_is_that_thing() -> None:
    store = NetworkXStore.open()
    store.add(
        [Fact("Gilt Clock", "period", "18th century"), Fact("Blue Vase", "period", "19th century")], batch="museum"
    )
    ag = AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)
    assert ag.ask("What is from the 18th century?").text == "Gilt Clock"


def test_the_words_of_a_name_are_no_century() -> None:
    store = NetworkXStore.open()
    title = "Capital in the Twenty-First Century"
    store.add([Fact(title, "author", "Ann Lee"), Fact("Slow Days", "author", "Bo Roe")], batch="books")
    ag = AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)
    assert ag.ask(f"Who is the author of {title}?").text == "Ann Lee"


def test_the_answer_has_the_question_as_it_was_asked() -> None:
    ag = AskGraph(stored(), load_model(str(SHIPPED)), threshold=0.0)
    asked = "Which events were held in the 2020s at the Old Mill?"
    answer = ag.ask(asked)
    assert answer.question == asked
    for link in answer.links:
        assert asked[link.mention.start : link.mention.end] == link.mention.text
    assert {"2020s", "Old Mill"} <= {link.mention.text.removeprefix("in the ") for link in answer.links}
