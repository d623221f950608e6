"""Choosing among plans: what execution and the question's own mentions say about them, whatever the network believes."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest

from kg.graph import Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import (
    Attribute,
    Best,
    Count,
    CountOf,
    Difference,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    OfType,
    Plan,
    Result,
    Union,
)
from kg.question import Candidate, Link, Mention, MentionKind, Question, Slot, Subgraph
from qa_pipeline.answer_type import asked_for, asked_type
from qa_pipeline.choose import TEMPER, weigh
from qa_pipeline.decode import Agreement, Hypothesis
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.outcome import Outcome
from qa_pipeline.reading import Reading
from qa_pipeline.said import phrases_of, relations_said
from qa_pipeline.vacuity import BACK, IDLE, TIED, UNHEARD, vacuity

FIRST, SECOND = len(OPERATORS), len(OPERATORS) + 1  # pointers to the seeds of the two links
X, Y = Entities(("X",)), Entities(("Y",))


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    """Two countries; one has three towns, of which the capital is the second largest."""
    graph = nx.MultiDiGraph()
    graph.add_node("X", label="Xanland", type="country")
    graph.add_node("Y", label="Yrland", type="country")
    for town, people, where in (("a", 5, "X"), ("b", 9, "X"), ("c", 2, "X"), ("d", 1, "Y")):
        graph.add_node(town, label=f"Town {town}", type="town", population=people)
        graph.add_edge(town, where, relation="country")
    graph.add_edge("X", "a", relation="capital")
    return NetworkXStore.from_networkx(graph)


def reading(
    *hypotheses: tuple[Plan | None, float, tuple[int, ...]],
    links: tuple[Link, ...] = (),
    text: str = "?",
    ways: tuple[Slot, ...] = (),
) -> Reading:
    links = links or (Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0),)
    slots = tuple(Slot(i) for i in range(len(links)))
    plans = [Hypothesis(plan, probability, actions) for plan, probability, actions in hypotheses]
    return Reading(Question(text), list(links), Subgraph(links, slots + ways), plans)


def said(text: str, part: str, id: str, kind: MentionKind = "entity", score: float = 1.0) -> Link:
    """A link of what the text says."""
    start = text.index(part)
    return Link(Mention(start, start + len(part), part, kind), (Candidate(id, id, 1.0),), score)


def test_a_superlative_wants_several_to_choose_from(store: NetworkXStore) -> None:
    population = Attribute("population")
    capital = Best(Join(X, "capital"), population)
    towns = Best(Join(X, "country", inverse=True), population)
    first, second = weigh(store, reading((capital, 0.6, (FIRST,)), (towns, 0.3, (FIRST,))))
    assert (first.plan, second.plan) == (towns, capital)
    assert first.result is not None and first.result.nodes == ("b",)


def test_a_superlative_of_several_wants_as_many(store: NetworkXStore) -> None:
    five = Best(Join(X, "country", inverse=True), Attribute("population"), limit=5)
    two = Best(Join(X, "country", inverse=True), Attribute("population"), limit=2)
    assert [o.plan for o in weigh(store, reading((five, 0.6, (FIRST,)), (two, 0.3, (FIRST,))))] == [two, five]


def test_nobody_counts_what_is_one_by_nature() -> None:
    graph = nx.MultiDiGraph()
    for i in range(6):
        graph.add_node(f"t{i}", people=i)
        graph.add_edge(f"t{i}", "X", relation="country")
    towns = NetworkXStore.from_networkx(graph)
    all_towns = Join(X, "country", inverse=True)
    countries = Filter(all_towns, CountOf(Join(Here(), "country")), "<", Literal(4))
    people = Filter(all_towns, Attribute("people"), "<", Literal(4))
    lonely = Filter(all_towns, CountOf(Join(Here(), "country")), "=", Literal(0))
    assert vacuity(towns, people, ()) == 1 > vacuity(towns, countries, ())
    assert vacuity(towns, lonely, ()) == 1  # that there is none is worth asking


def test_a_type_that_the_question_does_not_say_is_believed_less(store: NetworkXStore) -> None:
    towns = Join(X, "country", inverse=True)
    guessed, plain = FilterType(Union(towns, X), "town"), Union(towns, X)
    text = "which places are there in Xanland"
    link = said(text, "Xanland", "X")
    assert (
        weigh(store, reading((guessed, 0.5, (FIRST,)), (plain, 0.45, (FIRST,)), links=(link,), text=text))[0].plan
        == plain
    )
    text = "which town places are there in Xanland"
    links = (said(text, "Xanland", "X"), said(text, "town", "town", "type"))
    chosen = weigh(store, reading((guessed, 0.5, (FIRST, SECOND)), (plain, 0.45, (FIRST,)), links=links, text=text))[0]
    assert chosen.plan == guessed


def test_but_not_wants_something_to_take_away(store: NetworkXStore) -> None:
    nothing = Difference(Join(X, "capital"), Join(Y, "country", inverse=True))
    something = Difference(Join(X, "country", inverse=True), Join(X, "capital"))
    found = weigh(store, reading((nothing, 0.6, (FIRST,)), (something, 0.3, (FIRST,))))
    assert [o.plan for o in found] == [something, nothing]


def test_an_empty_set_is_believed_less_but_a_likely_one_stays(store: NetworkXStore) -> None:
    empty, full = Intersect(Join(X, "capital"), Join(Y, "country", inverse=True)), Join(X, "capital")
    assert weigh(store, reading((empty, 0.6, (FIRST,)), (full, 0.3, (FIRST,))))[0].plan == full
    assert weigh(store, reading((empty, 0.99, (FIRST,)), (full, 0.0006, (FIRST,))))[0].plan == empty


@pytest.mark.parametrize(
    "second",
    [
        Link(Mention(12, 18, "Yrland", "entity"), (Candidate("Y", "Yrland", 1.0),), 1.0),
        Link(Mention(12, 14, "10", "number", Literal(10)), (), 1.0),
    ],
)
def test_a_plan_leaves_no_clear_mention_out(store: NetworkXStore, second: Link) -> None:
    links = (Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0), second)
    one, both = Join(X, "capital"), Join(X, "country", inverse=True)
    found = weigh(store, reading((one, 0.7, (FIRST,)), (both, 0.2, (FIRST, SECOND)), links=links))
    assert [o.plan for o in found] == [both, one]
    assert [o.ignored for o in found] == [0, 1]


def test_a_weak_mention_and_a_type_may_be_left_out(store: NetworkXStore) -> None:
    links = (
        Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0),
        Link(Mention(12, 18, "yrland", "entity"), (Candidate("Y", "Yrland", 1.0),), 0.3),
        Link(Mention(20, 24, "town", "type"), (Candidate("town", "town", 1.0),), 1.0),
    )
    one, both = Join(X, "capital"), Join(X, "country", inverse=True)
    found = weigh(store, reading((one, 0.7, (FIRST,)), (both, 0.2, (FIRST, SECOND)), links=links))
    assert found[0].plan == one and found[0].ignored == 0


def test_a_plan_that_gives_something_only_of_an_obscure_reading_is_believed_less(store: NetworkXStore) -> None:
    names = (Candidate("X", "Xanland", 1.0), Candidate("d", "Xanland", 0.95))  # a town that is called so, too
    links = (Link(Mention(0, 7, "Xanland", "entity"), names, 1.0),)
    both = Entities(("X", "d"))
    obscure, plain = Join(both, "country"), Join(both, "capital")
    found = weigh(store, reading((obscure, 0.7, (FIRST,)), (plain, 0.2, (FIRST,)), links=links))
    assert [o.plan for o in found] == [Join(X, "capital"), obscure]


def test_a_relation_said_word_for_word_has_a_part_in_the_plan(store: NetworkXStore) -> None:
    capital, towns = Join(X, "capital"), Join(X, "country", inverse=True)
    asked = reading((towns, 0.7, (FIRST,)), (capital, 0.2, (FIRST,)), text="the capital of Xanland")
    assert weigh(store, asked)[0].plan == towns
    asked.said = relations_said("the capital of Xanland", asked.links, phrases_of(store.schema()))
    assert weigh(store, asked)[0].plan == capital


@pytest.mark.parametrize("worse", [{"support": 1e-3}, {"left": 0.9}, {"goal": -0.8}])
def test_of_two_plans_the_one_whose_relations_agree_with_the_words(
    store: NetworkXStore, worse: dict[str, float]
) -> None:
    asked = reading((Join(X, "country", inverse=True), 0.5, (FIRST,)), (Join(X, "capital"), 0.3, (FIRST,)))
    asked.hypotheses[0] = replace(asked.hypotheses[0], agreement=Agreement(**worse))
    assert [o.plan for o in weigh(store, asked)] == [Join(X, "capital"), Join(X, "country", inverse=True)]


def test_of_plans_that_give_the_same_the_most_believed_stands_for_them(store: NetworkXStore) -> None:
    asked = reading(
        (Join(X, "capital"), 0.5, (FIRST,)), (Best(Join(X, "capital"), Attribute("population")), 0.4, (FIRST,))
    )
    asked.hypotheses[0] = replace(asked.hypotheses[0], agreement=Agreement(0.01, 1.5, -0.5))
    asked.hypotheses[1] = replace(asked.hypotheses[1], plan=Intersect(Join(X, "capital"), Join(X, "capital")))
    (answer,) = weigh(store, asked)
    assert answer.plan == Intersect(Join(X, "capital"), Join(X, "capital")) and answer.agreement.support == 1.0


def test_strings_are_counted_whatever_their_type(store: NetworkXStore) -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("K", label="Kenya", type="country", language=["Swahili", "English"])
    graph.add_node("L", label="Luo", type="language")
    kenya = NetworkXStore.from_networkx(graph)
    spoken = Join(Entities(("K",)), "language")
    text = "how many languages has Kenya"
    links = (said(text, "languages", "language", "type"), said(text, "Kenya", "K"))
    first = weigh(kenya, reading((spoken, 0.9, (SECOND,)), links=links, text=text))[0]
    assert first.plan == Count(spoken)


def test_what_two_things_have_in_common_and_what_either_has(store: NetworkXStore) -> None:
    towns = (Join(X, "country", inverse=True), Join(Y, "country", inverse=True))
    common = (Intersect(*towns), 0.8, (FIRST,))
    first = weigh(store, reading(common, text="the towns of Xanland and Yrland"))[0]
    assert first.plan == Union(*towns) and first.result is not None and len(first.result.nodes) == 4
    assert weigh(store, reading(common, text="the towns that Xanland and Yrland share"))[0].plan == common[0]
    other = Intersect(Join(X, "country", inverse=True), Join(Y, "capital"))  # two conditions on one thing
    assert [o.plan for o in weigh(store, reading((other, 0.8, (FIRST,)), text="Xanland and Yrland"))] == [other]


class TestMended:
    """What a plan leaves out becomes a condition of it, where that leaves anything."""

    TEXT = "largest town of Xanland"
    LINKS = (said(TEXT, "town", "town", "type"), said(TEXT, "Xanland", "X"))
    WAYS = (Slot(1, (("country", True),), 1, 3, 3, "entity", ("town",)),)
    TOWNS = FilterType(Join(X, "country", inverse=True), "town")

    def test_a_name_inside_a_superlative(self, store: NetworkXStore) -> None:
        everywhere = Best(OfType("town"), Attribute("population"), "min")
        first = weigh(store, reading((everywhere, 0.9, (FIRST,)), links=self.LINKS, text=self.TEXT, ways=self.WAYS))[0]
        assert first.plan == Best(self.TOWNS, Attribute("population"), "min") and first.ignored == 0
        assert first.result is not None and first.result.nodes == ("c",)

    def test_a_name_inside_a_count(self, store: NetworkXStore) -> None:
        first = weigh(store, reading((Count(OfType("town")), 0.9, (FIRST,)), links=self.LINKS, ways=self.WAYS))[0]
        assert first.plan == Count(self.TOWNS) and first.result is not None and first.result.value == 3

    def test_what_can_be_put_in_is_and_the_rest_still_counts(self, store: NetworkXStore) -> None:
        links = (*self.LINKS, Link(Mention(20, 24, "1986", "number", Literal(1986)), (), 1.0))
        first = weigh(store, reading((Count(OfType("town")), 0.9, (FIRST,)), links=links, ways=self.WAYS))[0]
        assert first.plan == Count(self.TOWNS) and first.ignored == 1

    def test_nothing_is_mended_where_it_would_leave_nothing(self, store: NetworkXStore) -> None:
        elsewhere = Join(Y, "country", inverse=True)
        found = weigh(store, reading((elsewhere, 0.9, (FIRST,)), links=self.LINKS, ways=self.WAYS))
        assert [(o.plan, o.ignored) for o in found] == [(elsewhere, 1)]

    def test_nothing_has_it_though_all_have_others(self) -> None:
        """No shop sells tents in black: that is the answer, for tents have colours, and no tents are asked for in vain."""
        graph = nx.MultiDiGraph()
        for tent, colour in (("t1", "red"), ("t2", "blue"), ("h1", "black")):
            graph.add_edge(tent, colour, relation="colour")
            graph.add_edge(tent, "Tents" if tent[0] == "t" else "Hats", relation="kind")
        store = NetworkXStore.from_networkx(graph)
        text = "tents in black"
        links = (said(text, "tents", "Tents"), said(text, "black", "black"))
        ways = (Slot(1, (("colour", True),), 1, 1, 1, "entity"),)
        tents = Join(Entities(("Tents",)), "kind", inverse=True)
        first = weigh(store, reading((tents, 0.9, (FIRST,)), links=links, text=text, ways=ways))[0]
        assert first.plan == Intersect(tents, Join(Entities(("black",)), "colour", inverse=True)) and first.is_empty

    def test_what_leaves_out_where_it_came_from_is_narrowed_only_as_a_whole(self, store: NetworkXStore) -> None:
        fellows = Join(Join(Entities(("a",)), "country"), "country", inverse=True, other=True)
        first = weigh(store, reading((fellows, 0.9, (FIRST,)), links=self.LINKS, ways=self.WAYS))[0]
        assert first.plan == Intersect(fellows, Join(X, "country", inverse=True))
        assert first.result is not None and first.result.nodes == ("b", "c")


class TestAskedFor:
    """What the words of a question say of its answer; the type's word is marked with brackets."""

    @pytest.mark.parametrize(
        "text",
        [
            "which [rivers] run through X",
            "what is the longest [river] in X",
            "What's the biggest [city] of X?",
            "In which [country] is X?",
            "to what [country] does X belong",
            "How many [cities] in X have parks?",
            "name the five northernmost [cities] of X",
            "List all [books] written by X",
            "can you list [movies] from 1999",
            "I want to know the [river] with the most bridges",
            "[cities] in X",
            "southernmost [city]?",
            "which [country] borders X",
            "which of the [players] of X is the oldest",
            "what are the 3 most populous [countries] in X",
        ],
    )
    def test_the_first_type(self, text: str) -> None:
        assert self.asked(text) == text[text.index("[") + 1 : text.index("]")]

    @pytest.mark.parametrize(
        "text",
        [
            "what is the population of the [city]",
            "who wrote the [books] of X",
            "what was the [film] about",
            "[state] abbreviation of X",
            "what is the [city]'s age",
            "Which [directors]' films won prizes",
            "how many people live in the [city]",
            "What do [people] in X speak?",
            "What can [players] of X win?",
            "Which [country] code does X have?",
            "List the [film] studios in X",
            "Give me the [mountain] height of X",
            "The [film] X was directed by whom?",
            "All [films] by X were shot in which country?",
            "I know the [film] X, who directed it?",
            "What [person] or company owns X?",
            "How many [books] and films are by X?",
        ],
    )
    def test_no_type_where_what_stands_around_it_makes_it_another_thing(self, text: str) -> None:
        assert self.asked(text) is None

    @staticmethod
    def asked(marked: str) -> str | None:
        word = marked[marked.index("[") + 1 : marked.index("]")]
        text = marked.replace("[", "").replace("]", "")
        type = {"cities": "city", "countries": "country"}.get(word, word.removesuffix("s"))
        return word if asked_type(text, [said(text, word, type, "type")]) == 0 else None

    @pytest.mark.parametrize(
        ("text", "words", "expected"),
        [
            ("which state capitals are in X", ("state", "capitals"), 1),
            ("films actor X starred in", ("films", "actor"), None),
        ],
    )
    def test_of_two_types_side_by_side_the_last_if_the_first_is_singular(
        self, text: str, words: tuple[str, ...], expected: int | None
    ) -> None:
        assert asked_type(text, [said(text, w, w.removesuffix("s"), "type") for w in words]) == expected

    def test_what_is_also_the_name_of_a_number_is_no_type(self) -> None:
        text = "what is the area of X"
        links = [said(text, "area", "area", "type")]
        assert asked_for(text, links).types == ("area",) and asked_for(text, links, {"area"}).types == ()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("the maker of the type 4 has its seat in which country?", 1),
            ("Ann is in some type; in which country is it?", 1),
            ("take the type of X: what country is it from?", 1),
            ("the type which country songs are of is X", 0),
            ("what type is in which country?", 0),
        ],
    )
    def test_a_type_after_the_only_word_that_asks(self, text: str, expected: int) -> None:
        links = [said(text, word, word, "type") for word in ("type", "country")]
        assert (asked_type(text, links) == 1) == (expected == 1)

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("how many towns are there", True),
            ("In how many towns is X spoken?", True),
            ("In total, how many towns are there?", True),
            ("Count the towns of X", True),
            ("Count Orlok was born where", False),
            ("who knows how many towns there are", False),
            ("the towns of X, and how many", False),
        ],
    )
    def test_how_many(self, text: str, number: bool) -> None:
        assert asked_for(text, []).number is number

    @pytest.mark.parametrize(
        ("text", "whether"),
        [
            ("is there a town in X", True),
            ("Are there films by X or Y?", True),
            ("does X have a capital", True),
            ("do you know X", False),
            ("does anyone know the capital of X", False),
            ("is X or Y older", False),
            ("were is X", False),
            ("what is in X", False),
        ],
    )
    def test_a_yes_or_no(self, text: str, whether: bool) -> None:
        assert asked_for(text, []).whether is whether


