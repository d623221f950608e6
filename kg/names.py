"""Names as texts: folding for comparison, and wording an identifier for people."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PUNCTUATION = re.compile(r"[^\w\s]|_", re.UNICODE)
_SPACES = re.compile(r"\s+")
_SHORT = {  # what columns of tables are called for short, and nothing else is
    "acct": "account", "addr": "address", "amt": "amount", "approx": "approximate",
    "asst": "assistant", "avg": "average", "bday": "birthday", "bldg": "building", "cnt": "count", "ctry": "country",
    "cust": "customer", "deliv": "delivery", "dept": "department", "descr": "description", "dest": "destination",
    "dob": "date of birth", "dod": "date of death", "dt": "date", "dur": "duration", "elev": "elevation",
    "emp": "employee", "estd": "established", "flt": "flight", "freq": "frequency", "govt": "government",
    "grp": "group", "hq": "headquarters", "hrs": "hours", "intl": "international", "lang": "language", "len": "length",
    "lng": "longitude", "lon": "longitude", "lvl": "level", "memb": "member", "mfr": "manufacturer",
    "mgmt": "management", "mgr": "manager", "mins": "minutes", "natl": "national", "nbr": "number", "num": "number",
    "orig": "origin", "pct": "percent", "pkg": "package", "pob": "place of birth", "prev": "previous",
    "qty": "quantity", "rrp": "recommended retail price", "secs": "seconds", "src": "source",
    "svc": "service", "tel": "telephone", "tot": "total", "univ": "university", "vol": "volume", "wt": "weight",
    "yob": "year of birth", "yr": "year", "yrs": "years",
}  # fmt: skip
_SHORT_LAST = {"cd": "code", "no": "number"}  # the same, after another word: "volNo"
_VERBS = frozenset("has have is was are says said with".split())  # before a "no" that denies
_SHORT_ALONE = {
    "desc": "description", "est": "established", "lat": "latitude", "loc": "location",
    "nat": "nationality", "pos": "position", "sev": "severity",
}  # fmt: skip
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
    """A relation's or type's id, worded for people: its words (:func:`as_written`), short forms of columns in full.

    >>> words_of("volNo"), words_of("emp_cnt"), words_of("mgr"), words_of("iata_cd")
    ('volume number', 'employee count', 'manager', 'iata code')
    """
    return _in_full(as_written(identifier), "_" in identifier)


def as_written(identifier: str) -> str:
    """The words of a relation's or type's id, as they stand there.

    >>> as_written("__people__person__place_of_birth"), as_written("directedBy"), as_written("ns:film.film.directed_by")
    ('place of birth', 'directed by', 'directed by')
    >>> as_written("http://dbpedia.org/ontology/birthPlace"), as_written("concept:proxyfor"), as_written("plays_in_club_inverse")
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


def _in_full(words: str, snake: bool) -> str:
    """An identifier's words without the short forms of column names.

    :param snake: its words are joined by underscores
    """
    first, *further = words.split(" ")
    if not further:
        return _SHORT.get(first, _SHORT_ALONE.get(first, first))
    *middle, last = further
    before = middle[-1] if middle else first
    if (last == "cd" and snake) or (last == "no" and before not in _VERBS):
        last = _SHORT_LAST[last]
    return " ".join(_SHORT.get(word, word) for word in (first, *middle, last))
