"""What a question asks for, held against what a plan gives: things of a type, somebody, a time, a number, yes or no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kg.graph import Literal, Node
from kg.names import fold, words_of
from kg.plan import Best, Count, Exists, Filter, Intersect, Join, Plan, Result, kind_of
from kg.store import GraphStore
from qa_pipeline.ages import is_dated
from qa_pipeline.answer_type import asked_for, of_types, says_a_time
from qa_pipeline.classes import ends_asked_for
from qa_pipeline.outcome import Outcome
from qa_pipeline.persons import is_organised, somebody_in
from qa_pipeline.reading import Reading
from qa_pipeline.record_types import is_numbered, unasked_records
from qa_pipeline.sorts import sort_asked
from qa_pipeline.times import YEAR

MISTYPED = 0.07  # how much less an answer is believed where it is not of the type that is asked for
ORGANISED = 0.4  # the same where "who" is asked, and an organisation is in the answer, though the graph has people
RECORDS = 0.3  # the same where it is records, and the question does not ask for such
IMPERSONAL = 0.15  # the same where "who" is asked and there are people in the graph, but not in the answer
ODD = 0.3  # the same where a graph without types calls other things what is asked for
SINGLE = 0.11  # the same where there is one, and the question speaks of several
SINGLE_OF_PLURAL = 0.4  # the same where its noun is a plural ("which plays …", where there are no types)
STRING = 0.5  # the same where it is a string or has no type, in a graph whose things have types
LOOKED_AT = 50  # things of an answer whose types are looked at, where not all have one
TYPED = 0.8  # types an entity, at least, where a type is held against an answer


class AsAsked:
    """Judges the answers to one question by what it asks for.

    :param at: the graph at a time
    """

    def __init__(self, store: GraphStore, reading: Reading, at: Callable[[str | None], GraphStore]) -> None:
        self.store, self.at = store, at
        schema = store.schema()
        numbers = {fold(r.name or words_of(r.id)) for r in schema.relations.values() if r.kind in ("number", "date")}
        self.asked = asked_for(reading.question.text, reading.links, numbers)
        typed = sum(schema.types.values()) >= TYPED * schema.entities
        told = self.asked.types or self.asked.whether or self.asked.number
        self.sort = (
            None if self.asked.types or self.asked.whether else sort_asked(reading.question.text, store, reading.links)
        )
        ends: Sequence[Plan] = [] if told else ends_asked_for(schema, reading.question.text)
        self.ends = [self.sort.plan] if self.sort is not None else ends
        self.typed = typed  # where many have no type, what is not of a type may well be of it
        relations = schema.relations.values()
        of_typed = sum(max((count for _, count in r.domain), default=0) for r in relations)
        self.values_apart = of_typed >= TYPED * sum(r.facts for r in relations)  # what has no type has no facts either
        self.somebody = somebody_in(schema) if self.asked.person else ()
        self.types = self.asked.types if typed else ()
        thing = not (told or self.asked.when or self.asked.amount or self.sort)  # "what …", "everything that …"
        self.records = unasked_records(schema, reading.question.text, reading.links) if thing else frozenset()

    def outcomes(self, outcome: Outcome) -> Iterator[Outcome]:
        """The outcome, believed less where it is not what is asked for, and what it has of that."""
        plan, result = outcome.plan, outcome.result
        told = self.asked.number or self.asked.whether or isinstance(plan, Best)
        if result is not None and len(result.nodes) == 1 and not told:
            several = SINGLE if not isinstance(plan, Filter | Intersect) else SINGLE_OF_PLURAL
            single = several if self.asked.several else SINGLE_OF_PLURAL if self.asked.plural else 1.0
            outcome = replace(outcome, weight=outcome.weight * single)
        if plan is None or result is None:
            yield outcome
        elif kind_of(plan) == "set" and self.asked.whether:
            yield replace(outcome, plan=Exists(plan), result=Result("boolean", value=bool(result.nodes)))
            yield replace(outcome, weight=outcome.weight * MISTYPED, probability=0.0)
        elif isinstance(plan, Count) and self._is_number_itself(plan.source):
            yield replace(outcome, weight=outcome.weight * MISTYPED)
        elif kind_of(plan) == "set" and self.asked.number:
            if not result.nodes or _is_number(result.nodes[0]):  # the number may stand in the graph; a date is none
                dates = any(isinstance(n, Literal) and n.kind == "date" for n in result.nodes)
                yield replace(outcome, weight=outcome.weight * (MISTYPED if dates else 1.0))
                return
            counted = replace(outcome, plan=Count(plan), result=Result("number", value=len(result.nodes)))
            strings = any(not isinstance(n, str) for n in result.nodes)  # which may be the name of anything
            yield from (counted,) if strings else self._of_type(counted)
            yield replace(outcome, weight=outcome.weight * MISTYPED, probability=0.0)
        elif self._is_no_answer(self.at(outcome.as_of), plan, result):
            yield replace(outcome, weight=outcome.weight * MISTYPED)
        elif self._is_nobody(outcome):
            less = ORGANISED if self._is_organised(outcome) else IMPERSONAL
            yield replace(outcome, weight=outcome.weight * less)
        elif self.is_of_records(outcome):
            yield replace(outcome, weight=outcome.weight * RECORDS)
        else:
            yield from self._of_type(outcome)

    def _is_no_answer(self, store: GraphStore, plan: Plan, result: Result) -> bool:
        """Whether codes alone answer "who" or "where", nothing that is a time "when", or nothing that is a number "how much"."""
        codes = bool(result.nodes) and all(_is_code(n) for n in result.nodes)
        return (
            (self.asked.somebody and codes)
            or (self.asked.amount and self._is_no_amount(store, result))
            or self._is_no_time(store, plan, result)
        )

    def _is_no_amount(self, store: GraphStore, result: Result) -> bool:
        """Whether all of an answer is dates, or things that have a type and no digit in their names."""
        known = store.entities([node for node in result.nodes[:LOOKED_AT] if isinstance(node, str)])
        things = all(e.types and not any(map(str.isdigit, e.display)) for e in known.values())
        dates = all(node.kind == "date" for node in result.nodes if isinstance(node, Literal))
        return bool(result.nodes) and things and dates

    def _is_nobody(self, outcome: Outcome) -> bool:
        """Whether "who" is asked for, and nobody is in an answer, though the graph has people."""
        plan, result = outcome.plan, outcome.result
        if not self.somebody or plan is None or result is None or not result.nodes or kind_of(plan) != "set":
            return False
        if not self._have_types(self.at(outcome.as_of), result):
            return False
        return not self.at(outcome.as_of).execute(Exists(of_types(plan, self.somebody))).value

    def is_of_records(self, outcome: Outcome) -> bool:
        """Whether all of an answer is records, which nobody has asked for."""
        plan, result = outcome.plan, outcome.result
        if not self.records or plan is None or result is None or not result.nodes or kind_of(plan) != "set":
            return False
        known = self.at(outcome.as_of).entities([node for node in result.nodes[:LOOKED_AT] if isinstance(node, str)])
        return bool(known) and all(not self.records.isdisjoint(e.types) and is_numbered(e) for e in known.values())

    def _is_organised(self, outcome: Outcome) -> bool:
        """Whether something in an answer is a club, a company or their like, which do as somebody does."""
        nodes = [node for node in (outcome.result.nodes if outcome.result else ())[:LOOKED_AT] if isinstance(node, str)]
        known = self.at(outcome.as_of).entities(nodes)
        return any(is_organised(type) for entity in known.values() for type in entity.types)

    def is_mistyped(self, outcome: Outcome) -> bool:
        """Whether things of a type or a sort are asked for, and a set has none of them."""
        plan, result = outcome.plan, outcome.result
        if self.sort is not None and plan is not None and result is not None and kind_of(plan) == "set":
            return bool(result.nodes) and not self._is_of(self.at(outcome.as_of), plan)
        if (
            plan is None
            or result is None
            or not self.asked.types
            or kind_of(plan) != "set"
            or not result.nodes
            or not isinstance(result.nodes[0], str)
        ):
            return False
        nodes = [node for node in result.nodes[:LOOKED_AT] if isinstance(node, str)]
        known = self.at(outcome.as_of).entities(nodes)
        return bool(known) and all(e.types and set(e.types).isdisjoint(self.asked.types) for e in known.values())

    def _have_types(self, store: GraphStore, result: Result) -> bool:
        """Whether it may be held against an answer that it is not of a type: where things have types, or at least these."""
        if self.typed:
            return True
        nodes = [node for node in result.nodes[:LOOKED_AT] if isinstance(node, str)]
        known = store.entities(nodes)
        return bool(nodes) and all(node in known and known[node].types for node in nodes)

    def _measures(self, relation: str) -> bool:
        """Whether a relation leads to numbers that are no years."""
        known = self.store.schema().relations.get(relation)
        return known is not None and known.kind == "number" and not is_dated(self.store.schema(), relation)

    def _is_no_time(self, store: GraphStore, plan: Plan, result: Result) -> bool:
        """Whether "when" is asked for, and nothing in an answer is a time."""
        if self.asked.when and isinstance(plan, Join) and not plan.inverse and self._measures(plan.relation):
            return any(isinstance(node, Literal) and not YEAR.fullmatch(node.text) for node in result.nodes)
        if not self.asked.when or not result.nodes or not all(isinstance(node, str) for node in result.nodes):
            return False
        known = store.entities([node for node in result.nodes[:LOOKED_AT] if isinstance(node, str)])
        kinds = (words_of(type).split()[-1:] for e in known.values() for type in e.types)  # a time zone is no time
        return not any(says_a_time(e.display) for e in known.values()) and not any(says_a_time(*k) for k in kinds if k)

    def _is_of(self, store: GraphStore, plan: Plan) -> bool:
        """Whether something in a plan's answer stands at the ends of relations that are called what is asked for."""
        return any(store.execute(Exists(Intersect(plan, end))).value for end in self.ends)

    def _is_number_itself(self, plan: Plan) -> bool:
        """Whether a walk leads to numbers: of "how many seats has X" the number stands in the graph, and is not one seat."""
        known = (
            self.store.schema().relations.get(plan.relation) if isinstance(plan, Join) and not plan.inverse else None
        )
        return known is not None and known.kind == "number"

    def _of_type(self, outcome: Outcome) -> Iterator[Outcome]:
        """The outcome, believed less where it has nothing of the type that is asked for; where it has some, only these."""
        plan, result = outcome.plan, outcome.result
        group = plan.source if isinstance(plan, Count) else plan
        store = self.at(outcome.as_of)
        if self.ends and result is not None and result.nodes and plan is not None and not self._is_of(store, plan):
            outcome = replace(outcome, weight=outcome.weight * ODD)
        if not self.asked.types or plan is None or group is None or result is None or kind_of(group) != "set":
            yield outcome
            return
        if any(not isinstance(n, str) and not _is_number(n) for n in result.nodes):
            yield self._value(outcome)
            return
        if isinstance(plan, Count) and not self.typed and (result.value or 0) > LOOKED_AT:
            yield outcome  # its members would all have to be fetched
            return
        counted = isinstance(plan, Count) and not self.typed and result.value
        if not self._have_types(store, store.execute(group) if counted else result):
            yield self._value(outcome) if group is plan else outcome
            return
        total = result.value if isinstance(plan, Count) else len(result.nodes)
        part: Plan = of_types(group, self.asked.types)
        most = (store.execute(Count(part)).value or 0) if total else 0
        if most == total:
            yield outcome
        elif not most:
            yield replace(outcome, weight=outcome.weight * MISTYPED)
        else:
            part, half = Count(part) if isinstance(plan, Count) else part, outcome.probability / 2
            yield replace(outcome, plan=part, result=store.execute(part), probability=half)
            yield replace(outcome, weight=outcome.weight * MISTYPED, probability=half)

    def _value(self, outcome: Outcome) -> Outcome:
        """A set of strings or of what has no type, which may be called anything, but things that are asked for have types."""
        plan, result = outcome.plan, outcome.result
        if (
            not self.values_apart
            or result is None
            or not result.nodes
            or (isinstance(plan, Join) and self._is_called_so(plan.relation))
        ):
            return outcome
        nodes = [node for node in result.nodes[:LOOKED_AT] if isinstance(node, str)]
        typed = any(entity.types for entity in self.at(outcome.as_of).entities(nodes).values())
        return outcome if typed else replace(outcome, weight=outcome.weight * STRING)

    def _is_called_so(self, relation: str) -> bool:
        """Whether a relation bears the word for what is asked for: "which town", of a relation `town`."""
        known = self.at(None).schema().relations.get(relation)
        said = {fold(words_of(type)) for type in self.asked.types}
        return known is not None and not said.isdisjoint(map(fold, (*known.called, *known.aliases)))


def _is_code(node: Node) -> bool:
    """A literal without a letter: a number, a date, "16"; nobody and nowhere."""
    return isinstance(node, Literal) and not any(c.isalpha() for c in node.text)


def _is_number(node: Node) -> bool:
    return isinstance(node, Literal) and node.kind in ("number", "date")
