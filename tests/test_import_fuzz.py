"""Broken and hostile files: one clear error or rejects that are counted, never a crash, a hang or memory without bounds."""

from __future__ import annotations

import bz2
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import AskGraphError, LoadError
from kg.networkx_store import NetworkXStore
from loaders import guards
from loaders.import_graph import ImportReport, import_graph
from loaders.profile import profile_source
from tests.import_samples import SAMPLES, Sample
from tests.test_formats import adds_up, zipped

ROOT = Path(__file__).resolve().parent.parent
PIECES = (
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\r",
    b"\n\n",
    b'"',
    b"<",
    b"{",
    b"]",
    b"\\u0000",
    b"\\ud800",
    b"&a;",
    b"<<(",
    b"\t",
    b"9" * 400,
    b"",
)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.format)


def tried(folder: Path, name: str, content: bytes, **options: object) -> ImportReport | AskGraphError:
    """What an import comes to; whatever is no error of ours, or does not add up, fails the test."""
    path = folder / name
    path.write_bytes(content)
    store = NetworkXStore.open()
    try:
        report = import_graph(path, store, rejects=folder / "rejects", **options)  # type: ignore[arg-type]
    except AskGraphError as error:
        failed = error
    else:
        assert adds_up(report)
        assert store.schema().facts == report.facts
        (folder / "rejects").unlink(missing_ok=True)
        return report
    assert store.revision == 0
    assert not (folder / "rejects").exists()
    assert str(path) in str(failed) and "\n" not in str(failed)
    return failed


def mutated(data: st.DataObject, content: bytes) -> bytes:
    """The content with a few places changed, left out, doubled, or all of it cut off."""
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, max(0, len(content) - 1)))
        end = min(len(content), start + data.draw(st.integers(0, 40)))
        what = data.draw(st.sampled_from(["piece", "left out", "doubled", "cut", "byte"]))
        if what == "piece":
            content = content[:start] + data.draw(st.sampled_from(PIECES)) + content[start:]
        elif what == "left out":
            content = content[:start] + content[end:]
        elif what == "doubled":
            content = content[:end] + content[start:]
        elif what == "cut":
            content = content[:start]
        else:
            content = content[:start] + bytes([data.draw(st.integers(0, 255))]) + content[start + 1 :]
    return content


