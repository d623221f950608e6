"""Files with a JSON object on each line, which may stand in a list: ``[`` before, commas between, ``]`` after them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.records import FileReader, Tally
from loaders.text import BadText, open_text


@dataclass(frozen=True, slots=True)
class JsonLine:
    """A line.

    :param number: from 1
    :param told: the object; empty where there is a reason
    :param reason: why it cannot be used; "": it can
    """

    number: int
    text: str
    told: dict[str, Any]
    reason: str = ""


class JsonLinesReader(FileReader):
    """A file of lines with an object each."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)

    @contextmanager
    def lines(self, tally: Tally | None = None) -> Iterator[Iterator[JsonLine]]:
        """The lines with something on them."""
        with open_text(self.path, tally.advance if tally else None, mark_bad=True) as lines:
            yield (told for number, line in enumerate(lines, 1) if (told := read_line(number, line)) is not None)


def read_line(number: int, line: str) -> JsonLine | None:
    """A line's object; None: there is nothing on it."""
    text = line.strip()
    if isinstance(line, BadText):
        return JsonLine(number, text, {}, line.reason)
    bare = text.removeprefix("[").removesuffix("]").strip().strip(",").strip()
    if not bare:
        return None
    try:
        told = json.loads(bare)
    except (ValueError, RecursionError) as error:
        reason = "nests too deep" if isinstance(error, RecursionError) else str(error)
        return JsonLine(number, text, {}, f"no JSON: {reason}")
    if not isinstance(told, dict):
        return JsonLine(number, text, {}, "no JSON object")
    return JsonLine(number, text, told, "a NUL character" if "\\u0000" in bare else "")
