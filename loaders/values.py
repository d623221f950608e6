"""Values of JSON, Parquet and graph files as literals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kg.graph import Literal

COORDINATES = (("latitude", "longitude"), ("y", "x"))


def literal_from(value: Any) -> Literal:
    """A value as a literal: a number, a date (an ISO day in a text too), a text; yes or no as text, a point as ``"lat,lon"``.

    :raises ValueError: it is none of them, or no finite number
    """
    if isinstance(value, bool):
        return Literal("yes" if value else "no", "string")
    if isinstance(value, int | float):
        return Literal(value)
    if isinstance(value, Decimal):
        return Literal(int(value) if value == value.to_integral_value() else float(value))
    if isinstance(value, dt.date):
        return Literal(moment(value), "date")
    if isinstance(value, str):
        return Literal(value, "date" if is_day(value) else "string")
    if isinstance(value, Mapping):
        for latitude, longitude in COORDINATES:
            if latitude in value and longitude in value:
                return Literal(f"{value[latitude]},{value[longitude]}", "string")
    raise ValueError(f"{str(value)[:80]!r} is no number, date or text")


def moment(value: dt.date) -> str:
    """A day, or a moment to the second in ISO 8601; one at midnight without a zone is a day."""
    if isinstance(value, dt.datetime) and (value.tzinfo or value.time() != dt.time()):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return value.isoformat()[:10]


def is_day(text: str) -> bool:
    """Whether the text is an ISO day that there is."""
    try:
        return len(text) == 10 and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def several(value: Any) -> list[Any]:
    """The values of a list, or the one value; nothing and empty texts are none."""
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    return [one for one in values if one is not None and one != ""]
