"""What is put right in a plan by words that leave no doubt: bounds, measures, what is misspelt or said otherwise."""

from __future__ import annotations

import pytest

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Attribute, Best, Comparison, Count, Difference, Ends, Entities, Filter, Join, OfType, Plan, Values
from kg.question import Candidate, Link, Mention, Question
from qa_pipeline.answer_type import AskedFor
from qa_pipeline.as_said import AsSaid
from qa_pipeline.bounds import bounded, bounds_said
from qa_pipeline.common_words import CommonWords
from qa_pipeline.dimensions import dimensions_said, is_mismeasured, measured
from qa_pipeline.heeded import HALF_SAID_PAST, NO_TIME, RANKED, UNSAID_OTHERS, UNSAID_PAST, Heeded
from qa_pipeline.lacking import lacking
from qa_pipeline.literals import find_literals
from qa_pipeline.reading import Reading
from qa_pipeline.said import Phrases, Said, phrases_of, relations_said
from qa_pipeline.spelling import misspelt
from qa_pipeline.spoken import relations_spoken_of, spoken_of
from qa_pipeline.tokens import tokenize

CITY = OfType("city")
ANN = Entities(("Ann",))


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    """Cities with heights and latitudes, a school in one; a player with two clubs; a dragon that was slain, one that was not."""
    facts = [
        Fact("Aby", "height m", Literal(12)),
        Fact("Bow", "height m", Literal(3)),
        Fact("Aby", "latitude", Literal(-50)),
        Fact("Bow", "latitude", Literal(10)),
        Fact("Aby", "longitude", Literal(-20)),
        Fact("Bow", "longitude", Literal(-30)),
        Fact("Aby", "founded", Literal("1900-05-01", "date")),
        Fact("School", "located in", "Aby"),
        Fact("Ann", "ceo", "Una"),
        Fact("Ann", "former club", "Rovers"),
        Fact("Ann", "depends on", "City"),
        Fact("Ann", "stars", Literal(5)),
        Fact("Smaug", "slain by", "Bard"),
        Fact("Bard", "slain by", "Nith"),
    ]
    types = {"city": ("Aby", "Bow"), "school": ("School",), "dragon": ("Smaug", "Nith"), "hero": ("Bard",)}
    store = NetworkXStore.open()
    store.add(facts, [Entity(id, label=id, types=(type,)) for type, ids in types.items() for id in ids], batch="b")
    return store


def numbers(text: str) -> list[Link]:
    return [Link(mention, (), 1.0) for mention in find_literals(text)]


def typed(text: str, *said: tuple[str, str]) -> list[Link]:
    places = [(text.index(part), part, id) for part, id in said]
    return [Link(Mention(at, at + len(p), p, "type"), (Candidate(id, id, 1.0),), 1.0) for at, p, id in places]


@pytest.mark.parametrize(
    ("text", "comparison"),
    [
        ("lines that started after 2015", ">"),
        ("lines that started before 2015", "<"),
        ("who was born in 1990 or later?", ">="),
        ("films of 90 minutes or less", "<="),
        ("games for at least 6 players", ">="),
        ("no more than 3 wins", "<="),
        ("clubs with not less than 7 wins", ">="),
        ("dishes more expensive than 20", ">"),
        ("in 1990", None),
        ("the 5 largest cities", None),
        ("over 4 and under 4", None),
        ("clubs that do not have more than 3 wins", None),  # "no more than" would be one
        ("mayor since 2015", None),
        ("fewer than 5 or more than 10 wins", "<>"),
    ],
)
def test_which_way_a_number_bounds(text: str, comparison: str | None) -> None:
    said = bounds_said(text, numbers(text))
    assert list(said.values()) == list(comparison or ()) or list(said.values()) == [comparison]


