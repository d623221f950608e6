"""Nouns that English defines over other relations: kin, fellows and roles."""

from __future__ import annotations

from itertools import product

import networkx as nx
import pytest

from kg.defined import Defined, Step
from kg.networkx_store import NetworkXStore
from kg.plan import Entities, Join, Plan, Union
from kg.question import Link
from qa_pipeline import AskGraph
from qa_pipeline.defined_nouns import defined_nouns
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.said import phrases_of, relations_said

ANN = Entities(("ann",))


def graph_of(*facts: tuple[str, str, str], types: dict[str, str] | None = None) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for name, type in (types or {}).items():
        graph.add_node(name, type=type)
    for head, relation, tail in facts:
        graph.add_edge(head, tail, relation=relation)
    return graph


def meant(text: str, *relations: str, source: Plan = ANN) -> list[Plan]:
    """What the nouns of a text stand for, from one thing, in a graph with these relations."""
    schema = NetworkXStore.from_networkx(graph_of(*(("ann", relation, "bob") for relation in relations))).schema()
    phrases = phrases_of(schema)
    found, _ = defined_nouns(schema, phrases, text, (), relations_said(text, (), phrases))
    return [noun.join(source) for noun in found.values()]


def walk(*steps: tuple[str, bool] | tuple[str, bool, bool]) -> Plan:
    plan: Plan = ANN
    for step in steps:
        plan = Join(plan, *step)
    return plan


FATHER, MOTHER = ("father", False), ("mother", False)


@pytest.mark.parametrize(
    ("text", "relations", "plan"),
    [
        ("her grandparents", ("child of",), walk(("child of", False), ("child of", False))),
        ("her grandchildren", ("child of",), walk(("child of", True), ("child of", True))),
        ("her parents' parents", ("child of",), walk(("child of", False))),
        ("her maternal grandfather", ("father", "mother"), walk(MOTHER, FATHER)),
        ("brothers and sisters of hers", ("children",), walk(("children", True), ("children", False, True))),
        (
            "her mother-in-law",
            ("spouse", "mother"),
            Union(walk(("spouse", False), MOTHER), walk(("spouse", True), MOTHER)),
        ),
        ("her parents", ("father", "mother"), Union(walk(FATHER), walk(MOTHER))),
        ("Ann's boss", ("reports to",), walk(("reports to", False))),
        ("the line managers", ("reports to",), walk(("reports to", False))),
        ("her mentees", ("mentored by",), walk(("mentored by", True))),
        ("her colleagues", ("works for",), walk(("works for", False), ("works for", True, True))),
        ("her team-mates", ("member of team",), walk(("member of team", False), ("member of team", True, True))),
        ("her bandmates", ("member of",), walk(("member of", False), ("member of", True, True))),
        ("her co-authors", ("written by",), []),
        ("her co-writers", ("written by",), walk(("written by", True), ("written by", False, True))),
        ("her co-directors", ("directed",), walk(("directed", False), ("directed", True, True))),
        ("who are the co-writers of Ann?", ("written by",), walk(("written by", True), ("written by", False, True))),
        (
            "her in-laws",
            ("wife", "parent"),
            Union(walk(("wife", False), ("parent", False)), walk(("wife", True), ("parent", False))),
        ),
        ("what its prey eats", ("eats",), walk(("eats", False))),
        ("side effects of it", ("may cause",), walk(("may cause", False))),
    ],
)
def test_a_noun_stands_for_walks_over_what_the_graph_has(text: str, relations: tuple[str, ...], plan: Plan) -> None:
    assert plan in (meant(text, *relations) or [[]])


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("her siblings", ("sibling", "child of")),  # the graph has the word itself
        ("her manager", ("managed by", "reports to")),  # or a form of it
        ("her account manager", ("account manager", "reports to")),
        ("her children", ("children",)),
        ("her parents", ("children",)),  # which is what the other end of "children" is called
        ("her grandfather", ("parent",)),  # who of two parents that is, the graph does not tell
        ("the climate and the referee", ("member of", "refereed by")),
        ("her cousins", ("spouse",)),
        ("the boss", ("born in",)),
        ("a degree in law", ("spouse", "child of")),
        ("with whom she may cooperate", ("operates",)),
        ("the committee", ("committed by",)),
    ],
)
def test_no_other_noun_does(text: str, relations: tuple[str, ...]) -> None:
    assert meant(text, *relations) == []


