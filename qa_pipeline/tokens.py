"""Words of a question: tokens in any script, inflections, capitals and quotation marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kg.english_words import IRREGULAR
from kg.names import fold

TOKEN = re.compile(r"['’]s\b|[^\W\d_]+\d\w*|[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*|\d+(?:[.,]\d+)*\w*|[^\w\s]|_")
LINKING = frozenset("of the and a an in on to for with at by de la".split())  # inside names ("Phantom of the Paradise")
NUMBER = re.compile(r"\d+|\b(?=[ivx]+\b)x{0,3}(?:ix|iv|v?i{0,3})\b")  # digits, or a Roman numeral
CONTRACTED = ("n't", "n’t", "'re", "’re", "'ve", "’ve", "'ll", "’ll", "'d", "’d", "'m", "’m")
SIBILANTS = ("ses", "xes", "ches", "shes")  # of which the last three letters or only the last may be an ending
SUPERLATIVE = re.compile(r"[a-z]{2,}(?:est|ernmost)")
NO_SUPERLATIVES = frozenset(  # words of English that end like one, and are none
    "arrest attest behest bequest breast chest conquest contest crest detest digest dishonest divest earnest forest "
    "guest harvest honest incest infest ingest inquest interest invest manifest midwest modest molest northwest "
    "priest protest quest rainforest request southwest suggest tempest unrest wrest".split()
)
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")


@dataclass(frozen=True)
class Token:
    start: int
    end: int
    text: str


def tokenize(text: str) -> list[Token]:
    """Words, numbers and marks with their places; scripts without spaces are cut into characters."""
    tokens = []
    for found in TOKEN.finditer(text):
        if UNSPACED.search(found.group()):
            tokens += [Token(i, i + 1, text[i]) for i in range(found.start(), found.end())]
        else:
            tokens.append(Token(found.start(), found.end(), found.group()))
    return tokens


def spellings(name: str) -> list[str]:
    """A name folded, as it is and, where it has one inside, with "&" as "and" or "and" as "&" (which folds to nothing).

    >>> spellings("Merck & Co"), spellings("Marks and Spencer")
    (['merck co', 'merck and co'], ['marks and spencer', 'marks spencer'])
    """
    folded = fold(name)
    other = fold(name.replace("&", " and ")) if "&" in name else folded.replace(" and ", " ")
    return [s for s in dict.fromkeys((folded, other)) if s]


def is_part_of(said: str, name: str) -> bool:
    """Whether the words of a short name stand together in a longer one ("A380" of "Airbus A380", "Cromwell").

    >>> is_part_of("A380", "Airbus A380"), is_part_of("Air", "Airbus A380")
    (True, False)
    """
    return f" {fold(said)} " in f" {fold(name)} "


def has_other_numbers(name: str, said: str) -> bool:
    """Whether a name has other numbers than what is said has: "Toy Story 3" is not a misspelt "Toy Story 2".

    >>> has_other_numbers("Henry VIII", "Henry VII"), has_other_numbers("Boeing 747", "Boeng 747")
    (True, False)
    """
    numbers = NUMBER.findall(fold(said))
    return bool(numbers) and numbers != NUMBER.findall(fold(name))


def is_superlative(word: str) -> bool:
    """Whether a folded word is one by its form."""
    return word not in NO_SUPERLATIVES and SUPERLATIVE.fullmatch(word) is not None


def inflections(word: str) -> set[str]:
    """A folded word or phrase with its regular singular and plural.

    >>> sorted(inflections("country"))
    ['countries', 'country']
    """
    forms = {word}
    if word.endswith("ies"):
        forms |= {word[:-3] + "y", word[:-1]}  # cities, movies
    elif word.endswith(SIBILANTS):
        forms |= {word[:-2], word[:-1]}  # buses, houses
    elif word.endswith("s") and not word.endswith("ss"):
        forms.add(word[:-1])
    else:
        if word.endswith("y") and word[-2:-1] not in "aeiou":
            forms.add(word[:-1] + "ies")
        else:
            forms.add(word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s"))
    return forms


def singulars(word: str) -> set[str]:
    """What a folded word may be the plural of.

    >>> sorted(singulars("wolves")), sorted(singulars("mice")), sorted(singulars("wolf"))
    (['wolf', 'wolfe', 'wolve'], ['mouse'], [])
    """
    forms = {form for form in inflections(word) if len(form) < len(word)}
    if word.endswith("ves"):
        forms |= {word[:-3] + "f", word[:-3] + "fe"}
    return forms | {one for one, several in IRREGULAR.items() if several == word}


def stem(word: str) -> str:
    """The form that a folded word has in common with its regular singular and plural; not always a word.

    >>> [stem(word) for word in ("houses", "house", "buses", "movies", "movie", "place", "plan")]
    ['hous', 'hous', 'bus', 'movy', 'movy', 'place', 'plan']
    """
    short = min(inflections(word), key=lambda form: (len(form), form))
    if (short + "s").endswith(SIBILANTS):
        return short[:-1]
    return short[:-2] + "y" if short.endswith("ie") and len(short) > 4 else short


def uninflected(word: str) -> set[str]:
    """What a folded word may be a regular form of.

    >>> "net" in uninflected("netted"), "make" in uninflected("making"), "kiss" in uninflected("kisses")
    (True, True, True)
    """
    forms = inflections(word) if word.endswith("s") else set()
    for ending in ("ed", "ing", "er", "ers", "or", "ors", "ly"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            stem = word.removesuffix(ending)
            forms |= {stem, stem + "e"} | ({stem[:-1]} if stem[-1] == stem[-2] else set())
    return forms - {word}


def is_quoted(text: str, start: int, end: int) -> bool:
    """Whether the span stands in quotation marks."""
    return start > 0 and end < len(text) and text[start - 1] in '"“„«‘' and text[end] in '"”“»’'


def is_cased(text: str, tokens: Sequence[Token]) -> bool:
    """Whether capitals mean something here: some words after the first begin with one, and not all do."""
    words = [t.text for t in tokens if t.text[0].isalpha() and t.start > 0]
    upper = sum(w[0].isupper() for w in words)
    return 0 < upper < max(2, len(words)) and not text.isupper()


@lru_cache(maxsize=50_000)
def name_forms(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The forms of a name's words, and those of the whole name."""
    folded = fold(name)
    return frozenset(f for word in folded.split() for f in inflections(word)), frozenset(inflections(folded))