def test_a_plan_compares_as_the_question_does() -> None:
    said: dict[Literal, Comparison] = {Literal(2015): ">"}
    plan = Filter(CITY, Attribute("founded"), "<=", Literal(2015))
    assert bounded(plan, said) == Filter(CITY, Attribute("founded"), ">", Literal(2015))
    just = Join(Values((Literal(2015),)), "founded", inverse=True)
    assert bounded(just, said) == Filter(Ends("founded", "head"), Attribute("founded"), ">", Literal(2015))
    other = Filter(CITY, Attribute("founded"), "<=", Literal(7))
    assert bounded(other, said) == other


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("which distric is it in?", ["district"]),
        ("what curency do they use", ["currency"]),
        ("list the flihgts", ["flights"]),
        ("how many peple live there", ["people"]),
        ("her childern", ["children"]),
        ("the advisees of gearboxes and substations", []),
        ("Argentinia and Gondr", []),  # names, for their capitals
        ("the wuthering of tyres, bosons and statins", []),
    ],
)
def test_words_with_a_letter_wrong(text: str, right: list[str]) -> None:
    words = {"district", "currency", "flights", "flight", "advised", "adviseds"}
    assert [word for _, word in misspelt(tokenize(text), words, CommonWords())] == right


def test_what_relations_are_spoken_of_as(store: NetworkXStore) -> None:
    said = phrases_of(store.schema())
    spoken = spoken_of(store.schema(), said)

    def told(text: str) -> list[set[str]]:
        return [set(one.relations) for one in relations_spoken_of(text, (), spoken, relations_said(text, (), said))]

    assert told("who runs Ann?") == [{"ceo"}]
    assert told("what does Ann rely on?") == [{"depends on"}]
    assert told("what does Ann depend on?") == []  # which is the relation's own name


@pytest.mark.parametrize(
    ("text", "numbers", "ranked"),
    [
        ("the tallest summit", ("peak height", "population"), {"peak height": "max"}),
        ("the slowest car", ("top speed", "charging time"), {}),  # by either
        ("the most powerful engine", ("horsepower", "tank capacity"), {}),
        ("the largest city", ("household size", "population"), {}),
        ("the longest stream", ("duration", "length"), {}),
    ],
)
def test_what_may_be_measured_in_several_ways_is_not_told(text: str, numbers: tuple[str, ...], ranked: object) -> None:
    store = NetworkXStore.open()
    store.add([Fact(f"x{i}", r, Literal(i)) for r in numbers for i in range(3)], batch="b")
    assert dimensions_said(text, (), store.schema()) == ranked


@pytest.mark.parametrize(("types", "is_said"), [(("team", "athlete"), True), (("flight", "pilot"), False)])
def test_a_relation_is_spoken_of_as_what_connects_such_things(types: tuple[str, str], is_said: bool) -> None:
    """A team's captain is first among equals, a flight's is not."""
    store = NetworkXStore.open()
    things = [Entity(f"{t}{i}", label=f"{t}{i}", types=(t,)) for t in types for i in range(3)]
    store.add([Fact(f"{types[0]}{i}", "captain", f"{types[1]}{i}") for i in range(3)], things, batch="b")
    said, text = phrases_of(store.schema()), "who is first among equals?"
    found = relations_spoken_of(text, (), spoken_of(store.schema(), said), relations_said(text, (), said))
    assert bool(found) == is_said


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("the southernmost city", {"latitude": "min"}),
        ("which city is furthest east?", {}),
        ("the easternmost city", {"longitude": "max"}),
        ("the tallest city", {"height m": "max"}),
        ("the largest city", {}),
        ("the lowest city", {}),
        ("which city taller than 5 was founded first?", {}),
        ("the largest of the taller cities", {}),
    ],
)
def test_what_a_superlative_ranks_by(store: NetworkXStore, text: str, relations: dict[str, str]) -> None:
    assert dimensions_said(text, (), store.schema()) == relations


def test_a_plan_ranks_by_what_the_superlative_means(store: NetworkXStore) -> None:
    said = dimensions_said("the southernmost city", (), store.schema())
    wrong = Best(CITY, Attribute("longitude"), "min")
    assert is_mismeasured(wrong, said)
    assert measured(store, wrong, said) == Best(CITY, Attribute("latitude"), "min")
    assert not dimensions_said("the tallest by latitude", (), store.schema(), {"latitude"})


