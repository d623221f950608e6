"""Numbers, ordinals and dates written in a question: digits in any script, English words, English month names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from kg.graph import Literal
from kg.question import Link, Mention

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_MONTHS = "january february march april may june july august september october november december"
_UNITS = (
    "km²|km2|m²|sq km|square (?:kilometers|kilometres|miles|metres|meters)|kilometers|kilometres|km|miles|meters|metres"
    "|m|feet|kg|people|inhabitants|years|degrees|°|%"
)
UNITS = {word: value for value, word in enumerate(_SMALL.split())}
TENS = {word: 10 * tens for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
SCALES = {
    "hundred": 100, "thousand": 1_000, "k": 1_000, "million": 10**6, "mn": 10**6, "billion": 10**9, "bn": 10**9,
    "trillion": 10**12,
}  # fmt: skip
ORDINALS = {word: value for value, word in enumerate(_ORDINALS.split(), 1)}
MONTHS = {word: value for value, word in enumerate(_MONTHS.split(), 1)}
_MONTH = "|".join(f"{m}|{m[:3]}" if len(m) > 4 else m for m in MONTHS)
_WORD = "|".join([*TENS, *UNITS][::-1])
_WHOLE = "|".join(s for s in SCALES if len(s) > 2)  # scales that are words of their own
_SCALE = "|".join(SCALES)

ORDINAL = re.compile(rf"\b(?:(\d+)(?:st|nd|rd|th)|({'|'.join(ORDINALS)}))\b", re.IGNORECASE)
DATES = (
    re.compile(r"(?<!\d)(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?![\d-])"),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<month>{_MONTH})\.?\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{{4}})\b", re.IGNORECASE
    ),
)
NUMBER = re.compile(
    r"(?<![\w.])(?<![^\W\d]-)(?:"
    rf"(?P<share>half a|a)(?P<alone>(?:\s(?:{_WHOLE})(?!\w))+)"
    rf"|(?:(?P<digits>-?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|-?\d+(?:\.\d+)?)|(?P<words>(?:{_WORD})(?:[ -](?:{_WORD}))?))"
    rf"(?:(?P<scale>(?:\s?(?:{_SCALE})(?!\w))+)|(?!\w)))"
    r"(?!-[^\W\d]|\s(?:letter|digit|character)\b)",  # "three-letter code", "8-bit" describe something; they do not bound a number
    re.IGNORECASE,
)
PRONOUN = re.compile(  # "one" that counts nothing: "which one", "one of them", "the one that …", "no one"
    r"\b(?:which|what|that|this|the|no|any|every|each|some|another|other|first|last)[ -]$", re.IGNORECASE
)
WHEN = re.compile(r"^\W*(?:since )?(?:when|(?:in )?(?:what|which) (?:year|date|day|month))\b", re.IGNORECASE)
DETERMINED = re.compile(r"(?:\b(?:the|a|its|his|her|their|our|my|your|whose|very)|['’]s?)\s+$", re.IGNORECASE)
_QUANTITY = r"(?:more|less|fewer|longer|later|earlier|matter|idea|doubt|one|of|or|and|the|is|are)\b"
NONE = (  # what says of how many that it is none
    re.compile(rf"\bno(?=\s+(?!{_QUANTITY})\w)", re.IGNORECASE),
    re.compile(r"\b(?:nobody|no one|no-one)\b|\bwithout (?:any|a single|an?)\b", re.IGNORECASE),
    re.compile(r"(?:\bnot|n['’]t|\bnever)(?:\s+\w+){0,2}?\s+(any|a single|anything|anybody|anyone)\b", re.IGNORECASE),
)
NONE_SCORE = 0.5  # of such a link: a plan may leave it out, but rather not
LAST_YEAR = 2999
UNIT = re.compile(rf"\s?({_UNITS})(?!\w)")


def find_literals(text: str) -> list[Mention]:
    """The literal mentions of a text, in order; none overlap (dates before ordinals before numbers)."""
    taken: list[Mention] = []
    for mention in (*_dates(text), *_ordinals(text), *_numbers(text)):
        if not any(mention.start < t.end and t.start < mention.end for t in taken):
            taken.append(mention)
    return sorted(taken, key=lambda m: m.start)


def none_said(text: str, links: Sequence[Link] = ()) -> list[Link]:
    """What says that there is none of something, as mentions of the number 0; not of what is named: "without any egg".

    >>> texts = ("trails that nobody patrols", "towns that do not have any station", "towns with no more than two")
    >>> [[k.mention.text for k in none_said(text)] for text in texts]
    [['nobody'], ['any'], []]
    """
    named = [k.mention for k in links if k.mention.kind != "type" and k.mention.start >= 0]
    found = []
    for match in (m for pattern in NONE for m in pattern.finditer(text)):
        start, end = match.span(match.lastindex or 0)
        if not any(m.start <= end + 1 and start < m.end for m in named):
            found.append(Link(Mention(start, end, text[start:end], "number", Literal(0)), (), NONE_SCORE))
    return found


def is_none(mention: Mention) -> bool:
    """Whether a mention says that there is none of something."""
    return mention.literal == Literal(0) and not any(c.isdigit() for c in mention.text) and mention.text != "zero"


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
        if _says_when(text, found):
            continue
        value = int(found[1]) if found[1] else ORDINALS[found[2].casefold()]
        yield Mention(found.start(), found.end(), found.group(), "ordinal", Literal(value))


def _says_when(text: str, found: re.Match[str]) -> bool:
    """Whether a "first" is no ordinal but says when: "when did X first appear?"."""
    return found.group().casefold() == "first" and bool(
        WHEN.search(text) and not DETERMINED.search(text[: found.start()])
    )


def _numbers(text: str) -> Iterator[Mention]:
    for found in NUMBER.finditer(text):
        if found.group().casefold() == "one" and _stands_for_a_noun(text, found):
            continue
        unit = UNIT.match(text, found.end())
        value = Literal(_value(found))
        yield Mention(found.start(), found.end(), found.group(), "number", value, unit.group(1) if unit else "")


def _value(found: re.Match[str]) -> float:
    scales = (found["alone"] or found["scale"] or "").casefold().split()
    factor = math.prod(SCALES[scale] for scale in scales)
    if found["share"]:
        return factor // 2 if len(found["share"]) > 1 else factor
    if found["digits"]:
        digits = found["digits"].replace(",", "")
        return (float(digits) if "." in digits else int(digits)) * factor
    return sum(UNITS.get(w, TENS.get(w, 0)) for w in re.split("[ -]", found["words"].casefold())) * factor


def _stands_for_a_noun(text: str, found: re.Match[str]) -> bool:
    """Whether a "one" counts nothing: "which one", "no one", "one of", "the one that"."""
    before, after = text[: found.start()], text[found.end() :]
    return bool(PRONOUN.search(before)) or bool(re.match(r"\s+of\b", after, re.IGNORECASE))


def as_date(literal: Literal, end: bool = False) -> Literal:
    """A number as the year that it is where dates are spoken of (``end``: the last day of a year or month); else as it is.

    >>> as_date(Literal(1999)).text, as_date(Literal(1999), end=True).text, as_date(Literal(0.5)).text
    ('1999', '1999-12-31', '0.5')
    """
    if literal.kind == "date":
        return literal.last_day if end else literal
    year = literal.order
    if literal.kind != "number" or year is None or year != int(year) or not 1 <= year <= LAST_YEAR:
        return literal
    date = Literal(f"{int(year):04d}", "date")
    return date.last_day if end else date