class TestAsAskedFor:
    """A plan that does not give what is asked for is believed less; what it has of that takes its place."""

    TOWNS = Join(X, "country", inverse=True)
    PEOPLE = Join(Join(X, "capital"), "population")

    def first(self, store: NetworkXStore, text: str, *plans: Plan, word: str = "") -> Outcome:
        """The best of the plans, told in falling likelihood, where the text names Xanland and perhaps a type."""
        links = [said(text, "Xanland", "X")]
        if word:
            links.append(said(text, word, "town" if "town" in word else "country", "type"))
        told = ((plan, p, (FIRST,)) for plan, p in zip(plans, (0.5, 0.4), strict=False))
        return weigh(store, reading(*told, links=tuple(links), text=text))[0]

    def test_things_of_another_type(self, store: NetworkXStore) -> None:
        everywhere = Join(self.TOWNS, "country")
        assert self.first(store, "which towns are in Xanland", everywhere, self.TOWNS, word="towns").plan == self.TOWNS

    def test_of_several_types_the_one_that_is_asked_for(self, store: NetworkXStore) -> None:
        mixed = Union(Join(Join(X, "capital"), "country"), Join(X, "capital"))
        first = self.first(store, "how many countries are near Xanland", Count(mixed), word="countries")
        assert first.plan == Count(FilterType(mixed, "country")) and first.result == Result("number", value=1)

    def test_one_where_several_are_asked_for(self, store: NetworkXStore) -> None:
        assert self.first(store, "towns of Xanland", Join(X, "capital"), self.TOWNS, word="towns").plan == self.TOWNS

    def test_a_set_where_a_yes_or_no_is_asked_for(self, store: NetworkXStore) -> None:
        first = self.first(store, "is there a town in Xanland", self.TOWNS)
        assert first.plan == Exists(self.TOWNS) and first.result == Result("boolean", value=True)

    def test_a_set_where_a_number_is_asked_for_unless_it_stands_in_the_graph(self, store: NetworkXStore) -> None:
        assert self.first(store, "how many people live in Xanland", self.TOWNS).plan == Count(self.TOWNS)
        assert self.first(store, "how many people live in Xanland", self.PEOPLE).plan == self.PEOPLE

    def test_a_number_where_it_says_who(self, store: NetworkXStore) -> None:
        assert self.first(store, "who lives in Xanland", self.PEOPLE, self.TOWNS).plan == self.TOWNS

    def test_a_string_may_be_of_any_type(self) -> None:
        graph = nx.MultiDiGraph([("X", "a", {"relation": "near"})])
        graph.add_node("X", label="Xanland", type="country", town="Alm")
        graph.add_node("a", type="town")
        store = NetworkXStore.from_networkx(graph)
        first = self.first(store, "which town has Xanland", Join(X, "town"), word="town")
        assert first.plan == Join(X, "town") and first.weight == pytest.approx(0.5**TEMPER)

    def test_types_say_nothing_where_many_things_have_none(self) -> None:
        graph = nx.MultiDiGraph([("X", t, {"relation": "has"}) for t in "abc"])
        graph.add_node("X", label="Xanland", type="country")
        graph.add_node("a", type="town")
        store = NetworkXStore.from_networkx(graph)
        first = self.first(store, "which towns has Xanland", Join(X, "has"), word="towns")
        assert first.plan == Join(X, "has") and first.weight == pytest.approx(0.5**TEMPER)