@pytest.mark.parametrize(
    ("text", "types", "plan"),
    [
        ("which cities have no school?", ("cities", "school"), Difference(CITY, Join(OfType("school"), "located in"))),
        ("which cities have a school?", ("cities", "school"), None),
        ("which cities have no school with more than 3 pupils?", ("cities", "school"), None),
        ("which cities are not in the largest school?", ("cities", "school"), None),
        (
            "which dragons were not slain by anyone?",
            ("dragons",),
            Difference(OfType("dragon"), Ends("slain by", "head")),
        ),
    ],
)
def test_what_has_none_of_another_kind(
    store: NetworkXStore, text: str, types: tuple[str, ...], plan: Plan | None
) -> None:
    ids = {"cities": "city", "school": "school", "dragons": "dragon"}
    links = [*typed(text, *((word, ids[word]) for word in types)), *numbers(text)]
    said = relations_said(text, links, phrases_of(store.schema()))
    asked = AskedFor(types=(ids[types[0]],))
    assert lacking(store.schema(), text, links, asked, said) == plan
    counted = lacking(store.schema(), text, links, AskedFor(number=True, types=asked.types), said)
    assert counted == (Count(plan) if plan is not None else None)


def test_what_has_none_by_way_of_a_record_or_of_what_its_kind_has() -> None:
    """Vehicles that no rental with a renter is of; members of no party, though one leads one."""
    store = NetworkXStore.open()
    kinds = {"v": "vehicle", "r": "rental", "c": "customer", "m": "member", "p": "party"}
    things = [Entity(f"{k}{i}", label=f"{k}{i}", types=(t,)) for k, t in kinds.items() for i in range(3)]
    facts = [
        ("r0", "of", "v0"),
        ("r0", "renter", "c0"),
        ("m0", "affil", "p0"),
        ("m1", "affil", "p0"),
        ("p0", "head", "m0"),
    ]
    store.add([Fact(*fact) for fact in facts], things, batch="b")
    schema = store.schema()
    text = "which vehicles have never been rented?"
    said, asked = relations_said(text, (), phrases_of(schema)), AskedFor(types=("vehicle",))
    plan = Difference(OfType("vehicle"), Join(Ends("renter", "head"), "of"))
    assert lacking(schema, text, typed(text, ("vehicles", "vehicle")), asked, said) == plan
    text = "which members do not belong to any party?"
    links, asked = typed(text, ("members", "member"), ("party", "party")), AskedFor(types=("member",))
    plan = Difference(OfType("member"), Join(OfType("party"), "affil", inverse=True))
    assert lacking(schema, text, links, asked, relations_said(text, links, phrases_of(schema))) == plan
    text = "which members do not chair any party?"
    links = typed(text, ("members", "member"), ("party", "party"))
    assert lacking(schema, text, links, asked, relations_said(text, links, phrases_of(schema))) is None


def heeded(store: NetworkXStore, text: str) -> Heeded:
    return Heeded(store.schema(), Reading(Question(text), numbers(text)), AskedFor())


FELLOWS = Join(Join(ANN, "depends on"), "depends on", inverse=True, other=True)
FIRST = Best(CITY, Attribute("latitude"), "min")


@pytest.mark.parametrize(
    ("text", "plan", "factor"),
    [
        ("cities with 5 stars", FIRST, RANKED),
        ("the 5 best cities", FIRST, 1.0),
        ("who depends on it?", FELLOWS, UNSAID_OTHERS),
        ("who else depends on it?", FELLOWS, 1.0),
        ("what is the club of Ann?", Join(ANN, "former club"), UNSAID_PAST),
        ("which clubs was Ann with earlier?", Join(ANN, "former club"), 1.0),
        ("which club was it?", Join(ANN, "former club"), HALF_SAID_PAST),
        ("which happened earlier, X or Y?", FIRST, NO_TIME),
        ("which happened earlier, X or Y?", Best(CITY, Attribute("founded"), "min"), 1.0),
    ],
)
def test_what_is_not_said_is_hardly_meant(store: NetworkXStore, text: str, plan: Plan, factor: float) -> None:
    assert heeded(store, text).belief(plan) == pytest.approx(factor)


def test_how_many_of_what_is_a_number_itself(store: NetworkXStore) -> None:
    text = "how many stars did Ann get?"
    reading = Reading(Question(text), said=relations_said(text, (), phrases_of(store.schema())))
    said = AsSaid(store, reading, Heeded(store.schema(), reading, AskedFor()), whether=False)
    assert said.put_right(Count(ANN)) == Join(ANN, "stars")


def test_a_word_beside_date_tells_which() -> None:
    found = relations_said(
        "which projects started in May?", (), Phrases({("start", "date"): frozenset({"start date"})})
    )
    assert [one.relations for one in found] == [frozenset({"start date"})]
    assert all(isinstance(one, Said) and one.weight < 1 for one in found)
