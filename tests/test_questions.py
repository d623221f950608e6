"""Question files: what each layout says, and the conventions that come along as options of the question."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kg.errors import LoadError
from kg.question import Question
from loaders.questions import read_questions

DATA = Path(os.environ.get("ASKGRAPH_DATA", "../shared/data"))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str, name: str = "questions.txt") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"no development data at {DATA}; set ASKGRAPH_DATA to their folder")
    return DATA


class TestJsonLines:
    def test_all_that_a_line_can_say(self, write: Any) -> None:
        row = {"id": 7, "question": "Who?", "topics": ["a"], "exclude_topics": True, "answers": ["b", 5.0, 2.5, True],
               "group": "who", "language": "en"}  # fmt: skip
        assert read_questions(write(json.dumps(row))) == [
            Question("Who?", "7", ("a",), True, ("b", "5", "2.5", "yes"), "who", "en")
        ]

    def test_little_is_needed(self, write: Any) -> None:
        assert read_questions(write('{"question": "Who?"}\n\n{"question": "Wer?", "answers": []}\n')) == [
            Question("Who?", "1"),
            Question("Wer?", "3", None, False, ()),
        ]

    def test_topics_groups_and_answers_in_other_shapes(self, write: Any) -> None:
        row = {
            "question": "q",
            "topic_entities": [{"ids": ["a", "b"]}],
            "operators": ["count", "join"],
            "answers": [{"id": "x"}],
        }
        (question,) = read_questions(write(json.dumps(row)))
        assert (question.topics, question.group, question.answers) == (("a", "b"), "count+join", ("x",))

    @pytest.mark.parametrize("line", ["{no json", '{"text": "x"}', "[1]", '{"question": "x", "answers": 5}'])
    def test_a_broken_line_is_named(self, write: Any, line: str) -> None:
        with pytest.raises(LoadError, match=r"questions\.txt:2: "):
            read_questions(write('{"question": "x"}\n' + line))


class TestMetaQA:
    def test_the_bracketed_topic_is_given_and_left_out_of_answers(self, write: Any) -> None:
        path = write("who directed [Up]\tPete Docter|Bob Peterson\nwhat about [Up: 2]\t\n", "2-hop/qa.txt")
        assert read_questions(path) == [
            Question("who directed Up", "1", ("Up",), True, ("Pete Docter", "Bob Peterson"), "2-hop"),
            Question("what about Up: 2", "2", ("Up: 2",), True, (), "2-hop"),
        ]

    def test_a_line_without_a_topic_is_named(self, write: Any) -> None:
        with pytest.raises(LoadError, match=r"questions\.txt:2: expected: question with \[topic\]"):
            read_questions(write("[a] x\ty\nno topic\ty\n"))


class TestPathQuestion:
    def test_the_first_entity_is_the_topic_and_the_hops_are_the_group(self, write: Any) -> None:
        text = "what is the job of anna_b 's father ?\tking(king/duke/)\tanna_b#father#carl#job#king#<end>#king\n"
        assert read_questions(write(text)) == [
            Question("what is the job of anna b's father?", "1", ("anna_b",), False, ("king", "duke"), "2-hop")
        ]

    def test_the_answers_of_repeated_questions_are_united(self, write: Any) -> None:
        line = " what is the f of A 's g ?\t{0}({0}/)\tA#g#B#f#{0}\n"
        (question,) = read_questions(write(line.format("x") + line.format("PG_(USA)") + line.format("x")))
        assert question.answers == ("x", "PG_(USA)")


class TestQald:
    TEXT = json.dumps(
        {
            "questions": [
                {
                    "id": 1,
                    "aggregation": True,
                    "question": [{"language": "en", "string": "How many?"}, {"language": "de", "string": "Wie viele?"}],
                    "query": {"sparql": "SELECT * WHERE { }"},
                    "answers": [
                        {"results": {"bindings": [
                            {"x": {"type": "literal", "value": "+100", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"}},
                            {"x": {"type": "uri", "value": "http://x/Q1"}},
                            {"x": {"type": "literal", "value": "soon", "datatype": "http://www.w3.org/2001/XMLSchema#date"}},
                        ]}}
                    ],
                },
                {"id": 2, "question": [{"language": "en", "string": "Is it?"}], "answers": [{"boolean": False}]},
            ]
        }
    )  # fmt: skip

    @pytest.mark.parametrize("indent", [None, 2])
    def test_wordings_answers_and_groups(self, write: Any, indent: int | None) -> None:
        path = write(json.dumps(json.loads(self.TEXT), indent=indent), "qald.json")
        assert read_questions(path) == [
            Question("How many?", "1", None, False, ("100", "http://x/Q1", "soon"), "aggregation", "en"),
            Question("Is it?", "2", None, False, ("no",), "yes/no", "en"),
        ]

    def test_a_language_can_be_chosen(self, write: Any) -> None:
        (question,) = read_questions(write(self.TEXT), language="de")
        assert (question.text, question.language) == ("Wie viele?", "de")
        with pytest.raises(LoadError, match="no question in language 'fr'"):
            read_questions(write(self.TEXT), language="fr")

    def test_what_is_not_laid_out_so_is_refused(self, write: Any) -> None:
        with pytest.raises(LoadError, match="not laid out"):
            read_questions(write('{"questions": [{"id": 1}]}'))
        with pytest.raises(LoadError, match="no QALD JSON"):
            read_questions(write('{\n"questions": ['))


@pytest.mark.parametrize(
    ("text", "message"), [("", "empty"), ("\n\n", "empty"), ("a,b,c\n", "unknown question format")]
)
def test_what_is_no_question_file_is_named(write: Any, text: str, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        read_questions(write(text))


def test_an_unknown_format_is_named(write: Any) -> None:
    with pytest.raises(LoadError, match="unknown question format 'x'; known: jsonl, metaqa"):
        read_questions(write('{"question": "x"}'), format="x")


@pytest.mark.data
class TestRealFiles:
    @pytest.mark.parametrize(("hops", "train", "dev"), [(1, 6991, 2997), (2, 10410, 4462), (3, 9991, 4283)])
    def test_metaqa(self, data: Path, hops: int, train: int, dev: int) -> None:
        known = nodes_of(data / "metaqa" / "kb.txt", "|")
        for name, size in (("train", train), ("dev", dev)):
            questions = read_questions(data / "metaqa" / f"{hops}-hop" / "vanilla" / f"qa_{name}.txt")
            assert len(questions) == size
            assert {question.group for question in questions} == {f"{hops}-hop"}
            assert all(question.exclude_topics and "[" not in question.text for question in questions)
            assert {node for q in questions for node in (*(q.topics or ()), *(q.answers or ()))} <= known

    @pytest.mark.parametrize(
        ("name", "graph", "lines", "size", "group"),
        [("PQ-2H", "2H-kb", 1908, 1908, "2-hop"), ("PQ-3H", "3H-kb", 5198, 5197, "3-hop"),
         ("PQL-2H", "PQL2-KB", 1594, 1168, "2-hop")],
    )  # fmt: skip
    def test_pathquestion(self, data: Path, name: str, graph: str, lines: int, size: int, group: str) -> None:
        path = data / "pathquestion" / f"{name}.txt"
        known = nodes_of(data / "pathquestion" / f"{graph}.txt", "\t")
        questions = read_questions(path)
        assert sum(1 for _ in path.open(encoding="utf-8")) == lines
        assert len(questions) == size
        assert {question.group for question in questions} == {group}
        assert not any(question.exclude_topics for question in questions)
        assert {node for q in questions for node in (*(q.topics or ()), *(q.answers or ()))} <= known

    @pytest.mark.parametrize(("name", "size"), [("en_train", 549), ("en_dev", 49), ("zh_train", 550), ("zh_dev", 49)])
    def test_geoquery(self, data: Path, name: str, size: int) -> None:
        questions = read_questions(data / "geoquery" / f"qa_{name}.jsonl")
        known = nodes_of(data / "geoquery" / "kb.tsv", "\t")
        assert len(questions) == size
        assert all(question.topics is not None and set(question.topics) <= known for question in questions)
        assert Counter(question.group for question in questions)["superlative"] > 10

    @pytest.mark.parametrize(("language", "size"), [("en", 394), ("zh", 382), ("de", 394), ("ru", 394)])
    def test_qald(self, data: Path, language: str, size: int) -> None:
        questions = read_questions(data / "qald" / "qald_10.json", language=language)
        assert len(questions) == size
        assert {question.group for question in questions} == {"plain", "aggregation", "yes/no"}
        assert sum(question.answers == ("yes",) for question in questions) > 5


def nodes_of(path: Path, delimiter: str) -> set[str]:
    with path.open(encoding="utf-8") as lines:
        return {node for line in lines for node in line.rstrip("\n").split(delimiter)[::2]}
