"""Large graphs in the embedded store: how fast they come in, what they cost, how fast they answer.

    python benchmarks/scale.py                     # the union file, the world twice its size, and growth from 10^4 to 10^6 facts
    python benchmarks/scale.py --most 10000000     # growth up to 10^7 facts

Three tables. *Import*: triples a second from the file to a closed store (parsed, durable, names indexed), beside what rdflib
needs only to parse a sample of the same file in the same run. *Opening*: a new process opens the union's graph and answers a
question. *Growth*: copies of MetaQA's film graph under new ids, so that the schema stays and everything else grows: the same
questions about the first copy are asked at every size. Memory is what the process holds when all is done (resident), less what
it held before. Every measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.development_sets import CACHE, DATA, ROOT, graph_at
from kg.opening import open_store
from kg.rdf import ntriples

JOBS = ROOT / "benchmarks" / "scale_jobs.py"
UNION = DATA / "graphs" / "union" / "union.nt.gz"
FILMS = DATA / "metaqa" / "kb.txt"
ENTITY = re.compile(r"<urn:askgraph:(?=[^>]*>)")


def measure(job: str, source: Path | str, target: Path | str) -> dict[str, Any]:
    """Run a job in a process of its own."""
    command = [sys.executable, str(JOBS), job, str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{job} {source}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# sources --------------------------------------------------------------------------------------------------------------


def copies_of_world(least: int) -> Iterator[str]:
    """The world graph as N-Triples, again and again under other ids, until there are so many triples."""
    store = open_store(graph_at("world", DATA))
    lines = list(ntriples(store))
    store.close()
    for number in itertools.count():
        if number * len(lines) >= least:
            return
        for line in lines:
            subject, predicate, value = line.split(" ", 2)
            if number and not predicate.endswith("#type>"):
                value = ENTITY.sub(f"<urn:askgraph:{number}.", value, count=1)
            yield f"{ENTITY.sub(f'<urn:askgraph:{number}.', subject) if number else subject} {predicate} {value}\n"


def copies_of_films(size: int) -> Iterator[str]:
    """So many facts of the film graph; copies have a number behind every name."""
    lines = FILMS.read_text(encoding="utf-8").splitlines()
    for n in range(size):
        number, at = divmod(n, len(lines))
        head, relation, tail = lines[at].split("|")
        last = "" if not number else f" {number}"
        yield f"{head}{last}|{relation}|{tail if tail.isdigit() else tail + last}\n"


def written(path: Path, lines: Iterator[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--most", type=int, default=1_000_000, help="facts of the largest film graph (default %(default)s)"
    )
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = written(folder / "world.nt", copies_of_world(2_000_000))
        peer = measure("parse_sample", UNION, "")
        speed = peer["read"] / peer["seconds"]
        print("| import | triples | seconds | triples/s | × rdflib's parsing | peak MB | bytes a fact on disk |")
        print("| --- | --: | --: | --: | --: | --: | --: |")
        print(f"| rdflib parses a sample | {peer['read']:,} | {peer['seconds']:.1f} | {speed:,.0f} | 1.0 | | |")
        for what, source in (("union.nt.gz", UNION), ("world, renamed copies", world)):
            target = folder / f"{source.name}.kg"
            told = measure("import_file", source, target)
            rate = told["read"] / told["seconds"]
            disk = sum(path.stat().st_size for path in folder.glob(f"{target.name}*")) / max(1, told["facts"])
            print(
                f"| {what} | {told['read']:,} | {told['seconds']:.1f} | {rate:,.0f} | {rate / speed:.1f} |"
                f" {told['peak MB']:,.0f} | {disk:.0f} |",
                flush=True,
            )
        print("\n| opening union.nt.gz's graph | seconds |\n| --- | --: |")
        for what in ("first time", "again"):
            told = measure("open_and_ask", "", folder / "union.nt.gz.kg")
            print(f"| {what}, model loaded: open and answer a question | {told['seconds']:.2f} |", flush=True)
        print("\n| facts | import facts/s | peak MB | resident bytes a fact | median question ms |")
        print("| --: | --: | --: | --: | --: |")
        size = 10_000
        while size <= options.most:
            source = written(folder / "films.txt", copies_of_films(size))
            target = folder / f"films{size}.kg"
            told = measure("import_file", source, target)
            held = measure("hold_and_ask", "", target)
            print(
                f"| {held['facts']:,} | {told['read'] / told['seconds']:,.0f} | {told['peak MB']:,.0f} |"
                f" {held['bytes a fact']:.0f} | {held['question ms']:.1f} |",
                flush=True,
            )
            for path in folder.glob(f"films{size}.kg*"):
                path.unlink()
            size *= 10


if __name__ == "__main__":
    main()