class TestWhether:
    """ "Is X in Y": the name that a plan leaves out is looked for among what it gives, not until something is found."""

    @pytest.mark.parametrize(("name", "yes"), [("a", True), ("b", False), ("Y", False)])
    def test_a_name_that_is_left_out(self, store: NetworkXStore, name: str, yes: bool) -> None:
        text = "is Xanland the land of Alm"
        links = (said(text, "Xanland", "X"), said(text, "Alm", name))
        ways = (Slot(1, (("country", False),), 1, 1, 1, "entity", ("country",)),)
        for plan in (Join(X, "capital"), Exists(Join(X, "capital"))):
            first = weigh(store, reading((plan, 0.9, (FIRST,)), links=links, text=text, ways=ways))[0]
            assert first.plan == Exists(Intersect(Join(X, "capital"), Entities((name,))))
            assert first.result == Result("boolean", value=yes)


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("Are there any towns in Yrland, and which are they?", True),
        ("is anything in Yrland, and if so, what?", True),
        ("Is there a town in Yrland? Which one?", True),
        ("Is there a town in Yrland?", False),
        ("Is there a town in Yrland which has a port?", False),
    ],
)
def test_who_asks_whether_there_is_any_and_which_wants_them(store: NetworkXStore, text: str, both: bool) -> None:
    towns = Join(Y, "country", inverse=True)
    link = said(text, "Yrland", "Y")
    (found, *_) = weigh(store, reading((Exists(towns), 0.9, (FIRST,)), links=(link,), text=text))
    assert found.plan == (towns if both else Exists(towns))


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("any towns in Yrland?", True),
        ("Who lives in Yrland?", True),
        ("List what is in Yrland", True),
        ("Tell me whether anything is in Yrland", False),
        ("Tell me, is anything in Yrland?", False),
        ("Something is in Yrland, right?", False),
    ],
)
def test_who_asks_for_things_wants_no_yes(store: NetworkXStore, text: str, things: bool) -> None:
    towns = Join(Y, "country", inverse=True)
    link = said(text, "Yrland", "Y")
    (found, *_) = weigh(store, reading((Exists(towns), 0.9, (FIRST,)), links=(link,), text=text))
    assert found.plan == (towns if things else Exists(towns))


