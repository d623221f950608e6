"""Fine-tuning: plans are found from answers, what cannot be found is left out and told, training helps and can be stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from encoder.model import AskModel
from kg.errors import LoadError, ModelError
from kg.graph import Fact
from kg.networkx_store import NetworkXStore
from kg.question import Question
from qa_pipeline import fine_tune as training
from qa_pipeline.ask_graph import SHIPPED, AskGraph
from qa_pipeline.batch import Batcher
from qa_pipeline.cli import main
from qa_pipeline.evaluate import read_files
from qa_pipeline.fine_tune import fine_tune
from qa_pipeline.learn import plans_right
from qa_pipeline.model_card import Settings
from qa_pipeline.supervise import PlanFinder, Supervised

NAMES = ("Alba", "Borun", "Celk", "Dorma", "Ebro", "Fenn", "Gilda", "Horst")
QUICK = Settings(epochs=4, batch=8, rate=5e-4)


def facts() -> Iterator[Fact]:
    """Who fizzes what, blorps whom, and where the fizzed lies: words that nobody has taught the model."""
    for i, name in enumerate(NAMES):
        yield Fact(name, "zorb", f"Drink {i}")
        yield Fact(name, "quen", NAMES[(i + 3) % len(NAMES)])
        yield Fact(f"Drink {i}", "plim", f"Cellar {i % 4}")
        for pet in range(1 + i % 3):
            yield Fact(name, "wug", f"Wug {i}{pet}")


def questions() -> Iterator[dict[str, Any]]:
    for i, name in enumerate(NAMES):
        friend = (i + 3) % len(NAMES)
        yield {"question": f"what does {name} gulp down?", "topics": [name], "answers": [f"Drink {i}"]}
        yield {"question": f"where is the tipple of {name} kept?", "topics": [name], "answers": [f"Cellar {i % 4}"]}
        if i % 3:
            pets = [f"Wug {i}{pet}" for pet in range(1 + i % 3)]
            yield {"question": f"which critters run after {name}?", "topics": [name], "answers": pets}
        yield {"question": f"what does the mate of {name} gulp down?", "topics": [name], "answers": [f"Drink {friend}"]}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shipped weights, or where there are none, untrained ones."""
    if (SHIPPED / "model.safetensors").is_file():
        return str(SHIPPED)
    folder = tmp_path_factory.mktemp("untrained")
    AskModel.untrained().save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("graph") / "small.kg"
    store = NetworkXStore.open(path)
    store.add(facts(), batch="all")
    store.close()
    return str(path)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "asked.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in questions()))
    return path


@pytest.fixture
def ag(graph: str, start: str) -> Iterator[AskGraph]:
    with AskGraph.open(graph, model=start) as opened:
        yield opened


def found(ag: AskGraph, asked: Sequence[Question]) -> dict[int, Supervised]:
    return {s.at: s for some in PlanFinder(ag.reader).find(dict(enumerate(asked))) for s in some}


