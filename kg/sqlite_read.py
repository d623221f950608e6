"""Reading entities, facts and relations from a store file. Ordering is the contract's; reads are of one snapshot."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from kg.graph import Entity, Fact, Name, Node, Relation
from kg.names import fold, title_of
from kg.sqlite_file import IN_JSON, SqliteFile, node_columns, node_from
from kg.validity import Period

CHUNK = 5_000
SOURCES = (
    "(SELECT json_group_array(s.text) FROM (SELECT source FROM provenance p WHERE p.head = f.head AND p.relation = f.relation"
    " AND p.tail = f.tail AND p.start = f.start AND p.end = f.end ORDER BY p.row) p JOIN strings s ON s.row = p.source)"
)
FACTS = (
    "SELECT h.text, r.id, t.kind, t.text, t.language, f.weight, f.start, f.end, b.id, s.text, "
    f"{SOURCES} FROM facts f JOIN nodes h ON h.row = f.head JOIN relations r ON r.row = f.relation"
    " JOIN nodes t ON t.row = f.tail JOIN batches b ON b.row = f.batch LEFT JOIN strings s ON s.row = f.source"
)
TAIL_KEY = (
    "CASE t.kind WHEN 0 THEN 'entity' WHEN 1 THEN 'number' WHEN 2 THEN 'date' ELSE 'string' END"
    " || '@' || t.language || ':' || t.text"
)
ORDER = f" ORDER BY h.text, r.id, {TAIL_KEY}, f.start, f.end"


def node_rows(file: SqliteFile, nodes: Iterable[Node]) -> list[int]:
    """Row numbers of the nodes that are there, in no order."""
    wanted = {node_columns(node) for node in nodes}
    texts = json.dumps(sorted({text for _, text, _ in wanted}))
    found = file.rows(f"SELECT kind, text, language, row FROM nodes WHERE text {IN_JSON}", (texts,))
    return [row for *columns, row in found if tuple(columns) in wanted]


def nodes_of(file: SqliteFile, rows: Sequence[int]) -> tuple[Node, ...]:
    """The nodes of rows: entities by id, then literals by key."""
    if len(rows) == 1:
        found = file.rows("SELECT kind, text, language FROM nodes WHERE row = ?", rows)
    else:
        statement = "SELECT kind, text, language FROM json_each(?) CROSS JOIN nodes ON row = value"
        found = file.rows(statement, (json.dumps(rows),))
    entities = sorted(text for kind, text, _ in found if kind == 0)
    literals = [node_from(*columns) for columns in found if columns[0]]
    return (*entities, *sorted(literals, key=lambda literal: "" if isinstance(literal, str) else literal.key))


def entities(file: SqliteFile, ids: Iterable[str]) -> dict[str, Entity]:
    """See :meth:`kg.store.GraphStore.entities`."""
    with file.reading() as db:
        statement = f"SELECT row, text FROM nodes WHERE kind = 0 AND text {IN_JSON}"
        found = db.execute(statement, (json.dumps(sorted(set(ids))),)).fetchall()
        return {entity.id: entity for entity in _described(db, found)}


def all_entities(file: SqliteFile) -> Iterator[Entity]:
    """See :meth:`kg.store.GraphStore.all_entities`."""
    with _snapshot(file) as db:
        walk = db.execute("SELECT row, text FROM nodes WHERE kind = 0 ORDER BY text")
        while part := walk.fetchmany(CHUNK):
            yield from _described(db, part)


def _described(db: sqlite3.Connection, found: list[tuple[int, str]]) -> list[Entity]:
    rows = (json.dumps([row for row, _ in found]),)
    labels: dict[int, str] = {}
    aliases: dict[int, dict[Name, None]] = defaultdict(dict)
    types: dict[int, set[str]] = defaultdict(set)
    for row, text, language, is_label in db.execute(
        f"SELECT entity, text, language, label FROM names WHERE entity {IN_JSON} ORDER BY row", rows
    ):
        if is_label and labels.setdefault(row, text) == text:
            continue
        aliases[row][Name(text, language)] = None
    for row, type in db.execute(
        f"SELECT entity, text FROM types JOIN strings ON row = type WHERE entity {IN_JSON}", rows
    ):
        types[row].add(type)
    return [
        Entity(id, labels.get(row, ""), tuple(aliases.get(row, ())), tuple(sorted(types.get(row, ()))))
        for row, id in found
    ]


def facts(
    file: SqliteFile,
    heads: Iterable[str] | None,
    relation: str | None,
    tails: Iterable[Node] | None,
    limit: int | None,
    period: Period | None = None,
) -> Iterator[Fact]:
    """See :meth:`kg.store.GraphStore.facts`. Read at once where heads or tails are given, else one after another.

    :param period: only facts that hold then
    """
    where: list[str] = []
    values: list[str | float] = []
    with file.reading():
        for column, wanted in (("head", heads), ("tail", tails)):
            if wanted is not None:
                where.append(f"f.{column} {IN_JSON}")
                values.append(json.dumps(sorted(node_rows(file, wanted))))
        if relation is not None:
            where.append("f.relation = (SELECT row FROM relations WHERE id = ?)")
            values.append(relation)
        if period is not None:
            where.append("(f.start = '' AND f.end = '' OR holds(f.start, f.end, ?, ?))")
            values += (period.begin, period.end)
        statement = FACTS + (" WHERE " + " AND ".join(where) if where else "") + ORDER
        if limit is not None:
            statement += f" LIMIT {max(0, int(limit)):d}"
        if heads is not None or tails is not None or limit is not None:
            return map(_fact, file.rows(statement, values))
    return _walk(file, statement, values)


def _walk(file: SqliteFile, statement: str, values: list[str | float]) -> Iterator[Fact]:
    with _snapshot(file) as db:
        for row in db.execute(statement, values):
            yield _fact(row)


def _fact(row: tuple[str, str, int, str, str, float, str, str, str, str | None, str]) -> Fact:
    head, relation, kind, text, language, weight, start, end, batch, source, further = row
    sources = dict.fromkeys([source, *json.loads(further)] if source else json.loads(further))
    return Fact(
        head, relation, node_from(kind, text, language), weight, tuple(sources), batch, start or None, end or None
    )


def relations(file: SqliteFile) -> dict[str, Relation]:
    """The relations by id, as they were described (the last name and unit told, all aliases), not counted."""
    found: dict[str, Relation] = {}
    statement = (
        "SELECT r.id, w.name, w.aliases, w.unit FROM relations r"
        " LEFT JOIN wordings w ON w.relation = r.row ORDER BY r.id, w.row"
    )
    for id, name, aliases, unit in file.rows(statement):
        known = found.get(id, Relation(id))
        if not (name or unit or aliases not in (None, "[]")):
            found[id] = known
            continue
        told = json.loads(aliases) if aliases not in (None, "[]") else ()
        united = dict.fromkeys([*known.aliases, *told])
        found[id] = Relation(id, name or known.name, tuple(united), unit or known.unit)
    return found


@contextmanager
def _snapshot(file: SqliteFile) -> Iterator[sqlite3.Connection]:
    """A connection of its own, so that a long walk neither holds up writes nor sees them.

    A store in memory has one connection only: its walk sees what is written meanwhile.
    """
    with file.complaining():
        if file.path == ":memory:":
            yield file.db
            return
        with closing(file.connect()) as db:
            db.execute("BEGIN")
            yield db


def lookup(file: SqliteFile, folded: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """See :meth:`kg.store.GraphStore.lookup`."""
    found: dict[str, list[str]] = defaultdict(list)
    statement = (
        f"SELECT n.name, e.text FROM folded n JOIN nodes e ON e.row = n.entity WHERE n.name {IN_JSON} ORDER BY e.text"
    )
    for name, id in file.rows(statement, (json.dumps(sorted(set(folded))),)):
        found[name].append(id)
    return {name: tuple(ids) for name, ids in found.items()}


def spoken(file: SqliteFile, folded: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """(id, name as the graph has it) of entities, given by row with one of their folded names."""
    rows = (json.dumps(list(folded)),)
    with file.reading() as db:
        ids = dict(db.execute(f"SELECT row, text FROM nodes WHERE row {IN_JSON}", rows))
        found = {row: (id, title_of(id)) for row, id in ids.items()}
        for row, text in db.execute(
            f"SELECT entity, text FROM names WHERE entity {IN_JSON} ORDER BY label, row DESC", rows
        ):
            if fold(text) == folded[row]:
                found[row] = (ids[row], text)
    return found
