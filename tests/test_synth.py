"""The factory of questions: reproducible, of every kind, right by the grammar, with memories that give nothing away."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kg.check import check
from kg.plan import Best, Count, Difference, Exists, Filter, Intersect, Join, Plan, Union
from qa_pipeline.grammar import INDEX, OPERATORS, PlanGrammar, State
from qa_pipeline.synth import sample
from qa_pipeline.synth.example import HOPS, KINDS, MAX_SLOTS, Example, build, draw, masks
from qa_pipeline.synth.finish import finish
from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.invent import invent_schema
from qa_pipeline.synth.nodes import Impossible, PairNode, SeedNode, StepNode
from qa_pipeline.synth.phrase import AREAS, Phraser
from qa_pipeline.synth.sample_values import Sampler
from qa_pipeline.synth.sentence import ask_set, ask_step
from qa_pipeline.synth.two_sentences import ask_in_two
from qa_pipeline.synth.words import RelationWords, read_bank

EACH = 8  # examples of a kind


@pytest.fixture(scope="module")
def examples() -> dict[str, list[Example]]:
    """Some of every kind."""
    rng = random.Random(21)
    return {kind: [draw(rng, {kind: 1.0}) for _ in range(EACH)] for kind in KINDS}


def plan_of(example: Example) -> Plan | None:
    grammar, state = PlanGrammar(example.subgraph), State()
    for action in example.actions:
        state = grammar.advance(state, action)
    assert state.done
    return state.plan


def words(example: Example) -> list[str]:
    """The operators of an example's plan, "walk" for a relation slot and "seed" for a seed."""
    slots = example.subgraph.slots
    return [
        OPERATORS[a] if a < len(OPERATORS) else "walk" if slots[a - len(OPERATORS)].path else "seed"
        for a in example.actions
    ]


def answerable(examples: list[Example]) -> list[Example]:
    return [e for e in examples if e.kind != "no answer"]


def test_the_same_seed_gives_the_same_questions() -> None:
    def some(seed: int) -> list[tuple[object, ...]]:
        rng = random.Random(seed)
        return [(e.text, e.subgraph, e.actions, e.kind, e.allowed.tobytes()) for e in (draw(rng) for _ in range(25))]

    assert some(3) == some(3)
    assert some(3) != some(4)


def test_the_weights_of_the_kinds_are_a_distribution() -> None:
    assert sum(weight for weight, _ in KINDS.values()) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn(examples: dict[str, list[Example]], kind: str) -> None:
    drawn = examples[kind]
    assert {e.kind for e in drawn} <= {kind, "no answer"}
    assert answerable(drawn)
    assert len({e.text for e in drawn}) == EACH
    for example in drawn:
        assert example.text.strip() and "⟦" not in example.text and "  " not in example.text


def test_the_right_actions_are_allowed_and_write_a_plan(examples: dict[str, list[Example]]) -> None:
    for drawn in examples.values():
        for example in drawn:
            assert example.allowed.shape == (len(example.actions), len(OPERATORS) + len(example.subgraph.slots))
            assert example.allowed[np.arange(len(example.actions)), list(example.actions)].all()
            assert (masks(PlanGrammar(example.subgraph), example.actions) == example.allowed).all()
            plan = plan_of(example)
            if example.kind in ("no answer", "unknown type"):
                assert plan is None and example.actions == (INDEX["NO_ANSWER"],)
            else:
                assert plan is not None
                check(plan)


@pytest.mark.parametrize(
    ("kind", "is_right"),
    [
        ("count", lambda p: isinstance(p, Count)),
        ("whether", lambda p: isinstance(p, Exists) and isinstance(p.source, Intersect)),
        ("best", lambda p: isinstance(p, Best)),
        ("most", lambda p: isinstance(p, Best)),
        ("compared", lambda p: isinstance(p, Best) or (isinstance(p, Exists) and isinstance(p.source, Filter))),
        (
            "pair",
            lambda p: isinstance(p.source if isinstance(p, Count | Exists) else p, Intersect | Union | Difference),
        ),
        ("whether any", lambda p: isinstance(p, Exists)),
        ("without", lambda p: isinstance(p.source if isinstance(p, Count) else p, Difference)),
        ("attribute", lambda p: isinstance(p, Join)),
    ],
)
def test_a_kind_is_what_it_is_called(
    examples: dict[str, list[Example]], kind: str, is_right: Callable[[Plan | None], bool]
) -> None:
    assert all(is_right(plan_of(e)) for e in answerable(examples[kind]))


