"""Forms of English words: plural, participle, gerund; for wording questions, so regular, with the commonest exceptions."""

from __future__ import annotations

import re

from kg.english_words import PARTICIPLES

IRREGULAR = {base: participle for participle, base in PARTICIPLES.items()}
# with the stress on the end, so that the last letter is written twice
STRESSED = frozenset(
    "admit begin commit control equip occur patrol permit prefer refer submit transfer transmit".split()
)
INTRANSITIVE = frozenset("be become come do get go have lie sit stand".split())  # nothing is "lain" by anybody


def participle(base: str) -> str:
    """ "speak" → "spoken", "use" → "used"; "" for what is more than one word, as it needs its preposition.

    >>> participle("carry"), participle("lie in")
    ('carried', '')
    """
    if " " in base or base in INTRANSITIVE:
        return ""
    if base in IRREGULAR:
        return IRREGULAR[base]
    if base.endswith("y") and base[-2:-1] not in "aeiou":
        return base[:-1] + "ied"
    return base + "d" if base.endswith("e") else doubled(base) + "ed"


def doubled(verb: str) -> str:
    """ "plan" → "plann", before -ed or -ing; what needs no second letter stays: "lead", "open", "fix"."""
    return verb + verb[-1] if verb in STRESSED or re.fullmatch("[^aeiou]*[aeiou][bdgklmnprt]", verb) else verb


def bare(adjective: str) -> str:
    """ "found in" → "found", to follow "where"; "" for what needs its preposition."""
    first, _, last = adjective.rpartition(" ")
    return first if last in ("in", "at", "on") else ""


def gerund(base: str) -> str:
    """ "lie in" → "lying in", "compete with" → "competing with", "sit on" → "sitting on"."""
    first, _, rest = base.partition(" ")
    if first.endswith("ie"):
        first = first[:-2] + "y"
    elif first.endswith("e") and first not in ("be", "see"):
        first = first[:-1]
    else:
        first = doubled(first)
    return f"{first}ing {rest}".strip()


def plural_of(noun: str) -> str:
    """The regular plural of a noun phrase (of its first noun, where "of", "in" or "from" follows).

    >>> plural_of("country"), plural_of("place of birth"), plural_of("boss")
    ('countries', 'places of birth', 'bosses')
    """
    for mark in (" of ", " in ", " from "):
        if mark in noun:
            first, rest = noun.split(mark, 1)
            return plural_of(first) + mark + rest
    if noun in ("prey", "better half", "money", "staff", "offspring", "legal tender", "citizenship"):
        return noun
    for end, instead in (("wife", "wives"), ("child", "children"), ("person", "people")):
        if noun.endswith(end):
            return noun[: -len(end)] + instead
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is", "as", "os")):
        return noun  # it is one
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")
