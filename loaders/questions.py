"""Question files: JSONL, the MetaQA layout, QALD JSON and the PathQuestion layout, recognised by content.

A benchmark's conventions live here and are handed over as options of the question.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from kg.errors import LoadError
from kg.graph import Literal
from kg.question import Question
from loaders.rdf import Value, literal_of
from loaders.text import check_file, open_text

BRACKETS = re.compile(r"\[([^\]]+)\]")


def read_questions(path: str | Path, format: str | None = None, language: str = "en") -> list[Question]:
    """The questions of a file.

    :param format: ``jsonl``, ``metaqa``, ``qald`` or ``pathquestion``; found by content when not given
    :param language: which wording to take from a file that has several (QALD)
    :raises LoadError: the file cannot be read, or a line is broken (with its number)
    """
    path = Path(path)
    check_file(path)
    with open_text(path) as lines:
        rows = [(number, line.rstrip("\r\n")) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise LoadError("the file has no questions", str(path))
    readers = {"jsonl": _jsonl, "metaqa": _metaqa, "qald": _qald, "pathquestion": _pathquestion}
    format = format or _recognise(path, rows)
    if format not in readers:
        raise LoadError(f"unknown question format {format!r}; known: {', '.join(readers)}", str(path))
    return readers[format](path, rows, language)


def _recognise(path: Path, rows: list[tuple[int, str]]) -> str:
    first = rows[0][1].strip()
    if first.startswith("{"):
        try:
            return "qald" if "questions" in json.loads(first) else "jsonl"
        except json.JSONDecodeError:
            return "qald"
    parts = first.split("\t")
    if len(parts) == 2 and BRACKETS.search(parts[0]):
        return "metaqa"
    if len(parts) == 3 and "#" in parts[2]:
        return "pathquestion"
    raise LoadError(
        "unknown question format; expected JSONL, MetaQA, QALD JSON or PathQuestion (--question-format)", str(path), 1
    )


def _jsonl(path: Path, rows: list[tuple[int, str]], language: str) -> list[Question]:
    out = []
    for number, line in rows:
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise LoadError(f"no JSON: {error}", str(path), number) from error
        if not isinstance(row, dict) or not isinstance(row.get("question"), str):
            raise LoadError('a question needs a text under "question"', str(path), number)
        try:
            out.append(_from_json(row, str(number)))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise LoadError(f"topics and answers are lists; {error!r}", str(path), number) from error
    return out


def _from_json(row: dict[str, Any], number: str) -> Question:
    topics: tuple[str, ...] | None = None
    if "topics" in row:
        topics = tuple(str(t) for t in row["topics"])
    elif "topic_entities" in row:
        topics = tuple(str(i) for t in row["topic_entities"] for i in t["ids"])
    answers = tuple(_answer(a) for a in row["answers"]) if row.get("answers") is not None else None
    group = str(
        row.get("group") or "+".join(row.get("operators", [])) or (f"{row['hops']}-hop" if "hops" in row else "")
    )
    return Question(
        row["question"], str(row.get("id", number)), topics, bool(row.get("exclude_topics", False)), answers, group,
        str(row.get("language", "")),
    )  # fmt: skip


def _answer(answer: Any) -> str:
    """An answer's id, label or canonical text; it may stand as an object with one of these keys."""
    if isinstance(answer, dict):
        return _answer(next((answer[key] for key in ("id", "value", "label") if answer.get(key) is not None), ""))
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return Literal(answer).text if isinstance(answer, int | float) else str(answer)


def _metaqa(path: Path, rows: list[tuple[int, str]], language: str) -> list[Question]:
    """The topic stands in brackets; by this set's convention it is left out after every hop from the second on."""
    hops = re.findall(r"(\d)-?hop", str(path))
    out = []
    for number, line in rows:
        text, tab, answers = line.partition("\t")
        topic = BRACKETS.search(text)
        if not tab or not topic:
            raise LoadError("expected: question with [topic]<TAB>answer|answer", str(path), number)
        said = text.replace(topic.group(), topic.group(1))
        group = f"{hops[-1]}-hop" if hops else ""
        out.append(Question(said, str(number), (topic.group(1),), True, tuple(filter(None, answers.split("|"))), group))
    return out


def _pathquestion(path: Path, rows: list[tuple[int, str]], language: str) -> list[Question]:
    """question<TAB>answer(all/answers/)<TAB>e#r#e#r#e…; one question may stand on several lines."""
    found: dict[tuple[str, str], tuple[list[str], str]] = {}
    for number, line in rows:
        parts = line.split("\t")
        if len(parts) != 3 or "#" not in parts[2]:
            raise LoadError("expected: question<TAB>answer(answers/)<TAB>entity#relation#entity#…", str(path), number)
        walk = parts[2].split("#<end>")[0].split("#")
        answers = _listed(parts[1].strip())
        text = parts[0].strip().replace(walk[0], walk[0].replace("_", " "))
        text = re.sub(r" '(?=s\b)", "'", text).replace(" ?", "?")
        known, _ = found.setdefault((text, walk[0]), ([], f"{len(walk) // 2}-hop"))
        known += [a for a in answers if a not in known]
    return [
        Question(text, str(i), (topic,), False, tuple(answers), group)
        for i, ((text, topic), (answers, group)) in enumerate(found.items(), 1)
    ]


def _listed(cell: str) -> list[str]:
    """The answers in ``answer(all/answers/)``; an answer may have brackets of its own: ``PG_(USA)(PG_(USA)/)``."""
    for bracket in re.finditer(r"\(", cell):
        answer, listed = cell[: bracket.start()], cell[bracket.end() : -1].split("/")
        if cell.endswith("/)") and answer in listed:
            return [a for a in listed if a]
    return [cell]


def _qald(path: Path, rows: list[tuple[int, str]], language: str) -> list[Question]:
    out = []
    try:
        for row in json.loads("\n".join(line for _, line in rows))["questions"]:
            texts = {wording["language"]: wording["string"] for wording in row["question"]}
            if language in texts:
                out.append(_qald_question(row, texts[language], language))
    except json.JSONDecodeError as error:
        raise LoadError(f"no QALD JSON: {error}", str(path)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise LoadError(f"no QALD JSON, a question is not laid out as it should be: {error!r}", str(path)) from error
    if not out:
        raise LoadError(f"no question in language {language!r}", str(path))
    return out


def _qald_question(row: dict[str, Any], text: str, language: str) -> Question:
    answers = row.get("answers", [])
    group = "aggregation" if row.get("aggregation") else "plain"
    if any("boolean" in answer for answer in answers):
        group = "yes/no"
    return Question(text, str(row["id"]), None, False, _qald_answers(answers), group, language)


def _qald_answers(answers: list[dict[str, Any]]) -> tuple[str, ...]:
    found: list[str] = []
    for answer in answers:
        if "boolean" in answer:
            found.append("yes" if answer["boolean"] else "no")
        for binding in answer.get("results", {}).get("bindings", []):
            found += [_sparql_value(value) for value in binding.values()]
    return tuple(dict.fromkeys(found))


def _sparql_value(term: dict[str, str]) -> str:
    """An IRI as it is, a literal in its canonical text ("+100" as a decimal is 100)."""
    if term.get("type") == "uri":
        return term["value"]
    try:
        return literal_of(Value(term["value"], term.get("datatype", ""))).text
    except ValueError:
        return term["value"]