class TestPlansAreFound:
    @pytest.mark.parametrize(
        ("text", "answers"),
        [
            ("what does Alba gulp down?", ["Drink 0"]),
            ("where is the tipple of Alba kept?", ["Cellar 0"]),
            ("where is the tipple of the mate of Alba kept?", ["Cellar 3"]),
            ("how many critters run after Celk?", ["3"]),
        ],
        ids=["1 hop", "2 hops", "3 hops", "count"],
    )
    def test_that_give_the_answers(self, ag: AskGraph, text: str, answers: list[str]) -> None:
        one = found(
            ag, [Question(text, topics=(text.split()[-1][:-1] if "Celk" in text else "Alba",), answers=tuple(answers))]
        )[0]
        assert one.how in ("beam", "memory") and one.f1 == 1 and one.example is not None
        assert one.example.allowed[range(len(one.example.actions)), one.example.actions].all()
        assert one.plan

    def test_by_the_memory_alone_too(self, ag: AskGraph, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa_pipeline.gold_plans.GoldJudge.beam", lambda judge: iter(()))
        asked = [
            Question("a", topics=("Celk",), answers=("Wug 20", "Wug 21", "Wug 22")),
            Question("b", topics=("Celk",), answers=("3",)),
            Question("c", topics=("Alba",), answers=("Cellar 3",)),
        ]
        hows = found(ag, asked)
        assert [hows[i].how for i in range(3)] == ["memory"] * 3
        example = hows[0].example
        assert example is not None and example.subgraph.slots[example.actions[-2] - 22].path == (("wug", False),)
        assert "number" in hows[1].plan or "many" in hows[1].plan or "count" in hows[1].plan

    def test_partly_where_a_gold_answer_is_missing(self, ag: AskGraph) -> None:
        one = found(ag, [Question("which critters?", topics=("Celk",), answers=("Wug 20", "Wug 21"))])[0]
        assert one.how == "partly" and one.f1 == pytest.approx(0.8)

    def test_of_no_answer(self, ag: AskGraph) -> None:
        one = found(ag, [Question("who is Alba's king?", topics=("Alba",))])[0]
        assert one.how == "no answer" and one.example is not None and len(one.example.actions) == 1

    def test_and_the_impossible_is_left_out(self, ag: AskGraph) -> None:
        asked = [
            Question("what does Alba gulp down?", topics=("Alba",), answers=("Drink 5", "Wug 21", "Cellar 2")),
            Question("what does Nobody gulp down?", topics=("Nobody",), answers=("Drink 5",)),
            Question(" ", topics=("Alba",), answers=("Drink 0",)),
        ]
        hows = found(ag, asked)
        assert [hows[i].how for i in range(3)] == ["no plan", "not linked", "unreadable"]
        assert all(s.example is None for s in hows.values())

    def test_what_was_left_out_is_told(self, graph: str, start: str, tmp_path: Path) -> None:
        rows = [*questions()][:8]
        rows += [
            {"question": "what does Alba gulp down?", "topics": ["Alba"], "answers": ["Drink 5", "Wug 21", "Celk"]}
        ] * 3
        path = tmp_path / "asked.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        trained = fine_tune(graph, [path], tmp_path / "out", model=start, dev=[path], settings=replace(QUICK, epochs=1))
        assert trained.plans["no plan"] == 3 and sum(trained.plans.values()) == 11
        assert "3 questions: left out" in str(trained)
        assert "left out" in (tmp_path / "out" / "model_card.md").read_text()


class TestTraining:
    def test_learns_and_writes_what_can_be_loaded(self, graph: str, file: Path, start: str, tmp_path: Path) -> None:
        out = tmp_path / "model"
        trained = fine_tune(graph, [file], out, model=start, dev=[file], settings=QUICK, command="askgraph train …")
        with AskGraph.open(graph, model=start) as before, AskGraph.open(graph, model=out) as after:
            asked = read_files([file])
            plans = [s.example for s in found(before, asked).values() if s.example is not None]
            batcher = Batcher(before.model.config.encoder)
            right = [sum(plans_right(ag.model, batcher, plans)) for ag in (before, after)]
            assert right[1] > right[0]
            exact = after.evaluate(file).total.exact_match
        assert exact == trained.after["all"]["exact"] and exact is not None
        assert exact > (trained.before["all"]["exact"] or 0)
        card = (out / "model_card.md").read_text()
        assert "asked.jsonl" in card and "askgraph train …" in card and "→" in card
        assert json.loads((out / "training.json").read_text())["steps"] == trained.steps
        assert not list(out.glob("*.part")) and not (out / "checkpoint.pt").exists()

    def test_goes_on_where_it_was_stopped(
        self, graph: str, file: Path, start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        short = replace(QUICK, epochs=2, limit=12)
        whole = fine_tune(graph, [file], tmp_path / "whole", model=start, dev=[file], settings=short)
        told = ["train", "--graph", graph, "--questions", str(file), "--dev", str(file), "--model", start]
        told += ["--out", str(tmp_path / "parts"), "--epochs", "2", "--batch", "8", "--rate", "0.0005", "--limit", "12"]
        steps, take_step = iter(range(3)), training.take_step

        def stopped(*arguments: Any) -> float:
            if next(steps, None) is None:
                raise KeyboardInterrupt
            return take_step(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(training, "take_step", stopped)
            capsys.readouterr()
            assert main(told) == 130
        line = capsys.readouterr().err.strip()
        assert line.count("\n") == 0 and "same command goes on" in line
        with pytest.raises(ModelError, match="unfinished"):
            fine_tune(graph, [file], tmp_path / "parts", model=start, settings=replace(short, seed=8))
        assert main(told) == 0
        done = json.loads((tmp_path / "parts" / "training.json").read_text())
        assert done["steps"] == whole.steps and done["after"] == whole.after and done["before"] == whole.before

    def test_a_stopped_search_goes_on(
        self, graph: str, file: Path, start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stop(*_: Any) -> None:
            raise KeyboardInterrupt

        settings = replace(QUICK, epochs=1)
        with monkeypatch.context() as patch:
            patch.setattr(training._Trainer, "_check", stop)
            with pytest.raises(KeyboardInterrupt):
                fine_tune(graph, [file], tmp_path, model=start, dev=[file], settings=settings)
        with (tmp_path / "plans.jsonl").open("a") as plans:
            plans.write('{"at": 3, "ques')  # the machine went down
        monkeypatch.setattr(PlanFinder, "_likeliest", stop)  # nothing is searched again
        trained = fine_tune(graph, [file], tmp_path, model=start, dev=[file], settings=settings)
        assert sum(trained.plans.values()) == len([*questions()])

    def test_without_any_plan_says_so(self, graph: str, start: str, tmp_path: Path) -> None:
        path = tmp_path / "asked.jsonl"
        row = {"question": "what does Alba gulp down?", "topics": ["Alba"], "answers": ["Nothing of it"]}
        path.write_text(f"{json.dumps(row)}\n" * 2)
        with pytest.raises(LoadError, match="none has a plan"):
            fine_tune(graph, [path], tmp_path / "out", model=start)

    def test_does_not_write_over_its_start(self, graph: str, file: Path, start: str) -> None:
        with pytest.raises(ModelError, match="another folder"):
            fine_tune(graph, [file], start, model=start)