@pytest.mark.parametrize(
    ("text", "several", "plural"),
    [
        ("show me every player", True, False),
        ("who are all the members", True, False),
        ("of all the players, who is best", False, False),
        ("what language does everyone speak", False, False),
        ("which sports team plays here", False, False),
        ("which players scored goals", False, True),
        ("which players scored", False, True),
        ("what other close friends has Ann", False, True),
        ("which sports teacher is in Alm", False, False),
        ("which species is rare", False, False),
        ("what is the name of his friends", False, False),
    ],
)
def test_who_speaks_of_several(text: str, several: bool, plural: bool) -> None:
    asked = asked_for(text, ())
    assert (asked.several, asked.plural) == (several, plural)


def test_names_and_numbers_are_not_several(store: NetworkXStore) -> None:
    text = "who directed All About Alm"
    assert not asked_for(text, (said(text, "All About Alm", "a"),)).several
    people = Join(Entities(("a",)), "population")
    asked = "In all, how many people has Town a"
    towns = Join(X, "country", inverse=True)
    found = weigh(store, reading((people, 0.6, (FIRST,)), (Count(towns), 0.3, (FIRST,)), text=asked))
    assert found[0].plan == people


def test_who_asks_for_all_expects_several_whatever_the_types() -> None:
    graph = nx.MultiDiGraph()
    for player in ("a", "b"):
        graph.add_edge(player, "X", relation="plays for")
    graph.add_edge("c", "X", relation="captain of")
    store = NetworkXStore.from_networkx(graph)
    one, two = (Join(X, relation, inverse=True) for relation in ("captain of", "plays for"))
    for text, plan in (
        ("who is at Xanland", one),
        ("show me everyone at Xanland", two),
        ("which players are at Xanland", two),
    ):
        link = said(text, "Xanland", "X")
        found = weigh(store, reading((one, 0.5, (FIRST,)), (two, 0.3, (FIRST,)), links=(link,), text=text))
        assert found[0].plan == plan


