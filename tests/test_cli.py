"""The command line: what it prints, its exit codes, and one clear line for whatever goes wrong."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_pipeline.cli import MODULES, commands, main
from tests.test_answer import KEYS

ROOT = Path(__file__).resolve().parent.parent
FACTS = """\
AT\tcapital\tW
AT\tneighbour\tDE
DE\tcapital\tB
DE\tneighbour\tAT
AT\tpopulation\t9000000
DE\tpopulation\t84000000
"""
NODES = "id,label,type\nAT,Austria,country\nDE,Germany,country\nW,Vienna,city\nB,Berlin,city\n"
QUESTION = "What is the capital of Austria?"
UNKNOWN = "Who is the mayor of Atlantis?"


class Terminal(io.StringIO):
    """A standard input at which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("graph")
    (folder / "facts.tsv").write_text(FACTS)
    (folder / "nodes.csv").write_text(NODES)
    path = folder / "small.kg"
    assert main(["import", str(folder / "facts.tsv"), "--nodes", str(folder / "nodes.csv"), "--to", str(path)]) == 0
    return str(path)


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that must fail with exit code 2 and one line on stderr; the line."""

    def run(*argv: str) -> str:
        capsys.readouterr()
        assert main(list(argv)) == 2
        told = capsys.readouterr()
        assert told.out == "" and told.err.startswith("askgraph: ") and told.err.count("\n") == 1
        return told.err

    return run


# ask ------------------------------------------------------------------------------------------------------------------


def test_an_answer_is_one_line(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--graph", graph, QUESTION]) == 0
    told = capsys.readouterr()
    assert told.out == "Vienna\n" and told.err == ""


def test_several_questions_in_one_go(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--graph", graph, QUESTION, "What is the capital of Germany?"]) == 0
    assert capsys.readouterr().out.splitlines() == ["Vienna", "Berlin"]


def test_what_is_not_known_gives_a_reason_and_code_3(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--graph", graph, UNKNOWN, QUESTION]) == 3
    reason, answer = capsys.readouterr().out.splitlines()
    assert reason and answer == "Vienna"


def test_nothing_is_sure_enough(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--graph", graph, "--threshold", "1", QUESTION]) == 3
    assert "the threshold is 1.00" in capsys.readouterr().out


def test_json_is_an_object_a_line(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--graph", graph, "--json", QUESTION, UNKNOWN]) == 3
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(first) == list(second) == KEYS
    assert [item["id"] for item in first["answers"]] == ["W"]
    assert second["status"] != "answered"


def test_the_explanation_shows_how(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--graph", graph, "--explain", QUESTION, UNKNOWN, ""]) == 3
    out = capsys.readouterr().out
    for told in (
        "the capital of Austria", "entity AT", "Austria → capital", "MATCH", "Austria – capital – Vienna   [facts.tsv]",
        " ms: link", "confidence 0.", "retrieved", "the question is empty",
    ):  # fmt: skip
        assert told in out


def test_piped_lines_are_questions(
    graph: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n\n  What is the capital of Germany?\n"))
    assert main(["ask", "--graph", graph]) == 0
    assert capsys.readouterr().out.splitlines() == ["Vienna", "Berlin"]


@pytest.mark.parametrize("leave", ["\nWhat is the capital of Germany?\n", ""])
def test_the_prompt_is_left_by_an_empty_line_or_the_end(
    graph: str, leave: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"{QUESTION}\n{UNKNOWN}\n{leave}"))
    assert main(["ask", "--graph", graph]) == 0
    out = capsys.readouterr().out
    assert out.startswith("? Vienna\n? ") and "Berlin" not in out


def test_an_interrupt_is_130(graph: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", interrupted)
    assert main(["ask", "--graph", graph]) == 130
    assert capsys.readouterr().err.endswith("askgraph: interrupted\n")


@pytest.mark.parametrize(
    "question",
    ["", "   ", "why " * 2_500, "奥地利的首都是什么？", "ما هي عاصمة النمسا؟", "🙂", "\udcff", "' OR 1=1 --", "?"],
)
def test_odd_questions_are_answered_with_a_reason(
    graph: str, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "--graph", graph, question]) == 3
    told = capsys.readouterr()
    assert told.out.strip() and len(told.out.splitlines()) == 1
    assert told.err == ""


def test_a_graph_without_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "facts.txt").write_text("new_york|mayor|jane_roe\nboston|mayor|john_doe\n")
    assert main(["import", str(tmp_path / "facts.txt"), "--to", str(tmp_path / "g.kg")]) == 0
    capsys.readouterr()
    assert main(["ask", "--graph", str(tmp_path / "g.kg"), "Who is the mayor of New York?"]) == 0
    assert capsys.readouterr().out == "jane roe\n"


def test_an_empty_graph_knows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "n.csv").write_text("id,label\n1,One\n")
    assert main(["import", str(tmp_path / "n.csv"), "--to", str(tmp_path / "g.kg"), "--batch", "n"]) == 0
    assert main(["undo", "n", "--graph", str(tmp_path / "g.kg")]) == 0
    capsys.readouterr()
    assert main(["ask", "--graph", str(tmp_path / "g.kg"), QUESTION]) == 3
    assert len(capsys.readouterr().out.splitlines()) == 1


# wrong graphs, models, options ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [["ask", QUESTION], ["schema"], ["export"], ["undo", "b"], ["eval", "--questions", "q.jsonl"]],
    ids=lambda c: c[0],
)
def test_a_path_without_a_graph_is_told_and_not_made(
    command: list[str], tmp_path: Path, fails: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.jsonl").write_text('{"question": "Who?", "answers": []}')
    told = fails(*command, "--graph", "nowhere.kg")
    assert "nowhere.kg" in told and "askgraph import" in told
    assert [p.name for p in tmp_path.iterdir()] == ["q.jsonl"]


def test_what_is_no_graph(tmp_path: Path, fails: Callable[..., str]) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("These are notes and not a graph. " * 100)
    assert "notes.txt" in fails("ask", "--graph", str(file), QUESTION)
    assert "folder" in fails("schema", "--graph", str(tmp_path))
    assert file.read_text().startswith("These are notes")


@pytest.mark.parametrize("address", ["bolt://127.0.0.1:9", "neo4j://127.0.0.1:9"])
def test_nobody_answers_at_the_address(address: str, fails: Callable[..., str]) -> None:
    assert "nobody answers" in fails("ask", "--graph", address, QUESTION)
    assert "nobody answers" in fails("schema", "--graph", address)


def test_a_missing_model(graph: str, tmp_path: Path, fails: Callable[..., str]) -> None:
    assert "no/model" in fails("ask", "--graph", graph, "--model", "no/model", QUESTION)
    assert str(tmp_path) in fails("ask", "--graph", graph, "--model", str(tmp_path), QUESTION)


@pytest.mark.parametrize("threshold", ["2", "-0.1", "high", "nan"])
def test_a_threshold_is_a_share(threshold: str, graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "--graph", graph, f"--threshold={threshold}", QUESTION])
    assert ended.value.code == 2
    assert "--threshold" in capsys.readouterr().err


# import, undo, schema, export -----------------------------------------------------------------------------------------


def test_import_reports_and_undo_takes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fails: Callable[..., str]
) -> None:
    (tmp_path / "facts.tsv").write_text(FACTS)
    target = str(tmp_path / "g.kg")
    assert main(["import", str(tmp_path / "facts.tsv"), "--to", target, "--batch", "mine"]) == 0
    assert "6 read: 6 new facts" in capsys.readouterr().out
    assert "no batch 'other'" in fails("undo", "other", "--graph", target)
    assert main(["undo", "mine", "--graph", target]) == 0
    assert capsys.readouterr().out == "6 facts taken back\n"
    assert "no batch 'mine'" in fails("undo", "mine", "--graph", target)


def test_a_broken_line_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "facts.tsv").write_text(FACTS + "only two\tfields\n")
    assert main(["import", str(tmp_path / "facts.tsv"), "--to", str(tmp_path / "g.kg")]) == 0
    out = capsys.readouterr().out
    assert "1 rejected" in out and "facts.tsv:7" in out


def test_imports_that_fail_leave_nothing(tmp_path: Path, fails: Callable[..., str]) -> None:
    (tmp_path / "empty.tsv").write_text("")
    (tmp_path / "prose.txt").write_text("Once upon a time\nthere was a graph\n")
    (tmp_path / "facts.tsv").write_text(FACTS)
    target = ["--to", str(tmp_path / "g.kg")]
    assert "empty" in fails("import", str(tmp_path / "empty.tsv"), *target)
    assert "no such file" in fails("import", str(tmp_path / "absent.tsv"), *target)
    assert "prose.txt" in fails("import", str(tmp_path / "prose.txt"), *target)
    assert "parquet" in fails("import", str(tmp_path / "facts.tsv"), "--format", "parquet", *target)
    assert "nobody answers" in fails("import", str(tmp_path / "facts.tsv"), "--to", "bolt://127.0.0.1:9")
    assert "folder" in fails("import", str(tmp_path / "facts.tsv"), "--to", str(tmp_path / "no" / "g.kg"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty.tsv", "facts.tsv", "prose.txt"]


def test_the_schema_counts(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--graph", graph]) == 0
    out = capsys.readouterr().out
    assert "6 facts, 4 entities, 2 values, 3 relations, 2 types" in out
    assert re.search(r"2 +country", out) and "capital  country → city" in out and "population  country → number" in out


def test_a_dry_run_shows_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fails: Callable[..., str]
) -> None:
    (tmp_path / "facts.tsv").write_text(FACTS + "broken\n")
    assert main(["import", str(tmp_path / "facts.tsv"), "--dry-run"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("7 read: 6 facts, 1 rejected;") and "capital" in told.out and told.err == ""
    assert "max_bad" in fails("import", str(tmp_path / "facts.tsv"), "--to", str(tmp_path / "g.kg"), "--max-bad", "5%")
    assert [path.name for path in tmp_path.iterdir()] == ["facts.tsv"]
    assert main(["import", str(tmp_path / "facts.tsv"), "--to", str(tmp_path / "g.kg"), "--max-bad", "20%"]) == 0
    for wrong in (["--max-bad", "-1"], ["--max-bad", "200%"], ["--dry-run"], ["--max-bad", "some"]):
        with pytest.raises(SystemExit):
            main(["import", "facts.tsv", "--to", "g.kg", *wrong])


def test_an_export_can_be_imported(graph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "g.nt"
    assert main(["export", "--graph", graph, "--out", str(file)]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["g.nt"]
    capsys.readouterr()
    assert main(["export", "--graph", graph]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
    assert main(["import", str(file), "--to", str(tmp_path / "again.kg")]) == 0
    assert main(["ask", "--graph", str(tmp_path / "again.kg"), QUESTION]) == 0
    assert capsys.readouterr().out.endswith("Vienna\n")


def test_an_export_that_cannot_be_written(graph: str, tmp_path: Path, fails: Callable[..., str]) -> None:
    assert "no/g.nt" in fails("export", "--graph", graph, "--out", str(tmp_path / "no/g.nt"))


@pytest.mark.slow
def test_the_demo_is_built_and_tells_what_to_try(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "world.kg")
    assert main(["demo", path]) == 0
    out = capsys.readouterr().out
    assert re.search(r"\d{3},\d{3} facts", out)
    questions = re.findall(r'askgraph ask --graph \S+ "(.+)"', out)
    assert len(questions) == 3
    assert main(["ask", "--graph", path, *questions]) == 0


# eval -----------------------------------------------------------------------------------------------------------------


def test_an_evaluation_prints_a_table_and_writes_files(
    graph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "q.txt"
    file.write_text("What is the capital of [Austria]?\tVienna\nWhat is the capital of [Germany]?\tBonn\n")
    command = ["eval", "--graph", graph, "--questions", str(file), "--out", str(tmp_path / "out")]
    assert main([*command, "--topic", "linked"]) == 0
    assert re.search(r"^all +2 +0\.5000", capsys.readouterr().out, re.MULTILINE)
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["topic"] == "linked"
    assert len((tmp_path / "out" / "predictions.jsonl").read_text().splitlines()) == 2


def test_questions_that_cannot_be_read(graph: str, tmp_path: Path, fails: Callable[..., str]) -> None:
    file = tmp_path / "q.jsonl"
    assert "no such file" in fails("eval", "--graph", graph, "--questions", str(file))
    file.write_text("")
    assert "empty" in fails("eval", "--graph", graph, "--questions", str(file))
    file.write_text('{"question": "Who?", "answers": []}\n{"question": \n')
    assert "q.jsonl:2" in fails("eval", "--graph", graph, "--questions", str(file))
    file.write_text("just some text")
    assert "unknown question format" in fails("eval", "--graph", graph, "--questions", str(file))


# as a program ---------------------------------------------------------------------------------------------------------


def run(*argv: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, started in another folder."""
    return subprocess.run(
        [sys.executable, "-m", "qa_pipeline", *argv], input=stdin, capture_output=True, text=True, cwd=cwd, timeout=900,
        env={**{k: v for k, v in os.environ.items() if k != "NEO4J_URI"}, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip


def test_the_program_answers_and_nothing_else_is_on_stderr(graph: str, tmp_path: Path) -> None:
    done = run("ask", "--graph", graph, "--json", cwd=tmp_path, stdin=f"{QUESTION}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["text"] == "Vienna"


def test_the_program_fails_in_one_line(tmp_path: Path) -> None:
    done = run("ask", QUESTION, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("askgraph: ") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_program_tells_its_exit_codes(tmp_path: Path) -> None:
    done = run("ask", "--help", cwd=tmp_path)
    assert done.returncode == 0 and "130" in done.stdout and "abstained" in done.stdout
    assert run("conquer", cwd=tmp_path).returncode == 2


def test_every_command_is_found_where_it_is_said_to_be() -> None:
    assert [name for name, _, _ in commands()] == [name for names in MODULES.values() for name in names]
    assert {name for name, _, _ in commands(["schema"])} == {*MODULES["graphs"]}


def test_commands_about_graphs_do_without_the_model() -> None:
    code = "import sys; from qa_pipeline.cli import commands; commands(['import']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("command", [name for name, _, _ in commands()])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert not ended.value.code
    assert f"usage: askgraph {command}" in capsys.readouterr().out
