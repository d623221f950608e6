"""Chains of possessives: what they are, and that the steps of a plan follow them."""

from __future__ import annotations

import math

import networkx as nx
import pytest
import torch

from encoder.memory import encode_question
from encoder.text import DEFAULT_ENCODER, load_encoder
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from qa_pipeline import AskGraph
from qa_pipeline.decode import _Search
from qa_pipeline.grammar import PlanGrammar
from qa_pipeline.possessives import FITS_LITTLE, LEFT_OUT, PUT_IN, Chain, alignment, possessives_of


def link(text: str, name: str, kind: str = "entity") -> Link:
    start = text.index(name)
    return Link(Mention(start, start + len(name), name, kind), (Candidate(name, name, 1.0),), 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "nouns", "whole"),
    [
        ("Who is the sister of Ann's wife?", ["wife", "sister"], True),
        ("what is the place of death of Ann’s wife's mother", ["wife", "mother", "place death"], True),
        ("what is the name of the mayor of Ann", ["mayor"], True),
        ("population of the capital of Ann?", ["capital", "population"], True),
        ("which films were directed by the director of the film Ann", ["director"], False),
        ("Ann's former head coach", ["former head coach"], True),
        ("Ann: who was her father's mother?", ["father", "mother"], True),
        ("Take the rivals of Ann. What nationality are their managers?", ["rivals", "managers"], False),
    ],
)
def test_the_nouns_of_a_chain_go_from_the_name_outwards(text: str, nouns: list[str], whole: bool) -> None:
    (found,) = possessives_of(text, [link(text, "Ann")])
    said = [" ".join(text[start:end] for start, end in noun.spans) for noun in found.nouns]
    assert (said, found.whole) == (nouns, whole)


@pytest.mark.parametrize(
    "text", ["who married Ann", "how many people live in Ann", "Ann", "the film Ann", "the director of Ann films"]
)
def test_other_questions_have_no_chain(text: str) -> None:
    assert possessives_of(text, [link(text, "Ann")]) == ()


def test_each_name_has_its_own_chain() -> None:
    text = "is Ann's mother the sister of Bob"
    first, second = possessives_of(text, [link(text, "Ann"), link(text, "Bob")])
    assert (first.link, second.link) == (0, 1)
    assert [text[a:b] for chain in (first, second) for noun in chain.nouns for a, b in noun.spans] == [
        "mother",
        "sister",
    ]


def test_a_noun_that_names_a_type_is_known_as_one() -> None:
    text = "the mayors of the cities of Ann"
    (chain,) = possessives_of(text, [link(text, "Ann"), link(text, "cities", "type")])
    assert [noun.is_type for noun in chain.nouns] == [True, False]


def test_nouns_become_the_tokens_that_stand_for_them_though_the_name_is_masked() -> None:
    tokenizer, _ = load_encoder(DEFAULT_ENCODER)
    text = "the granddaughter of Ann Elizabeth Smith's former husband"
    links = [link(text, "Ann Elizabeth Smith")]
    question = encode_question(text, links, tokenizer)
    (chain,) = possessives_of(text, links)
    words = [tokenizer.decode([question.ids[t] for t in tokens]) for tokens in chain.over(question).nouns]
    assert words == ["former husband", "granddaughter"]


def test_a_step_fits_a_noun_as_far_as_it_is_the_relation_that_fits_best() -> None:
    near = torch.tensor([[0.1, 0.02, 0.05], [0.2, 0.8, 0.4]])
    fits = Chain(0, ((0,), (1,)), (False, True), whole=True).fits(near)
    assert fits.tolist() == [pytest.approx([1.0, 0.2, 0.5]), pytest.approx([0.5, 1.0, 0.5])]


def test_alignment_is_best_where_each_noun_has_its_step_in_order() -> None:
    wife, sister = [1.0, 0.1], [0.1, 1.0]  # how well the steps (spouse, sibling) fit
    assert alignment([wife, sister], 2, whole=True) == 0.0
    assert alignment([sister, wife], 2, whole=True) == pytest.approx(2 * math.log(0.1))
    assert alignment([[1.0], [0.1]], 1, whole=True) == pytest.approx(LEFT_OUT)
    assert alignment([[1.0, 0.1]], 2, whole=True) == pytest.approx(PUT_IN)
    assert alignment([[1.0, 0.1]], 2, whole=False) == 0.0
    assert alignment([[0.0]], 1, whole=True) == pytest.approx(math.log(FITS_LITTLE))


def test_three_steps_are_walked_where_three_are_said() -> None:
    graph = nx.MultiDiGraph()
    facts = [
        ("ann", "spouse", "bob"),
        ("bob", "child", "cid"),
        ("cid", "child", "dan"),
        ("cid", "place of birth", "ulm"),
    ]
    facts += [("dan", "place of birth", "bonn"), ("ann", "place of birth", "rome"), ("bob", "place of birth", "oslo")]
    for head, relation, tail in facts:
        graph.add_edge(head, tail, relation=relation)
    with AskGraph.open(graph) as ag:
        assert ag.ask("what is the place of birth of the child of ann's spouse").text == "ulm"
        assert ag.ask("what is the place of birth of ann's spouse's child's child").text == "bonn"


def test_what_tells_against_a_plan_tells_no_more_for_being_said_of_two_names() -> None:
    graph = nx.MultiDiGraph()
    for ruler, realm in (("ann", "x"), ("bob", "x"), ("bob", "y"), ("cid", "y")):
        graph.add_edge(ruler, realm, relation="kingdom")
    links = tuple(Link(Mention(0, 1, name, "entity"), (Candidate(name, name, 1.0),), 1.0) for name in ("x", "y"))
    slots = [Slot(0), Slot(1), Slot(0, (("kingdom", True),), 0), Slot(1, (("kingdom", True),), 1)]
    fits = torch.tensor([[0.0, 0.0, 0.1, 0.1]])
    chains = [(Chain(i, ((1,),), (False,), False), fits) for i in range(2)]
    search = _Search(PlanGrammar(Subgraph(links, tuple(slots))), chains)
    assert search.order([2, 3]) == search.order([2]) == pytest.approx(math.log(0.1))