class TestMutations:
    @each_sample
    def test_of_every_format(self, sample: Sample) -> None:
        @settings(max_examples=25, derandomize=True, deadline=None, database=None)
        @given(st.data())
        def run(data: st.DataObject) -> None:
            with TemporaryDirectory() as folder:
                tried(Path(folder), sample.name, mutated(data, sample.content), format=sample.format)

        run()

    @each_sample
    def test_of_what_is_recognised(self, sample: Sample) -> None:
        @settings(max_examples=8, derandomize=True, deadline=None, database=None)
        @given(st.data())
        def run(data: st.DataObject) -> None:
            with TemporaryDirectory() as folder:
                tried(Path(folder), "file", mutated(data, sample.content))

        run()

    @each_sample
    def test_read_as_each_other_format(self, sample: Sample, tmp_path: Path) -> None:
        for other in SAMPLES:
            tried(tmp_path, "file", sample.content, format=other.format)

    @each_sample
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "utf-8-sig"])
    def test_in_another_encoding(self, sample: Sample, encoding: str, tmp_path: Path) -> None:
        if sample.format != "parquet":
            tried(tmp_path, sample.name, sample.content.decode().encode(encoding, "replace"))

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard.compress, lambda c: zipped({"a": c})])
    def test_of_what_is_packed(self, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
        packed = pack("".join(f"a{n}|knows|b{n * 7919 % 1000}\n" for n in range(2_000)).encode())
        for size in range(12, len(packed), len(packed) // 10):
            assert isinstance(tried(tmp_path, "file", packed[:size]), LoadError)
        for place in range(12, len(packed), len(packed) // 10):
            tried(tmp_path, "file", packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :])


class TestNesting:
    """What is followed by recursion, deeper than any stack."""

    DEEP = 30_000

    @pytest.mark.parametrize(
        ("name", "head", "item", "middle", "tail"),
        [
            ("a.jsonld", b"", b'{"@id":"a:b","http://x/y":', b"1", b"}"),
            ("a.jsonld", b'{"@id":"a:b","@context":', b'{"a":{"@context":', b"{}", b"}}"),
            ("a.jsonld", b'"@id"', b"[", b"", b"]"),
            ("g.json", b'{"nodes":', b"[", b"", b"]"),
            ("wd.json", b'{"type":"item","id":"Q1","labels":{},"claims":', b'{"a":', b"1", b"}"),
            ("a.json", b'{"type":"node","id":"1","properties":', b'{"a":', b"1", b"}"),
            ("a.nt", b"<a:a> <a:b> <a:c> .\n<a:a> <a:b> ", b"<<( <a:a> <a:b> ", b"<a:c>", b" )>>"),
            ("a.ttl", b"@prefix x: <http://x/> .\nx:a x:b ", b"<<( x:a x:b ", b"x:c", b" )>>"),
            ("a.ttl", b"@prefix x: <http://x/> .\nx:a x:b ", b"[ x:b ", b"x:c", b" ]"),
            ("a.trig", b"@prefix x: <http://x/> .\nx:a x:b ", b"( ", b"x:c", b" )"),
            ("g.graphml", b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">', b"<graph>", b"", b"</graph>"),
        ],
    )  # fmt: skip
    def test_is_refused_or_followed(
        self, name: str, head: bytes, item: bytes, middle: bytes, tail: bytes, tmp_path: Path
    ) -> None:
        times = self.DEEP if item.strip() not in (b"(", b"[ x:b") else self.DEEP // 10  # these need no recursion
        deep = head + item * times + middle
        tried(tmp_path, name, deep)
        tried(tmp_path, name, deep + tail * times + (b" .\n" if name[2:] in ("nt", "ttl", "trig") else b"}"))

    def test_brackets_in_texts_are_no_nesting(self, tmp_path: Path) -> None:
        told = {"@id": "a:b", "http://x/y": '[{\\"' * 100_000}
        report = tried(tmp_path, "a.jsonld", json.dumps(told).encode())
        assert isinstance(report, ImportReport) and report.facts == 1

    @pytest.mark.parametrize(
        "context",
        ['{"a": "b", "b": "a"}', '{"a": "a:x"}', '{"@context": {"@context": {}}}', '"file"', '["file", "file"]',
         '{"@import": "file"}', '{"@vocab": "@vocab"}', '{"a": {"@id": "a", "@type": "a"}}'],
    )  # fmt: skip
    def test_contexts_that_lead_to_themselves(self, context: str, tmp_path: Path) -> None:
        tried(tmp_path, "file", f'{{"@context": {context}, "@id": "a:b", "a": {{"@id": "a:b", "a": "x"}}}}'.encode())

    def test_things_that_lead_to_themselves_are_facts(self, tmp_path: Path) -> None:
        report = tried(
            tmp_path, "file", b'{"@id": "a:b", "a:r": [{"@id": "a:b"}, {"@id": "a:c", "a:r": {"@id": "a:b"}}]}'
        )
        assert isinstance(report, ImportReport) and report.facts == 3


LINES = {  # a good file, and how a bad line begins
    "kb.txt": (b"a|r|b\n", b"a|r|"),
    "a.nt": (b"<a:b> <a:c> <a:d> .\n", b"<a:b> <a:c> <a:"),
    "a.csv": (b":ID,x\na,b\n", b'a,"'),
    "a.json": (b'{"type":"node","id":"1","labels":["x"]}\n', b'{"type":"node","id":"'),
}


class TestLongLines:
    @pytest.mark.parametrize("name", LINES)
    def test_are_set_aside_with_their_number(self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guards, "LONGEST_LINE", 70_000)
        good, bad = LINES[name]
        content = good + bad + b"x" * 400_000 + b"\n" + good.splitlines(keepends=True)[-1]
        report = tried(tmp_path, name, content)
        assert isinstance(report, ImportReport)
        assert report.rejected == 1
        (reject,) = report.first_rejects
        assert (reject.line, reject.reason) == (good.count(b"\n") + 1, "a line of more than 70,000 bytes")
        assert len(reject.text) < 2_000

    def test_a_line_as_long_as_is_read_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guards, "LONGEST_LINE", 70_000)
        for ending in (b"\n", b"\r\n"):
            report = tried(tmp_path, "kb.txt", b"a|r|" + b"x" * 69_996 + ending + b"a|r|b" + ending)
            assert isinstance(report, ImportReport) and (report.facts, report.rejected) == (2, 0)


BOMBS = """
import bz2, gzip, io, resource, sys, zipfile
from pathlib import Path
import zstandard
from kg.errors import LoadError
from kg.networkx_store import NetworkXStore
from loaders import guards
from loaders.import_graph import import_graph

folder = Path(sys.argv[1])
entities = "".join(f'<!ENTITY e{n} "{("&e%d;" % (n - 1)) * 10}">' for n in range(1, 10))
doctype = '<!DOCTYPE r [<!ENTITY e0 "aaaaaaaaaa">' + entities + "]>"
rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/"'
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("a", "w") as member:
    for _ in range(30):
        member.write(b"a" * (1 << 20))
million = b"a|r|b\\n" * 174_763  # a mebibyte
files = {
    "gzip": gzip.compress(b"a" * (1 << 24)) * 2,
    "bzip2": bz2.compress(b"a" * (1 << 24)) * 2,
    "zstd": zstandard.compress(b"a" * (1 << 24)) * 2,
    "zip": archive.getvalue(),
    "lines": gzip.compress(million * 8),
    "turtle": gzip.compress(b"@prefix x: <http://x/> .\\nx:a x:b '''") + gzip.compress(b"a" * (1 << 24)) * 2,
    "json": gzip.compress(b'{"@id": "a:b", "http://x/y": "') + gzip.compress(b"a" * (1 << 24)) * 2,
    "rdfxml": f'<?xml version="1.0"?>{doctype}<rdf:RDF {rdf}><x:T rdf:about="a:b"><x:y>&e9;</x:y></x:T></rdf:RDF>',
    "graphml": f'<?xml version="1.0"?>{doctype}<graphml><graph><node id="&e9;"/></graph></graphml>',
    "gexf": f'<?xml version="1.0"?>{doctype}<gexf><graph><nodes><node id="a" label="&e9;"/></nodes></graph></gexf>',
}
guards.FREE, guards.RATIO = 1 << 20, 100
begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, content in files.items():
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    store = NetworkXStore.open()
    try:
        print(name, import_graph(path, store))
    except LoadError as error:
        print(name, str(error).removeprefix(str(path)), sep="")
    path.unlink()
with (folder / "kb.txt").open("wb") as file:
    file.write(b"a|r|b\\n")
    for _ in range(100):
        file.write(b"x" * 1_000_000)
    file.write(b"\\na|r|c\\n")
report = import_graph(folder / "kb.txt", NetworkXStore.open(), rejects=folder / "rejects")
print("100 MB line:", report.facts, report.first_rejects[0].reason, report.first_rejects[0].line)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begun) // 1024)
"""


class TestBombs:
    def test_are_refused_in_bounded_memory_and_nothing_reaches_the_disk(self, tmp_path: Path) -> None:
        ran = subprocess.run(
            [sys.executable, "-c", BOMBS, str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stderr
        *told, line, megabytes = ran.stdout.splitlines()
        refused = dict(text.split(": ", 1) for text in told)
        for name in ("gzip", "bzip2", "zstd", "zip", "lines", "turtle", "json"):
            assert "expands to more than 100 times its size" in refused[name], refused[name]
        for name in ("rdfxml", "graphml", "gexf"):
            assert "stands for more than 1,000 characters" in refused[name], refused[name]
        assert line == "100 MB line: 2 a line of more than 16,777,216 bytes 2"
        assert int(megabytes) < 250
        assert {path.name for path in tmp_path.iterdir()} == {"kb.txt", "rejects"}

    def test_lines_without_end_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guards, "LONGEST_LINE", 1_000)
        monkeypatch.setattr(guards, "ENDLESS", 100_000)
        assert "a line of more than 100,000 bytes" in str(tried(tmp_path, "kb.txt", b"a|r|b\n" + b"x" * 200_000))

    def test_entities_that_stand_for_short_texts_are_read(self, tmp_path: Path) -> None:
        (rdf,) = (sample for sample in SAMPLES if sample.format == "rdfxml")
        assert isinstance(tried(tmp_path, rdf.name, rdf.content), ImportReport)


def test_a_look_at_hostile_files_is_as_safe(tmp_path: Path) -> None:
    for sample in SAMPLES:
        path = tmp_path / sample.name
        for size in range(0, len(sample.content), max(1, len(sample.content) // 8)):
            path.write_bytes(sample.content[:size])
            try:
                profile = profile_source(path)
            except AskGraphError:
                continue
            told = profile.facts + profile.duplicates + profile.described + profile.skipped + profile.rejected
            assert profile.read == told
    assert {path.name for path in tmp_path.iterdir()} == {sample.name for sample in SAMPLES}
