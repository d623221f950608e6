"""Practice questions over a record that goes without saying: "who bought X" of the customers of X's orders."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace

import pytest

from qa_pipeline.grammar import OPERATORS
from qa_pipeline.synth.example import Example, draw
from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.invent import (
    InventedSchema,
    SchemaRecord,
    SchemaRelation,
    invent_schema,
    is_recorded,
    told_records,
)
from qa_pipeline.synth.phrase import Phraser
from qa_pipeline.synth.records import ask_when, ask_whether
from qa_pipeline.synth.words import RecordWords, RelationWords, read_bank


def record_of(verb: str) -> RecordWords:
    return next(r for r in read_bank().records if any(v.base == verb for v in r.said.tail_verbs))


def schema_with(record: RecordWords, seed: int) -> tuple[InventedSchema, SchemaRecord | None]:
    schema = invent_schema(random.Random(seed), extra=(record.doer, record.done))
    number = record.doer.record
    return schema, next((r for r in schema.records if r.doer.words.record == number), None)


def placed(words: RelationWords, name: str) -> SchemaRelation:
    return SchemaRelation(name, words, False, frozenset(words.head), frozenset(words.tail))


def records_among(relations: list[SchemaRelation]) -> list[SchemaRecord]:
    return told_records(relations, read_bank())


def drawn(kind: str, count: int = 60) -> list[Example]:
    rng = random.Random(5)
    return [draw(rng, {kind: 1.0}) for _ in range(count)]


def said(example: Example, action: int) -> str:
    """An action as its operator or the last relation of its slot; ⁻¹: walked from tail to head."""
    if action < len(OPERATORS):
        return OPERATORS[action]
    slot = example.subgraph.slots[action - len(OPERATORS)]
    if not slot.path:
        return "seed"
    name, inverse = slot.path[-1]
    return name + "⁻¹" * inverse


@pytest.mark.parametrize("verb", ["buy", "borrow"])
def test_a_record_connects_what_its_verb_does(verb: str) -> None:
    record = record_of(verb)
    assert record.doer.head == record.done.head  # both leave the record
    assert record.said.tail == record.doer.tail and record.said.head == record.done.tail


def test_a_schema_that_has_one_end_of_a_record_has_the_other() -> None:
    rng, seen = random.Random(1), 0
    for _ in range(100):
        schema = invent_schema(rng)
        ends = {id(r.words): r for r in schema.relations if r.words.record >= 0}
        numbers = [r.words.record for r in ends.values()]
        kinds = Counter(read_bank().records[n].doer.head for n in set(numbers))
        for number in numbers:  # of two kinds of orders one may be a plain relation
            seen += 1
            assert numbers.count(number) == 2 or kinds[read_bank().records[number].doer.head] > 1
    assert seen > 20


@pytest.mark.parametrize("turned", [False, True])
def test_a_verb_that_another_relation_between_the_same_things_has_is_not_said_over_a_record(turned: bool) -> None:
    record = record_of("buy")
    relations = [placed(record.doer, "owner"), placed(record.done, "thing")]
    verbs = record.said.tail_verbs
    assert records_among(relations)[0].said.tail_verbs == verbs
    twin = replace(placed(replace(record.said, tail_verbs=verbs[:1], nouns=(), record=-1), "had"), turned=turned)
    if turned:
        twin = replace(twin, head=twin.tail, tail=twin.head)
    left = records_among([*relations, twin])[0].said.tail_verbs
    assert left and set(left) == set(verbs) - {verbs[0]}
    bought = replace(InventedSchema((), (*relations, twin), (), True), records=tuple(records_among(relations)))
    assert is_recorded(bought, twin)  # without it, the orders still tell who bought what
    assert not is_recorded(bought, relations[0])


def test_two_steps_are_said_as_one() -> None:
    """The record's own ends are two walks in the plan, and what is said is neither of them."""
    wordings = {
        text
        for record in read_bank().records
        for verb in record.said.tail_verbs
        for text in (verb.base, verb.finite, verb.participle, *record.said.nouns, *record.said.backs)
    }
    forms = {form for text in wordings for form in (text, plural_of(text))}
    steps, spoken = [], 0
    for example in drawn("record"):
        if example.kind == "no answer":
            continue
        walks = [said(example, a) for a in example.actions if a >= len(OPERATORS)]
        steps.append(len([w for w in walks if w != "seed"]))
        spoken += any(re.search(rf"\b{re.escape(form)}\b", example.text.casefold()) for form in forms)
    assert min(steps) == 2 and max(steps) >= 3
    assert spoken > 0.9 * len(steps)  # but for what is misspelt


def test_a_record_of_two_is_what_both_have() -> None:
    """ "When did X buy Y" asks for the date of the records that X and Y have in common."""
    kinds = set()
    for example in drawn("record of two"):
        if example.kind == "no answer":
            continue
        actions = [said(example, a) for a in example.actions]
        assert actions.count("seed") == 2 and "AND" in actions
        kinds.add("EXISTS" in actions)
    assert kinds == {True, False}


def test_records_are_bounded_and_ranked_by_their_date() -> None:
    """ "What did X buy after 2019" bounds the orders, not what was bought."""
    seen = set()
    for example in drawn("record in time"):
        if example.kind == "no answer":
            continue
        actions = [said(example, a) for a in example.actions]
        operator = next(a for a in actions if a in ("GT", "GE", "LT", "LE", "BEST_MAX", "BEST_MIN"))
        assert actions.index(operator) == 2  # a thing, its records, and of these the ones
        seen.add(operator)
    assert len(seen) == 6


def test_when_and_whether_name_both_ends() -> None:
    record = record_of("buy")
    found = next(r for _, r in (schema_with(record, seed) for seed in range(40)) if r)
    for seed in range(80):
        p = Phraser(random.Random(seed))
        for text in (ask_when(p, found, "⟦0⟧", "⟦1⟧"), ask_whether(p, found, "⟦0⟧", "⟦1⟧")):
            assert re.search("⟦0⟧", text) and re.search("⟦1⟧", text)
    words = {ask_when(Phraser(random.Random(s)), found, "⟦0⟧", "⟦1⟧") for s in range(80)}
    assert any(re.fullmatch(r"when did ⟦0⟧ \w+ ⟦1⟧", text) for text in words)
