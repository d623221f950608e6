"""The import route: counts, rejects, all or nothing, progress, speed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kg.errors import LoadError, StoreError
from kg.graph import Entity, Fact
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore
from loaders.import_graph import import_graph, leaving_nothing
from loaders.profile import profile_source

DATA = Path(os.environ.get("ASKGRAPH_DATA", "../shared/data"))

KB = "a|r|b\na|r|b\nb|r|c\nc|type|city\nbroken\nb|size|5\n"


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    path = tmp_path / "kb.txt"
    path.write_text(KB)
    return path


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"no development data at {DATA}; set ASKGRAPH_DATA to their folder")
    return DATA


def contents(store: GraphStore) -> tuple[Any, ...]:
    """All that a store tells of its graph."""
    return store.schema(), list(store.facts()), list(store.all_entities())


def import_into(path: Path, source: Any) -> None:
    """An import as the command line does it."""
    with leaving_nothing(path):
        store = NetworkXStore.open(path)
        try:
            import_graph(source, store)
        finally:
            store.close()


class TestReport:
    def test_every_line_read_is_counted_once(self, kb: Path, store: GraphStore) -> None:
        report = import_graph(kb, store, batch="one")
        assert replace(report, first_rejects=(), rejects=None, seconds=0.0, notes=()) == replace(
            report,
            batch="one", read=6, facts=3, known=0, duplicates=1, described=1, skipped=0, rejected=1, entities=3,
            first_rejects=(), rejects=None, seconds=0.0, notes=(),
        )  # fmt: skip
        again = import_graph(kb, store, batch="two")
        assert (again.facts, again.known, again.duplicates, again.entities, again.read) == (0, 3, 1, 0, 6)
        assert again.seconds > 0

    def test_facts_carry_their_file_and_batch(self, kb: Path, store: GraphStore) -> None:
        report = import_graph(kb, store)
        assert {(fact.sources, fact.batch) for fact in store.facts()} == {(("kb.txt",), report.batch)}
        assert store.undo(report.batch) == 3
        assert store.schema().entities == 0

    def test_batches_have_readable_names_of_their_own(self, kb: Path) -> None:
        names = {import_graph(kb, NetworkXStore.open()).batch for _ in range(20)}
        assert len(names) == 20
        assert all(name.startswith("kb.txt-2") for name in names)

    def test_it_reads_as_a_sentence(self, kb: Path) -> None:
        text = str(import_graph(kb, NetworkXStore.open(), batch="one"))
        assert text.startswith("6 read: 3 new facts, 1 repeated, 1 names and types, 1 rejected; 3 new entities")
        assert "batch one" in text
        assert f"{kb}:5: 1 fields instead of three" in text

    def test_many_sources_are_one_import(self, kb: Path, tmp_path: Path, store: GraphStore) -> None:
        other = tmp_path / "other.nt"
        other.write_text("<a:x> <a:y> <a:z> .\n")
        report = import_graph([kb, str(other)], store, batch="one")
        assert report.facts == 4
        assert store.undo("one") == 4


class TestRejects:
    def test_they_are_written_with_path_line_reason_and_text(self, kb: Path, tmp_path: Path) -> None:
        report = import_graph(kb, NetworkXStore.open(), rejects=tmp_path / "bad.tsv")
        assert report.rejects == str(tmp_path / "bad.tsv")
        assert (tmp_path / "bad.tsv").read_text().split("\t") == [
            f"{kb}:5", "1 fields instead of three, separated by '|'", "broken\n",
        ]  # fmt: skip

    def test_they_lie_beside_the_target(self, kb: Path, tmp_path: Path) -> None:
        (tmp_path / "to").mkdir()
        store = NetworkXStore.open(tmp_path / "to" / "w.kg")
        report = import_graph(kb, store, batch="my/batch")
        assert report.rejects == str(tmp_path / "to" / "w.kg-rejects-my-batch.tsv")
        assert Path(report.rejects).exists()

    def test_they_lie_beside_the_source_where_the_target_is_no_file(self, kb: Path) -> None:
        report = import_graph(kb, NetworkXStore.open(), batch="one")
        assert report.rejects == f"{kb}-rejects-one.tsv"

    def test_without_any_there_is_no_file(self, kb: Path, tmp_path: Path) -> None:
        kb.write_text("a|r|b\n")
        report = import_graph(kb, NetworkXStore.open(), rejects=tmp_path / "bad.tsv")
        assert report.rejects is None
        assert not (tmp_path / "bad.tsv").exists()

    def test_where_they_cannot_be_written_the_import_fails(self, kb: Path, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        with pytest.raises(LoadError, match="rejects file cannot be written"):
            import_graph(kb, store, rejects=tmp_path / "none" / "bad.tsv")
        assert store.schema().facts == 0


class TestTooManyRejects:
    """KB has one bad line among six."""

    @pytest.mark.parametrize("most", [1, 0.2, 1.0, None])
    def test_up_to_a_number_or_a_share_they_are_set_aside(self, kb: Path, most: float | None) -> None:
        assert import_graph(kb, NetworkXStore.open(), max_bad=most).rejected == 1

    @pytest.mark.parametrize(
        ("most", "message"),
        [(0, r"more than 0 rejects \(max_bad\); the first: .*kb\.txt:5: "),
         (0.1, r"1 of 6 rejected, more than 10\.000% \(max_bad\); the first: .*kb\.txt:5: ")],
    )  # fmt: skip
    def test_beyond_it_the_import_fails_as_a_whole(
        self, kb: Path, most: float, message: str, store: GraphStore, tmp_path: Path
    ) -> None:
        store.add([Fact("a", "r", "b")], batch="before")
        before = contents(store)
        with pytest.raises(LoadError, match=message):
            import_graph(kb, store, max_bad=most, rejects=tmp_path / "rejects.tsv")
        assert contents(store) == before
        assert not (tmp_path / "rejects.tsv").exists()


class TestProfile:
    def test_it_counts_what_an_import_would_bring(self, kb: Path, tmp_path: Path) -> None:
        nodes = tmp_path / "nodes.csv"
        nodes.write_text("id,label,de_labels\na,Anna,Änne\nc,,\n")
        profile = profile_source(kb, nodes=nodes)
        report = import_graph(kb, NetworkXStore.open(), nodes=nodes)
        assert (profile.read, profile.facts, profile.duplicates) == (report.read, report.facts, report.duplicates)
        assert (profile.described, profile.rejected) == (report.described, report.rejected)
        assert (profile.entities, profile.labelled) == (report.entities, 1)
        assert profile.relations == {"r": 3, "size": 1} and profile.tails == {"entity": 3, "number": 1}
        assert (profile.types, profile.languages) == ({"city": 1}, {"de": 1})
        assert [fact.relation for fact in profile.samples] == ["r", "size"]
        text = str(profile)
        assert text.startswith("8 read: 3 facts, 1 repeated, 3 names and types, 1 rejected;")
        assert "3 entities, 1 with a label (33%)" in text and f"{kb}:5: 1 fields instead of three" in text

    def test_nothing_is_written(self, kb: Path, tmp_path: Path) -> None:
        profile_source(kb)
        assert [path.name for path in tmp_path.iterdir()] == ["kb.txt"]

    def test_what_an_import_refuses_it_refuses(self, tmp_path: Path) -> None:
        (tmp_path / "bad.nt").write_text("<a:b> <a:c>\n")
        with pytest.raises(LoadError, match="none of its 1 lines can be read"):
            profile_source(tmp_path / "bad.nt")

    def test_many_relations_are_not_all_shown(self, tmp_path: Path) -> None:
        (tmp_path / "kb.txt").write_text("".join(f"a|r{n}|b\n" for n in range(30)))
        profile = profile_source(tmp_path / "kb.txt")
        assert len(profile.relations) == 30
        assert "30 relations:" in str(profile) and "… 10 more" in str(profile)


class TestAllOrNothing:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> list[Path]:
        """Facts, a bad line, and then a file that fails."""
        good, bad = tmp_path / "good.txt", tmp_path / "bad.ttl"
        good.write_text("".join(f"n{n}|r|n{n + 1}\n" for n in range(30_000)) + "bad\n")
        bad.write_text("@prefix x: <http://x/> .\n" + "x:a x:b x:c .\n" * 50_000 + "x:a x:b\n")
        return [good, bad]

    def test_a_failed_import_leaves_the_store_as_it_was(self, broken: list[Path], store: GraphStore) -> None:
        store.add([Fact("a", "r", "b")], [Entity("a", "Anna")], batch="before")
        before = contents(store)
        with pytest.raises(LoadError, match=r"bad\.ttl:5000\d: no Turtle"):
            import_graph(broken, store)
        assert contents(store) == before

    def test_a_failed_import_leaves_no_new_file(self, broken: list[Path], tmp_path: Path) -> None:
        folder = tmp_path / "to"
        folder.mkdir()
        with pytest.raises(LoadError):
            import_into(folder / "w.kg", broken)
        assert list(folder.iterdir()) == []
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.ttl", "good.txt", "to"]

    def test_a_failed_import_leaves_an_old_file(self, broken: list[Path], tmp_path: Path) -> None:
        NetworkXStore.open(tmp_path / "w.kg").close()
        with pytest.raises(LoadError):
            import_into(tmp_path / "w.kg", broken)
        assert (tmp_path / "w.kg").exists()

    def test_a_file_of_broken_lines_only_is_refused(self, tmp_path: Path, store: GraphStore) -> None:
        good, bad = tmp_path / "good.txt", tmp_path / "bad.nt"
        good.write_text("a|r|b\n")
        bad.write_text("<a:b> <a:c>\n" * 7)
        with pytest.raises(LoadError, match=r"bad\.nt: none of its 7 lines can be read; the first: .*bad\.nt:1: "):
            import_graph([good, bad], store)
        assert store.schema().facts == 0
        assert sorted(path.name for path in tmp_path.glob("*.*t*")) == ["bad.nt", "good.txt"]

    def test_every_file_is_looked_at_first(self, kb: Path, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        with pytest.raises(LoadError, match="no such file"):
            import_graph([kb, tmp_path / "none.txt"], store)
        with pytest.raises(LoadError, match="no such file"):
            import_graph(kb, store, nodes=tmp_path / "none.csv")
        assert store.revision == 0

    def test_a_source_that_raises_takes_everything_back(self) -> None:
        def facts() -> Iterator[Fact]:
            yield from (Fact(f"a{n}", "r", "b") for n in range(30_000))
            raise KeyboardInterrupt

        store = NetworkXStore.open()
        with pytest.raises(KeyboardInterrupt):
            import_graph(facts(), store)
        assert store.schema().entities == 0

    def test_what_the_store_refuses_takes_everything_back(self) -> None:
        store = NetworkXStore.open()
        with pytest.raises(StoreError, match="NUL"):
            import_graph([Fact("a", "r", "b"), Fact("a", "r", "\0")], store)
        assert store.schema().facts == 0


class TestProgress:
    def test_it_is_shown_on_stderr_if_asked_for(self, kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
        import_graph(kb, NetworkXStore.open(), progress=True)
        out, err = capsys.readouterr()
        assert out == ""
        assert "import" in err
        assert f"{len(KB)}/{len(KB)}" in err.replace(".0", "")

    def test_otherwise_nothing_is_printed(self, kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
        import_graph(kb, NetworkXStore.open())
        assert capsys.readouterr() == ("", "")


@pytest.mark.data
class TestRealFiles:
    def test_a_film_graph_comes_in_within_seconds(self, data: Path, tmp_path: Path) -> None:
        store = NetworkXStore.open(tmp_path / "films.kg")
        started = time.process_time()
        report = import_graph(data / "metaqa" / "kb.txt", store)
        assert (report.read, report.facts, report.entities, report.rejected) == (133_582, 133_582, 43_234, 0)
        assert time.process_time() - started < 15  # some 2 s on an idle core
        relations = store.schema().relations
        assert len(relations) == 9
        assert relations["release_year"].kind == "entity"  # there is a film called 1984

    def test_a_geography_with_numbers_and_a_node_table(self, data: Path) -> None:
        store = NetworkXStore.open()
        folder = data / "geoquery"
        report = import_graph(folder / "kb.tsv", store, nodes=folder / "entities.tsv")
        assert (report.read, report.rejected) == (3032 + 633, 0)
        schema = store.schema()
        assert {r.id for r in schema.relations.values() if r.kind == "number"} >= {"population", "area", "length"}
        assert {"city", "state", "river"} <= set(schema.types)
        assert "得克萨斯州" in {name.text for name in store.entities(["texas"])["texas"].aliases}

    @pytest.mark.parametrize(
        "name",
        ["graphs/medical_zh/triples.tsv", "graphs/umls/triples.tsv", "graphs/countries/triples.tsv",
         "graphs/wn18rr/triples.tsv", "pathquestion/2H-kb.txt", "pathquestion/PQL2-KB.txt", "kgclue/gold_kb.tsv"],
    )  # fmt: skip
    def test_plain_triples_of_every_kind(self, data: Path, name: str, tmp_path: Path) -> None:
        store = NetworkXStore.open()
        report = import_graph(data / name, store, rejects=tmp_path / "rejects.tsv")
        assert report.read == report.facts + report.duplicates + report.described + report.rejected
        assert report.facts == store.schema().facts
        assert report.rejected < report.read / 100
        with (data / name).open("rb") as lines:
            assert report.read == sum(bool(line.strip()) for line in lines)

    def test_ids_with_leading_zeros_stay_ids(self, data: Path) -> None:
        store = NetworkXStore.open()
        import_graph(data / "graphs" / "wn18rr" / "triples.tsv", store)
        assert store.schema().literals == 0
