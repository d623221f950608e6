"""Numbers, ordinals and dates written in a question: digits in any script, English words, English month names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.graph import Literal
from kg.question import Mention

UNITS = dict(zip("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), range(20), strict=True))
TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
SCALES = {"hundred": 100, "thousand": 1_000, "k": 1_000, "million": 10**6, "mn": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9, "trillion": 10**12}
ORDINALS = {w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1)}
MONTHS = {m: i for i, m in enumerate("january february march april may june july august september october november december".split(), 1)}
_MONTH = "|".join(f"{m}|{m[:3]}" if len(m) > 4 else m for m in MONTHS)
_WORDS = "|".join([*TENS, *UNITS][::-1])

ORDINAL = re.compile(rf"\b(?:(\d+)(?:st|nd|rd|th)|({'|'.join(ORDINALS)}))\b", re.IGNORECASE)
DATES = (
    re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)"),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_MONTH})\.?\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{{4}})\b", re.IGNORECASE),
)
NUMBER = re.compile(
    rf"(?<![\w.])(?:(?P<digits>-?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|-?\d+(?:\.\d+)?)|(?P<words>(?:{_WORDS})(?:[ -](?:{_WORDS}))?))"
    rf"(?:\s?(?P<scale>{'|'.join(s for s in SCALES if len(s) > 2)}|k|bn|mn)\b|(?!\w))",
    re.IGNORECASE,
)
UNIT = re.compile(r"\s?(km²|km2|m²|sq km|square (?:kilometers|kilometres|miles|metres|meters)|kilometers|kilometres|km|miles|meters|metres|m|feet|kg|people|inhabitants|years|degrees|°|%)(?!\w)")  # fmt: skip


def find_literals(text: str) -> list[Mention]:
    """The literal mentions of a text, in order; none overlap (dates before ordinals before numbers)."""
    taken: list[Mention] = []
    for mention in (*_dates(text), *_ordinals(text), *_numbers(text)):
        if not any(mention.start < t.end and t.start < mention.end for t in taken):
            taken.append(mention)
    return sorted(taken, key=lambda m: m.start)


def _dates(text: str) -> Iterator[Mention]:
    for found in DATES[0].finditer(text):
        yield Mention(found.start(), found.end(), found.group(), "date", Literal(found.group(), "date"))
    for pattern in DATES[1:]:
        for found in pattern.finditer(text):
            month = next(i for m, i in MONTHS.items() if m.startswith(found["month"].casefold()[:3]))
            iso = f"{found['year']}-{month:02d}" + (f"-{int(found['day']):02d}" if found["day"] else "")
            yield Mention(found.start(), found.end(), found.group(), "date", Literal(iso, "date"))


def _ordinals(text: str) -> Iterator[Mention]:
    for found in ORDINAL.finditer(text):
        value = int(found[1]) if found[1] else ORDINALS[found[2].casefold()]
        yield Mention(found.start(), found.end(), found.group(), "ordinal", Literal(value))


def _numbers(text: str) -> Iterator[Mention]:
    for found in NUMBER.finditer(text):
        if found["digits"]:
            digits = found["digits"].replace(",", "")
            value: float = float(digits) if "." in digits else int(digits)
        else:
            value = sum(UNITS.get(w, TENS.get(w, 0)) for w in re.split("[ -]", found["words"].casefold()))
        if found["scale"]:
            value *= SCALES[found["scale"].casefold()]
        unit = UNIT.match(text, found.end())
        yield Mention(found.start(), found.end(), found.group(), "number", Literal(value), unit.group(1) if unit else "")
