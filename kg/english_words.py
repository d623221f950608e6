"""Small English grammar for wording plans: plurals, verbs, which kind of word a relation's name is, and noun phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal as OneOf
from typing import TypeAlias

from kg.graph import Literal

Form: TypeAlias = OneOf["noun", "verb", "be", "when"]

NESTED = (" whose ", " that ", " for which ", " with ", " except ")
PREPOSITIONS = frozenset(
    "about after against as at before by for from in into near of on onto over through to under with".split()
)
VERBS = frozenset(
    "adjoins attended bears became began borders bought built causes composed contains contained controls created crosses"
    " designed developed directed discovered employs ended flows follows followed founded had has hates hosts includes"
    " influenced invented is joined knew knows killed leads led left likes lives loves made made manages married meets met"
    " narrated needs opened operates owned owns painted plays played portrays precedes preceded produced produces"
    " published replaced requires runs sang says sells shares shows sold speaks spoke starred started studied succeeded"
    " supports taught teaches treats uses visited was wants won wrote works".split()
)
IRREGULAR = {"person": "people", "man": "men", "woman": "women", "child": "children", "foot": "feet", "mouse": "mice"}
UNCHANGED = frozenset("people men women children media data series species news".split())
TIMES = frozenset("birth birthday born date day death deadline died dissolved end ended established founded founding"
                  " inception released since start started time until when year".split())  # fmt: skip
ORDINALS = ("", "", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ", "ninth ", "tenth ")


# participles that no ending tells, and their verbs
PARTICIPLES = {
    "born": "bear", "beaten": "beat", "borne": "bear", "bought": "buy", "bound": "bind", "bred": "breed",
    "broken": "break", "brought": "bring", "built": "build", "caught": "catch", "chosen": "choose", "cut": "cut",
    "dealt": "deal", "drawn": "draw", "driven": "drive", "drunk": "drink", "eaten": "eat", "fed": "feed",
    "flown": "fly", "fought": "fight", "found": "find", "given": "give", "grown": "grow", "held": "hold",
    "hidden": "hide", "kept": "keep", "known": "know", "led": "lead", "left": "leave", "lent": "lend", "lost": "lose",
    "made": "make", "met": "meet", "paid": "pay", "read": "read", "ridden": "ride", "run": "run", "seen": "see",
    "sent": "send", "set": "set", "shot": "shoot", "shown": "show", "sold": "sell", "sought": "seek",
    "spent": "spend", "spoken": "speak", "stolen": "steal", "sung": "sing", "taken": "take", "taught": "teach",
    "thrown": "throw", "told": "tell", "won": "win", "worn": "wear", "woven": "weave", "written": "write",
}  # fmt: skip


def is_participle(word: str) -> bool:
    return word.endswith("ed") or word in PARTICIPLES


def form_of(name: str) -> Form:
    """What kind of word a relation's name is.

    ``noun``: "capital" (the capital of Kenya); ``verb``: "borders" (what Kenya borders); ``be``: "directed by",
    "part of" (what Heat is directed by); ``when``: "born" (when Ada was born).
    """
    words = name.split()
    if not words:
        return "noun"
    first, last = words[0], words[-1]
    if first in VERBS and not (first.endswith("ed") and last in PREPOSITIONS):
        if first.endswith("ed") and len(words) > 1:  # "starred actors", "influenced people"
            return "noun"
        return "verb"
    if last not in PREPOSITIONS:
        return "when" if is_when(name) else "noun"
    return "verb" if re.search(r"[^su]s$", first) and len(words) == 2 and last != "of" else "be"


def plural_verb(name: str) -> str:
    """
    >>> plural_verb("borders"), plural_verb("plays for"), plural_verb("has tags"), plural_verb("wrote")
    ('border', 'play for', 'have tags', 'wrote')
    """
    first, *rest = name.split()
    irregular = {"has": "have", "is": "are", "was": "were"}
    if first in irregular:
        first = irregular[first]
    elif first.endswith("ies"):
        first = first[:-3] + "y"
    elif re.search(r"(s|sh|ch|x|z|o)es$", first) and not first.endswith(("uses", "causes")):
        first = first[:-2]
    elif re.search(r"[^su]s$", first) or first.endswith("uses"):
        first = first[:-1]
    return " ".join((first, *rest))


def plural(noun: str) -> str:
    """
    >>> plural("city"), plural("starred actors"), plural("place of birth"), plural("Person"), plural("church")
    ('cities', 'starred actors', 'places of birth', 'People', 'churches')
    """
    found = re.match(r"(.+?)( (?:of|in|at|by|for) .+)$", noun)
    head, rest = found.groups() if found else (noun, "")
    before, space, last = head.rpartition(" ")
    low = last.casefold()
    if low in IRREGULAR:
        many = last[0] + IRREGULAR[low][1:]
    elif low in UNCHANGED or not last.isascii() or re.search(r"[^su]s$", low) or not low[-1:].isalpha():
        many = last
    elif re.search(r"[^aeiou]y$", low):
        many = last[:-1] + "ies"
    else:
        many = last + ("es" if re.search(r"(s|x|z|ch|sh)$", low) else "s")
    return before + space + many + rest


def is_plural(noun: str) -> bool:
    """Whether the noun reads as one already."""
    return plural(noun) == noun


def ordinal(n: int) -> str:
    """Before a superlative: nothing for the first, ``"second "``, ``"12th "``."""
    if n < len(ORDINALS):
        return ORDINALS[n]
    end = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{end} "


def is_time(name: str) -> bool:
    """Whether an attribute's name sounds like a point in time."""
    return not TIMES.isdisjoint(name.casefold().split())


