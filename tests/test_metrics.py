"""Metrics, against values worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import AskGraphError, LoadError
from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Entities, Join
from kg.question import Candidate, Link, Mention, Question, Slot, Subgraph
from qa_pipeline.answer import AnswerItem
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.chart import reliability_svg
from qa_pipeline.decode import Hypothesis
from qa_pipeline.evaluate import Judged, figures, judge, read_files, summarise
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.metrics import (
    RIGHT,
    WRONG,
    Score,
    auroc,
    coverage_points,
    expected_calibration_error,
    mean,
    percentile,
    reliability,
    risk_area,
    score,
)
from qa_pipeline.reading import Reading


def entity(id: str, label: str = "") -> AnswerItem:
    return AnswerItem(id, label or id, None, 1.0)


def value(of: float | bool | str) -> AnswerItem:
    if isinstance(of, bool):
        return AnswerItem(None, "yes" if of else "no", of, 1.0)
    return AnswerItem(None, of if isinstance(of, str) else Literal(of).text, of, 1.0)


# one answer -----------------------------------------------------------------------------------------------------------


def test_the_first_answer_alone_makes_a_hit() -> None:
    late = score([entity("c"), entity("a")], ["a", "b"], {"a", "b"})
    assert late == Score(False, 0.5, 0.5, False)
    assert late.f1 == 0.5
    early = score([entity("a"), entity("c"), entity("d")], ["a", "b"], {"a", "b"})
    assert early.hit and early.precision == pytest.approx(1 / 3) and early.recall == 0.5
    assert early.f1 == pytest.approx(0.4)


def test_the_order_of_a_set_does_not_matter_for_exactness() -> None:
    assert score([entity("b"), entity("a")], ["a", "b"], {"a", "b"}) == RIGHT
    assert score([entity("a")], ["a", "a"], {"a"}) == RIGHT, "gold answers count once"


def test_the_empty_set_is_met_by_the_empty_set_only() -> None:
    assert score([], [], ()) == RIGHT
    assert score([], ["a"], {"a"}) == WRONG
    assert score([entity("a")], [], ()) == WRONG
    assert WRONG.f1 == 0.0


def test_an_entity_counts_by_id_and_by_label_where_the_gold_is_no_id() -> None:
    assert score([entity("Q64", "Berlin")], ["Q64"], {"Q64"}) == RIGHT
    assert score([entity("Q64", "Berlin")], ["Berlin"], ()) == RIGHT
    assert score([entity("Q64", "Berlin")], ["Berlin"], {"Berlin"}) == WRONG, "another entity has that id"
    assert score([entity("Q64", "Berlin")], ["berlin"], ()) == WRONG, "letter by letter"


def test_namesakes_are_one_gold_label() -> None:
    assert score([entity("f1", "Heat"), entity("f2", "Heat")], ["Heat"], ()) == RIGHT
    assert score([entity("f1", "Heat"), entity("f2", "Heat")], ["Heat", "Ran"], ()).recall == 0.5


@pytest.mark.parametrize(
    ("found", "gold"),
    [(118918, "118918"), (5, "5.0"), (0.1 + 0.2, "0.3"), (True, "yes"), ("1986-05-01", "1986-05-01"), ("Wien", "Wien")],
)
def test_a_literal_counts_by_text_or_number(found: float | bool | str, gold: str) -> None:
    assert score([value(found)], [gold], ()) == RIGHT


@pytest.mark.parametrize(("found", "gold"), [(118918, "118,918"), (5, "6"), (True, "1"), (True, "no"), ("5 km", "5")])
def test_other_literals_are_wrong(found: float | bool | str, gold: str) -> None:
    assert score([value(found)], [gold], ()) == WRONG


def test_a_year_is_right_though_a_film_is_called_so() -> None:
    assert score([value(1984)], ["1984"], {"1984"}) == RIGHT


# confidence -----------------------------------------------------------------------------------------------------------


def test_auroc_counts_pairs() -> None:
    assert auroc([0.9, 0.8, 0.3, 0.1], [True, True, False, False]) == 1.0
    assert auroc([0.1, 0.9], [True, False]) == 0.0
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    # positives 0.9, 0.4; negatives 0.4, 0.1: pairs 1, 1, ½, 1
    assert auroc([0.9, 0.4, 0.4, 0.1], [True, True, False, False]) == 0.875
    assert auroc([0.9], [True]) is None
    assert auroc([], []) is None


def test_reliability_and_calibration_error() -> None:
    table = reliability([0.95, 1.0, 0.3, 0.25, 0.0], [True, False, True, False, False])
    assert len(table) == 10
    assert [b.count for b in table] == [1, 0, 1, 1, 0, 0, 0, 0, 0, 2]
    assert table[9].confidence == pytest.approx(0.975) and table[9].accuracy == 0.5
    # (2·|0.975 − 0.5| + |0.3 − 1| + |0.25 − 0| + 0) / 5
    assert expected_calibration_error(table) == pytest.approx((0.95 + 0.7 + 0.25) / 5)
    assert expected_calibration_error(reliability([], [])) is None


def test_coverage_at_thresholds() -> None:
    low, middle, high = coverage_points([0.9, 0.6, 0.2], [True, False, True], 4, (0.0, 0.6, 0.95))
    assert (low.coverage, low.accuracy) == (0.75, pytest.approx(2 / 3))
    assert (middle.coverage, middle.accuracy) == (0.5, 0.5)
    assert (high.coverage, high.accuracy) == (0.0, None)


def test_the_area_under_risk_and_coverage() -> None:
    # risks of the surest 1, 2, 3: 0, ½, ⅓
    assert risk_area([0.2, 0.9, 0.6], [True, True, False]) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert risk_area([0.5, 0.5], [True, False]) == 0.5 == risk_area([0.5, 0.5], [False, True]), "order within a tie"
    assert risk_area([], []) is None


def test_means_and_percentiles() -> None:
    assert mean([True, False]) == 0.5 and mean([]) is None
    assert percentile([1.0, 2.0, 3.0], 0.5) == 2.0 and percentile([], 0.95) == 0.0


def test_the_reliability_diagram_is_one_svg() -> None:
    svg = reliability_svg(reliability([0.95, 0.3], [True, False]))
    assert svg.startswith("<svg") and svg.count("<circle") == 2
    assert reliability_svg(reliability([], [])).count("<circle") == 0


# many answers ---------------------------------------------------------------------------------------------------------


def judged(right: bool | None, confidence: float, status: str = "answered", group: str = "", **more: object) -> Judged:
    """A judged question; ``right=None``: it is unanswerable."""
    scored = None if right is None else RIGHT if right else WRONG
    made = Judged(
        Question("?", group=group), status, confidence, {"link": 1.0, "decode": 2.0}, scored, scored or WRONG,
        bool(right), (0, 0),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_figures_over_answerable_and_unanswerable_questions() -> None:
    found = figures(
        [judged(True, 0.9), judged(False, 0.8), judged(True, 0.2), judged(None, 0.7), judged(None, 0.1)], 0.5
    )
    assert (found.questions, found.unanswerable) == (5, 2)
    assert found.hits_at_1 == found.exact_match == found.f1 == pytest.approx(2 / 3), "of those that can be answered"
    assert found.abstention_rate == pytest.approx(2 / 5)
    assert found.unanswerable_abstention_rate == 0.5
    assert found.answered_accuracy == pytest.approx(1 / 3), "an answer to an unanswerable question is wrong"
    assert found.auroc_right == 0.5
    assert found.auroc_answerable == pytest.approx(5 / 6)
    assert found.linking_recall is None


def test_what_gives_no_answer_under_any_threshold() -> None:
    found = figures([judged(True, 0.9), judged(False, 0.0, "not_linked"), judged(False, 0.4, "abstained")], 0.0)
    assert found.abstention_rate == pytest.approx(2 / 3) and found.answered_accuracy == 1.0
    assert found.hits_at_1 == pytest.approx(1 / 3)


def test_linking_recall_counts_topics_and_the_oracle_counts_the_beam() -> None:
    found = figures(
        [judged(False, 0.5, topics=(1, 2), oracle=RIGHT, found=True), judged(True, 0.5, topics=(1, 1))], 0.5
    )
    assert found.linking_recall == pytest.approx(2 / 3)
    assert found.oracle_exact_match == found.retrieval_recall == 1.0 and found.exact_match == 0.5


def test_groups_and_the_micro_total() -> None:
    report = summarise([judged(True, 1.0, group="1-hop")] * 3 + [judged(False, 1.0, group="2-hop")], "given", 0.5)
    assert {name: g.exact_match for name, g in report.groups.items()} == {"1-hop": 1.0, "2-hop": 0.0}
    assert report.total.exact_match == 0.75
    assert report.timings_ms == {"link": (1.0, 1.0), "decode": (2.0, 2.0), "total": (3.0, 3.0)}
    assert json.loads(json.dumps(report.to_json()))["total"]["questions"] == 4
    assert "1-hop" in str(report) and "0.7500" in str(report)


def test_no_figures_of_nothing() -> None:
    assert figures([], 0.5).hits_at_1 is None


# with a graph ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ag() -> AskGraph:
    store = NetworkXStore.open()
    store.add(
        [Fact("AT", "capital", "W"), Fact("DE", "capital", "B"), Fact("AT", "population", Literal(9_000_000))],
        [Entity("AT", "Austria"), Entity("W", "Vienna"), Entity("DE", "Germany"), Entity("B", "Berlin")],
        batch="b",
    )
    return AskGraph(store, AskGraph.open(":memory:").model)


def test_the_oracle_looks_at_the_whole_beam(ag: AskGraph) -> None:
    question = Question("capital of Austria", topics=("AT",), answers=("Vienna",))
    link = Link(Mention(11, 18, "Austria", "entity"), (Candidate("AT", "Austria", 1.0),), 1.0)
    beam = [
        Hypothesis(Join(Entities(("AT",)), "population"), 0.9, (len(OPERATORS),)),
        Hypothesis(Join(Entities(("AT",)), "capital"), 0.1, (len(OPERATORS),)),
    ]
    reading = Reading(question, [link], Subgraph((link,), (Slot(0),)), beam)
    answer = replace(ag.ask("What is the population of Austria?"), status="answered", answers=(value(9_000_000),))
    found = judge(ag, question, reading, answer)
    assert found.score == WRONG and found.oracle == RIGHT and found.found
    assert found.topics == (1, 1)
    without = judge(ag, question, replace(reading, links=[], hypotheses=beam[:1]), answer)
    assert without.oracle == WRONG and not without.found and without.topics == (0, 1)


def test_an_evaluation_writes_its_files_whole(ag: AskGraph, tmp_path: Path) -> None:
    rows = [
        {"question": "What is the capital of Austria?", "topics": ["AT"], "answers": ["W"], "group": "one"},
        {"question": "", "answers": ["B"], "group": "two"},
        {"question": "Who is the mayor of Oz?", "answers": None},
    ]
    file = tmp_path / "q.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    report = ag.evaluate(file, topic="linked", out=tmp_path / "new" / "out")
    assert sorted(p.name for p in (tmp_path / "new" / "out").iterdir()) == [
        "metrics.json", "predictions.jsonl", "reliability.svg",
    ]  # fmt: skip
    metrics = json.loads((tmp_path / "new" / "out" / "metrics.json").read_text())
    assert metrics["total"]["questions"] == 3 and metrics["total"]["unanswerable"] == 1
    assert metrics["total"]["errors"] == 1 and report.groups["two"].hits_at_1 == 0.0
    lines = [json.loads(line) for line in (tmp_path / "new" / "out" / "predictions.jsonl").read_text().splitlines()]
    assert [line["question"] for line in lines] == [row["question"] for row in rows]
    assert set(lines[0]) == {
        "id", "question", "group", "gold", "answers", "status", "confidence", "hit", "exact", "plan", "ms",
    }  # fmt: skip
    assert lines[1]["status"] == "error" and lines[2]["gold"] is None and lines[2]["hit"] is None
    assert report.total.linking_recall == 1.0


def test_what_cannot_be_evaluated(ag: AskGraph, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "Who?"}')
    with pytest.raises(LoadError, match="no question has gold answers"):
        ag.evaluate(file)
    file.write_text('{"question": "Who?", "answers": ["W"]}')
    with pytest.raises(AskGraphError, match="cannot write"):
        ag.evaluate(file, out=file)


def test_topics_are_said_to_be_given_only_where_the_file_has_any(ag: AskGraph, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "What is the capital of Austria?", "answers": ["W"]}')
    assert ag.evaluate(file, topic="given").topic == "linked"
    file.write_text('{"question": "What is the capital of Austria?", "answers": ["W"], "topics": ["AT"]}')
    assert ag.evaluate(file, topic="given").topic == "given"
    assert ag.evaluate(file, topic="linked").topic == "linked"


def test_several_files_are_groups(tmp_path: Path) -> None:
    for name in ("easy", "hard"):
        (tmp_path / f"{name}.jsonl").write_text('{"question": "Who?", "answers": []}')
    assert [q.group for q in read_files([tmp_path / "easy.jsonl", tmp_path / "hard.jsonl"])] == ["easy", "hard"]
    assert read_files([tmp_path / "easy.jsonl"])[0].group == ""