@pytest.mark.parametrize("hops", [1, 2, 3, 4])
def test_as_many_walks_as_hops(examples: dict[str, list[Example]], hops: int) -> None:
    drawn = answerable(examples["1 hop" if hops == 1 else f"{hops} hops"])
    assert {words(e).count("walk") for e in drawn} == {hops}
    assert {words(e).count("walk") for e in answerable(examples["shared"])} == {2}
    assert any("OTHER" in words(e) for e in examples["shared"])


def test_a_memory_is_a_tree_of_bounded_size(examples: dict[str, list[Example]]) -> None:
    for drawn in examples.values():
        for example in drawn:
            slots = example.subgraph.slots
            assert len(example.subgraph.links) <= len(slots) <= 2 * MAX_SLOTS
            for i, slot in enumerate(slots):
                if slot.path:
                    parent = slots[slot.parent]
                    assert slot.parent < i and slot.path[:-1] == parent.path and slot.seed == parent.seed
                else:
                    assert slot.seed == i and slot.parent == -1
            paths = [(s.seed, s.path) for s in slots]
            assert len(set(paths)) == len(paths)


def test_mentions_stand_where_they_say(examples: dict[str, list[Example]]) -> None:
    for drawn in examples.values():
        for example in drawn:
            for link in example.subgraph.links:
                mention = link.mention
                assert mention.start < 0 or mention.text == example.text[mention.start : mention.end]
                assert mention.start >= 0 or mention.kind in ("type", "entity")


def test_an_unanswerable_question_hides_the_proof() -> None:
    rng = random.Random(8)
    drawn = [draw(rng, {"1 hop": 1.0}) for _ in range(400)]
    hidden = [e for e in drawn if e.kind == "no answer"]
    assert 0.08 < len(hidden) / len(drawn) < 0.28  # hidden, not linked, or leading to nothing
    assert all(e.subgraph.slots for e in hidden if e.subgraph.links)


def test_a_memory_does_not_tell_the_number_of_hops() -> None:
    rng = random.Random(9)
    shares = []
    for kind in ("1 hop", "2 hops", "3 hops"):
        drawn = answerable([draw(rng, {kind: 1.0}) for _ in range(60)])
        shares.append(sum(any(len(s.path) == HOPS for s in e.subgraph.slots) for e in drawn) / len(drawn))
    assert max(shares) - min(shares) < 0.15, shares


def misspelt(word: str, text: str) -> bool:
    """Whether a word stands in a text, perhaps without one of its letters."""
    return word in text or (len(word) > 5 and any(word[:i] + word[i + 1 :] in text for i in range(1, len(word) - 1)))


def test_a_question_for_an_unknown_type_names_it_and_has_no_answer() -> None:
    rng = random.Random(10)
    for example in (draw(rng, {"unknown type": 1.0}) for _ in range(20)):
        assert example.actions == (INDEX["NO_ANSWER"],)
        there = {type for slot in example.subgraph.slots for type in slot.types}
        said = [
            type
            for type, word in read_bank().types.items()
            if any(
                misspelt(w, example.text.lower())
                for w in (word.singular, word.plural, *word.others, *map(plural_of, word.others))
            )
        ]
        assert example.kind == "no answer" or set(said) - there


def test_a_walk_back_over_a_relation_called_as_its_type_is_asked_for_by_the_type() -> None:
    rng = random.Random(11)
    schemas = [invent_schema(rng) for _ in range(60)]
    named = [(s, r) for s in schemas for r in s.relations if r.words.names == (r.name,) == tuple(r.tail)]
    assert len({id(s) for s, _ in named}) > 5
    assert all(r.reach(inverse=False) == 1 < r.reach(inverse=True) for _, r in named)


