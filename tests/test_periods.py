"""Years and months over graphs that know days."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.graph import Fact, Literal, Relation, Schema
from kg.networkx_store import NetworkXStore
from kg.plan import Attribute, Count, Ends, Filter, Join, Values
from kg.question import Link, Mention
from qa_pipeline import AskGraph
from qa_pipeline.periods import dated, in_periods, period_of
from qa_pipeline.retrieve import retrieve

SCHEMA = Schema(relations={r.id: r for r in (Relation("held on", kind="date"), Relation("seats", kind="number"))})
IN_2024 = Filter(
    Filter(Ends("held on"), Attribute("held on"), ">=", Literal("2024", "date")),
    Attribute("held on"), "<=", Literal("2024-12-31", "date"),
)  # fmt: skip
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
    ("literal", "is_period"),
    [
        (Literal(2024), True),
        (Literal("2024-03", "date"), True),
        (Literal("2024-03-15", "date"), False),
        (Literal(0.5), False),
        (Literal(150_000), False),
        (Literal("2024", "string"), False),
    ],
)
def test_years_and_months_are_periods(literal: Literal, is_period: bool) -> None:
    assert (period_of(literal) is not None) == is_period
    assert (dated("held on", literal) is not None) == is_period


def test_a_walk_back_from_a_year_over_dates_takes_all_its_days() -> None:
    year = Values((Literal(2024),))
    assert in_periods(Count(Join(year, "held on", inverse=True)), SCHEMA) == Count(IN_2024)
    for plan in (Join(year, "seats", inverse=True), Join(year, "held on"), Join(Ends("held on"), "held on")):
        assert in_periods(plan, SCHEMA) == plan
    assert set(stored().execute(IN_2024).nodes) == {"Fair", "Gala"}


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
