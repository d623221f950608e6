"""Streams that bound what a file can do to memory: endless lines, nesting without end, what expands without end.

Each wraps a binary stream and hands its bytes on. Parsers that recurse, or that keep a line or an entity whole, are safe behind
them, whoever made the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import accumulate
from typing import IO, Any, cast

from kg.errors import LoadError

LONGEST_LINE = 1 << 24  # bytes of a line that are read; a longer one is set aside
ENDLESS = 1 << 30  # bytes without the end of a line: this is no text
DEEPEST = 500  # levels of JSON
DEEPEST_TERM = 1_000  # triples within triples, which nobody nests
FREE, RATIO = 1 << 28, 400  # a packed file may expand to this many bytes, beyond that to so many times its size
LONGEST_ENTITY = 1_000  # characters that an entity of XML may stand for
PROLOG = 1 << 20  # bytes in which the root element of XML begins
BLOCK = 1 << 17

Check = Callable[[bytes], bytes]


class _Passed(io.RawIOBase):
    """A stream whose blocks are handed to ``check``, which gives what is to be passed on (possibly nothing), or raises."""

    def __init__(self, stream: IO[bytes], check: Check, block: int = BLOCK) -> None:
        self._read = cast(Any, stream).read1
        self._check, self._block = check, block

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while data := self._read(min(len(buffer), self._block)):
            if passed := self._check(data):
                buffer[: len(passed)] = passed
                return len(passed)
        return 0


def _passed(stream: IO[bytes], check: Check, block: int = BLOCK) -> io.BufferedReader:
    return io.BufferedReader(_Passed(stream, check, block), block)


def bounded_expansion(stream: IO[bytes], packed: int, path: str) -> io.BufferedReader:
    """A stream that is unpacked from ``packed`` bytes; a decompression bomb raises ``LoadError``."""
    most, seen = max(FREE, packed * RATIO), 0

    def check(data: bytes) -> bytes:
        nonlocal seen
        seen += len(data)
        if seen > most:
            what = f"expands to more than {RATIO} times its size, as a decompression bomb does"
            raise LoadError(f"{what}; unpack it first if you trust it", path)
        return data

    return _passed(stream, check)


def bounded_lines(stream: IO[bytes], path: str, *, terms: bool = False) -> io.BufferedReader:
    """A stream whose lines have at most :data:`LONGEST_LINE` bytes and one: of a longer line the rest is dropped, so that
    its reader sees that it is too long. Lines without end raise ``LoadError``.

    :param terms: break the nesting of RDF's triple terms, which parsers follow by recursion; such a line is no N-Triples then
    """
    return _passed(stream, _Lines(path, terms).check, min(BLOCK, LONGEST_LINE))


class _Lines:
    """The state between blocks: the line's number, and how much of it there has been."""

    def __init__(self, path: str, terms: bool) -> None:
        self.path, self.terms = path, terms
        self.length, self.number = 0, 1

    def check(self, data: bytes) -> bytes:
        last = data.rfind(b"\n")
        first = data.find(b"\n") if last >= 0 else len(data)
        if self.terms and data.count(b"<<(") > DEEPEST_TERM:
            data = data.replace(b"<<(", b"<<!")
        passed = data if self.length + first <= LONGEST_LINE else self._cut(data, first)
        self.number += data.count(b"\n")
        self.length = len(data) - last - 1 if last >= 0 else self.length + len(data)
        return passed

    def _cut(self, data: bytes, end: int) -> bytes:
        if self.length + end > ENDLESS:
            raise LoadError(
                f"a line of more than {ENDLESS:,} bytes: this is no text that can be read", self.path, self.number
            )
        return data[: max(0, LONGEST_LINE + 1 - self.length)] + data[end:]


def bounded_json(stream: IO[bytes], path: str) -> io.BufferedReader:
    """A stream of JSON that nests at most :data:`DEEPEST` levels; ``LoadError`` where it nests deeper."""
    return _passed(stream, _Brackets(path).check)


