"""The embedded store: durable in one SQLite file, executed over arrays, and a NetworkX graph whenever one is wanted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np

from kg.array_executor import ArrayExecutor
from kg.arrays import Arrays, Rows
from kg.check import check
from kg.errors import StoreError
from kg.graph import Entity, Fact, Name, Node, NodeKind, Relation, Schema, node_key
from kg.name_search import NameSearch, hits_by_id
from kg.names import words_of
from kg.plan import Plan, Result, kind_of
from kg.sqlite_file import KINDS, SqliteFile, node_columns, node_from
from kg.store import Frontier, NameHit, Step, WriteReport


@dataclass(frozen=True, slots=True)
class RowFrontier:
    """A frontier as sorted row numbers."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)


class NetworkXStore:
    """See :class:`kg.store.GraphStore`. Reads see the last committed write, of other processes too."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._read_at = -1
        self._load()

    @classmethod
    def open(cls, path: str | Path = ":memory:") -> NetworkXStore:
        """Open a store file, or make a new one.

        :raises StoreError: the folder does not exist, or the file is something else
        """
        if str(path) != ":memory:":
            path = Path(path)
            if path.is_dir():
                raise StoreError(f"{path} is a folder; give the path of a file")
            if not path.parent.exists():
                raise StoreError(f"there is no folder {path.parent}; make it first")
        return cls(SqliteFile(str(path)))

    # contents --------------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Read the arrays again if the file has changed since."""
        revision = self._file.revision()
        if revision == self._read_at:
            return
        rows = self._file.rows
        top = rows("SELECT coalesce(max(row), 0) FROM nodes")[0][0] + 1
        kind, order = np.zeros(top, dtype=np.int8), np.full(top, np.nan)
        for row, kind_, text, language in rows("SELECT row, kind, text, language FROM nodes WHERE kind > 0"):
            kind[row] = kind_
            literal = node_from(kind_, text, language)
            value = None if isinstance(literal, str) else literal.order
            order[row] = np.nan if value is None else value
        edges = np.array(rows("SELECT head, relation, tail FROM facts"), dtype=np.int32).reshape(-1, 3)
        members: dict[str, list[int]] = defaultdict(list)
        for entity, type in rows("SELECT entity, type FROM types ORDER BY type, entity"):
            members[type].append(entity)
        typed = {type: np.array(found, dtype=np.int32) for type, found in members.items()}
        self._relations: list[str] = [""] * (rows("SELECT coalesce(max(row), 0) FROM relations")[0][0] + 1)
        for row, id in rows("SELECT row, id FROM relations"):
            self._relations[row] = id
        self._codes = {id: row for row, id in enumerate(self._relations) if id}
        self._arrays = Arrays.build(edges, kind, order, typed)
        self._executor = ArrayExecutor(self._arrays, self)
        self._schema: Schema | None = None
        self._search: NameSearch | None = None
        self._read_at = revision

    def node_rows(self, nodes: list[Node]) -> Rows:
        """Row numbers of the nodes that are there."""
        found = []
        for node in nodes:
            kind, text, language = node_columns(node)
            found += self._file.rows("SELECT row FROM nodes WHERE text = ? AND kind = ? AND language = ?", (text, kind, language))
        return np.array([row for (row,) in found], dtype=np.int32)

    def relation_code(self, relation: str) -> int | None:
        """The number of a relation; None: the graph does not have it."""
        return self._codes.get(relation)

    def _nodes(self, rows: Rows) -> tuple[Node, ...]:
        statement = "SELECT kind, text, language FROM nodes WHERE row IN (?)"
        nodes = [node_from(*found) for found in self._file.rows_in(statement, rows.tolist())]
        return tuple(sorted(nodes, key=lambda n: (not isinstance(n, str), n if isinstance(n, str) else n.key)))

    @property
    def location(self) -> str:
        return self._file.path

    @property
    def revision(self) -> int:
        return self._file.revision()

    # write -----------------------------------------------------------------------------------------------------------

    def add(
        self,
        facts: Iterable[Fact],
        entities: Iterable[Entity] = (),
        relations: Iterable[Relation] = (),
        *,
        batch: str,
    ) -> WriteReport:
        return self._file.add(facts, entities, relations, batch)

    def retract(self, facts: Iterable[Fact]) -> int:
        return self._file.retract(facts)

    def undo(self, batch: str) -> int:
        return self._file.undo(batch)

    # read ------------------------------------------------------------------------------------------------------------

    def schema(self) -> Schema:
        self._load()
        if self._schema is None:
            self._schema = self._make_schema()
        return self._schema

    def _make_schema(self) -> Schema:
        arrays = self._arrays
        types = sorted(arrays.members)
        typing = {t: np.zeros(len(arrays.kind), dtype=bool) for t in types}
        for t in types:
            typing[t][arrays.members[t]] = True
        relations = {}
        described = {i: (n, a, u) for i, n, a, u in self._file.rows("SELECT id, name, aliases, unit FROM relations")}
        heads_of_edges = np.repeat(np.arange(len(arrays.kind)), np.diff(arrays.forward.start))
        by_relation = np.argsort(arrays.forward.relation, kind="stable")
        cuts = np.searchsorted(arrays.forward.relation[by_relation], np.arange(len(self._relations) + 1))
        for code, id in sorted(enumerate(self._relations), key=lambda pair: pair[1]):
            if not id:
                continue
            edges = by_relation[cuts[code] : cuts[code + 1]]
            heads, tails = heads_of_edges[edges], arrays.forward.target[edges]
            kinds = Counter(arrays.kind[tails].tolist())
            kind: NodeKind = KINDS[next(iter(kinds))] if len(kinds) == 1 else "mixed" if kinds else "entity"  # type: ignore[assignment]
            domain = Counter({t: int(typing[t][heads].sum()) for t in types})
            range_ = Counter({t: int(typing[t][tails].sum()) for t in types})
            name, aliases, unit = described[id]
            relations[id] = Relation(
                id, name or words_of(id), tuple(json.loads(aliases)), unit, len(edges), len(np.unique(heads)),
                len(np.unique(tails)), kind, _commonest(domain), _commonest(range_),
            )  # fmt: skip
        ((entities, literals),) = self._file.rows("SELECT coalesce(sum(kind = 0), 0), coalesce(sum(kind > 0), 0) FROM nodes")
        ((facts,),) = self._file.rows("SELECT count(*) FROM facts")
        return Schema(entities, literals, facts, relations, {t: len(arrays.members[t]) for t in types})

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        statement = "SELECT row, text, label FROM nodes WHERE kind = 0 AND text IN (?)"
        return {e.id: e for e in self._described(list(self._file.rows_in(statement, sorted(set(ids)))))}

    def all_entities(self) -> Iterator[Entity]:
        yield from self._described(self._file.rows("SELECT row, text, label FROM nodes WHERE kind = 0 ORDER BY text"))

    def _described(self, found: list[tuple[int, str, str]]) -> Iterator[Entity]:
        rows = [row for row, *_ in found]
        aliases: dict[int, list[Name]] = defaultdict(list)
        types: dict[int, list[str]] = defaultdict(list)
        for row, text, language in self._file.rows_in("SELECT entity, text, language FROM aliases WHERE entity IN (?) ORDER BY row", rows):
            aliases[row].append(Name(text, language))
        for row, type in self._file.rows_in("SELECT entity, type FROM types WHERE entity IN (?) ORDER BY entity, type", rows):
            types[row].append(type)
        for row, id, label in found:
            yield Entity(id, label, tuple(aliases[row]), tuple(types[row]))

    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]:
        self._load()
        where, values = ["1"], []
        for column, wanted in (("head", heads), ("tail", tails)):
            if wanted is not None:
                rows = self.node_rows(sorted(set(wanted), key=node_key))
                where.append(f"f.{column} IN ({','.join(map(str, rows.tolist()))})")
        if relation is not None:
            where.append("f.relation = ?")
            values.append(self._codes.get(relation, -1))
        found = self._file.rows(
            "SELECT f.row, h.text, r.id, t.kind, t.text, t.language, f.weight, f.start, f.end FROM facts f"
            " JOIN nodes h ON h.row = f.head JOIN relations r ON r.row = f.relation JOIN nodes t ON t.row = f.tail"
            f" WHERE {' AND '.join(where)}",
            values,
        )
        keyed = sorted(
            ((Fact(h, r, node_from(k, t, g), w, start=s or None, end=e or None), row) for row, h, r, k, t, g, w, s, e in found),
            key=lambda pair: pair[0].key,
        )[:limit]
        sources: dict[int, list[tuple[str, str]]] = defaultdict(list)
        statement = "SELECT p.fact, b.id, p.source FROM provenance p JOIN batches b ON b.row = p.batch WHERE p.fact IN (?) ORDER BY 1, p.batch, 3"
        for row, batch, source in self._file.rows_in(statement, [row for _, row in keyed]):
            sources[row].append((batch, source))
        for fact, row in keyed:
            known = tuple(dict.fromkeys(s for _, s in sources[row] if s))
            batch = sources[row][0][0] if sources[row] else ""
            yield Fact(fact.head, fact.relation, fact.tail, fact.weight, known, batch, fact.start, fact.end)

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        self._load()
        return RowFrontier(np.unique(self.node_rows(list(nodes))))

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        self._load()
        out = []
        for frontier in frontiers:
            assert isinstance(frontier, RowFrontier)
            steps = [
                Step(self._relations[code], inverse, edges, RowFrontier(rows[:cap]))
                for inverse in (False, True)
                for code, edges, rows in self._arrays.expand(frontier.rows, inverse)
            ]
            out.append(sorted(steps, key=lambda s: (s.relation, s.inverse)))
        return out

    def execute(self, plan: Plan) -> Result:
        check(plan)
        self._load()
        kind = kind_of(plan)
        if kind == "set":
            return Result(kind, self._nodes(self._executor.rows(plan)))
        return Result(kind, value=self._executor.value(plan))

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        statement = "SELECT n.folded, e.text FROM names n JOIN nodes e ON e.row = n.entity WHERE n.folded IN (?) ORDER BY 1, 2"
        for name, id in self._file.rows_in(statement, sorted(set(folded))):
            found[name].append(id)
        return {name: tuple(ids) for name, ids in found.items()}

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        self._load()
        if self._search is None:
            names = self._file.rows("SELECT folded, entity FROM names")
            self._search = NameSearch([n for n, _ in names], np.array([e for _, e in names], dtype=np.int32))
        found = self._search.search(text, 2 * limit)
        ids = dict(self._file.rows_in("SELECT row, text FROM nodes WHERE row IN (?)", [row for row, *_ in found]))
        return hits_by_id([(ids[row], name, score) for row, name, score in found], limit)

    def close(self) -> None:
        self._file.close()

    # NetworkX --------------------------------------------------------------------------------------------------------

    def to_networkx(self) -> nx.MultiDiGraph:
        """The whole graph. Entities are nodes (label, type, aliases), literals are nodes of their own; edges carry the fact."""
        graph = nx.MultiDiGraph()
        for entity in self.all_entities():
            graph.add_node(entity.id, label=entity.label, type=list(entity.types), aliases=[a.text for a in entity.aliases])
        for fact in self.facts():
            values = {"weight": fact.weight, "sources": list(fact.sources), "start": fact.start, "end": fact.end}
            graph.add_edge(fact.head, fact.tail, relation=fact.relation, **{k: v for k, v in values.items() if v})
        return graph


def _commonest(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((t, n) for t, n in counts.items() if n), key=lambda pair: (-pair[1], pair[0])))