def test_a_bound_is_said_where_something_is_beyond_it(store: NetworkXStore) -> None:
    """ "Towns with more than 3 people": a bound that all of them are within says nothing; both ends of a range are one."""

    def towns(*bounds: tuple[str, int]) -> Plan:
        plan: Plan = OfType("town")
        for comparison, bound in bounds:
            plan = Filter(plan, Attribute("population"), comparison, Literal(bound))  # type: ignore[arg-type]
        return plan

    assert vacuity(store, towns((">", 3)), ()) == vacuity(store, towns((">=", 0), ("<=", 5)), ()) == 1
    assert vacuity(store, Exists(towns((">", 0))), ()) == 1  # it may be asked
    assert vacuity(store, towns((">", 0)), ()) == vacuity(store, towns((">=", 0), ("<=", 50)), ()) == IDLE


def test_the_most_of_what_many_have_equally_is_no_news() -> None:
    graph = nx.MultiDiGraph()
    for i in range(6):
        graph.add_node(i, type="child")
        for parent in (f"m{i}", f"f{i}"):
            graph.add_edge(i, parent, relation="parent")
    for club in ("chess", "choir", "chess club"):
        graph.add_edge(0, club, relation="club")
    graph.add_edge(1, "choir", relation="club")
    store = NetworkXStore.from_networkx(graph)
    parents, clubs = (Best(OfType("child"), CountOf(Join(Here(), relation))) for relation in ("parent", "club"))
    assert vacuity(store, parents, ()) == TIED
    assert vacuity(store, clubs, ()) == 1