def test_what_is_in_a_name_or_a_type_is_no_noun() -> None:
    ag = AskGraph.open(
        graph_of(("Boss", "reports to", "Ann"), ("Boss", "wears", "Hugo Boss"), types={"Ann": "manager"})
    )
    schema, phrases = ag.store.schema(), phrases_of(ag.store.schema())
    for text in ("Who wears Hugo Boss?", "Which managers are there?"):
        links: list[Link] = ag.reader.linker.link(text)
        assert defined_nouns(schema, phrases, text, links, ())[0] == {}


def test_a_word_says_one_of_the_relations_that_it_may_stand_for() -> None:
    facts = (("ann", "reports to", "bob"), ("crew", "led by", "bob"))
    schema = NetworkXStore.from_networkx(graph_of(*facts)).schema()
    found, said = defined_nouns(schema, phrases_of(schema), "the boss of ann", (), ())
    assert [noun.relations for noun in found.values()] == [{"reports to"}, {"led by"}]
    assert [(s.phrase, s.relations) for s in said] == [("boss", {"reports to", "led by"})]


def test_backwards_it_is_the_same_relation_from_the_other_end() -> None:
    people = "abcdefgh"
    facts = [(one, "parent", people[(3 * i + j) % 8]) for i, one in enumerate(people) for j in (1, 2)]
    store = NetworkXStore.from_networkx(graph_of(*facts))
    parent = Step("parent")
    for walks in (
        ((parent, parent.back),),
        ((parent, parent, parent.back), (parent,)),
        ((parent, parent.back, parent),),
    ):
        noun = Defined("=noun", "noun", walks)
        for one, other in product(people, people):
            there = other in store.execute(noun.join(Entities((one,)))).nodes
            assert there == (one in store.execute(noun.join(Entities((other,)), inverse=True)).nodes), (
                one,
                other,
                walks,
            )


@pytest.fixture(scope="module")
def family() -> AskGraph:
    facts = [("Ida", "Otto"), ("Ida", "Emma"), ("Karl", "Otto"), ("Otto", "Max"), ("Emma", "Rosa"), ("Paul", "Ida")]
    moves = [("Max", "born in", "Ulm"), ("Rosa", "born in", "Bonn"), ("Karl", "born in", "Ulm")]
    work = [("Ida", "reports to", "Karl"), ("Karl", "reports to", "Zoe"), ("Paul", "reports to", "Karl")]
    births = [(child, "child of", parent) for child, parent in facts]
    return AskGraph.open(graph_of(*births, *moves, *work, types=dict.fromkeys("Ida Otto Emma Karl".split(), "person")))


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Who are the grandparents of Ida?", {"Max", "Rosa"}),
        ("Who are Paul's grandparents?", {"Otto", "Emma"}),
        ("Where were Ida's grandparents born?", {"Ulm", "Bonn"}),
        ("Who is the sibling of Ida?", {"Karl"}),
        ("Who is the boss of Ida?", {"Karl"}),
        ("Who is Ida's boss's boss?", {"Zoe"}),
        ("Who are Karl's subordinates?", {"Ida", "Paul"}),
        ("Whose boss is Karl?", {"Ida", "Paul"}),
        ("Who has Max as a grandparent?", {"Ida", "Karl"}),
        ("Who is Karl the boss of?", {"Ida", "Paul"}),
    ],
)
def test_it_is_walked_like_any_other_relation(family: AskGraph, question: str, answers: set[str]) -> None:
    answer = family.ask(question)
    assert {item.label for item in answer.answers} == answers
    walked = {part.relation for part in parts_of(answer.plan) if isinstance(part, Join)}
    assert walked <= family.store.schema().relations.keys()


def test_how_many_and_whether_there_are_any(family: AskGraph) -> None:
    assert family.ask("How many grandchildren does Max have?").text == "2"
    assert family.ask("Does Emma have any siblings?").text == "no"


def test_superlatives_do_not_count_what_several_walks_lead_to() -> None:
    facts = [
        (child, relation, parent)
        for child, relation, parent in zip("abcde", ["father", "mother"] * 3, "bcdef", strict=False)
    ]
    ag = AskGraph.open(graph_of(*facts, types=dict.fromkeys("abcdef", "person")))
    assert ag.ask("Which person has the most grandparents?").status in ("answered", "abstained")