def test_counts_in_a_memory_follow_the_fan_out() -> None:
    rng = random.Random(12)
    single = [
        slot.nodes
        for e in answerable([draw(rng, {"1 hop": 1.0}) for _ in range(80)])
        for slot in e.subgraph.slots
        if len(slot.path) == 1 and e.subgraph.slots[slot.parent].nodes == 1 and slot.kind == "entity"
    ]
    assert 0.25 < sum(n == 1 for n in single) / len(single) < 0.8


def test_only_places_are_named_with_of() -> None:
    """ "The town of X" is X, "the daughter of X" is not."""
    rng, types = random.Random(13), read_bank().types

    def said(type: str) -> set[str]:
        return {Phraser(rng).np(SeedNode(0, types[type])) for _ in range(400)}

    assert "the village of ⟦0⟧" in said("village")
    for type in types.keys() - AREAS:
        assert not any(" of ⟦0⟧" in text for text in said(type)), type


def test_a_genitive_without_a_noun_stands_only_where_one_relation_connects_the_types() -> None:
    """ "X's books" may be those that X wrote or those about X, where the schema has both."""
    rng = random.Random(17)
    walked = []
    for schema in (invent_schema(rng) for _ in range(60)):
        sampler = Sampler(schema, rng)
        for relation in schema.relations:
            node = sampler.walk(sampler.seed(min(relation.head)), (relation, False)).node
            assert isinstance(node, StepNode)
            walked.append(node.alone)
            assert not (node.alone and schema.siblings(relation))
    assert 0.1 < sum(walked) / len(walked) < 0.9


def test_no_two_relations_between_the_same_types_are_spoken_of_alike() -> None:
    rng = random.Random(14)
    pairs = 0
    for schema in (invent_schema(rng) for _ in range(60)):
        for relation in schema.relations:
            for other in schema.siblings(relation):
                pairs += 1
                assert not {*relation.words.nouns, *relation.words.backs} & {*other.words.nouns, *other.words.backs}
                assert not {v.base for v in relation.words.tail_verbs} & {v.base for v in other.words.tail_verbs}
    assert pairs > 100


def test_no_two_attributes_of_the_same_things_have_a_superlative_in_common() -> None:
    """Where towns have an area and inhabitants, "the biggest town" is one of the two at most."""
    rng, pairs = random.Random(16), 0
    for schema in (invent_schema(rng) for _ in range(100)):
        for one, other in itertools.combinations(schema.attributes, 2):
            assert one.words.most and one.words.least
            if one.of & other.of:
                pairs += 1
                assert not {*one.words.most, *one.words.least} & {*other.words.most, *other.words.least}
    assert pairs > 50


def test_many_relations_have_another_one_between_the_same_types() -> None:
    rng = random.Random(15)
    every = [(s, r) for s in (invent_schema(rng) for _ in range(60)) for r in s.relations]
    assert 0.3 < sum(bool(s.siblings(r)) for s, r in every) / len(every) < 0.6


def test_some_graphs_know_people_only_as_persons() -> None:
    rng, types = random.Random(16), read_bank().types
    people = [{t for t in invent_schema(rng).types if types[t].asked == "who"} for _ in range(60)]
    assert sum(some == {"person"} for some in people) > 10
    assert sum(len(some) > 1 for some in people) > 10


def phrases(node: StepNode, seed: int = 18, often: int = 300) -> set[str]:
    rng = random.Random(seed)
    return {Phraser(rng).np(node) for _ in range(often)}


def walked(
    words: RelationWords, *, source: StepNode | SeedNode, forward: bool, back: str, other: bool = False
) -> StepNode:
    """A walk over a relation of the bank, from its first head to its first tail or back; ``back``: the type it comes from."""
    types = read_bank().types
    answer = types[(words.tail if forward else words.head)[0]]
    return StepNode(source, words, forward, answer, types[back], other)


def relation(**given: tuple[str, ...]) -> RelationWords:
    return next(r for r in read_bank().relations if all(set(v) <= set(getattr(r, k)) for k, v in given.items()))


