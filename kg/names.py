"""Names as texts: folding for comparison, and wording an identifier for people."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PUNCTUATION = re.compile(r"[^\w\s]|_", re.UNICODE)
_SPACES = re.compile(r"\s+")
_SPACED = str.maketrans({c: " " for c in map(chr, range(128)) if not c.isalnum()})


def fold(text: str) -> str:
    """The form in which names are compared: case, accents, punctuation and spacing do not count.

    >>> fold("  São  Tomé & Príncipe ")
    'sao tome principe'
    >>> fold("北京市")
    '北京市'
    """
    plain = text.casefold()
    if plain.isascii():
        if plain.replace(" ", "").isalnum():
            return " ".join(plain.split())
        return " ".join(plain.translate(_SPACED).split()) or plain.strip()
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = unicodedata.normalize("NFC", plain)
    spaced = _SPACES.sub(" ", _PUNCTUATION.sub(" ", plain)).strip()
    return spaced or plain.strip()


def title_of(id: str) -> str:
    """What an entity without a label is called: its id with underscores as spaces; of an IRI, what its path ends with.

    >>> title_of("Blade_Runner"), title_of("http://dbpedia.org/resource/Blade_Runner"), title_of("http://ex.org/%2Fm%2F027rn")
    ('Blade Runner', 'Blade Runner', '/m/027rn')
    """
    if "://" in id:
        path = id.rstrip("/#")
        cut = max(path.rfind("/"), path.rfind("#"))
        if cut > path.find("://") + 2:
            id = unquote(path[cut + 1 :]) if "%" in path else path[cut + 1 :]
    return id.replace("_", " ")


@lru_cache(maxsize=50_000)
def words_of(identifier: str) -> str:
    """A relation's or type's id, worded for people.

    >>> words_of("__people__person__place_of_birth"), words_of("directedBy"), words_of("ns:film.film.directed_by")
    ('place of birth', 'directed by', 'directed by')
    >>> words_of("http://dbpedia.org/ontology/birthPlace"), words_of("concept:proxyfor"), words_of("plays_in_club_inverse")
    ('birth place', 'proxyfor', 'plays in club inverse')
    """
    whole = unquote(identifier) if "%" in identifier and "://" in identifier else identifier
    local = re.split(r"[#/]", whole.rstrip("#/"))[-1] if re.search(r"[#/]", whole) else whole
    if ":" in local:
        local = local.rsplit(":", 1)[-1] or local
    if "__" in local.strip("_"):
        local = local.strip("_").split("__")[-1]
    if "." in local and " " not in local:
        local = local.strip(".").rsplit(".", 1)[-1]
    spaced = _CAMEL.sub(" ", local.replace("_", " ").replace("-", " "))
    return _SPACES.sub(" ", spaced).strip().casefold() or identifier