STRUCTURE = bytes(set(range(256)) - set(b'"{}[]'))  # what is left out of JSON to see it
STEPS = {0x7B: 1, 0x5B: 1, 0x7D: -1, 0x5D: -1}
ESCAPE = re.compile(rb"\\.", re.DOTALL)
STRING = re.compile(rb'"[^"]*"')


class _Brackets:
    """How deep the brackets are open, and whether a string is."""

    def __init__(self, path: str) -> None:
        self.path, self.depth = path, 0
        self.quoted = self.escaped = False

    def check(self, data: bytes) -> bytes:
        text = data[1:] if self.escaped else data
        self.escaped = False
        if b"\\" in text:
            text = ESCAPE.sub(b"", text)
            self.escaped = text.endswith(b"\\")
        marks = (b'"' if self.quoted else b"") + text.translate(None, STRUCTURE)
        marks = STRING.sub(b"", marks)
        brackets, quote, _ = marks.partition(b'"')
        self.quoted = bool(quote)
        depths = list(accumulate((STEPS[mark] for mark in brackets), initial=self.depth))
        self.depth = depths[-1]
        if max(depths) > DEEPEST:
            raise LoadError(f"nests more than {DEEPEST} levels deep; no such JSON is read", self.path)
        return data


def bounded_terms(stream: IO[bytes], path: str) -> io.BufferedReader:
    """A stream of Turtle or TriG without triples nested in triples in triples …; ``LoadError`` where there are."""
    return _passed(stream, _Terms(path).check)


class _Terms:
    MARK = re.compile(rb"<<|>>|\.[ \t\r]*\n")

    def __init__(self, path: str) -> None:
        self.path, self.depth = path, 0

    def check(self, data: bytes) -> bytes:
        if b"<<" in data or self.depth:
            for mark in self.MARK.findall(data):
                self.depth = self.depth + 1 if mark == b"<<" else max(0, self.depth - 1) if mark == b">>" else 0
                if self.depth > DEEPEST_TERM:
                    raise LoadError("nests triples in triples; RDF 1.2 is not read", self.path)
        return data


ENTITY = re.compile(r"""<!ENTITY\s+(?:%\s*)?([^\s"']+)\s+(?:"([^"]*)"|'([^']*)')""")
REFERENCE = re.compile(r"[&%]([^\s;#&%]+);")
ROOT = re.compile(rb"<[A-Za-z_]")


def bounded_entities(stream: IO[bytes], path: str) -> Rejoined:
    """A stream of XML whose entities stand for short texts; ``LoadError`` where they do not, as in a bomb."""
    head = stream.read(PROLOG)
    _check_entities(head, path)
    return Rejoined(head, stream)


class Rejoined:
    """A stream with its beginning, which has been read already."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self.head, self.stream = head, stream

    def read(self, size: int = -1, /) -> Any:
        if not self.head:
            return self.stream.read(size)
        size = len(self.head) if size < 0 else size
        part, self.head = self.head[:size], self.head[size:]
        return part


def _check_entities(head: bytes, path: str) -> None:
    """Refuse XML whose entities stand for long texts, as those of a bomb do.

    :param head: the first :data:`PROLOG` bytes of the file
    :raises LoadError: an entity stands for more than :data:`LONGEST_ENTITY` characters, or there is no root element
    """
    begins = ROOT.search(head)
    if not begins:
        raise LoadError(f"no XML: no element begins in the first {len(head):,} bytes", path)
    declared = {name: double or single for name, double, single in ENTITY.findall(head.decode("utf-8", "replace"))}
    lengths: dict[str, int] = {}
    for (
        name,
        text,
    ) in declared.items():  # in order, so that what an entity refers to is known; else it counts as too long
        referred = [
            lengths.get(other, 0 if other not in declared else LONGEST_ENTITY) for other in REFERENCE.findall(text)
        ]
        lengths[name] = len(text) + sum(referred)
        if lengths[name] > LONGEST_ENTITY:
            raise LoadError(
                f"the entity {name!r} stands for more than {LONGEST_ENTITY:,} characters; it is refused", path
            )
