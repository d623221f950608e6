"""The development graphs and their questions, as benchmarks use them: imported once into a cache folder, halves kept apart."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kg.opening import open_store
from kg.question import Question
from loaders.import_graph import leaving_nothing
from loaders.questions import read_questions
from loaders.world import build_world
from qa_pipeline.ask_graph import AskGraph

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ASKGRAPH_DATA") or ROOT.parent / "shared" / "data")
CACHE = ROOT / "runs" / "kg"
SHIPPED = ROOT / "qa_pipeline" / "weights"
WORLD_QUESTIONS = ROOT / "tests" / "world_questions.jsonl"
MAJOR = re.compile(r"\bmajor\b")  # GeoQuery's own sense of it ("population over 150,000") is nowhere in its graph

GRAPHS: dict[str, tuple[str, ...]] = {  # a file of triples, a node table
    "metaqa": ("metaqa/kb.txt",),
    "pq2": ("pathquestion/2H-kb.txt",),
    "pq3": ("pathquestion/3H-kb.txt",),
    "pql2": ("pathquestion/PQL2-KB.txt",),
    "geo": ("geoquery/kb.tsv", "geoquery/entities.tsv"),
    "world": (),
}
# graphs that were written blind, see docs/evaluation.md
SMALL = (
    "auction",
    "aviation",
    "climbing",
    "clubs",
    "company",
    "family",
    "farm",
    "festival",
    "firebrigade",
    "games",
    "history",
    "hospital",
    "kitchen",
    "lawfirm",
    "league",
    "library",
    "medicine",
    "museum",
    "myth",
    "newsroom",
    "olympics",
    "orchestra",
    "park",
    "parliament",
    "podcast",
    "rental",
    "security",
    "shipping",
    "shop",
    "software",
    "space",
    "startups",
    "transport",
    "university",
    "zoo",
)
READ = ("city", "film", "lab", "restaurant")  # the same, but all of their questions were read
# written blind and read by nobody yet: no rule or weight comes of them; their counts were known when weights were chosen
UNREAD = ("conference", "energy", "theatre", "vineyard")
for name in (*SMALL, *READ, *UNREAD):
    folder = ROOT / "tests" / "unseen" / name
    GRAPHS[name] = tuple(str(folder / file) for file in ("kb.tsv", "nodes.tsv") if (folder / file).exists())


@dataclass(frozen=True)
class QuestionSet:
    """Questions over one of the graphs.

    :param files: under the folder of development data
    :param kept: which of the questions
    :param half: which half of a file that has two; the other one is left out
    """

    name: str
    graph: str
    files: tuple[str, ...] = ()
    kept: Callable[[Question], bool] = field(default=lambda q: True)
    half: str = ""

    def read(self, data: Path, limit: int | None = None, seed: int = 7) -> list[Question]:
        """The questions; with a limit, so many of them, drawn at random, in the order of the file."""
        found = [q for file in self.files for q in read_questions(data / file)]
        if self.half:
            lines = [x for file in self.files for x in (data / file).read_text(encoding="utf-8").splitlines()]
            found = [q for q, x in zip(found, lines, strict=True) if json.loads(x)["half"] == self.half]
        found = [q for q in found if self.kept(q)]
        if limit is not None and limit < len(found):
            found = [found[i] for i in sorted(random.Random(seed).sample(range(len(found)), limit))]
        return found


def metaqa(hops: int) -> QuestionSet:
    """MetaQA's development questions of one length."""
    return QuestionSet(f"MetaQA {hops}-hop", "metaqa", (f"metaqa/{hops}-hop/vanilla/qa_dev.txt",))


METAQA = tuple(metaqa(hops) for hops in (1, 2, 3))
PATHS = (
    QuestionSet("PathQuestion 2H", "pq2", ("pathquestion/PQ-2H.txt",)),
    QuestionSet("PathQuestion 3H", "pq3", ("pathquestion/PQ-3H.txt",)),
    QuestionSet("PQL 2H", "pql2", ("pathquestion/PQL-2H.txt",)),
)
GEO_FILES = ("geoquery/qa_en_train.jsonl", "geoquery/qa_en_dev.jsonl")
GEOQUERY = QuestionSet("GeoQuery", "geo", GEO_FILES)
GEOQUERY_PLAIN = QuestionSet("GeoQuery without “major”", "geo", GEO_FILES, lambda q: not MAJOR.search(q.text))
GEOQUERY_TRAIN = QuestionSet("GeoQuery train", "geo", GEO_FILES[:1])
WORLD_GUIDE = QuestionSet("World, guide half", "world", (str(WORLD_QUESTIONS),), half="guide")
WORLD_SCORE = QuestionSet("World", "world", (str(WORLD_QUESTIONS),), half="score")


def small(name: str, half: str) -> QuestionSet:
    """A half of the questions over one of the small graphs, or all of them."""
    title = name.capitalize() + (", guide half" if half == "guide" else "")
    return QuestionSet(title, name, (str(ROOT / "tests" / "unseen" / name / "questions.jsonl"),), half=half)


SMALL_GUIDE = tuple(small(name, "guide") for name in (*SMALL, *READ))
SMALL_SCORE = tuple(small(name, "score") for name in SMALL)
SMALL_UNREAD = tuple(small(name, "") for name in UNREAD)


def graph_at(name: str, data: Path, cache: Path = CACHE) -> Path:
    """The path of a graph, imported if it is not in the cache folder yet. Delete the folder after a change of the importer."""
    path = cache / f"{name}.kg"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    files = [data / file for file in GRAPHS[name]]
    if files:
        print(AskGraph.import_graph(files[0], path, files[1:] or None, rejects=cache / f"{name}-rejects.tsv"))
        return path
    with leaving_nothing(path):
        store = open_store(path)
        try:
            build_world(store)
        finally:
            store.close()
    return path


def without_topics(questions: Sequence[Question]) -> list[Question]:
    """The questions as users ask them: the topics must be found."""
    return [replace(q, topics=None) for q in questions]
