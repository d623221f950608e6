"""A plan in plain English, so that people see what was asked: "the capital of Kenya", "how many cities there are".

A set is a noun phrase, a number "how many …" or "the total …", a yes/no "whether …".

>>> to_english(Join(Entities(("Kenya",)), "capital"))
'the capital of Kenya'
>>> to_english(Best(OfType("city"), Attribute("population")))
'the city with the greatest population'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kg.check import check
from kg.english_words import (
    Phrase,
    form_of,
    is_participle,
    is_plural,
    is_time,
    is_when,
    listed,
    literal_words,
    ordinal,
    plural,
    plural_verb,
    with_article,
)
from kg.errors import PlanError
from kg.graph import Literal
from kg.names import title_of, words_of
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Comparison,
    Count,
    CountOf,
    Difference,
    Ends,
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

NAMED = 5  # of more entities or values some are named and the rest counted
SIZES = {"=": "", "!=": "not ", "<": "less than ", "<=": "at most ", ">": "greater than ", ">=": "at least "}
TIMES = {"=": "{}", "!=": "not {}", "<": "before {}", "<=": "{} or earlier", ">": "after {}", ">=": "{} or later"}
HOW_MANY = {"=": "exactly {}", "<": "fewer than {}", "<=": "at most {}", ">": "more than {}", ">=": "at least {}"}
GREATEST = {(False, "max"): "greatest", (False, "min"): "least", (True, "max"): "latest", (True, "min"): "earliest"}


@dataclass(frozen=True)
class Words:
    """How people call things, by id. What is not in it is worded from the id itself."""

    labels: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def entity(self, id: str) -> str:
        return self.labels.get(id) or title_of(id)

    def relation(self, id: str) -> str:
        name = self.relations.get(id) or words_of(id)
        return name.removeprefix("has ") or name

    def type(self, id: str) -> str:
        return self.types.get(id) or words_of(id)


NO_WORDS = Words()


def to_english(plan: Plan, words: Words = NO_WORDS) -> str:
    """The plan as an English phrase.

    :raises PlanError: the plan is not well typed
    """
    check(plan)
    speaker = _Speaker(words)
    if isinstance(plan, Count):
        return f"how many {speaker.set(plan.source).many} there are"
    if isinstance(plan, Aggregate):
        return speaker.value(plan)
    if isinstance(plan, Exists | Compare):
        return speaker.whether(plan)
    return speaker.set(plan).the


class _Speaker:
    """Words plans with the graph's words."""

    def __init__(self, words: Words) -> None:
        self.words = words

    # sets ------------------------------------------------------------------------------------------------------------

    def set(self, plan: Plan) -> Phrase:
        if isinstance(plan, Entities):
            names = list(dict.fromkeys(map(self.words.entity, plan.ids)))
            return Phrase(_some(names, "or") or "nothing", single=len(names) == 1)
        if isinstance(plan, Values):
            return Phrase(_some(list(dict.fromkeys(map(literal_words, plan.literals))), "or") or "nothing")
        if isinstance(plan, OfType):
            return Phrase(noun=self.words.type(plan.type))
        if isinstance(plan, Here):
            return Phrase("them", plural=True)
        if isinstance(plan, Ends):
            return self._ends(plan)
        if isinstance(plan, Join):
            if (period := _period(plan.source)) is not None:
                plan = replace(plan, source=Values((period,)))
            return self._inverse(plan) if plan.inverse else self._forward(plan)
        if isinstance(plan, Intersect):
            return self._intersect(self.set(plan.left), self.set(plan.right))
        if isinstance(plan, Union | Difference):
            left, right = self.set(plan.left), self.set(plan.right)
            between = " except " if isinstance(plan, Difference) else ", or " if " " in right.the else " or "
            return Phrase(left.the + between + right.the, left.many + between + right.the, plural=True)
        if isinstance(plan, FilterType):
            return self.set(plan.source).of_type(self.words.type(plan.type))
        if isinstance(plan, Filter):
            return self.set(plan.source).also(self._filter(plan))
        if isinstance(plan, Best):
            return self._best(plan)
        raise PlanError(f"{type(plan).__name__} gives a value, not a set")

    def _ends(self, plan: Ends) -> Phrase:
        name = self.words.relation(plan.relation)
        form = form_of(name)
        if plan.side == "head":
            have = f"that have {name if is_plural(name) else with_article(name)}"
            be = f"that are {name} something"
            return Phrase(
                clauses=(
                    {
                        "noun": have,
                        "verb": f"that {plural_verb(name)} something",
                        "be": be,
                        "when": f"that were {name} at some time",
                    }[form],
                )
            )
        if form == "noun":
            return Phrase(f"all {plural(name)}", plural(name), plural=True)
        if form == "when":
            return Phrase(f"when anything was {name}", f"times when anything was {name}")
        walked = f"anything {name}" if form == "verb" else f"anything is {name}"
        return Phrase(f"what {walked}", f"things that {walked}")

    def _forward(self, plan: Join) -> Phrase:
        name, source = self.words.relation(plan.relation), self.set(plan.source)
        form = form_of(name)
        several = source.is_class or source.plural
        if form == "noun":
            other = "other " if plan.other else ""
            if isinstance(plan.source, Here):
                return Phrase(f"their {name}", f"{plural(name)} of them", plural=is_plural(name))
            noun = plural(name) if plan.other else name
            text, many = f"the {other}{noun} of {source.the}", f"{other}{plural(name)} of {source.the}"
            return Phrase(text, many, plural=is_plural(noun))
        subject = "they" if isinstance(plan.source, Here) else source.the
        if form == "when":
            was = "" if name == "died" else "were " if several else "was "
            return Phrase(f"when {subject} {was}{name}", f"times when {subject} {was}{name}")
        if form == "verb":
            walked = f"{subject} {plural_verb(name) if several else name}"
        else:
            walked = f"{subject} {'are' if several else 'is'} {name}"
        return Phrase(f"what {'else ' if plan.other else ''}{walked}", f"{_other(plan)}things that {walked}")

    def _inverse(self, plan: Join) -> Phrase:
        name, source = self.words.relation(plan.relation), self.set(plan.source)
        form = form_of(name)
        if form == "noun":
            one = "one of them" if isinstance(plan.source, Here) else source.complement
            clause = f"whose {name} {'include' if is_plural(name) else 'is'} {one}"
        elif form == "verb":
            clause = f"that {plural_verb(name)} {source.the}"
        else:
            name = f"{name} in" if form == "when" else name
            clause = f"{name} {source.the}" if is_participle(name.split()[0]) else f"that are {name} {source.the}"
        return Phrase(clauses=(clause,), other=plan.other)

    def _intersect(self, left: Phrase, right: Phrase) -> Phrase:
        if right.single or (left.is_class and not right.is_class):
            left, right = right, left
        if left.single:
            return Phrase(f"{left.text} if it is {right.complement}")
        if not right.is_class:
            return left.also(f"that are also {right.complement if right.plural else 'among ' + right.the}")
        joined = left.of_type(right.noun) if right.noun else left
        return replace(joined, clauses=(*joined.clauses, *right.clauses), other=left.other or right.other)

    # measures --------------------------------------------------------------------------------------------------------

    def _filter(self, plan: Filter) -> str:
        if isinstance(plan.measure, CountOf):
            return self._count_clause(plan.measure, plan.comparison, plan.bound)
        if plan.measure.relation is None:
            return f"that are {self._compared(plan.comparison, plan.bound, False)}"
        name = self._attribute(plan.measure.relation)
        if is_when(self.words.relation(plan.measure.relation)) and plan.comparison != "!=":
            compared = self._compared(plan.comparison, plan.bound, True)
            return f"{name.strip('“”')} {'in ' if '=' in plan.comparison else ''}{compared}"
        verb = "include" if is_plural(name) and plan.comparison == "=" else "are" if is_plural(name) else "is"
        return f"whose {name} {verb} {self._compared(plan.comparison, plan.bound, is_time(name))}"

    def _count_clause(self, measure: CountOf, comparison: Comparison, bound: Literal | Plan) -> str:
        if not isinstance(bound, Literal) or bound.kind != "number" or comparison == "!=":
            return f"for which the number of {self._counted(measure)} is {self._compared(comparison, bound, False)}"
        none = comparison == "=" and bound.value == 0
        size = "no" if none else HOW_MANY[comparison].format(literal_words(bound))
        if self._is_simple(measure):
            counted = self._counted(measure)
            return f"with {size} {counted}"
        return f"for which there are {size} {self._counted(measure)}"

    def _is_simple(self, measure: CountOf) -> bool:
        """Whether what is counted is just a relation's tails: "starred actors"."""
        plan = measure.plan
        forward = isinstance(plan, Join) and isinstance(plan.source, Here) and not plan.inverse
        return isinstance(plan, Join) and forward and form_of(self.words.relation(plan.relation)) == "noun"

    def _counted(self, measure: CountOf) -> str:
        if self._is_simple(measure) and isinstance(measure.plan, Join):
            return plural(self.words.relation(measure.plan.relation))
        return self.set(measure.plan).many

    def _attribute(self, relation: str) -> str:
        name = self.words.relation(relation)
        return name if form_of(name) in ("noun", "when") else f"“{name}”"

    def _compared(self, comparison: Comparison, bound: Literal | Plan, time: bool) -> str:
        """What stands after "is"."""
        told = self.value(bound)
        if time or (isinstance(bound, Literal) and bound.kind == "date"):
            return TIMES[comparison].format(told)
        return SIZES[comparison] + told

    def _best(self, plan: Best) -> Phrase:
        source, ranking = self.set(plan.source), self._ranking(plan)
        if isinstance(plan.source, Entities) and len(plan.source.ids) > 1 and plan.limit == 1:
            names = _some(list(dict.fromkeys(map(self.words.entity, plan.source.ids))), "and")
            return Phrase(f"whichever of {names} has {ranking}")
        if plan.measure == Attribute(None) and plan.limit == 1:
            return Phrase(f"{ranking} of {source.the}")
        named = source.is_class and source.noun
        if named:
            among = f" among {replace(source, noun='').the}" if source.clauses or source.other else ""
        else:
            among = f" among {source.the}"
        many = plural(source.noun) if named else "ones"
        if plan.limit == 1:
            return Phrase(f"the {source.noun if named else 'one'} with {ranking}{among}")
        if plan.offset:
            ranks = f"ranked {plan.offset + 1} to {plan.offset + plan.limit} by {ranking}"
            return Phrase(f"the {many}{among} {ranks}", plural=True)
        return Phrase(f"the {plan.limit} {many} with {ranking}{among}", plural=True)

    def _ranking(self, plan: Best) -> str:
        """ "the second greatest population" """
        nth = ordinal(plan.offset + 1) if plan.limit == 1 else ""
        if isinstance(plan.measure, CountOf):
            return f"the {nth}{'most' if plan.order == 'max' else 'fewest'} {self._counted(plan.measure)}"
        if plan.measure.relation is None:
            return f"the {nth}{GREATEST[False, plan.order]}" + ("" if plan.limit == 1 else " value")
        name = self._attribute(plan.measure.relation)
        if is_when(name):
            name = f"date they {'' if name == 'died' else 'were '}{name}"
        return f"the {nth}{GREATEST[is_time(name), plan.order]} {name}"

    # values ----------------------------------------------------------------------------------------------------------

    def value(self, plan: Plan | Literal) -> str:
        """A value, or a set of them, inside a sentence."""
        if isinstance(plan, Literal):
            return literal_words(plan)
        if isinstance(plan, Count):
            return f"the number of {self.set(plan.source).many}"
        if not isinstance(plan, Aggregate):
            return self.set(plan).the
        source, measure = self.set(plan.source).the, plan.measure
        if isinstance(measure, CountOf):
            return f"the {self._function(plan, False)} number of {self._counted(measure)}, over {source}"
        if measure.relation is None:
            return f"the {self._function(plan, False)} of {source}"
        name = self._attribute(measure.relation)
        return f"the {self._function(plan, is_time(name))} {name} of {source}"

    def _function(self, plan: Aggregate, time: bool) -> str:
        if plan.function in ("sum", "mean"):
            return "total" if plan.function == "sum" else "average"
        return GREATEST[time, "min" if plan.function == "min" else "max"]

    def whether(self, plan: Exists | Compare) -> str:
        if isinstance(plan, Compare):
            time = isinstance(plan.left, Join) and is_time(self.words.relation(plan.left.relation))
            verb = "is any of" if self._several(plan.left) else "is"
            left = self.value(plan.left)
            told = f"whether any of {left} is" if verb != "is" else f"whether {left} is"
            return f"{told} {self._compared(plan.comparison, plan.right, time)}"
        source = plan.source
        sides = (source.left, source.right) if isinstance(source, Intersect) else (source,)
        phrases = [self.set(side) for side in sides]
        if len(phrases) == 2 and (phrases[0].single or phrases[1].single):
            one, other = phrases if phrases[0].single else phrases[::-1]
            return f"whether {one.text} is {other.complement}"
        if isinstance(source, FilterType | Filter) and self.set(source.source).single:
            clause = (
                with_article(self.words.type(source.type))
                if isinstance(source, FilterType)
                else f"one {self._filter(source)}"
            )
            return f"whether {self.set(source.source).text} is {clause}"
        found = self.set(source)
        if not found.is_class and not found.bare:
            return f"whether there is {found.the}"
        return f"whether there are any {found.many}"

    def _several(self, plan: Plan) -> bool:
        if isinstance(plan, Count | Aggregate | Values):
            return False
        found = self.set(plan)
        return found.is_class or found.plural


def _some(names: list[str], word: str) -> str:
    more = len(names) - NAMED
    return listed([*names[:NAMED], f"{more} more"] if more > 0 else names, word)


def _other(plan: Join) -> str:
    return "other " if plan.other else ""


def _period(plan: Plan) -> Literal | None:
    """The year, month or day within which values are taken: "in 2024"; None: they are not."""
    if not (isinstance(plan, Filter) and isinstance(plan.source, Filter) and isinstance(plan.source.source, Ends)):
        return None
    first = plan.source.bound
    bounds = (plan.source.comparison, plan.comparison, plan.bound)
    return first if isinstance(first, Literal) and bounds == (">=", "<", first.after) else None