def test_those_with_the_same_team_are_teammates() -> None:
    plays, people = relation(fellows=("teammate",)), read_bank().types
    team = walked(plays, source=SeedNode(0, people["athlete"]), forward=True, back="athlete")
    others = phrases(walked(plays, source=team, forward=False, back="team", other=True))
    assert {"⟦0⟧'s teammates", "the teammates of ⟦0⟧"} <= others
    everyone = phrases(walked(plays, source=team, forward=False, back="team"))  # X plays for X's team, too
    assert not any("teammate" in text for text in everyone)


def test_parents_of_parents_are_grandparents() -> None:
    parent, people = relation(twices=("grandparent",), twice_backs=("grandchild",)), read_bank().types
    up = walked(parent, source=SeedNode(0, people["person"]), forward=True, back="person")
    down = walked(parent, source=SeedNode(0, people["person"]), forward=False, back="person")
    assert any("grandparent" in text for text in phrases(walked(parent, source=up, forward=True, back="person")))
    assert any("grandchild" in text for text in phrases(walked(parent, source=down, forward=False, back="person")))
    assert not any("grand" in text for text in phrases(up) | phrases(down))


def test_a_place_in_between_goes_without_saying_only_where_there_is_one() -> None:
    types = read_bank().types
    inside = relation(head=("village",), tail=("district",), adjectives=("located in",))
    born = relation(head=("person",), tail=("village",), adjectives=("born in",))
    there = walked(inside, source=SeedNode(0, types["district"]), forward=False, back="district")
    assert any(
        text.endswith(" born in ⟦0⟧") for text in phrases(walked(born, source=there, forward=False, back="village"))
    )
    directly = replace(born, tail=("village", "district"))  # born in a district may mean another relation's fact
    assert not any(
        text.endswith(" born in ⟦0⟧") for text in phrases(walked(directly, source=there, forward=False, back="village"))
    )


def test_goalkeepers_are_called_by_their_position_where_nothing_else_leads_to_it() -> None:
    source = SeedNode(0, read_bank().types["category"])
    node = walked(relation(tail=("category",), nouns=("category",)), source=source, forward=False, back="category")
    assert "the ⟦0⟧" in phrases(replace(node, alone=True))
    assert "the ⟦0⟧" not in phrases(node)


def test_what_may_be_left_out_is_left_out_now_and_then() -> None:
    wrote = relation(tail=("writer",), nouns=("author",))
    source = SeedNode(0, read_bank().types["writer"])
    said = {
        Phraser(random.Random(seed)).parts(walked(wrote, source=source, forward=False, back="writer")).post
        for seed in range(300)
    }
    assert any(text.startswith("written by") for text in said) and any(text.startswith("that were ") for text in said)
    marks = {finish(Phraser(random.Random(seed)), "who wrote ⟦0⟧", ["Ulysses"])[0][-1] for seed in range(60)}
    assert {"?", "s"} <= marks


def test_somebody_may_be_listed_as_the_author() -> None:
    types = read_bank().types
    wrote = relation(tail=("writer",), nouns=("author",))
    authors = walked(wrote, source=SeedNode(0, types["book"]), forward=True, back="book")
    said = {ask_set(Phraser(random.Random(seed)), authors) for seed in range(600)}
    assert any(re.fullmatch(r"who \w+ (listed|given) as (the )?(author|writer) (of|for|in) ⟦0⟧", text) for text in said)


def test_a_genitive_follows_names_and_their_possessives_only() -> None:
    """ "The book of X's wife" is a book of the wife, never the wife of the book."""
    wrote = relation(tail=("writer",), nouns=("author",))
    author = walked(wrote, source=SeedNode(0, read_bank().types["book"]), forward=True, back="book")
    owners = {Phraser(random.Random(seed)).owner(author) for seed in range(200)}
    assert "⟦0⟧'s author" in owners and not any(text.endswith("⟦0⟧") for text in owners)
    works = phrases(walked(wrote, source=author, forward=False, back="writer"), 400)
    assert not any(
        re.search(r" (of|for|by|wrote|with) (the )?(\w+ )?⟦0⟧ ?'s (\w+ )*(book|work)s?$", text) for text in works
    )


