"""The grammar of plans: known actions give known plans, and no walk through it ends badly."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from kg.check import check
from kg.graph import Literal
from kg.plan import (
    Aggregate,
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
    Union,
    Values,
)
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from qa_pipeline.decode import MAX_ACTIONS
from qa_pipeline.grammar import INDEX, OPERATORS, PlanGrammar, State
from qa_pipeline.synth.example import draw

LINKS = (
    Link(Mention(0, 1, "Kenya", "entity"), (Candidate("Kenya", "Kenya", 1.0),), 1.0),
    Link(Mention(2, 3, "Mali", "entity"), (Candidate("Mali-2", "Mali", 0.9), Candidate("Mali", "Mali", 1.0)), 1.0),
    Link(Mention(4, 5, "city", "type"), (Candidate("city", "city", 1.0),), 1.0),
    Link(Mention(6, 7, "1000", "number", Literal(1000)), (), 1.0),
    Link(Mention(8, 9, "second", "ordinal", Literal(2)), (), 1.0),
    Link(Mention(10, 11, "1963", "date", Literal("1963", "date")), (), 1.0),
    Link(Mention(12, 13, "nobody", "number", Literal(0)), (), 0.5),
)
IN, OUT, CAPITAL, POPULATION, MAYOR = (
    ("in", False),
    ("in", True),
    ("capital", False),
    ("population", False),
    ("mayor", False),
)
SLOTS = {
    "Kenya": Slot(0),
    "Mali": Slot(1),
    "city": Slot(2, types=("city",)),
    "1000": Slot(3, kind="number"),
    "second": Slot(4, kind="number"),
    "1963": Slot(5, kind="date"),
    "towns": Slot(0, (OUT,), 0),
    "capital": Slot(0, (CAPITAL,), 0),
    "people": Slot(0, (POPULATION,), 0, kind="number"),
    "towns/people": Slot(0, (OUT, POPULATION), 6, kind="number"),
    "towns/country": Slot(0, (OUT, IN), 6),
    "towns/country/towns": Slot(0, (OUT, IN, OUT), 10),
    "Mali/towns": Slot(1, (OUT,), 1),
    "city/people": Slot(2, (POPULATION,), 2, kind="number"),
    "city/mayor": Slot(2, (MAYOR,), 2),
    "1963/founded": Slot(5, (("founded", True),), 5),
    "nobody": Slot(6, kind="number"),
}
KENYA, MALI, CITIES, TOWNS = (
    Entities(("Kenya",)),
    Entities(("Mali", "Mali-2")),
    OfType("city"),
    Join(Entities(("Kenya",)), "in", True),
)
BY_PEOPLE = Attribute("population")


def action(word: str) -> int:
    return INDEX[word] if word in INDEX else len(OPERATORS) + list(SLOTS).index(word)


def written(text: str, exclude: tuple[str, ...] = ()) -> State:
    """The state after the actions of a text, each of which must be allowed."""
    grammar, state = PlanGrammar(Subgraph(LINKS, tuple(SLOTS.values())), exclude), State()
    for word in text.split():
        assert grammar.allowed(state)[action(word)], f"{word} is not allowed in {text!r}"
        state = grammar.advance(state, action(word))
    return state


def choices(text: str, exclude: tuple[str, ...] = ()) -> set[str]:
    """What may follow the actions of a text."""
    grammar = PlanGrammar(Subgraph(LINKS, tuple(SLOTS.values())), exclude)
    words = [*OPERATORS, *SLOTS]
    return {words[i] for i in np.flatnonzero(grammar.allowed(written(text, exclude)))}


PLANS: dict[str, Plan] = {
    "Kenya capital": Join(KENYA, "capital"),
    "Mali Mali/towns": Join(MALI, "in", True),
    "Kenya towns towns/people": Join(TOWNS, "population"),
    "Kenya towns towns/country": Join(TOWNS, "in"),
    "Kenya towns towns/country OTHER": Join(TOWNS, "in", other=True),
    "Kenya towns towns/country OTHER towns/country/towns": Join(Join(TOWNS, "in", other=True), "in", True),
    "Kenya towns Mali Mali/towns AND": Intersect(TOWNS, Join(MALI, "in", True)),
    "Kenya towns Mali Mali/towns OR": Union(TOWNS, Join(MALI, "in", True)),
    "Kenya towns Mali Mali/towns MINUS": Difference(TOWNS, Join(MALI, "in", True)),
    "Kenya towns city AND": FilterType(TOWNS, "city"),
    "city Kenya towns AND": FilterType(TOWNS, "city"),
    "city Kenya towns MINUS": Difference(CITIES, TOWNS),
    "city GT city/people 1000": Filter(CITIES, BY_PEOPLE, ">", Literal(1000)),
    "city LE city/people 1000": Filter(CITIES, BY_PEOPLE, "<=", Literal(1000)),
    "city GT city/people Mali": Filter(CITIES, BY_PEOPLE, ">", Join(MALI, "population")),
    "city COUNT_GE city/mayor 1000": Filter(CITIES, CountOf(Join(Here(), "mayor")), ">=", Literal(1000)),
    "city COUNT_EQ city/mayor 1000": Filter(CITIES, CountOf(Join(Here(), "mayor")), "=", Literal(1000)),
    "city COUNT_EQ city/mayor nobody": Filter(CITIES, CountOf(Join(Here(), "mayor")), "=", Literal(0)),
    "city BEST_MAX city/people": Best(CITIES, BY_PEOPLE),
    "city BEST_MIN city/people": Best(CITIES, BY_PEOPLE, "min"),
    "city BEST_MAX city/people second": Best(CITIES, BY_PEOPLE, offset=1),
    "city BEST_MAX city/people 1000": Best(CITIES, BY_PEOPLE, limit=1000),
    "city BEST_MAX city/people city/mayor": Join(Best(CITIES, BY_PEOPLE), "mayor"),
    "city MOST city/mayor": Best(CITIES, CountOf(Join(Here(), "mayor"))),
    "city FEWEST city/mayor": Best(CITIES, CountOf(Join(Here(), "mayor")), "min"),
    "Kenya towns COUNT": Count(TOWNS),
    "Kenya towns Mali AND EXISTS": Exists(Intersect(TOWNS, MALI)),
    "Kenya towns SUM towns/people": Aggregate(TOWNS, BY_PEOPLE, "sum"),
    "city MEAN city/people": Aggregate(CITIES, BY_PEOPLE, "mean"),
    "1963 1963/founded": Join(Values((Literal("1963", "date"),)), "founded", True),
}  # fmt: skip


@pytest.mark.parametrize("text", PLANS)
def test_actions_write_a_plan(text: str) -> None:
    state = written(f"{text} STOP")
    assert state.plan == PLANS[text]
    assert state.done == "STOP"
    check(PLANS[text])


class TestWhatIsAllowed:
    def test_a_plan_starts_at_a_mention_or_there_is_no_answer(self) -> None:
        assert choices("") == {"NO_ANSWER", "Kenya", "Mali", "city", "1000", "1963"}  # an ordinal starts nothing

    def test_no_answer_is_no_plan(self) -> None:
        state = written("NO_ANSWER")
        assert state.plan is None and state.done == "NO_ANSWER"
        assert choices("NO_ANSWER") == set()

    def test_an_empty_memory_has_no_answer(self) -> None:
        mask = PlanGrammar(Subgraph()).allowed(State())
        assert np.flatnonzero(mask).tolist() == [INDEX["NO_ANSWER"]]

    def test_one_walks_where_the_memory_leads(self) -> None:
        assert {"towns", "capital", "people"} == choices("Kenya") & {k for k, s in SLOTS.items() if s.path}
        assert {"towns/people", "towns/country"} == choices("Kenya towns") & {k for k, s in SLOTS.items() if s.path}

    def test_a_slot_that_was_not_walked_on_leads_where_its_like_leads(self) -> None:
        assert {"towns/people", "towns/country"} == choices("Mali Mali/towns") & {k for k, s in SLOTS.items() if s.path}

    def test_a_literal_leads_nowhere_but_back(self) -> None:
        after = choices("Kenya towns towns/people") & {k for k, s in SLOTS.items() if s.path}
        assert after == {k for k, s in SLOTS.items() if s.path and s.path[-1][1]} - {
            "towns/country/towns",
            "Mali/towns",
        }

    def test_after_a_number_there_is_nothing_but_the_end(self) -> None:
        assert choices("Kenya towns COUNT") == choices("city SUM city/people") == {"STOP"}

    def test_leaving_out_where_the_walk_came_from_takes_two_walks(self) -> None:
        assert "OTHER" not in choices("Kenya") | choices("Kenya towns") | choices("Kenya towns towns/country OTHER")
        assert "OTHER" not in choices("Kenya towns Mali MINUS towns/country")
        assert "OTHER" in choices("Kenya towns towns/country")

    def test_measures_are_numbers_and_dates_and_what_is_counted_is_an_entity(self) -> None:
        assert choices("city BEST_MAX") == {"city/people"}
        assert choices("city MOST") == {"city/mayor"}
        assert choices("Kenya towns BEST_MAX") == {"towns/people"}

    def test_bounds_are_mentions_of_the_right_kind(self) -> None:
        assert choices("city GT city/people") == {"Kenya", "Mali", "1000", "1963"}
        assert choices("city COUNT_GT city/mayor") == {"1000"}
        assert choices("city COUNT_EQ city/mayor") == {"1000", "nobody"}  # none is no least, and no most

    def test_what_has_been_used_is_not_used_again(self) -> None:
        assert "1000" not in choices("city GT city/people 1000 GT city/people")
        assert "COUNT_GT" not in choices("city GT city/people 1000")
        assert "Kenya" not in choices("Kenya towns")

    def test_an_ordinal_follows_a_superlative_only(self) -> None:
        assert {"second", "1000"} <= choices("city BEST_MAX city/people")
        assert "nobody" not in choices("city BEST_MAX city/people")
        assert not {"second", "1000"} & (choices("city") | choices("city BEST_MAX city/people second"))

    def test_two_sets_are_united_before_the_end(self) -> None:
        after = choices("Kenya towns Mali Mali/towns")
        assert {"AND", "OR", "MINUS"} <= after
        assert not after & {"STOP", "COUNT", "EXISTS", "SUM", "MEAN", "city"}


class TestTopicsLeftOut:
    def test_after_every_hop_from_the_second_on(self) -> None:
        left_out = Entities(("Kenya", "Mali"))
        second = Difference(Join(TOWNS, "in"), left_out)
        third = Difference(Join(second, "in", True), left_out)
        assert written("Kenya towns STOP", left_out.ids).plan == TOWNS
        assert written("Kenya towns towns/country STOP", left_out.ids).plan == second
        assert written("Kenya towns towns/country towns/country/towns STOP", left_out.ids).plan == third

    def test_where_the_walk_came_from_is_left_out_already(self) -> None:
        without = written("Kenya towns towns/country STOP", ("Kenya",))
        assert written("Kenya towns towns/country OTHER STOP", ("Kenya",)).plan == without.plan
        assert "OTHER" in choices("Kenya towns towns/country towns/country/towns", ("Kenya",))

    def test_however_the_type_is_said(self) -> None:
        hop = "towns/country STOP"
        filtered = FilterType(TOWNS, "city")
        for text in ("Kenya towns city AND", "city Kenya towns AND"):
            after = written(f"{text} city/mayor STOP" if text.startswith("city") else f"{text} {hop}", ("Kenya",)).plan
            assert isinstance(after, Difference) and after.right == KENYA
            assert isinstance(after.left, Join) and after.left.source == filtered


# random walks -------------------------------------------------------------------------------------------------------


MIX = (
    "2 hops",
    "shared, then",
    "pair",
    "best",
    "filtered",
    "count filtered",
    "compared",
    "of value",
    "total",
    "without",
)


def grammars(count: int, seed: int) -> Iterator[PlanGrammar]:
    """Grammars over invented memories, every third with topics to leave out."""
    rng = random.Random(seed)
    for i in range(count):
        subgraph = draw(rng, dict.fromkeys(MIX, 1.0)).subgraph
        topics = tuple(c.id for k in subgraph.links if k.mention.kind == "entity" for c in k.candidates)
        yield PlanGrammar(subgraph, topics if i % 3 == 0 else ())


def stroll(grammar: PlanGrammar, rng: random.Random) -> list[tuple[State, int]]:
    """A random walk to the end: each state with the action taken there. Operators and the end are as likely as pointers."""
    state, taken = State(), []
    while not state.done:
        allowed = np.flatnonzero(grammar.allowed(state)).tolist()
        assert allowed, f"nothing may follow {state}"
        operators = [a for a in allowed if a < len(OPERATORS) and (state.length or len(allowed) == 1)]
        slots = [a for a in allowed if a >= len(OPERATORS)]
        chosen = rng.choice(operators if operators and (not slots or rng.random() < 0.5) else slots)
        if OPERATORS[chosen : chosen + 1] == ("STOP",) and len(allowed) > 1 and rng.random() < 0.6:
            chosen = rng.choice(allowed)
        taken.append((state, chosen))
        state = grammar.advance(state, chosen)
    taken.append((state, -1))
    return taken


def nearest_end(grammar: PlanGrammar, state: State) -> State:
    """The end that is reached by stopping as soon as it may be, else uniting, else pointing."""
    while not state.done:
        allowed = grammar.allowed(state)
        assert allowed.any(), f"nothing may follow {state}"
        wanted = [INDEX[name] for name in ("STOP", "AND") if allowed[INDEX[name]]]
        state = grammar.advance(state, wanted[0] if wanted else int(np.flatnonzero(allowed)[-1]))
    return state


def test_every_random_plan_is_well_typed_and_short_enough() -> None:
    rng, operators = random.Random(5), set[str]()
    for grammar in grammars(40, seed=11):
        for _ in range(25):
            taken = stroll(grammar, rng)
            end = taken[-1][0]
            assert len(taken) - 1 == end.length <= MAX_ACTIONS + 2
            assert (end.plan is None) == (end.done == "NO_ANSWER")
            if end.plan is not None:
                assert len(end.stack) == 1
                check(end.plan)
            operators |= {OPERATORS[a] for _, a in taken if 0 <= a < len(OPERATORS)}
    assert operators >= set(OPERATORS) - {"NO_ANSWER"}  # nothing was left untried


def test_whatever_is_allowed_leads_to_an_end() -> None:
    rng = random.Random(6)
    for grammar in grammars(12, seed=12):
        for _ in range(3):
            for state, _ in stroll(grammar, rng)[:-1]:
                options = np.flatnonzero(grammar.allowed(state)).tolist()
                for option in rng.sample(options, min(len(options), 12)):
                    end = nearest_end(grammar, grammar.advance(state, option))
                    if end.plan is not None:
                        check(end.plan)


def test_a_state_is_never_changed() -> None:
    for grammar in grammars(3, seed=13):
        walk = stroll(grammar, random.Random(7))
        for (state, chosen), (after, _) in pairwise(walk):
            assert grammar.advance(state, chosen) == after
