"""Exports: what goes out comes back the same, as far as the format can hold it; files are there as a whole or not at all."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow.parquet as pq
import pytest

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Name, Relation
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore
from loaders import export_parquet, exported
from loaders.export import FORMATS, export_graph, format_of
from loaders.import_graph import import_graph
from qa_pipeline.cli import main
from tests import neo4j_server

FACTS = [
    Fact("New York", "located in", "USA", 0.25, ("a.csv", 'b "quoted", c'), start="1788-07-26"),
    Fact("New York", "located in", "USA", 1.0, ("a.csv",), start="1664", end="1783"),
    Fact("New York", "founded", Literal("1624", "date")),
    Fact("New York", "population", Literal(8_804_190), 2.0, ("census",), start="2020", end="2021"),
    Fact("New York", "population", Literal(10**30)),
    Fact("New York", "density", Literal(11.5)),
    Fact("New York", "size", Literal(1e30)),
    Fact("New York", "motto", Literal('Ex"cel\nsior; <&> |', "string", "la"), 1.0, ("x",)),
    Fact("New York", "motto", Literal("", "string")),
    Fact("New York", "code", Literal("007", "string")),
    Fact("http://x/y", "year", Literal("987", "date")),
    Fact("_:kb.nt#b0", "located in", "100%"),
    Fact(" blanks ", "x\ty", "two\r\nlines"),
    Fact("number@:5", "is", Literal(5)),
    Fact("literal:number@:5", "is", "number@:5"),
    Fact("a;b|c,d", "has", '"'),
]
ENTITIES = [
    Entity(
        "New York",
        "New York City",
        (Name("纽约", "zh-hans"), Name("NYC"), Name("The Apple; Big", "en")),
        ("big city", "x;y"),
    ),
    Entity("USA", "USA", (), (":odd", "[1]")),
    Entity("lonely"),
    Entity("typed", types=("[only]",)),
    Entity("named", "a\n b\t ", (Name("two"), Name("names"))),
]
RELATIONS = [Relation("located in", "lies in", ("is in", "part of")), Relation("size", "", (), "square mile")]
EXPORT_PAGE = (Path(__file__).resolve().parent.parent / "docs" / "export.md").read_text(encoding="utf-8")


def fill(store: GraphStore) -> None:
    store.add(FACTS, ENTITIES, RELATIONS, batch="made")


def contents(store: GraphStore) -> tuple[Any, ...]:
    """All that a store tells of its graph, but for its batches."""
    facts = [replace(fact, batch="", sources=tuple(sorted(fact.sources))) for fact in store.facts()]
    return store.schema(), facts, list(store.all_entities())


def files_of(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]


@pytest.fixture(params=["neo4j-csv", "parquet", "graphml"])
def format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestRoundTrip:
    def test_nothing_is_lost(self, format: str, store: GraphStore, tmp_path: Path) -> None:
        fill(store)
        report = export_graph(store, tmp_path / "out", format)
        assert report.notes == ()
        back = NetworkXStore.open()
        imported = import_graph(files_of(tmp_path / "out"), back)
        assert imported.rejected == 0 and imported.facts == len(FACTS)
        assert contents(back) == contents(store)
        export_graph(back, tmp_path / "again", format)
        texts = [[file.read_bytes() for file in files_of(tmp_path / name)] for name in ("out", "again")]
        assert texts[0] == texts[1]

    def test_a_graph_as_it_comes_in_goes_out_and_in_again(self, format: str, tmp_path: Path) -> None:
        (tmp_path / "kb.txt").write_text("a|knows|b\na|age|5\nb|type|cat\n" * 3)
        store, back = NetworkXStore.open(), NetworkXStore.open()
        import_graph(tmp_path / "kb.txt", store)
        report = export_graph(store, tmp_path / "out", format)
        assert sum(report.counts.get(name, 0) for name in ("facts", "values")) == 2
        import_graph(files_of(tmp_path / "out"), back)
        assert contents(back) == contents(store)

    def test_ntriples_hold_all_but_weights_sources_times_and_units(self, tmp_path: Path) -> None:
        store, back = NetworkXStore.open(), NetworkXStore.open()
        fill(store)
        report = export_graph(store, tmp_path / "out.nt.gz")
        assert report.notes == ("N-Triples hold no weights, sources, times and units; those were left out",)
        assert gzip.decompress((tmp_path / "out.nt.gz").read_bytes()).startswith(b"<")
        import_graph(tmp_path / "out.nt.gz", back)
        assert {(f.head, f.relation, f.tail) for f in back.facts()} == {(f.head, f.relation, f.tail) for f in FACTS}
        assert list(back.all_entities()) == list(store.all_entities())

    def test_what_xml_cannot_hold_is_said(self, tmp_path: Path) -> None:
        store, back = NetworkXStore.open(), NetworkXStore.open()
        store.add([Fact("a\x01", "r", "b")], batch="made")
        report = export_graph(store, tmp_path / "o.graphml")
        assert report.notes == ("2 texts had characters that XML cannot hold; each became U+FFFD",)
        import_graph(tmp_path / "o.graphml", back)
        assert [fact.head for fact in back.facts()] == ["a\ufffd"]

    def test_what_separates_values_is_said(self, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        store.add([], [Entity("a", "x", (Name("a\x1fb"), Name("c")))], batch="made")
        assert "U+001F" in export_graph(store, tmp_path / "o", "neo4j-csv").notes[0]


class TestOthersReadIt:
    """The files are what other programs take them for."""

    def test_graphml(self, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        fill(store)
        export_graph(store, tmp_path / "o.graphml")
        graph = nx.read_graphml(tmp_path / "o.graphml", force_multigraph=True)
        assert graph.nodes["New York"]["label"] == "New York City"
        assert graph.number_of_edges() == len(FACTS)
        assert graph.edges["_:kb.nt#b0", "100%", 0]["relation"] == "located in"

    def test_parquet(self, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        fill(store)
        export_graph(store, tmp_path / "o.parquet")
        facts = pq.read_table(tmp_path / "o.parquet" / "facts.parquet").to_pylist()
        assert len(facts) == len(FACTS)
        assert {"head": "New York", "relation": "density", "tail": "11.5", "tail_kind": "number"}.items() <= next(
            fact for fact in facts if fact["relation"] == "density"
        ).items()

    def test_tables_have_the_headers_of_neo4js_importer(self, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        fill(store)
        export_graph(store, tmp_path / "o", "neo4j-csv")
        headers = {path.stem: path.read_text().splitlines()[0] for path in (tmp_path / "o").iterdir()}
        assert headers == {
            "entities": "id:ID(AskGraph),label,:LABEL,aliases:string[],alias_languages:string[]",
            "literals": "key:ID(AskGraphLiteral),kind,value,language,number:double,:LABEL",
            "relations": "relation:ID(AskGraphRelation),name,aliases:string[],unit,:LABEL",
            "facts": ":START_ID(AskGraph),:TYPE,:END_ID(AskGraph),weight:double,start,end,sources:string[]",
            "values": ":START_ID(AskGraph),:TYPE,:END_ID(AskGraphLiteral),weight:double,start,end,sources:string[]",
        }

    @pytest.mark.neo4j
    @pytest.mark.slow
    def test_neo4js_own_importer_takes_the_tables(self, tmp_path: Path) -> None:
        try:
            lib = neo4j_server.fetch()
        except neo4j_server.NoServer as reason:
            pytest.skip(str(reason))
        store = NetworkXStore.open()
        fill(store)
        export_graph(store, tmp_path / "tables", "neo4j-csv")
        home = tmp_path / "home"
        for folder in ("conf", "data", "logs", "run", "plugins", "import"):
            (home / folder).mkdir(parents=True)
        told = re.search(
            r"^neo4j-admin (database import .*?)^```", EXPORT_PAGE.replace("\\\n", " "), re.DOTALL | re.MULTILINE
        )
        assert told is not None
        places = os.environ | {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
        admin = [
            "java",
            "-Xmx512m",
            "-cp",
            f"{lib}/*",
            f"-Dbasedir={home}",
            "org.neo4j.server.startup.Neo4jAdminCommand",
        ]
        done = subprocess.run(
            [*admin, *told[1].split()], cwd=tmp_path / "tables", env=places, capture_output=True, text=True, check=False
        )
        assert re.findall(r"^  (\d+) (nodes|relationships)", done.stdout, re.MULTILINE) == [
            ("26", "nodes"), ("16", "relationships")
        ], done.stdout + done.stderr  # fmt: skip

    def test_a_broken_row_of_our_own_tables_spoils_no_other(self, tmp_path: Path) -> None:
        path = tmp_path / "facts.csv"
        header = b":START_ID(AskGraph),:TYPE,:END_ID(AskGraphLiteral),weight:double,start,end,sources:string[]\n"
        path.write_bytes(
            header
            + b"a,r,number@:5,1.0,,,\na,r\na,r,number@:5x,1,,,\na,r\xff,x,1,,,\na,r,nothing,1,,,\nb,r,date@:1999,1,,,\n"
        )
        store = NetworkXStore.open()
        report = import_graph(path, store)
        assert (report.read, report.facts, report.rejected) == (6, 2, 4)
        assert [reject.line for reject in report.first_rejects] == [3, 4, 5, 6]


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "format"),
        [
            ("a.nt", "ntriples"),
            ("a.nt.gz", "ntriples"),
            ("a.GraphML", "graphml"),
            ("a.parquet", "parquet"),
            ("a.graphml.gz", "graphml"),
        ],
    )
    def test_the_ending_says_the_format(self, name: str, format: str) -> None:
        assert format_of(Path(name)) == format

    def test_other_endings_need_a_format(self, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match=r"its ending says no format; name it with --format, or use \.nt"):
            export_graph(NetworkXStore.open(), tmp_path / "a.csv")
        with pytest.raises(
            LoadError, match="unknown format 'xls' to export; known: ntriples, neo4j-csv, graphml, parquet"
        ):
            export_graph(NetworkXStore.open(), tmp_path / "a.csv", "xls")

    @pytest.mark.parametrize("format", FORMATS)
    def test_a_failed_export_leaves_what_was_there(
        self, format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = NetworkXStore.open()
        fill(store)
        export_graph(store, tmp_path / "out", format)
        before = [(file, file.read_bytes()) for file in files_of(tmp_path / "out")]

        def broken(self: object, *args: object) -> Iterator[Fact]:
            yield FACTS[0]
            raise KeyboardInterrupt

        monkeypatch.setattr(NetworkXStore, "facts", broken)
        with pytest.raises(KeyboardInterrupt):
            export_graph(store, tmp_path / "out", format)
        assert [(file, file.read_bytes()) for file in files_of(tmp_path / "out")] == before
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    @pytest.mark.parametrize("format", ["neo4j-csv", "parquet"])
    def test_a_folder_that_holds_something_else_is_left_alone(self, format: str, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.tex").write_text("x")
        with pytest.raises(LoadError, match="is no folder of an earlier export"):
            export_graph(NetworkXStore.open(), tmp_path / "mine", format)

    def test_an_earlier_export_is_replaced(self, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        fill(store)
        export_graph(store, tmp_path / "o", "neo4j-csv")
        export_graph(store, tmp_path / "o", "parquet")
        assert [path.name for path in files_of(tmp_path / "o")] == [
            "entities.parquet",
            "facts.parquet",
            "relations.parquet",
        ]


class TestCommand:
    @pytest.fixture
    def graph(self, tmp_path: Path) -> str:
        store = NetworkXStore.open(tmp_path / "g.kg")
        fill(store)
        store.close()
        return str(tmp_path / "g.kg")

    def test_it_says_what_it_wrote(self, graph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = str(tmp_path / "t")
        assert main(["export", "--graph", graph, "--format", "neo4j-csv", "--out", out]) == 0
        told = capsys.readouterr().out
        assert told == f"14 entities, 10 literals, 2 relations, 6 facts, 10 values in {out}\n"
        assert main(["export", "--graph", graph, "--out", str(tmp_path / "a.nt")]) == 0
        assert "hold no weights" in capsys.readouterr().out

    def test_what_is_no_text_needs_a_place(self, graph: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["export", "--graph", graph, "--format", "parquet"]) == 2
        assert "parquet is written to files; give --out" in capsys.readouterr().err


MANY = 4_000


def test_memory_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going through the facts, no exporter keeps them."""

    class Many:
        """A store of many facts, which are made as they are asked for."""

        revision = 1

        def schema(self) -> Any:
            return NetworkXStore.open().schema()

        def all_entities(self) -> Iterator[Entity]:
            return iter(())

        def facts(self) -> Iterator[Fact]:
            return (Fact(f"h{n}", "r", Literal(n)) for n in range(MANY))

    monkeypatch.setattr(export_parquet, "ROWS", 200)
    monkeypatch.setattr(exported, "CHUNK", 200)
    for format in FORMATS:
        tracemalloc.start()
        export_graph(Many(), tmp_path / format, format)  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MANY * 200, format
