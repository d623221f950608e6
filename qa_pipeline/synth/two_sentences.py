"""Chains said in two sentences: "X wrote several books; who published them?", "Take the books of X. Who published them?"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from qa_pipeline.synth.inflection import plural_of
from qa_pipeline.synth.nodes import SaidNode, SeedNode, StepNode, type_of
from qa_pipeline.synth.phrase import Phraser

MANY_VERBS = {"does": "do", "is": "are", "was": "were", "has": "have"}
AUXILIARY = "do|does|did|is|are|was|were"
MEANT = "the ones"  # what stands for what the first sentence speaks of, until it becomes a pronoun


def ask_in_two(p: Phraser, node: StepNode, ask_step: Callable[[Phraser, StepNode], str]) -> str:
    """What a walk's source is, then a question about it with a pronoun; "" where the source is named."""
    inner = node.source
    if not isinstance(inner, StepNode) or inner.other or node.other or _whole(inner):
        return ""
    many = p.plural(inner)
    person, alone = inner.answer.asked == "who", True
    if p.chance(0.6):
        said, whose = statement(p, inner, many), inner.source
        alone = not p.is_many(whose) if many else person != (type_of(whose).asked == "who")
    else:
        parts = p.parts(inner)
        said = f"{p.pick('take', 'consider', 'think of')} the {parts.plural if many else parts.singular} {parts.post}"
        alone = many or person != (type_of(inner.source).asked == "who")
    if not said:
        return ""
    those = "" if alone else f"those {inner.answer.plural}" if many else f"that {inner.answer.singular}"
    question = ask_step(p, replace(node, source=SaidNode(MEANT.removeprefix("the "), inner.answer)))
    return f"{said} {p.pick('.', '.', ';', ':', ',')} {with_pronouns(p, question, many, person, those)}"


def _whole(inner: StepNode) -> bool:
    return isinstance(inner.source, SeedNode) and inner.source.whole


def statement(p: Phraser, node: StepNode, many: bool) -> str:
    """That there are things which a walk reaches: "X wrote several books", "X was born in some village"; "" if it can't be said."""
    words, source = node.words, p.np(node.source)
    singular, plural = p.pair(node.answer)
    one = p.pick("several ", "some ", "a few ", "") if many else p.pick("a ", "a ", "some ", "one ")
    kind = one + (plural if many else singular)
    ways: list[str] = []
    if node.forward:
        ways += [f"{source} {p.head_verb(node.source, v)} {kind}" for v in words.head_verbs] * 2
        ways += [f"{source} {p.be(node.source)} {v.participle} {kind}" for v in words.tail_verbs]
        ways += [f"{source} {p.be(node.source)} {a} {kind}" for a in words.adjectives] * 2
        ways += [f"{source} {p.pick('has', 'had')} {one}{plural_of(n) if many else n}" for n in words.nouns]
    else:
        ways += [f"{source} {v.finite} {kind}" for v in words.tail_verbs] * 2
        ways += [f"{kind} {v.base if many else v.finite} {source}" for v in words.head_verbs]
        ways += [
            f"{kind} {p.pick('are', 'were') if many else p.pick('is', 'was')} {a} {source}" for a in words.adjectives
        ]
        ways += [f"{source} {p.pick('is', 'was')} the {n} of {kind}" for n in words.nouns]
    return p.rng.choice(ways) if ways else ""


def with_pronouns(p: Phraser, question: str, many: bool, person: bool, those: str) -> str:
    """The question with "they", "them" and "their", or their singulars, for what the first sentence speaks of.

    :param those: what stands for it where a pronoun could be another's
    """
    he = p.pick("he", "she") if person else "it"
    subject, object_, owner = {
        "they": ("they", "them", "their"), "he": ("he", "him", "his"), "she": ("she", "her", "her"), "it": ("it", "it", "its"),
    }["they" if many else he]  # fmt: skip
    if those:
        subject, object_, owner = those, those, f"{those} 's"
    question = question.replace(f"{MEANT} 's", owner)
    if many:
        question = re.sub(rf"\b(does|is|was|has)(?= {MEANT}\b)", lambda found: MANY_VERBS[found[0]], question)
        question = re.sub(rf"(?<={MEANT} )(does|is|was|has)\b", lambda found: MANY_VERBS[found[0]], question)
    question = re.sub(
        rf"^({AUXILIARY})? ?{MEANT}\b|\b({AUXILIARY}) {MEANT}\b",
        lambda found: found[0].replace(MEANT, subject),
        question,
    )
    return question.replace(MEANT, object_)