def is_when(name: str) -> bool:
    """Whether an attribute is a participle of time: "born", "founded" (founded before 1990)."""
    return (name == "died" or is_participle(name)) and is_time(name)


def literal_words(literal: Literal) -> str:
    """
    >>> literal_words(Literal(1250000)), literal_words(Literal("1986", "date")), literal_words(Literal("x", "string"))
    ('1,250,000', '1986', '“x”')
    """
    if literal.kind == "string":
        return f"“{literal.value}”"
    if literal.kind == "number" and abs(float(literal.value)) >= 10_000 and abs(float(literal.value)) < 1e15:
        return f"{literal.value:,}"
    return literal.text


def listed(parts: Iterable[str], word: str) -> str:
    *first, last = list(parts) or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def with_article(noun: str) -> str:
    return ("an " if noun[:1].casefold() in "aeiou" else "a ") + noun


@dataclass(frozen=True, slots=True)
class Phrase:
    """A set in words: a text of its own, or a class of things (``noun``), or some of either (``clauses``).

    :param text: "the capital of Kenya"; empty: a class
    :param bare: the text's plural without an article: "capitals of Kenya"
    :param noun: a type's word, singular; empty: things
    :param clauses: "whose country is Kenya", "directed by Mann"
    :param plural: the text names several
    :param single: the text is one entity's name
    """

    text: str = ""
    bare: str = ""
    noun: str = ""
    clauses: tuple[str, ...] = ()
    plural: bool = False
    single: bool = False
    other: bool = False

    @property
    def is_class(self) -> bool:
        return not self.text

    @property
    def rest(self) -> str:
        """The clauses, those that hold clauses themselves last."""
        ordered = sorted(self.clauses, key=lambda clause: any(mark in clause for mark in NESTED))
        return "".join(f" {clause}" for clause in [listed(ordered, "and")] if clause)

    @property
    def the(self) -> str:
        """The set as a subject or object."""
        if self.text and not self.noun and not self.clauses:
            return self.text
        if self.text:
            whole = f"the {self.bare}" if self.bare and not self.plural else self.text
            return (f"the {plural(self.noun)} among {whole}" if self.noun else f"those of {whole}") + self.rest
        if self.other:
            return (f"the other {plural(self.noun)}" if self.noun else "the others") + self.rest
        return (f"the {plural(self.noun)}" if self.noun else "those" if self.clauses else "everything") + self.rest

    @property
    def many(self) -> str:
        """The set after "how many"."""
        if not self.text:
            return ("other " if self.other else "") + (plural(self.noun) if self.noun else "things") + self.rest
        if self.bare and not self.noun and not self.clauses:
            return self.bare
        whole = f"the {self.bare}" if self.bare and not self.plural else self.text
        return (plural(self.noun) if self.noun else "things") + f" among {whole}" + self.rest

    @property
    def complement(self) -> str:
        """The set after "is"."""
        if self.noun and self.is_class and not self.clauses and not self.other:
            return with_article(self.noun)
        several = self.is_class or self.plural or self.noun or self.clauses
        return f"one of {self.the}" if several and self.the != "everything" else self.the

    def also(self, clause: str) -> Phrase:
        """Of these, those with the clause."""
        if self.single:
            return Phrase(f"{self.text} if it is one of those {clause}")
        return replace(self, clauses=(*self.clauses, clause))

    def of_type(self, noun: str) -> Phrase:
        if self.single:
            return Phrase(f"{self.text} if it is {with_article(noun)}")
        return self.also(f"that are also {plural(noun)}") if self.noun not in ("", noun) else replace(self, noun=noun)
