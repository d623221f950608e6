"""Names from CLDR, by way of babel: what countries, languages, currencies and continents are called in every language.

A regional locale is left out where it calls a thing what its language does ("de-AT" where "de" says the same).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from babel import Locale, localedata
from babel.core import get_global
from babel.numbers import get_currency_name

from kg.graph import Name

Names: TypeAlias = Mapping[str, tuple[Name, ...]]
CONTINENTS = {"AF": "002", "AS": "142", "EU": "150", "NA": "003", "OC": "009", "SA": "005", "AN": "AQ"}
EVERYDAY = {
    "US": ("US", "U.S.", "USA", "U.S.A.", "United States of America", "America"),
    "GB": ("UK", "U.K.", "Great Britain", "Britain"),
    "AE": ("UAE",),
    "CD": ("DRC", "DR Congo"),
    "MK": ("Macedonia",),
    "NL": ("Holland",),
    "PS": ("Palestine",),
    "VA": ("Vatican City", "Holy See"),
}
"""English names of every day, by country code, which not all are in the packages."""

UNNAMED = {
    "abx": "Inabaknon", "akl": "Aklanon", "ber": "Berber", "cab": "Garifuna", "cau": "Caucasian", "cbk": "Chavacano",
    "dag": "Dagbani", "dta": "Daur", "fia": "Nobiin", "fud": "East Futuna", "hna": "Mina", "hns": "Caribbean Hindustani",
    "ibg": "Ibanag", "inc": "Indic", "kbp": "Kabiyè", "kpg": "Kapingamarangi", "ktu": "Kituba", "kun": "Kunama",
    "lue": "Luvale", "mdh": "Maguindanaon", "meu": "Motu", "mey": "Hassaniyya", "miq": "Mískito", "mns": "Mansi",
    "mrw": "Maranao", "msb": "Masbatenyo", "mta": "Cotabato Manobo", "nkr": "Nukuoro", "nrf": "Jèrriais",
    "pov": "Upper Guinea Crioulo", "rmm": "Roma", "sgd": "Surigaonon", "sit": "Sino-Tibetan", "sov": "Sonsorol",
    "sre": "Sara", "swk": "Malawi Sena", "toi": "Tonga (Zambia)", "tox": "Tobian", "tsg": "Tausug", "tut": "Altaic",
    "uli": "Ulithian", "wls": "Wallisian", "woe": "Woleaian", "wof": "Gambian Wolof", "yka": "Yakan",
}  # fmt: skip
"""ISO 639 reference names of languages that CLDR has no name for."""


@dataclass(frozen=True)
class CldrNames:
    """Names by code: countries (ISO 3166), languages (ISO 639), currencies (ISO 4217)."""

    countries: Names
    languages: Names
    currencies: Names


@cache
def cldr_names() -> CldrNames:
    """The names in all languages, sorted by language tag; reading them takes some seconds, once."""
    found: tuple[dict[str, dict[str, str]], ...] = ({}, {}, {})
    for identifier in sorted(localedata.locale_identifiers()):
        locale = Locale.parse(identifier)
        tag = identifier.replace("_", "-")
        wider = _wider(tag)
        for kind, names in zip(found, (locale.territories, locale.languages, locale.currencies), strict=True):
            for code, text in names.items():
                by_tag = kind.setdefault(code, {})
                if all(by_tag.get(other) != text for other in wider):
                    by_tag[tag] = text
    return CldrNames(*(_named(kind) for kind in found))


def _wider(tag: str) -> list[str]:
    """The tags that a tag narrows.

    >>> _wider("az-Cyrl-AZ")
    ['az-Cyrl', 'az']
    """
    parts = tag.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]


def _named(kind: dict[str, dict[str, str]]) -> Names:
    return {code: tuple(Name(text, tag) for tag, text in by_tag.items() if text) for code, by_tag in kind.items()}


def english(names: Names, code: str) -> str:
    """The English name; "" where CLDR has none."""
    return next((name.text for name in names.get(code, ()) if name.language == "en"), "")


def currency_plural(code: str) -> str:
    """How English speaks of several ("US dollars")."""
    return str(get_currency_name(code, count=2, locale="en"))


def language_code(tag: str) -> str:
    """The language of a tag as GeoNames writes it, in the code that CLDR names it by.

    >>> language_code("de-AT"), language_code("cmn"), language_code("fil")
    ('de', 'zh', 'fil')
    """
    code = tag.split("-")[0]
    if code in cldr_names().languages:
        return code
    return str(get_global("language_aliases").get(code, code)).split("_")[0]
