"""Lines of a table, cut into fields. A quoted field may run over several lines; a broken line spoils no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loaders.text import BadText

BLANKS = " \t\r"  # around a field; other kinds of space belong to it
LONGEST = 100  # lines that a quoted field may run over
LONGEST_TEXT = 1 << 20  # characters of a row with quotes in it
csv.field_size_limit(1 << 24)  # characters; the module's own limit is shorter than many a text


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    :param number: of its first line, from 1
    :param text: the line as it stands in the file
    :param fields: stripped
    :param reason: why it cannot be used; "": it can
    """

    number: int
    text: str
    fields: tuple[str, ...] = ()
    reason: str = ""


def cut_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    """The rows of a table, empty lines left out. Quotes count in comma- and semicolon-separated tables only."""
    quoting = delimiter in ",;"
    waiting: deque[str] = deque()  # lines that were looked at for the end of a quoted field, in vain
    number = 0
    while True:
        raw = waiting.popleft() if waiting else next(lines, None)
        if raw is None:
            return
        number += 1
        line = raw.rstrip("\r\n")
        if not line or line.isspace():
            continue
        if isinstance(raw, BadText):
            yield Row(number, line, reason=raw.reason)
        elif "\0" in line:
            yield Row(number, line, reason="a NUL character")
        elif quoting and '"' in line:
            row, more = _quoted(number, line, waiting, lines, delimiter)
            yield row
            number += more
        else:
            yield Row(number, line, tuple([field.strip(BLANKS) for field in line.split(delimiter)]))


def _quoted(number: int, line: str, waiting: deque[str], lines: Iterator[str], delimiter: str) -> tuple[Row, int]:
    """A row with quotes in it, and how many more lines it took."""
    text, taken = line, 0
    while True:
        try:
            fields = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return Row(number, line, reason=f"broken quotes ({error})"), 0
        else:
            for _ in range(taken):
                waiting.popleft()
            return Row(number, text, tuple([field.strip(BLANKS) for field in fields])), taken
        if taken == len(waiting):
            further = next(lines, None)
            if further is None or taken == LONGEST or len(text) > LONGEST_TEXT:
                waiting.extend([] if further is None else [further])
                return Row(number, line, reason="a quote that is never closed"), 0
            waiting.append(further)
        text += "\n" + waiting[taken].rstrip("\r\n")
        taken += 1


def fields_of(line: str, delimiter: str) -> list[str]:
    """The fields of one line; none where its quotes are broken."""
    row = next(cut_rows(iter([line]), delimiter), None)
    return list(row.fields) if row else []


def exact_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    """The rows of a table that a program has written: fields are left as they are, with their blanks and ends of lines."""
    broken: list[str] = []

    def watched() -> Iterator[str]:
        for line in lines:
            if isinstance(line, BadText):
                broken.append(line.reason)
            elif "\0" in line:
                broken.append("a NUL character")
            yield line.replace("\0", "")

    reader, number = csv.reader(watched(), delimiter=delimiter, strict=True), 1
    while True:
        try:
            fields = next(reader)
            row = Row(number, delimiter.join(fields), tuple(fields))
        except StopIteration:
            return
        except csv.Error as error:
            row = Row(number, "", reason=f"broken quotes ({error})")
        if row.fields or row.reason or broken:
            yield replace(row, reason=broken[0]) if broken else row
        broken.clear()
        number = reader.line_num + 1