def test_what_leaves_out_where_it_came_from_says_so() -> None:
    """ "Books by the author of X" has X among them, "books also by …" and "other books by …" have not."""
    wrote = relation(tail=("writer",), nouns=("author",))
    author = walked(wrote, source=SeedNode(0, read_bank().types["book"]), forward=True, back="book")
    others = phrases(walked(wrote, source=author, forward=False, back="writer", other=True), 600)
    plain = phrases(walked(wrote, source=author, forward=False, back="writer"), 600)
    telling = r"\b(other|also|share|shares|sharing|same)\b"
    assert all(re.search(telling, text) for text in others)
    assert not any(re.search(telling, text) for text in plain)


def test_twins_are_stored_one_way_round_where_they_are_asked_for() -> None:
    """ "X's twin" may be either end of the relation, so that the memory shows the one that is meant."""
    rng, asked = random.Random(33), 0
    for _ in range(400):
        schema = invent_schema(rng)
        mutual = {r.name for r in schema.relations if r.words.mutual}
        try:
            sampler = Sampler(schema, rng)
            text, moves = sampler.chained(2)
            example = build(schema, sampler, text, moves, "2 hops", rng)
        except Impossible:
            continue
        slots = example.subgraph.slots
        for action in example.actions:
            slot = slots[action - len(OPERATORS)] if action >= len(OPERATORS) else None
            if slot is not None and slot.path and slot.path[-1][0] in mutual:
                name, inverse = slot.path[-1]
                asked += 1
                assert not any(s.parent == slot.parent and s.path[-1:] == ((name, not inverse),) for s in slots)
    assert asked > 5


def test_both_halves_of_a_pair_are_of_one_type(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[PairNode] = []

    def pair(*given: object) -> PairNode:
        drawn.append(PairNode(*given))  # type: ignore[arg-type]
        return drawn[-1]

    monkeypatch.setattr(sample, "PairNode", pair)
    rng = random.Random(34)
    for _ in range(60):
        draw(rng, {"pair": 1.0})
    assert len(drawn) > 50
    assert all(len({n.answer.singular for n in (p.left, p.right)} - {"thing"}) < 2 for p in drawn)


def test_a_pronoun_means_one_thing() -> None:
    """ "X has a sister; who advises that sister": with "her" it could be X."""
    knows = relation(twices=("grandparent",))
    seed = SeedNode(0, read_bank().types["person"])
    parent = replace(walked(knows, source=seed, forward=True, back="person"), many=False)
    above = walked(knows, source=parent, forward=True, back="person")
    said = [ask_in_two(Phraser(random.Random(seed)), above, ask_step) for seed in range(300)]
    assert not any(re.search(r"\b(he|she|him|his|her|it|its)\b", text) for text in said)
    assert any(re.search(r"\bthat \w+", text) for text in said)


def test_a_chain_may_be_said_in_two_sentences_with_a_pronoun() -> None:
    types = read_bank().types
    wrote = relation(tail=("writer",), nouns=("author",))
    seed = SeedNode(0, types["writer"])
    books = replace(walked(wrote, source=seed, forward=False, back="writer"), many=True)
    others = walked(wrote, source=books, forward=True, back="book")
    said = {ask_in_two(Phraser(random.Random(seed)), others, ask_step) for seed in range(400)}
    assert not any("the ones" in text for text in said) and all(text.count("⟦0⟧") == 1 for text in said)
    pronouns = [[w for w in text.split() if w in ("they", "them", "their", "it", "its")] for text in said]
    assert all(pronouns) and {"they", "them", "their"} <= {w for found in pronouns for w in found}
    direct = walked(wrote, source=seed, forward=True, back="book")
    assert ask_in_two(Phraser(random.Random(1)), direct, ask_step) == ""  # what is named needs no other sentence


def test_a_question_that_begins_with_its_topic_still_knows_where_it_is_mentioned() -> None:
    rng = random.Random(20)
    begun = [finish(Phraser(rng), "who is the author of ⟦0⟧ 's sequel", ["Zorvan"]) for _ in range(600)]
    topical = [(text, spans) for text, spans in begun if "its" in text.split() or "their" in text.split()]
    assert topical
    for text, [(start, end)] in begun:
        assert text[start:end] == "Zorvan" and text.count("Zorvan") == 1
