"""When facts hold. A time is an ISO 8601 text; a coarse one (a year, a month, a day) stands for all of its length."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from kg.errors import StoreError
from kg.graph import Fact, Literal

DAYS = 372  # of a year as :attr:`kg.graph.Literal.order` counts them, 12 months of 31
_YEAR = re.compile(r"-?\d{1,6}")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time as orders (:attr:`kg.graph.Literal.order`): from ``begin`` (included) to ``end`` (excluded)."""

    text: str
    begin: float
    end: float

    @classmethod
    def of(cls, text: str) -> Period:
        """
        :raises StoreError: the text is no ISO 8601 date

        >>> Period.of("2015").holds("2014-12-31", "2015-01-02"), Period.of("2015-06-01").holds("2015", "2015-06-01")
        (True, False)
        """
        try:
            begin = order(text)
        except ValueError as error:
            raise StoreError(f"{text!r} is no ISO 8601 date; write 2015, 2015-06 or 2015-06-01") from error
        plain = text.partition("T")[0].lstrip("-").split("-")
        if "T" in text:
            return cls(text, begin, math.nextafter(begin, math.inf))
        year = int(text[: len(text) - len("-".join(["", *plain[1:]]))] if plain[1:] else text)
        month, day = (int(part) - 1 for part in (*plain[1:], "1", "1")[:2])
        length = (DAYS, 31, 1)[len(plain) - 1]
        return cls(text, begin, year + (month * 31 + day + length) / DAYS)

    def holds(self, start: str | None, end: str | None) -> bool:
        """Whether what holds from ``start`` (included) to ``end`` (excluded) holds at some time of the period."""
        return (not start or order(start) < self.end) and (not end or order(end) > self.begin)

    def has(self, fact: Fact) -> bool:
        """Whether the fact holds then. One without validity always does."""
        return self.holds(fact.start, fact.end)


@lru_cache(maxsize=100_000)
def order(time: str) -> float:
    """A time as a number to compare by.

    :raises ValueError: it is no ISO 8601 date
    """
    return Literal(time, "date").order or 0.0


def is_year(text: str) -> bool:
    """Whether the text is a year alone."""
    return bool(_YEAR.fullmatch(text))