def test_whether_asks_for_where_a_relation_leads_where_there_are_no_types() -> None:
    graph = nx.MultiDiGraph()
    for head, relation, tail in (
        ("a", "pad", "east"),
        ("b", "pad", "west"),
        ("a", "rocket", "R1"),
        ("b", "rocket", "R2"),
    ):
        graph.add_edge(head, tail, relation=relation)
    store = NetworkXStore.from_networkx(graph)
    pad, rocket = (Exists(Intersect(Join(Entities(("a",)), r), Entities(("R2",)))) for r in ("pad", "rocket"))
    assert vacuity(store, pad, ()) == UNHEARD
    assert vacuity(store, rocket, ()) == 1


def test_plans_that_give_the_same_are_one_answer(store: NetworkXStore) -> None:
    capital = Join(X, "capital")
    towns = Join(X, "country", inverse=True)
    best = Best(towns, Attribute("population"), offset=1)
    plans = ((towns, 0.4, (FIRST,)), (capital, 0.3, (FIRST,)), (best, 0.2, (FIRST,)))
    found = weigh(store, reading(*plans, text="its second town"))
    assert [(o.plan, round(o.probability, 3)) for o in found] == [(capital, 0.5), (towns, 0.4)]


def test_a_number_that_stands_in_the_graph_is_not_counted(store: NetworkXStore) -> None:
    people = Join(Entities(("a",)), "population")
    text = "how many people has Town a"
    found = weigh(store, reading((Count(people), 0.6, (FIRST,)), (people, 0.3, (FIRST,)), text=text))
    assert found[0].plan == people


