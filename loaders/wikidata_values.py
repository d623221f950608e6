"""Values as Wikidata's JSON has them, as nodes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from kg.graph import Literal, Node

LANGUAGES = ("en", "mul", "en-gb", "en-us")  # in which a label is sought first
TIME = re.compile(r"([+-]?)(\d{1,16})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)Z")
YEAR, MONTH, DAY = 9, 10, 11  # Wikidata's precisions


def label_of(told: dict[str, Any]) -> str:
    """An entity's label: English, or the first that there is; "": there is none."""
    labels = told.get("labels") or told.get("lemmas")
    if not isinstance(labels, dict):
        return ""
    found = [labels[language] for language in (*LANGUAGES, *labels) if language in labels]
    texts = [label["value"] for label in found if isinstance(label, dict) and isinstance(label.get("value"), str)]
    return next(filter(None, texts), "")


def id_of(value: Any) -> str:
    """The id of an entity; "": the value is none."""
    if not isinstance(value, dict):
        return ""
    if "id" in value:
        return str(value["id"])
    letter = {"item": "Q", "property": "P"}.get(str(value.get("entity-type")), "")
    return f"{letter}{value['numeric-id']}" if letter and "numeric-id" in value else ""


def node_of(kind: str, value: Any) -> Node:
    """A value as a node: an entity's id, a number, a date, a text with its language, a point as ``"lat,lon"``.

    :raises ValueError: it is none of them
    :raises KeyError: a part of it is missing
    """
    match kind:
        case "wikibase-entityid":
            if id := id_of(value):
                return id
            raise ValueError("an entity without an id")
        case "string":
            return Literal(str(value), "string")
        case "monolingualtext":
            return Literal(str(value["text"]), "string", str(value.get("language", "")))
        case "quantity":
            amount = str(value["amount"])
            return Literal(float(amount) if re.search("[.eE]", amount) else int(amount))
        case "time":
            return Literal(time_of(value), "date")
        case "globecoordinate":
            return Literal(f"{value['latitude']},{value['longitude']}", "string")
    raise ValueError(f"a value of the unknown type {kind!r}")


def time_of(value: Any) -> str:
    """A point in time as an ISO 8601 date as exact as it is told.

    :raises ValueError: it is less exact than a year, or no time
    """
    found = TIME.fullmatch(str(value["time"]))
    if not found:
        raise ValueError(f"{value['time']!r} is no time")
    sign, year, month, day, clock = found.groups()
    precision = int(value.get("precision", DAY))
    if precision < YEAR:
        raise ValueError(f"{value['time']!r} is less exact than a year")
    text = ("-" if sign == "-" else "") + f"{int(year):04}"
    text += f"-{month}" if precision >= MONTH and month != "00" else ""
    text += f"-{day}" if precision >= DAY and month != "00" and day != "00" else ""
    text += f"T{clock}Z" if precision > DAY and clock != "00:00:00" else ""
    return Literal(text, "date").text


def day_after(date: str) -> str | None:
    """The first day, month or year after a date; None: it has none that can be told."""
    parts = date.removeprefix("-").partition("T")[0].split("-")
    year = -int(parts[0]) if date.startswith("-") else int(parts[0])
    if len(parts) == 3 and 0 < year < 9999:
        return (dt.date(year, int(parts[1]), int(parts[2])) + dt.timedelta(1)).isoformat()
    if len(parts) == 2:
        month = int(parts[1]) % 12 + 1
        return f"{_year(year + (month == 1))}-{month:02}"
    return _year(year + 1) if len(parts) == 1 else None


def _year(year: int) -> str:
    return ("-" if year < 0 else "") + f"{abs(year):04}"
