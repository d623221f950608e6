"""Tables of nodes and relationships with the typed headers that Neo4j's importer reads (``:ID``, ``:LABEL``, ``:START_ID``,
``:END_ID``, ``:TYPE``, ``population:int``, ``aliases:string[]``).

A node's ``name``, ``label`` or ``title`` is its label, ``aliases`` and ``zh_labels`` are further names, every other property
is a fact with a literal. Ids stay as they are; only one that stands in two groups gets its group: ``1 (Person)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Name, Relation
from loaders.export_csv import GROUP, RELATION_GROUP, exported_entity, exported_fact, exported_relation
from loaders.mapping import node_as
from loaders.nodes import LABELS
from loaders.records import FileReader, Tally
from loaders.rows import Row, cut_rows, exact_rows, fields_of
from loaders.text import open_text

FIELD = re.compile(r"(?P<name>[^:]*)(?::(?P<type>\w+)(?P<several>\[\])?(?:\((?P<group>[^)]*)\))?(?P<options>\{.*\})?)?")
LABEL_OPTION = re.compile(r"\blabel\s*:\s*([^,}]+)")
ROLES = ("ID", "LABEL", "START_ID", "END_ID", "TYPE", "IGNORE")
NUMBERS = frozenset({"int", "long", "short", "byte", "float", "double"})
DATES = frozenset({"date", "datetime", "localdatetime"})
NAMING = ("name", "label", "title")
DELIMITERS = (",", "\t", ";", "|")
ARRAY = ";"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a typed header.

    :param role: one of :data:`ROLES`; "": a property
    :param group: the id space of an id
    :param label: a label that the header gives to all nodes of the file
    """

    name: str
    role: str = ""
    type: str = "string"
    several: bool = False
    group: str = ""
    label: str = ""


def columns_of(line: str) -> tuple[list[Column], str]:
    """(columns, delimiter) of a typed header; no columns: it is none."""
    for delimiter in DELIMITERS:
        columns = [_column(field) for field in fields_of(line, delimiter)]
        roles = {column.role for column in columns}
        if "ID" in roles or {"START_ID", "END_ID"} <= roles:
            return columns, delimiter
    return [], ""


def _column(text: str) -> Column:
    found = FIELD.fullmatch(text)
    if not found:
        return Column(text)
    type = found["type"] or "string"
    role = type.upper() if type.upper() in ROLES else ""
    label = LABEL_OPTION.search(found["options"] or "")
    several = bool(found["several"])
    return Column(
        found["name"], role, type.casefold(), several, found["group"] or "", label[1].strip() if label else ""
    )


def first_lines(path: Path) -> list[str]:
    """The first two lines with something on them."""
    with open_text(path, mark_bad=True) as lines:
        return list(islice((line.rstrip("\r\n") for line in lines if line.strip()), 2))


