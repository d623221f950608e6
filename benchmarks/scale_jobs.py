"""What ``scale.py`` measures, each in a process of its own: ``python scale_jobs.py JOB SOURCE TARGET`` prints a JSON object.

The model is imported only by what asks, so that it does not count as the memory of what does not.
"""

from __future__ import annotations

import gzip
import itertools
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import rdflib

from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from loaders.import_graph import import_graph

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = 500_000  # triples that rdflib parses
QUESTION = "What is the form of government of /m/027rn?"
ASKED = (
    "who directed Blade Runner", "what films did Harrison Ford act in", "when was The Godfather released",
    "which films have the same director as Jaws", "what genres are the films written by Woody Allen",
    "who starred in films directed by Ridley Scott", "what languages are the films starred by Sophia Loren in",
    "films of 1986", "how many films did Alfred Hitchcock direct", "who wrote films that share actors with Casablanca",
)  # fmt: skip


def resident() -> float:
    """Bytes that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * resource.getpagesize())


# what a process of its own measures -----------------------------------------------------------------------------------


def import_file(source: str, target: str) -> dict[str, Any]:
    started = time.perf_counter()
    store = NetworkXStore.open(target)
    report = import_graph(source, store)
    store.close()
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return {"read": report.read, "facts": report.facts, "seconds": seconds, "peak MB": peak / 1024}


def parse_sample(source: str, target: str) -> dict[str, Any]:
    with gzip.open(source, "rb") as file:
        sample = b"".join(itertools.islice(file, SAMPLE))
    started = time.perf_counter()
    graph = rdflib.Graph()
    graph.parse(data=sample, format="nt")
    return {"read": SAMPLE, "seconds": time.perf_counter() - started}


def open_and_ask(source: str, target: str) -> dict[str, Any]:
    from qa_pipeline.ask_graph import AskGraph, load_model

    load_model(str(ROOT / "qa_pipeline" / "weights"))
    started = time.perf_counter()
    ag = AskGraph.open(target)
    answer = ag.ask(QUESTION)
    return {"seconds": time.perf_counter() - started, "answer": answer.text or answer.reason}


def hold_and_ask(source: str, target: str) -> dict[str, Any]:
    from qa_pipeline.ask_graph import AskGraph, load_model

    before = resident()
    store = open_store(target)
    facts = store.schema().facts
    store.search("blade runer")
    held = resident() - before
    store.close()
    load_model(str(ROOT / "qa_pipeline" / "weights"))
    ag = AskGraph.open(target)
    for question in ASKED:
        ag.ask(question)
    times = []
    for question in ASKED * 5:
        started = time.perf_counter()
        ag.ask(question)
        times.append((time.perf_counter() - started) * 1000)
    return {"facts": facts, "bytes a fact": held / facts, "question ms": sorted(times)[len(times) // 2]}


JOBS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    job.__name__: job for job in (import_file, parse_sample, open_and_ask, hold_and_ask)
}


if __name__ == "__main__":
    job, source, target = sys.argv[1:]
    print(json.dumps(JOBS[job](source, target)))