def test_how_many_is_no_date() -> None:
    graph = nx.MultiDiGraph([("b", "a", {"relation": "child of"}), ("c", "a", {"relation": "child of"})])
    graph.add_node("a", born="1961-04-17")
    store = NetworkXStore.from_networkx(graph)
    a = Entities(("a",))
    born, children = Join(a, "born"), Count(Join(a, "child of", inverse=True))
    link = Link(Mention(19, 20, "a", "entity"), (Candidate("a", "a", 1.0),), 1.0)
    plans = reading((born, 0.6, (FIRST,)), (children, 0.3, (FIRST,)), links=(link,), text="how many kids does a have")
    assert weigh(store, plans)[0].plan == children


def test_how_much_is_a_number() -> None:
    graph = nx.MultiDiGraph([("a", "b", {"relation": "works for"})])
    graph.add_node("b", type="boss")
    store = NetworkXStore.from_networkx(graph)
    store.add([Fact("a", "hired", Literal("2019-06-17", "date")), Fact("a", "fee", Literal(40, "number"))], batch="b")
    a = Entities(("a",))
    hired, boss, fee = Join(a, "hired"), Join(a, "works for"), Join(a, "fee")
    plans = ((hired, 0.5, (FIRST,)), (boss, 0.3, (FIRST,)), (fee, 0.1, (FIRST,)))
    link = Link(Mention(14, 15, "a", "entity"), (Candidate("a", "a", 1.0),), 1.0)
    asked = {text: weigh(store, reading(*plans, links=(link,), text=text)) for text in ("how much does a earn", "? a")}
    assert [found[0].plan for found in asked.values()] == [fee, hired]


def test_when_is_no_time_zone() -> None:
    graph = nx.MultiDiGraph([("a", "z", {"relation": "time zone"}), ("a", "s", {"relation": "shift"})])
    graph.add_node("z", label="Europe/Vienna", type="time zone")
    graph.add_node("s", label="early", type="shift time")
    store = NetworkXStore.from_networkx(graph)
    zone, shift = Join(Entities(("a",)), "time zone"), Join(Entities(("a",)), "shift")
    plans = (zone, 0.6, (FIRST,)), (shift, 0.3, (FIRST,))
    found = weigh(store, reading(*plans, links=(said("when is a on", "a on", "a"),), text="when is a on"))
    assert found[0].plan == shift


def test_what_has_no_type_hardly_is_a_thing_that_is_asked_for(store: NetworkXStore) -> None:
    """A town has colours, which are words; asked for is a country."""
    store = NetworkXStore.from_networkx(store.to_networkx())
    store.add([Fact(town, "painted", f"{town}{i}") for town in "abc" for i in range(3)], batch="paint")
    store.add([Fact("d", "painted", "white")], batch="more")
    town = Entities(("d",))
    colour, country = Join(town, "painted"), Join(town, "country")
    plans = ((colour, 0.5, (FIRST,)), (country, 0.25, (FIRST,)))
    text = "which country has got Town d"
    link = said(text, "Town d", "d")
    typed = (link, said(text, "country", "country", "type"))
    untold = said("what about Town d", "Town d", "d")
    assert weigh(store, reading(*plans, links=(untold,), text="what about Town d"))[0].plan == colour
    assert weigh(store, reading(*plans, links=typed, text=text))[0].plan == country