class Neo4jReader(FileReader):
    """A file of nodes or of relationships.

    :param header: the first line of another file that holds the header; "": it is this file's own first line
    :raises LoadError: it has no typed header, or relationships without a type
    """

    def __init__(self, path: Path, header: str = "") -> None:
        super().__init__(path)
        self.headed = not header
        first = header or next(iter(first_lines(path)), "")
        self.columns, self.delimiter = columns_of(first)
        if not self.columns:
            raise LoadError(
                f"needs a header with :ID, or with :START_ID and :END_ID; found: {first[:80]}", str(path), 1
            )
        self.roles = {column.role: i for i, column in enumerate(self.columns) if column.role}
        self.of_nodes = "ID" in self.roles
        group = self.columns[self.roles["ID" if self.of_nodes else "START_ID"]].group
        self.ours = group if group.startswith(GROUP) else ""  # the group of a table that `askgraph export` has written
        if not self.of_nodes and "TYPE" not in self.roles:
            raise LoadError("relationships need a column :TYPE", str(path), 1)
        self.shared: frozenset[str] = frozenset()  # ids that stand in more than one group

    @contextmanager
    def _rows(self, tally: Tally | None = None) -> Iterator[Iterator[Row]]:
        with open_text(self.path, tally.advance if tally else None, mark_bad=True) as lines:
            rows = exact_rows(lines, self.delimiter) if self.ours else cut_rows(lines, self.delimiter)
            if self.headed:
                next(rows, None)
            yield rows

    def _reason(self, row: Row) -> str:
        """Why a row cannot be used; "": it can."""
        if row.reason or len(row.fields) != len(self.columns):
            return row.reason or f"{len(row.fields)} fields for {len(self.columns)} columns"
        needed = ("ID",) if self.of_nodes else ("START_ID", "END_ID", "TYPE")
        return next((f"no :{role}" for role in needed if not row.fields[self.roles[role]]), "")

    def _id(self, row: Row, role: str) -> str:
        text, group = row.fields[self.roles[role]], self.columns[self.roles[role]].group
        return f"{text} ({group})" if text in self.shared and group else text

    def group_ids(self) -> tuple[str, Iterator[str]]:
        """The group that the nodes' ids are in, and the ids."""
        return self.columns[self.roles["ID"]].group, self._all_ids()

    def _all_ids(self) -> Iterator[str]:
        with self._rows() as rows:
            yield from (row.fields[self.roles["ID"]] for row in rows if not self._reason(row))

    def relations(self) -> Iterator[Relation]:
        if self.ours == RELATION_GROUP:
            with self._rows() as rows:
                yield from (exported_relation(row.fields) for row in rows if not self._reason(row))

    # nodes -----------------------------------------------------------------------------------------------------------

    def entities(self, tally: Tally) -> Iterator[Entity]:
        if not self.of_nodes:
            return
        with self._rows(tally) as rows:
            for row in rows:
                tally.read += 1
                reason = self._reason(row)
                if reason:
                    tally.reject(str(self.path), row.number, reason, row.text)
                    continue
                tally.described += 1
                if self.ours in ("", GROUP):
                    yield self._entity(row)

    def _entity(self, row: Row) -> Entity:
        if self.ours:
            return exported_entity(row.fields)
        naming = self._naming
        aliases: list[Name] = []
        for i, column in enumerate(self.columns):
            language = LABELS.fullmatch(column.name.casefold())
            if _is_alias(column):
                tag = language.group(1).replace("_", "-") if language else ""
                aliases += [Name(text, tag) for text in _several(row.fields[i])]
        types = [self.columns[self.roles["ID"]].label]
        if "LABEL" in self.roles:
            types += _several(row.fields[self.roles["LABEL"]])
        label = row.fields[naming] if naming is not None else ""
        return Entity(
            self._id(row, "ID"), label, tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys(t for t in types if t))
        )

    @property
    def _naming(self) -> int | None:
        """The column that has the nodes' labels."""
        names = {column.name.casefold(): i for i, column in enumerate(self.columns) if not column.role}
        return next((names[name] for name in NAMING if name in names), None)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        return self._properties(tally) if self.of_nodes else self._relationships(tally)

    def _properties(self, tally: Tally) -> Iterator[Fact]:
        told = (
            []
            if self.ours
            else [
                (i, column)
                for i, column in enumerate(self.columns)
                if not column.role and column.name and i != self._naming and not _is_alias(column)
            ]
        )
        if not told:
            return
        with self._rows() as rows:
            for row in rows:
                if self._reason(row):
                    continue
                head = self._id(row, "ID")
                for i, column in told:
                    for text in _several(row.fields[i]) if column.several else filter(None, [row.fields[i]]):
                        tally.read += 1
                        try:
                            fact = Fact(head, column.name, _literal(text, column.type), sources=(self.name,))
                        except ValueError as error:
                            tally.reject(str(self.path), row.number, f"column {column.name}: {error}", row.text)
                            continue
                        tally.told += 1
                        yield fact

    # relationships ---------------------------------------------------------------------------------------------------

    def _relationships(self, tally: Tally) -> Iterator[Fact]:
        own = {c.name.casefold(): i for i, c in enumerate(self.columns) if not c.role and c.name}
        left_out = sorted(own.keys() - {"weight", "start", "end", "source", "sources"})
        if left_out:
            what = "a fact carries weight, start, end and source only"
            tally.notes.append(f"{self.path}: left out the columns {', '.join(left_out)}; {what}")
        with self._rows(tally) as rows:
            for row in rows:
                tally.read += 1
                reason = self._reason(row)
                try:
                    fact = None if reason else self._relationship(row, own)
                except ValueError as error:
                    reason = str(error)
                if fact is None or reason:
                    tally.reject(str(self.path), row.number, reason, row.text)
                    continue
                tally.told += 1
                yield fact

    def _relationship(self, row: Row, own: dict[str, int]) -> Fact:
        if self.ours:
            return exported_fact(row.fields, self.columns[self.roles["END_ID"]].group)
        told = {name: row.fields[i] for name, i in own.items() if row.fields[i]}
        valid = {key: Literal(told[key], "date").text for key in ("start", "end") if key in told}
        sources = (self.name, *_several(told.get("sources", "")), *_several(told.get("source", "")))
        return Fact(
            self._id(row, "START_ID"), row.fields[self.roles["TYPE"]], self._id(row, "END_ID"),
            _weight(told.get("weight", "1")), tuple(dict.fromkeys(sources)), "", valid.get("start"), valid.get("end"),
        )  # fmt: skip


def share_groups(readers: Sequence[Neo4jReader]) -> None:
    """Let the readers know which ids stand in more than one group."""
    groups = [reader.group_ids() for reader in readers if reader.of_nodes and not reader.ours]
    if len({group for group, _ in groups}) < 2:
        return
    first: dict[str, str] = {}
    shared = {id for group, ids in groups for id in ids if first.setdefault(id, group) != group}
    for reader in readers:
        reader.shared = frozenset(shared)


def _is_alias(column: Column) -> bool:
    name = column.name.casefold()
    return not column.role and (name in ("alias", "aliases") or bool(LABELS.fullmatch(name)))


def _literal(text: str, type: str) -> Literal:
    """A property's value.

    :raises ValueError: it is not of the type that the header says
    """
    if type in NUMBERS:
        node = node_as("number", text)
        assert isinstance(node, Literal)
        return node
    if type in DATES:
        return Literal(re.sub(r"\[.*\]$", "", text), "date")
    if type == "boolean":
        return Literal("yes" if text.casefold() == "true" else "no", "string")
    return Literal(text, "string")


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(ARRAY) if part.strip()]


def _weight(text: str) -> float:
    weight = float(text)
    if not math.isfinite(weight):
        raise ValueError(f"the weight {text} is no finite number")
    return weight
