"""Telling a graph facts, and taking them back: names become ids, values are typed, second values of one are noticed.

What is told speaks the graph's language: a head or tail is an entity's id or a name that only one entity has, else a new
entity; a relation is an id or a name; a value is a number or a date where the relation's values are.
"""

from __future__ import annotations

import math
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias, get_args
from typing import Literal as OneOf

from kg.errors import LoadError
from kg.graph import Fact, Literal, Node, Relation, Schema
from kg.names import fold, words_of
from kg.store import GraphStore, WriteReport
from kg.validity import Period
from loaders.import_graph import uncollected
from loaders.told import Statement, Told, read_told

OnConflict: TypeAlias = OneOf["report", "replace", "keep", "both"]
CHUNK = 5_000  # names or heads that are asked for at once
BEGINS = frozenset("-0123456789")  # numbers and days in their plain form
STALE = 100  # the schema may be older by one write for so many facts


@dataclass(frozen=True, slots=True)
class Conflict:
    """A second value of a relation that has one per entity: what was told, and what the graph had (or was told before)."""

    told: Fact
    known: tuple[Fact, ...]

    def __str__(self) -> str:
        known = ", ".join(_shown(fact.tail) for fact in self.known)
        return f"conflict: {self.told.head} has {self.told.relation} {known}; told was {_shown(self.told.tail)}"


@dataclass(frozen=True)
class TellReport:
    """What a write came to.

    :param facts: new facts
    :param known: facts that were there already (their sources united)
    :param entities: new entities
    :param conflicts: second values of relations that have one per entity, whatever was done about them
    :param retracted: facts that were taken away, or replaced
    """

    batch: str
    facts: int = 0
    known: int = 0
    entities: int = 0
    conflicts: tuple[Conflict, ...] = ()
    retracted: tuple[Fact, ...] = ()
    undecided: bool = field(default=False, repr=False)  # the conflicting facts were not told

    def __str__(self) -> str:
        counted = [(self.known, "known"), (self.entities, "new entities"), (len(self.retracted), "facts taken away")]
        lines = [", ".join([f"{self.facts:,} new facts", *(f"{count:,} {what}" for count, what in counted if count)])]
        lines += [f"batch {self.batch}"] if self.facts or self.known or self.retracted else []
        lines += map(str, self.conflicts)
        if self.undecided:
            lines.append("what conflicts was not told; decide with on_conflict: replace, keep or both")
        return "\n".join(lines)