def test_a_name_is_put_into_the_plans_that_give_something(store: NetworkXStore) -> None:
    """Plans that give nothing at all are not worth mending, however likely they are."""
    nothing = [Join(X, "capital", inverse=True), Join(X, "population", inverse=True)]
    cities = Join(X, "country", inverse=True)
    links = (*reading().links, Link(Mention(12, 18, "Town b", "entity"), (Candidate("b", "Town b", 1.0),), 1.0))
    ways = (Slot(1, (("country", True),), 1.0, 1), Slot(1, (("twin", True),), 1.0, 1))
    store = NetworkXStore.from_networkx(store.to_networkx())
    store.add([Fact("a", "twin", "b")], batch="twins")
    hypotheses = [(plan, 0.3, (FIRST,)) for plan in nothing] + [(cities, 0.2, (FIRST,))]
    found = weigh(store, reading(*hypotheses, links=links, ways=ways))
    assert found[0].plan == Intersect(cities, Join(Entities(("b",)), "twin", inverse=True))


def test_whether_asks_for_what_may_be(store: NetworkXStore) -> None:
    """A town may be the capital, a country may not."""
    country = Exists(Intersect(Join(X, "capital"), Y))
    town = Exists(Intersect(Join(X, "country", inverse=True), Y))
    member = Exists(Intersect(Join(Entities(("d",)), "country"), Y))
    text = "is Town d in Yrland"
    found = weigh(store, reading((country, 0.5, (FIRST,)), (town, 0.3, (FIRST,)), (member, 0.2, (FIRST,)), text=text))
    assert found[0].plan == member


def test_a_plan_without_a_name_is_hardly_believed_where_one_is_unknown(store: NetworkXStore) -> None:
    text = "the largest town of Zorvania"
    links = (said(text, "town", "town", "type"), Link(Mention(20, 28, "Zorvania", "entity")))
    largest = Best(OfType("town"), Attribute("population"))
    found = weigh(store, reading((largest, 0.8, (FIRST,)), (None, 0.2, ()), links=links, text=text))
    assert found[0].plan is None
    nothing_unknown = weigh(store, reading((largest, 0.8, (FIRST,)), (None, 0.2, ()), links=links[:1], text=text))
    assert nothing_unknown[0].plan == largest


def test_what_is_one_as_a_rule_is_not_counted() -> None:
    graph = nx.MultiDiGraph([(town, "X", {"relation": "country"}) for town in "abcde"])
    store = NetworkXStore.from_networkx(graph)
    one, five = Count(Join(Entities(("a",)), "country")), Count(Join(X, "country", inverse=True))
    found = weigh(store, reading((one, 0.6, (FIRST,)), (five, 0.3, (FIRST,)), text="how many are there"))
    assert [o.plan for o in found] == [five, one]


def test_a_plan_says_something_of_what_it_names(store: NetworkXStore) -> None:
    names, towns = Count(Union(X, Y)), Count(Join(Y, "country", inverse=True))
    assert vacuity(store, Exists(X), ()) == vacuity(store, names, ()) < vacuity(store, Exists(towns.source), ())
    assert [o.plan for o in weigh(store, reading((names, 0.6, (FIRST,)), (towns, 0.1, (FIRST,))))] == [towns, names]


def test_a_whole_class_is_united_with_nothing(store: NetworkXStore) -> None:
    towns = Join(Y, "country", inverse=True)
    assert vacuity(store, Count(Union(towns, OfType("town"))), ()) < vacuity(store, Union(towns, X), ()) == 1


def test_a_walk_that_leads_back_to_its_beginning_is_believed_less(store: NetworkXStore) -> None:
    """The country of Xanland's capital is Xanland; the towns of a town's country are itself among others."""
    back = Join(Join(X, "capital"), "country")
    there = Join(X, "country", inverse=True)
    first, second = weigh(store, reading((back, 0.6, (FIRST,)), (there, 0.4, (FIRST,))))
    assert (first.plan, second.plan) == (there, back)
    walk = Join(Entities(("a",)), "country")
    assert vacuity(store, Count(FilterType(Join(walk, "country", inverse=True), "town")), ()) == BACK
    assert vacuity(store, Join(walk, "country", inverse=True, other=True), ()) == 1
    assert vacuity(store, Join(walk, "country", inverse=True), ("a",)) == 1  # taken away by convention
