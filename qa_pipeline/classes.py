"""Classes for questions that name no entity, over a graph without types: all that has one of the relations that are asked for.

"Drugs approved after 2010" has nothing to start at where nothing is said to be a drug. What has an approval year is a drug
there: where there are no types, the domain or the range of a relation is the class (:class:`kg.plan.Ends`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from kg.graph import Schema
from kg.names import fold, words_of
from kg.plan import Aggregate, Best, Count, Ends, Filter, Plan, Side
from kg.question import Candidate, Link, Mention
from qa_pipeline.answer_type import asked_type, free_words, is_denial
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.tokens import inflections, is_superlative, tokenize

CLASSES = 6  # are offered, those of the relations that are asked for most
MEASURES = frozenset("many most least fewest number count total average mean sum first last top".split())
BEST = frozenset(("best", "worst"))
OWNED = frozenset(("of", "to"))
LINKS = frozenset("in by at on from with as for is has".split())
TYPED = 0.5  # types an entity, at least, where a graph has types


def classes_for(
    schema: Schema, text: str, links: Sequence[Link], scores: Mapping[tuple[str, bool], float]
) -> list[Link]:
    """Links of classes, as of types that the question does not name.

    None where nothing is counted, compared, ranked or denied, where it names what the graph has not, or names something and
    denies nothing, or where the graph has types.

    :param scores: how much each (relation, inverse) is asked for, 0 … 1
    """
    typed = sum(schema.types.values()) >= TYPED * schema.entities
    denied = _denies(text, links)  # "customers that are not on X": all of them, without some
    if typed or any(k.mention.kind == "entity" and (k.is_nil or not denied) for k in links):
        return []
    if not denied and not _measures(text) and not any(k.mention.literal is not None for k in links):
        return []
    ends: list[tuple[float, str, Side]] = [
        (-score, id, "tail" if inverse else "head")
        for (id, inverse), score in scores.items()
        if id in schema.relations and (schema.relations[id].kind == "entity" or not inverse)
    ]
    found = []
    for _, id, side in sorted(ends)[:CLASSES]:
        words = schema.relations[id].name or words_of(id)
        found.append(Link(Mention(-1, -1, words, "type"), (Candidate(id, words, 0.0, side),), 0.0))
    return found


def ends_asked_for(schema: Schema, text: str) -> list[Ends]:
    """What is asked for, in a graph without types, as ends of relations that are called so; several may be, or none.

    "Which awards …" asks for what `wonAward` leads to, "the sequels …" for the heads of `sequelTo`: a name that ends in "of" or
    "to" says what its head is.
    """
    if sum(schema.types.values()) >= TYPED * schema.entities:
        return []
    called: dict[str, list[Ends]] = {}
    for relation in schema.relations.values():
        words = [fold(word) for word in (relation.name or words_of(relation.id)).split()]
        owned = len(words) > 1 and words[-1] in OWNED
        if relation.kind == "entity" and words and (owned or words[-1] not in LINKS):
            noun = words[-2] if owned else words[-1]
            for form in inflections(noun):
                called.setdefault(form, []).append(Ends(relation.id, "head" if owned else "tail"))
    tokens = [t for t in tokenize(text) if fold(t.text) in called]
    said = [
        Link(
            Mention(t.start, t.end, t.text, "type"),
            (Candidate(min(inflections(fold(t.text)), key=len), t.text, 1.0),),
            1.0,
        )
        for t in tokens
    ]
    at = asked_type(text, said)
    return called[fold(tokens[at].text)] if at is not None else []


def _measures(text: str) -> bool:
    """Whether the words of a question count or rank: "how many", "the most", "the oldest"."""
    words = [fold(token.text) for token in tokenize(text)]
    said = any(word in MEASURES or is_superlative(word) for word in words)
    return said or any(
        word in BEST and after.isalpha() for word, after in pairwise(words)
    )  # "the best rated", not "the best"


def _denies(text: str, links: Sequence[Link]) -> bool:
    """Whether a question denies something, but in a name: "services that have no owner", "who does not work here"."""
    return any(map(is_denial, free_words(text, links)))


def is_bare_class(plan: Plan) -> bool:
    """Whether a plan is of such a class and says nothing of it that would tell one question from another."""
    parts = list(parts_of(plan))
    measured = any(isinstance(part, Aggregate | Best | Count | Filter) for part in parts)
    return not measured and any(isinstance(part, Ends) for part in parts)