class Teller:
    """Writes to one store. Cheap to make; the schema that it reads names and values by follows the store."""

    def __init__(self, store: GraphStore) -> None:
        self.store = store
        self._schema = Schema()
        self._seen = -1
        self._names: dict[str, list[str]] = {}

    # writing ---------------------------------------------------------------------------------------------------------

    def tell(
        self,
        facts: Any,
        *,
        source: str | None = None,
        batch: str | None = None,
        start: str | None = None,
        end: str | None = None,
        on_conflict: OnConflict = "report",
    ) -> TellReport:
        """Tell facts, as one write.

        :param facts: see :meth:`qa_pipeline.AskGraph.tell`
        :param source: who says so; added to the sources of each fact
        :param batch: the name of the write, for undoing; a new one when not given
        :param start: since when the facts hold (ISO 8601), where they do not say so themselves
        :param end: until when (excluded)
        :param on_conflict: what to do about a second value of a relation that the graph has one of per entity: ``report``
            (the second is not told), ``replace`` (the first is taken away and stays in the history), ``keep`` (the second is
            dropped), ``both``
        :raises LoadError: something is no fact, a name may be several entities, or a value is not what its relation has
        :raises StoreError: the graph cannot be written
        """
        if on_conflict not in get_args(OnConflict):
            raise LoadError(f"on_conflict is one of {', '.join(get_args(OnConflict))}, not {on_conflict!r}")
        with uncollected():
            told = read_told(facts)
            given = [_completed(fact, source, start, end) for fact in self.understood(told)]
            kept, conflicts, old = self._settled(given, on_conflict)
            return self._written(
                told, kept, conflicts, old, batch, undecided=on_conflict == "report" and bool(conflicts)
            )

    def _written(
        self, told: Told, kept: list[Fact], conflicts: tuple[Conflict, ...], old: list[Fact], batch: str | None,
        *, undecided: bool,
    ) -> TellReport:  # fmt: skip
        if not kept and (conflicts or not (told.entities or told.relations)):
            return TellReport("", conflicts=conflicts, undecided=undecided)
        name = batch or new_batch("tell")
        written = self.store.add(kept, told.entities, told.relations, batch=name, retracting=old)
        return _report(written, old, conflicts, undecided=undecided)

    def retract(self, facts: Any, *, batch: str | None = None) -> TellReport:
        """See :meth:`qa_pipeline.AskGraph.retract`."""
        gone = self.present(read_told(facts))
        name = batch or new_batch("retract")
        if gone:
            self.store.retract(gone, batch=name)
        return TellReport(name, retracted=tuple(gone))

    def replace(
        self,
        facts: Any,
        *,
        source: str | None = None,
        batch: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> TellReport:
        """See :meth:`qa_pipeline.AskGraph.replace`."""
        told = read_told(facts)
        given = [_completed(fact, source, start, end) for fact in self.understood(told)]
        valued = {(fact.head, fact.relation) for fact in given}
        again = {fact.key for fact in given}
        old = [f for f in self._values(valued) if f.key not in again]
        written = self.store.add(
            given, told.entities, told.relations, batch=batch or new_batch("replace"), retracting=old
        )
        return _report(written, old, ())

    def entity(self, name: str) -> str:
        """The id of an entity that is there, by id or name.

        :raises LoadError: nothing is called so, or several things are
        """
        found = self._ids([name])[name]
        if found is None:
            raise LoadError(f"the graph has nothing called {name!r}")
        return found

    # understanding ---------------------------------------------------------------------------------------------------

    def understood(self, told: Told) -> list[Fact]:
        """The facts that were told, in the graph's own ids and kinds of values.

        :raises LoadError: a name may be several entities or relations, or a value is not what its relation has
        """
        if told.verbatim:
            return [statement.fact for statement in told.statements]
        if any(statement.any_tail for statement in told.statements):
            raise LoadError("None is no tail; it stands for any value where facts are taken back")
        return [fact for fact, _ in self._read(told.statements)]

    def present(self, told: Told) -> list[Fact]:
        """The facts of the graph that are meant, whatever their validity where none was told."""
        pairs = [(s.fact, False) for s in told.statements] if told.verbatim else list(self._read(told.statements))
        values = self._values({(fact.head, fact.relation) for fact, _ in pairs})
        by_value: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in values:
            by_value[fact.head, fact.relation].append(fact)
        found: dict[tuple[str, ...], Fact] = {}
        for fact, any_tail in pairs:
            for known in by_value[fact.head, fact.relation]:
                timed = fact.start or fact.end
                if (any_tail or known.tail == fact.tail) and (not timed or known.key == fact.key):
                    found[known.key] = known
        return list(found.values())

    def _read(self, statements: Sequence[Statement]) -> Iterator[tuple[Fact, bool]]:
        """Each fact, and whether its tail does not matter."""
        relations = {name: self._relation(name) for name in {s.fact.relation for s in statements}}
        typed = [
            s.fact.tail if s.any_tail or s.typed else _typed(s.fact.tail, relations[s.fact.relation], s.fact)
            for s in statements
        ]
        names = (
            n for s, tail in zip(statements, typed, strict=True) for n in (s.fact.head, tail) if isinstance(n, str)
        )
        ids = self._ids(dict.fromkeys(names))
        for statement, tail in zip(statements, typed, strict=True):
            fact, relation = statement.fact, relations[statement.fact.relation]
            if isinstance(tail, str) and not statement.any_tail:
                known = ids[tail]
                tail = _guessed(tail) if known is None and relation.kind != "entity" else known or tail
            head = ids[fact.head] or fact.head
            if (head, relation.id, tail) != (fact.head, fact.relation, fact.tail):
                fact = Fact(head, relation.id, tail, fact.weight, fact.sources, fact.batch, fact.start, fact.end)
            yield fact, statement.any_tail

    def _ids(self, names: Iterable[str]) -> dict[str, str | None]:
        """The entity that each name is, by id or else by name; None: there is none."""
        found: dict[str, str | None] = {}
        walk = iter(names)
        while part := list(islice(walk, CHUNK)):
            ids = self.store.entities(part)
            folded = {name: fold(name) for name in part if name not in ids}
            called = self.store.lookup(sorted(set(folded.values()) - {""})) if folded else {}
            if not called:
                found |= {name: name if name in ids else None for name in part}
                continue
            for name in part:
                several = called.get(folded.get(name, ""), ())
                if len(several) > 1:
                    raise LoadError(f"{name!r} may be {_listed(several)}; give the id of the one that is meant")
                found[name] = name if name in ids else several[0] if several else None
        return found

    def _relation(self, name: str) -> Relation:
        """The relation of an id or a name; a new one, if the graph has none."""
        for refreshed in (False, True):
            schema = self.schema(refreshed)
            if name in schema.relations:
                return schema.relations[name]
            several = self._names.get(fold(name), [])
            if len(several) > 1:
                raise LoadError(
                    f"the relation {name!r} may be {_listed(several)}; give the id of the one that is meant"
                )
            if several:
                return schema.relations[several[0]]
            if self._seen == self.store.revision:
                break
        return Relation(name, kind="mixed")

    def schema(self, fresh: bool = False) -> Schema:
        """The schema, at most a few writes old for the size of the graph: a large one is not counted for every fact told."""
        revision = self.store.revision
        if revision - self._seen > (0 if fresh or self._seen < 0 else self._schema.facts // STALE):
            self._schema, self._seen = self.store.schema(), revision
            self._names = defaultdict(list)
            for relation in self._schema.relations.values():
                for called in {fold(n) for n in (relation.name or words_of(relation.id), *relation.aliases)}:
                    self._names[called].append(relation.id)
        return self._schema

    # conflicts -------------------------------------------------------------------------------------------------------

    def _settled(
        self, given: Sequence[Fact], on_conflict: OnConflict
    ) -> tuple[list[Fact], tuple[Conflict, ...], list[Fact]]:
        """What is to be told, the conflicts in it, and what is to be taken away for it."""
        schema = self.schema()
        single = {id for id in {fact.relation for fact in given} if _known(schema, id).is_functional}
        if not single:
            return list(given), (), []
        values: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in self._values({(fact.head, fact.relation) for fact in given if fact.relation in single}):
            values[fact.head, fact.relation].append(fact)
        old = {fact.key: fact for known in values.values() for fact in known}
        kept: dict[tuple[str, ...], Fact] = {}
        conflicts: list[Conflict] = []
        gone: dict[tuple[str, ...], Fact] = {}
        for n, fact in enumerate(given):
            if fact.relation not in single:
                kept["", str(n)] = fact
                continue
            known = values[fact.head, fact.relation]
            against = [other for other in known if other.tail != fact.tail and _overlap(fact, other)]
            if against:
                conflicts.append(Conflict(fact, tuple(against)))
                if on_conflict in ("report", "keep"):
                    continue
                if on_conflict == "replace":
                    for other in against:
                        known.remove(other)
                        if kept.pop((*other.key, "told"), None) is None or other.key in old:
                            gone[other.key] = other
            known.append(fact)
            kept[(*fact.key, "told")] = fact
        return list(kept.values()), tuple(conflicts), list(gone.values())

    def _values(self, valued: Iterable[tuple[str, str]]) -> Iterator[Fact]:
        """The facts of the graph with such heads and relations."""
        heads: dict[str, list[str]] = defaultdict(list)
        for head, relation in sorted(valued):
            heads[relation].append(head)
        for relation, known in heads.items():
            for first in range(0, len(known), CHUNK):
                yield from self.store.facts(known[first : first + CHUNK], relation)


def new_batch(what: str) -> str:
    """A name for a write that no other has."""
    return f"{what}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"


def _completed(fact: Fact, source: str | None, start: str | None, end: str | None) -> Fact:
    """The fact with what was told for all facts of the write."""
    if not (source or start or end or fact.batch or fact.start or fact.end):
        return fact
    sources = tuple(dict.fromkeys((*fact.sources, *([source] if source else []))))
    started, ended = fact.start or start, fact.end or end
    for told in (started, ended):
        if told:
            Period.of(told)
    return Fact(fact.head, fact.relation, fact.tail, fact.weight, sources, "", started, ended)


def _report(
    written: WriteReport, old: Sequence[Fact], conflicts: tuple[Conflict, ...], undecided: bool = False
) -> TellReport:
    return TellReport(written.batch, written.facts, written.known, written.entities, conflicts, tuple(old), undecided)


def _known(schema: Schema, id: str) -> Relation:
    return schema.relations.get(id) or Relation(id)


def _typed(tail: Node, relation: Relation, fact: Fact) -> Node:
    """A value as its relation has them."""
    if relation.kind == "string":
        return Literal(tail, "string") if isinstance(tail, str) else tail
    if relation.kind not in ("number", "date"):
        return tail
    text = tail if isinstance(tail, str) else tail.text
    if isinstance(tail, Literal) and (tail.kind == relation.kind or tail.kind == "string"):
        return tail
    if relation.kind == "number" and isinstance(tail, Literal):
        return tail
    try:
        return Literal(_number(text)) if relation.kind == "number" else Literal(text.strip(), "date")
    except ValueError as error:
        raise LoadError(
            f"({fact.head}, {fact.relation}, {text}): the relation has {relation.kind}s; {text!r} is none"
        ) from error


def _number(text: str) -> float:
    plain = text.replace(",", "").strip()
    return float(plain) if any(c in plain for c in ".eEnN") else int(plain)


def _guessed(text: str) -> Node:
    """A text that is no entity's, where the relation may have values: a number or day in its plain form, else an id."""
    if text[:1] not in BEGINS:
        return text
    try:
        number = Literal(_number(text))
        if number.text == text:
            return number
    except ValueError:
        pass  # so it is no number
    try:
        return Literal(text, "date") if len(text) >= len("2015-06") and text[0].isdigit() else text
    except ValueError:
        return text


def _overlap(a: Fact, b: Fact) -> bool:
    """Whether both facts hold at some time."""
    return _from(a) < _until(b) and _from(b) < _until(a)


def _from(fact: Fact) -> float:
    return -math.inf if not fact.start else Literal(fact.start, "date").order or 0.0


def _until(fact: Fact) -> float:
    return math.inf if not fact.end else Literal(fact.end, "date").order or 0.0


def _shown(node: Node) -> str:
    return node if isinstance(node, str) else node.text


def _listed(ids: Sequence[str]) -> str:
    shown = ", ".join(map(repr, ids[:5]))
    return shown + (f" or {len(ids) - 5} more" if len(ids) > 5 else "")
