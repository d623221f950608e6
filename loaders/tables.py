"""Plain triples: one fact a line, head, relation and tail separated by tab, comma or ``|``, without a header.

What a tail is, the table does not say, so all of its relation's tails decide together: they are numbers (or dates) only if
every one of them is written as the canonical number (or ISO date) and none of them is also a head. A relation that plainly
is a type ("type", "instance of", "is a") gives its heads types instead of facts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Node
from kg.names import words_of
from loaders.records import Records, Reject
from loaders.text import open_text

NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,15})?")
DATE = re.compile(r"-?\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?")
TYPE_WORDS = frozenset({"type", "instance of", "is a", "isa", "instanceof", "rdf type", "a"})
HEADERS = frozenset({"head", "subject", "source", "s", "h", "from", "start"})
DELIMITERS = ("\t", "|", ",")


def detect_delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most of the lines in three; "" when none cuts half of them."""
    best, found = 0.5, ""
    for delimiter in DELIMITERS:
        share = sum(len(_split(line, delimiter)) == 3 for line in lines) / max(1, len(lines))
        if share > best + 1e-9:
            best, found = share, delimiter
    return found


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == "," and '"' in line:
        return next(csv.reader([line]), [])
    return line.split(delimiter)


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, str, tuple[str, str, str] | None]]:
    with open_text(path) as lines:
        for number, raw in enumerate(lines, 1):
            line = raw.rstrip("\r\n")
            if not line.strip():
                continue
            parts = [p.strip() for p in _split(line, delimiter)]
            if number == 1 and len(parts) == 3 and parts[0].casefold() in HEADERS:
                continue
            yield number, line, (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


class _Profile:
    """What all the lines together say about each relation's tails."""

    def __init__(self) -> None:
        self.heads: set[str] = set()
        self.tails: dict[str, set[str]] = {}
        self.kinds: dict[str, set[str]] = {}

    def add(self, head: str, relation: str, tail: str) -> None:
        self.heads.add(head)
        self.tails.setdefault(relation, set()).add(tail)
        kind = "number" if NUMBER.fullmatch(tail) else "date" if DATE.fullmatch(tail) else "entity"
        self.kinds.setdefault(relation, set()).add(kind)

    def kind(self, relation: str) -> str:
        """ "type", "number", "date" or "entity"."""
        tails = self.tails[relation]
        as_head = sum(t in self.heads for t in tails)
        if words_of(relation) in TYPE_WORDS and as_head * 2 < len(tails):
            return "type"
        kinds = self.kinds[relation]
        return kinds.copy().pop() if len(kinds) == 1 and not as_head else "entity"


def read_triples(path: Path, delimiter: str = "") -> Records:
    """Read plain triples.

    :param delimiter: found by content when not given
    :raises LoadError: no delimiter cuts the lines in three
    """
    if not delimiter:
        with open_text(path) as lines:
            sample = [line.rstrip("\r\n") for _, line in zip(range(200), lines, strict=False) if line.strip()]
        delimiter = detect_delimiter(sample)
        if not delimiter:
            raise LoadError("no three columns separated by tab, comma or |; name the format with --format", str(path))
    profile = _Profile()
    for _, _, row in _rows(path, delimiter):
        if row:
            profile.add(*row)
    kinds = {relation: profile.kind(relation) for relation in profile.tails}
    types: dict[str, list[str]] = {}
    for number, line, row in _rows(path, delimiter):
        if row is None:
            reason = "an empty field" if len(_split(line, delimiter)) == 3 else f"not three fields separated by {delimiter!r}"
            yield Reject(str(path), number, reason, line)
            continue
        head, relation, tail = row
        kind = kinds[relation]
        if kind == "type":
            types.setdefault(head, []).append(tail)
        else:
            yield Fact(head, relation, _tail(tail, kind))
    for id, names in types.items():
        yield Entity(id, types=tuple(dict.fromkeys(names)))


def _tail(text: str, kind: str) -> Node:
    if kind == "number":
        return Literal(float(text) if "." in text else int(text))
    return Literal(text, "date") if kind == "date" else text
