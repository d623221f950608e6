"""The mapping file: what the relations of a source are, where its contents do not say it.

delimiter = "|"         # of a table
header = true           # its first line is a header

[relations]
"instance of" = "type"  # or label, alias, number, date, string, entity, skip
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Literal, Node

MEANINGS = ("type", "label", "alias", "number", "date", "string", "entity", "skip")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Mapping:
    """What a mapping file says.

    :param relations: relation → one of :data:`MEANINGS`
    :param delimiter: of a table; "": found by content
    :param header: whether a table's first line is a header; None: found by content
    """

    relations: AnyMapping[str, str] = field(default_factory=dict)
    delimiter: str = ""
    header: bool | None = None


def read_map(path: str | Path) -> Mapping:
    """Read a mapping file.

    :raises LoadError: it is missing, no TOML, or says something that means nothing
    """
    path = Path(path)
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"the mapping file cannot be read: {error}", str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise LoadError(f"no TOML: {error}", str(path)) from error
    relations, delimiter, header = told.pop("relations", {}), told.pop("delimiter", ""), told.pop("header", None)
    if told:
        raise LoadError(f"unknown key {next(iter(told))!r}; known: delimiter, header, [relations]", str(path))
    if not isinstance(relations, dict):
        raise LoadError('[relations] is a table of lines "relation" = "type"', str(path))
    for relation, meaning in relations.items():
        if meaning not in MEANINGS:
            raise LoadError(f"{relation!r} = {meaning!r}: give one of {', '.join(MEANINGS)}", str(path))
    if not isinstance(delimiter, str) or len(delimiter) > 1:
        raise LoadError(f"delimiter = {delimiter!r}: give one character", str(path))
    if header not in (None, True, False):
        raise LoadError(f"header = {header!r}: give true or false", str(path))
    return Mapping(relations, delimiter, header)


def node_as(meaning: str, text: str, language: str = "") -> Node:
    """The text as the mapping file wants it: a number, a date, a string or an entity.

    :raises ValueError: the text is no number, or no date
    """
    if meaning == "number":
        if not NUMBER.fullmatch(text):
            raise ValueError(f"{text!r} is no number")
        return Literal(float(text) if re.search("[.eE]", text) else int(text))
    if meaning == "date":
        return Literal(text, "date")
    return Literal(text, "string", language) if meaning == "string" else text
