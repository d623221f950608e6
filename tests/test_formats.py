"""Every format: a small file comes in as what it says, is recognised, adds up, and changes nothing the second time."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
import zstandard

from kg.errors import LoadError
from kg.graph import Entity, Literal
from kg.networkx_store import NetworkXStore
from kg.rdf import ntriples
from loaders import rdf_files
from loaders.descriptions import Descriptions
from loaders.export import export_graph
from loaders.formats import FORMATS
from loaders.import_graph import ImportReport, import_graph
from loaders.mapping import Mapping
from loaders.recognise import recognise
from loaders.wikidata_values import day_after, time_of
from tests.import_samples import APOC, RDFS, SAMPLES, WIKIDATA, X, in_a_list, lines_of, parquet
from tests.import_samples import Sample as OneSample

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.format)
each_unpacked = pytest.mark.parametrize(  # Parquet is packed inside
    "sample", [sample for sample in SAMPLES if sample.format != "parquet"], ids=lambda sample: sample.format
)
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard.compress,
    ".zip": lambda content: zipped({"folder/": b"", "folder/kb": content}),
}  # fmt: skip


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def adds_up(report: ImportReport) -> bool:
    told = report.facts + report.known + report.duplicates
    return report.read == told + report.described + report.skipped + report.rejected


def sorted_names(entity: Entity) -> Entity:
    """The entity with its aliases in an order of their own; otherwise they are in that of the file."""
    return replace(entity, aliases=tuple(sorted(entity.aliases, key=lambda name: (name.text, name.language))))


class Read:
    """A file in a store of its own."""

    def __init__(self, path: Path, name: str, content: bytes, **options: object) -> None:
        self.path = path / name
        self.path.write_bytes(content)
        self.store = NetworkXStore.open()
        self.report = import_graph(self.path, self.store, batch="one", **options)  # type: ignore[arg-type]
        assert adds_up(self.report)
        self.facts = {(fact.head, fact.relation, fact.tail) for fact in self.store.facts()}

    def entity(self, id: str) -> Entity:
        return self.store.entities([id])[id]

    @property
    def reasons(self) -> list[str]:
        return [f"{reject.line}: {reject.reason}" for reject in self.report.first_rejects]


class TestEveryFormat:
    def test_there_is_a_sample_of_each(self) -> None:
        assert {sample.format for sample in SAMPLES} == set(FORMATS) - {"tsv", "csv"}

    @each_sample
    def test_it_is_recognised_whatever_the_file_is_called(self, sample: OneSample, tmp_path: Path) -> None:
        for name in (sample.name, "file", "file.txt"):
            (tmp_path / name).write_bytes(sample.content)
            assert recognise(tmp_path / name) == sample.format

    @each_sample
    def test_it_comes_in_as_what_it_says(self, sample: OneSample, tmp_path: Path) -> None:
        read = Read(tmp_path, sample.name, sample.content)
        assert read.facts == sample.facts
        for entity in sample.entities:
            assert read.entity(entity.id) == entity
        for relation, sources in sample.sources.items():
            assert {fact.sources for fact in read.store.facts(relation=relation)} == {sources}

    @each_sample
    def test_twice_is_once(self, sample: OneSample, tmp_path: Path) -> None:
        read = Read(tmp_path, sample.name, sample.content)
        before = list(read.store.facts()), list(read.store.all_entities()), read.store.schema()
        again = import_graph(read.path, read.store, batch="two", rejects=tmp_path / "rejects.tsv")
        assert adds_up(again)
        assert (again.facts, again.entities, again.known) == (0, 0, read.report.facts)
        assert (list(read.store.facts()), list(read.store.all_entities()), read.store.schema()) == before
        read.store.undo("two")
        assert (list(read.store.facts()), list(read.store.all_entities()), read.store.schema()) == before

    @each_unpacked
    @pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst", ".zip"])
    def test_packed_it_is_the_same(self, sample: OneSample, ending: str, tmp_path: Path) -> None:
        read = Read(tmp_path, sample.name + ending, PACKED[ending](sample.content))
        assert read.facts == sample.facts


class TestRdf:
    def test_a_bad_line_of_nquads_spoils_no_other(self, tmp_path: Path) -> None:
        content = b"<a:a> <a:b> <a:c> <g:1> .\n<a:a> <a:b> .\n<a:a> <a:b> <a:c> <g:2> .\n_:x <a:b> _:y _:g .\n"
        read = Read(tmp_path, "a.nq", content)
        assert [fact.sources for fact in read.store.facts(heads=["a:a"])] == [("a.nq", "g:1", "g:2")]
        assert ("_:a.nq#x", "a:b", "_:a.nq#y") in read.facts
        assert (read.report.duplicates, read.report.rejected) == (1, 1)
        assert read.reasons[0].startswith("2: ")

    def test_nothing_is_fetched_for_json_ld(self, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match=r"a\.json: its @context is somewhere else, and nothing is fetched"):
            Read(tmp_path, "a.json", b'{"@context": "http://schema.org/", "@id": "a:b", "name": "x"}')

    def test_relative_iris_belong_to_the_file(self, tmp_path: Path) -> None:
        text = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="{X}">'
        text += '<rdf:Description rdf:about="#a"><x:b rdf:resource="#c"/></rdf:Description></rdf:RDF>'
        assert Read(tmp_path, "o.owl", text.encode()).facts == {("file:///o.owl#a", X + "b", "file:///o.owl#c")}

    @pytest.mark.parametrize("context_first", [True, False])
    def test_large_json_ld_is_read_as_a_stream_where_its_order_allows_it(
        self, context_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rdf_files, "WHOLE", 100)
        told = {"@context": {}, "@id": "a:a", "http://x/b": [{"http://x/c": 5}, {"http://x/c": 6}], RDFS + "label": "A"}
        content = json.dumps(told if context_first else dict(reversed(told.items()))).encode()
        (tmp_path / "a.jsonld").write_bytes(content)
        reader = rdf_files.RdfReader(tmp_path / "a.jsonld", Mapping(), "jsonld")
        reader.describe(Descriptions())
        assert (reader.syntax == ox.RdfFormat.STREAMING_JSON_LD) is context_first
        read = Read(tmp_path, "a.jsonld", content)
        assert len(read.facts) == 4 and read.entity("a:a").label == "A"

    def test_blank_nodes_stay_connected(self, tmp_path: Path) -> None:
        text = b'{"@id": "a:a", "http://x/b": {"http://x/c": {"http://x/d": 5}}}'
        read = Read(tmp_path, "a.jsonld", text)
        assert len(read.facts) == 3
        (outer,) = (tail for head, _, tail in read.facts if head == "a:a")
        (inner,) = (tail for head, _, tail in read.facts if head == outer)
        assert (inner, X + "d", Literal(5)) in read.facts

    @pytest.mark.parametrize(("name", "called"), [("k.rdf", "RDF/XML"), ("k.jsonld", "JSON-LD"), ("k.trig", "TriG")])
    def test_an_error_fails_with_what_it_was_read_as(self, name: str, called: str, tmp_path: Path) -> None:
        content = next(sample.content for sample in SAMPLES if sample.name == name)
        with pytest.raises(LoadError, match=rf"no {called}: .*mend the file"):
            Read(tmp_path, name, content[: len(content) - 20])


class TestNeo4jJson:
    def test_relationships_carry_what_a_fact_can(self, tmp_path: Path) -> None:
        read = Read(tmp_path, "a.json", lines_of(APOC))
        (fact,) = read.store.facts(relation="ACTED_IN")
        assert (fact.weight, fact.start, fact.sources) == (0.5, "1998", ("a.json",))
        assert read.report.notes == (
            f"{read.path}: left out of relationships: roles; a fact carries weight, start, end and source only",
        )

    def test_it_may_be_an_array(self, tmp_path: Path) -> None:
        assert Read(tmp_path, "a.json", in_a_list(APOC)).report.facts == 7

    def test_what_is_broken_is_set_aside(self, tmp_path: Path) -> None:
        bad = [b'{"type":"node"}', b"{", b'{"type":"relationship","label":"X","start":{"id":"0"}}', b'{"type":"what"}',
               b'{"type":"node","id":"9","properties":{"deep":{"a":1},"n":1e999}}', b"[1]", b"\xff",
               b'{"type":"node","id":"8","properties":{"t":"\\u0000"}}']  # fmt: skip
        read = Read(tmp_path, "a.json", lines_of(APOC) + b"\n".join(bad))
        assert read.report.rejected == 9
        assert {fact for fact in read.facts if fact[0] == "9"} == set()


class TestGraphFiles:
    def test_edges_lead_from_source_to_target_and_carry_their_weight(self, tmp_path: Path) -> None:
        for name in ("g.graphml", "g.gexf", "g.json"):
            content = next(sample.content for sample in SAMPLES if sample.name == name)
            (fact,) = Read(tmp_path, name, content).store.facts(relation="ACTED_IN")
            assert (fact.head, fact.tail, fact.weight, fact.sources) == ("n0", "n1", 0.5, (name,))

    def test_edges_without_a_relation_are_set_aside(self, tmp_path: Path) -> None:
        content = b'{"nodes":[{"id":"a","size":NaN,"pos":[[1]]},{"id":"b"}],"edges":[{"source":"a","target":"b"},' \
            b'{"source":"a","target":"b","label":"x"}]}'  # fmt: skip
        read = Read(tmp_path, "g.json", content)
        assert (read.report.facts, read.report.rejected) == (1, 3)
        assert "0: edge a → b: no relation; the edge needs an attribute relation, label or type" in read.reasons

    @pytest.mark.parametrize(
        ("name", "content"),
        [("g.graphml", b"<graphml><graph>"), ("g.gexf", b"<gexf></gexf>"), ("g.json", b'{"nodes": [5], "links": 7}')],
    )
    def test_what_is_broken_is_one_clear_error(self, name: str, content: bytes, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match=rf"{name}(:\d+)?: no (GraphML|GEXF|node-link JSON): "):
            Read(tmp_path, name, content)


class TestParquet:
    def test_typed_columns_become_typed_literals(self, tmp_path: Path) -> None:
        content = parquet(
            {"head": ["a", None, "a"], "relation": ["age", "age", "age"], "tail": [5, 6, None], "weight": [0.5, 1, 1]}
        )
        read = Read(tmp_path, "f", content)
        assert read.facts == {("a", "age", Literal(5))}
        assert next(read.store.facts()).weight == 0.5
        assert read.reasons == ["2: an empty head, relation or tail", "3: an empty head, relation or tail"]

    def test_nodes(self, tmp_path: Path) -> None:
        columns = {"id": ["a", "b"], "name": ["Anna", None], "types": [["person", "cat"], []], "zh_labels": [["安娜"], None],
                   "age": [5, None], "tall": [True, None], "note": ["x", "2001-02-03"]}  # fmt: skip
        read = Read(tmp_path, "n.parquet", parquet(columns))
        assert read.entity("a").types == ("cat", "person") and read.entity("a").aliases[0].language == "zh"
        assert read.facts == {
            ("a", "age", Literal(5)), ("a", "tall", Literal("yes", "string")), ("a", "note", Literal("x", "string")),
            ("b", "note", Literal("2001-02-03", "date")),
        }  # fmt: skip
        assert import_graph(tmp_path / "n.parquet", NetworkXStore.open(), nodes=tmp_path / "n.parquet").entities == 2

    @pytest.mark.parametrize(
        "names",
        [
            ("source", "type", "target"),
            ("src", "relationship", "dst"),
            ("Subject", "Predicate", "Object"),
            ("h", "r", "t"),
        ],
    )
    def test_edges_whatever_their_columns_are_called(self, names: tuple[str, str, str], tmp_path: Path) -> None:
        ends = dict(zip(names, [["a"], ["likes"], ["b"]], strict=True))
        read = Read(tmp_path, "e.parquet", parquet({**ends, "since": [1]}))
        assert read.facts == {("a", "likes", "b")}
        assert "left out the columns since" in read.report.notes[0]

    def test_edges_with_an_id_are_edges_and_nodes_with_times_are_nodes(self, tmp_path: Path) -> None:
        assert Read(tmp_path, "e", parquet({"id": [1], "source": ["a"], "type": ["r"], "target": ["b"]})).facts == {
            ("a", "r", "b")
        }
        nodes = Read(
            tmp_path, "n", parquet({"id": ["a"], "type": ["war"], "start": ["1914-07-28"], "end": ["1918-11-11"]})
        )
        assert nodes.facts == {
            ("a", "start", Literal("1914-07-28", "date")),
            ("a", "end", Literal("1918-11-11", "date")),
        }

    def test_a_mapping_file_says_what_tails_are(self, tmp_path: Path) -> None:
        (tmp_path / "m.toml").write_text('[relations]\nage = "number"\nid = "skip"\n')
        content = parquet({"s": ["a", "a", "a"], "p": ["age", "id", "r"], "o": ["5", "x", "b"]})
        read = Read(tmp_path, "f", content, map=tmp_path / "m.toml")
        assert read.facts == {("a", "age", Literal(5)), ("a", "r", "b")}
        assert read.report.skipped == 1

    def test_columns_that_mean_nothing_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match=r"needs columns head, relation and tail .*found: x, y"):
            Read(tmp_path, "f", parquet({"x": [1], "y": [2]}))


class TestWikidata:
    def test_times_ranks_units_and_wordings(self, tmp_path: Path) -> None:
        read = Read(tmp_path, "wd.json", in_a_list(WIKIDATA))
        (mayor,) = read.store.facts(relation="P6")
        assert (mayor.start, mayor.end) == ("2014-12-11", "2021")
        (population,) = read.store.facts(relation="P1082")
        assert (population.start, population.end) == ("2018-12-31", "2019-01-01")
        relations = read.store.schema().relations
        assert (relations["P6"].name, relations["P6"].aliases) == ("head of government", ("mayor",))
        assert relations["P2046"].unit == "square kilometre"
        assert "P6" not in read.store.entities(["P6"])
        assert (read.report.skipped, read.report.rejected) == (2, 1)
        assert read.reasons == ["2: Q64 P571: '+1200-00-00T00:00:00Z' is less exact than a year"]
        left_out = [note.partition(": ")[2] for note in read.report.notes]
        assert left_out == ["left out 1 deprecated statements", "left out 1 statements without a value"]

    def test_lines_without_the_list_and_an_old_form_of_ids(self, tmp_path: Path) -> None:
        line = '{"id":"Q1","type":"item","claims":{"P1":[{"mainsnak":{"snaktype":"value","datavalue":' \
            '{"type":"wikibase-entityid","value":{"entity-type":"item","numeric-id":42}}}}]}}\n'  # fmt: skip
        read = Read(
            tmp_path,
            "wd",
            (line + '{"id":7,"type":"item"}\n{"type":"item","id":"Q2","claims":{"P1":[5,{}]}}\n').encode(),
        )
        assert read.facts == {("Q1", "P1", "Q42")}
        assert read.report.rejected == 2

    @pytest.mark.parametrize(
        ("text", "precision", "date", "after"),
        [
            ("+2020-02-28T00:00:00Z", 11, "2020-02-28", "2020-02-29"), ("+2018-12-31T00:00:00Z", 11, "2018-12-31", "2019-01-01"),
            ("+2018-12-00T00:00:00Z", 10, "2018-12", "2019-01"), ("+2018-00-00T00:00:00Z", 9, "2018", "2019"),
            ("-0044-03-15T00:00:00Z", 11, "-0044-03-15", None), ("-0044-00-00T00:00:00Z", 9, "-0044", "-0043"),
            ("+2001-02-03T04:05:06Z", 14, "2001-02-03T04:05:06Z", "2001-02-04"), ("+987-01-01T00:00:00Z", 9, "0987", "0988"),
        ],
    )  # fmt: skip
    def test_times_are_as_exact_as_they_are_told(self, text: str, precision: int, date: str, after: str | None) -> None:
        assert time_of({"time": text, "precision": precision}) == date
        assert day_after(date) == after

    @pytest.mark.parametrize("told", [{"time": "+1200-00-00T00:00:00Z", "precision": 7}, {"time": "soon"}])
    def test_times_that_are_none(self, told: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"less exact than a year|is no time"):
            time_of(told)

    def test_an_item_longer_than_what_is_looked_at_is_recognised(self, tmp_path: Path) -> None:
        long = WIKIDATA[0] | {"aliases": {"en": [{"language": "en", "value": f"alias {n}"} for n in range(3_000)]}}
        (tmp_path / "file").write_bytes(in_a_list([long]))
        assert recognise(tmp_path / "file") == "wikidata"


class TestConceptNet:
    def test_weights_datasets_and_broken_lines(self, tmp_path: Path) -> None:
        content = next(sample.content for sample in SAMPLES if sample.format == "conceptnet")
        read = Read(tmp_path, "a.csv", content + b"/a/[x]\t/r/A\t/c/en/a\t/c/en/b\tnone\n/a/[x]\t/r/A\n")
        assert [fact.weight for fact in read.store.facts(relation="/r/IsA")] == [2.0]
        assert read.report.rejected == 2
        assert read.reasons[1].startswith("4: 2 fields instead of five")


class TestPacked:
    def test_a_zip_of_several_files_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match="a zip archive of 2 files; unpack it"):
            Read(tmp_path, "a.zip", zipped({"a": b"a|r|b\n", "b": b"a|r|b\n"}))

    @pytest.mark.parametrize("name", ["../a.txt", "/etc/a", "x/../../a", "..\\a", "C:\\a"])
    def test_a_path_that_leaves_the_folder_is_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match="leads out of the folder"):
            Read(tmp_path, "a.zip", zipped({name: b"a|r|b\n"}))
        assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.fixture(scope="module")
def geography() -> NetworkXStore:
    folder = Path(os.environ.get("ASKGRAPH_DATA", "../shared/data")) / "geoquery"
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}; set ASKGRAPH_DATA to their folder")
    store = NetworkXStore.open()
    import_graph(folder / "kb.tsv", store, nodes=folder / "entities.tsv", batch="real")
    return store


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestRealGraphs:
    """A real graph, written in each format by the libraries that usually write it, is the same graph."""

    @pytest.mark.parametrize("syntax", ["nt", "nquads", "turtle", "longturtle", "trig", "xml", "pretty-xml", "json-ld"])
    def test_as_rdflib_writes_it(self, geography: NetworkXStore, syntax: str, tmp_path: Path) -> None:
        graph = rdflib.Dataset(default_union=True) if syntax in ("nquads", "trig") else rdflib.Graph()
        for line in islice(ntriples(geography), 0, None, 3):
            graph.parse(data=line, format="nt")
        content = graph.serialize(format=syntax, encoding="utf-8")
        plain = Read(tmp_path, "plain.nt", graph.serialize(format="nt", encoding="utf-8"))
        read = Read(tmp_path, "file", content)
        assert read.facts == plain.facts and len(read.facts) > 500
        assert [sorted_names(e) for e in read.store.all_entities()] == [
            sorted_names(e) for e in plain.store.all_entities()
        ]

    @pytest.mark.parametrize("format", ["neo4j-csv", "parquet", "graphml"])
    def test_as_it_is_exported(self, geography: NetworkXStore, format: str, tmp_path: Path) -> None:
        export_graph(geography, tmp_path / "out", format)
        out = tmp_path / "out"
        back = NetworkXStore.open()
        report = import_graph(sorted(out.iterdir()) if out.is_dir() else out, back, batch="real")
        assert adds_up(report) and report.rejected == 0
        assert list(back.facts()) == list(geography.facts())
        assert list(back.all_entities()) == list(geography.all_entities())
        assert back.schema() == geography.schema()

    @pytest.mark.parametrize("format", ["graphml", "gexf", "node-link"])
    def test_as_networkx_writes_it(self, geography: NetworkXStore, format: str, tmp_path: Path) -> None:
        graph = nx.MultiDiGraph()
        for entity in geography.all_entities():
            graph.add_node(entity.id, label=entity.label or entity.id, type=next(iter(entity.types), "thing"))
        for fact in geography.facts():
            if isinstance(fact.tail, str):
                graph.add_edge(fact.head, fact.tail, relation=fact.relation)
            elif fact.tail.kind == "number":
                graph.nodes[fact.head][fact.relation] = fact.tail.value
        if format == "graphml":
            nx.write_graphml(graph, tmp_path / "file")
        elif format == "gexf":
            nx.write_gexf(graph, tmp_path / "file")
        else:
            (tmp_path / "file").write_text(json.dumps(nx.node_link_data(graph)))
        read = Read(tmp_path, "file", (tmp_path / "file").read_bytes())
        edges = {(head, data["relation"], tail) for head, tail, data in graph.edges(data=True)}
        assert {fact for fact in read.facts if isinstance(fact[2], str)} == edges
        assert read.entity("texas").types == ("state",)
        assert ("texas", "population", next(geography.facts(["texas"], "population")).tail) in read.facts
