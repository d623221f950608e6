"""Forms of English words in practice questions."""

from __future__ import annotations

import pytest

from qa_pipeline.synth.finish import with_be
from qa_pipeline.synth.inflection import gerund, participle, plural_of


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("foreman", "foremen"),
        ("board member", "board members"),
        ("spacecraft", "spacecraft"),
        ("diagnosis", "diagnoses"),
        ("thief", "thieves"),
        ("person at the wheel", "people at the wheel"),
        ("nurse on duty", "nurses on duty"),
        ("place of birth", "places of birth"),
        ("boss", "bosses"),
        ("human", "humans"),
    ],
)
def test_plurals(noun: str, plural: str) -> None:
    assert plural_of(noun) == plural


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("plan", ("planned", "planning")),
        ("hit", ("hit", "hitting")),
        ("confer", ("conferred", "conferring")),
        ("mimic", ("mimicked", "mimicking")),
        ("free", ("freed", "freeing")),
        ("carry", ("carried", "carrying")),
        ("visit", ("visited", "visiting")),
        ("write", ("written", "writing")),
    ],
)
def test_participles_and_gerunds(verb: str, forms: tuple[str, str]) -> None:
    assert (participle(verb), gerund(verb)) == forms


@pytest.mark.parametrize(
    ("said", "is_said"),
    [
        ("what does ⟦0⟧ be fluent in", "what is ⟦0⟧ fluent in"),
        ("which ports do the ships of ⟦0⟧ be registered in", "which ports are the ships of ⟦0⟧ registered in"),
        ("people that be on call for ⟦0⟧", "people that are on call for ⟦0⟧"),
        ("which tools does not be aimed at ⟦0⟧", "which tools is not aimed at ⟦0⟧"),
        ("who can be found in ⟦0⟧", "who can be found in ⟦0⟧"),
    ],
)
def test_verbs_with_be(said: str, is_said: str) -> None:
    assert with_be(said) == is_said
