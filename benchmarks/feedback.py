"""What feedback does: a graph with wrong facts and misleading relations, users who report on one half of the questions.

    python benchmarks/feedback.py                 # 3 seeds, 250 questions a half
    python benchmarks/feedback.py --seeds 5 --questions 100

The graph is MetaQA's with a tenth of wrong facts added (tails of other facts of the relation), and with copies of relations
under near-synonymous names whose tails are shuffled; beside it, in the same store, lies PathQuestion's. Questions are MetaQA's
development questions of one to three hops about topics drawn at random, halved at random, topics given. A few users, each for a
share of the first half, tell what they expected. Reported is strict Hits@1 on the *other* half, of PathQuestion (whose questions
have nothing to do with it), and, with the same votes, of the other half on the clean graph; then all again after one hostile
user has sent 1,000 false reports about questions of both halves, and on the clean graph after nothing but these.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.development_sets import CACHE, DATA, METAQA, PATHS, graph_at
from kg.errors import FeedbackError
from kg.graph import Fact, Relation
from kg.networkx_store import NetworkXStore
from kg.question import Question
from kg.votes import Vote
from qa_pipeline.answer import Answer
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.metrics import mean, score
from qa_pipeline.reading import Reading
from qa_pipeline.respond import items_of

MISLEADING = {  # a copy of the relation, under a name that people might as well use
    "directed_by": "film director", "written_by": "writer of the film", "starred_actors": "film actor",
    "has_genre": "film genre", "in_language": "language of the film", "release_year": "year of release",
}  # fmt: skip
WRONG = 0.1  # share of wrong facts
USERS = 5
REPORTS = 1_000
SEED = 7


@dataclass
class Figures:
    """Strict Hits@1, in percent, of one seed."""

    before: float = 0.0
    after: float = 0.0
    hostile: float = 0.0
    clean_before: float = 0.0
    clean_after: float = 0.0
    clean_hostile: float = 0.0
    unrelated_before: float = 0.0
    unrelated_after: float = 0.0
    unrelated_hostile: float = 0.0


def pollute(store: NetworkXStore, rng: random.Random) -> None:
    """Add the wrong facts and the misleading relations."""
    tails: dict[str, list[Fact]] = {}
    for fact in store.facts():
        tails.setdefault(fact.relation, []).append(fact)
    wrong: list[Fact] = []
    for relation, facts in tails.items():
        wrong += [replace(f, tail=rng.choice(facts).tail) for f in rng.sample(facts, int(WRONG * len(facts)))]
        if relation in MISLEADING:
            shuffled = [f.tail for f in facts]
            rng.shuffle(shuffled)
            wrong += [Fact(f.head, f"{relation}_2", t) for f, t in zip(facts, shuffled, strict=True)]
    names = [Relation(f"{relation}_2", name) for relation, name in MISLEADING.items()]
    store.add((replace(f, sources=(), batch="") for f in wrong), relations=names, batch="wrong")


def halves(data: Path, count: int, rng: random.Random) -> tuple[list[Question], list[Question]]:
    """Questions about topics drawn at random, all that there are about each, halved at random."""
    by_topic: dict[tuple[str, ...], list[Question]] = {}
    for questions in METAQA:
        for question in questions.read(data):
            by_topic.setdefault(question.topics or (), []).append(question)
    topics = sorted(by_topic)
    rng.shuffle(topics)
    drawn = list(islice((q for topic in topics if len(by_topic[topic]) > 1 for q in by_topic[topic]), 2 * count))
    rng.shuffle(drawn)
    return drawn[:count], drawn[count:]


def hits(ag: AskGraph, questions: Sequence[Question]) -> tuple[float, list[tuple[Reading, Answer]]]:
    """Strict Hits@1 in percent, whatever the confidence, and the answers."""
    found = ag.consider(questions, threshold=0.0)
    right = [
        score(answer.answers, q.answers or (), ag.store.entities(q.answers or ()).keys()).hit
        for q, (_, answer) in zip(questions, found, strict=True)
    ]
    return 100 * (mean([float(r) for r in right]) or 0.0), found


def report(ag: AskGraph, questions: Sequence[Question], answers: Sequence[Answer], rng: random.Random) -> int:
    """Users tell what they expected, each of a share of the questions; how many reports taught something."""
    taught = 0
    for question, answer in zip(questions, answers, strict=True):
        try:
            ag.feedback(answer, expected=question.answers, user=f"user {rng.randrange(USERS)}")
            taught += 1
        except FeedbackError:
            continue
    return taught


def attack(ag: AskGraph, found: Sequence[tuple[Reading, Answer]]) -> int:
    """One user reports every answer as wrong: first with what another plan would give, then again and again without a word."""
    sent = 0
    for at, (reading, answer) in enumerate(cycle(found)):
        if sent == REPORTS or at > 4 * REPORTS:
            return sent
        rival = next(_rivals(ag, reading, answer), None) if at < len(found) else None
        try:
            ag.feedback(answer, False, expected=rival, user="hostile")
            sent += 1
        except FeedbackError:
            continue
    return sent


def _rivals(ag: AskGraph, reading: Reading, answer: Answer) -> Iterator[list[str]]:
    """What other plans of the beam give."""
    given = {item.label for item in answer.answers}
    for hypothesis in reading.hypotheses:
        if hypothesis.plan is not None:
            items = items_of(ag.store, ag.store.execute(hypothesis.plan), 1.0)
            if items and {item.label for item in items}.isdisjoint(given) and len(items) < 50:
                yield [item.id or item.label for item in items]


def cast(ag: AskGraph, votes: Sequence[Vote]) -> None:
    """Make these the votes of a graph."""
    for vote in ag.votes():
        ag.revoke(vote)
    for vote in votes:
        ag.store.vote(vote)


def run(data: Path, cache: Path, folder: Path, count: int, seed: int) -> Figures:
    """The whole experiment with one seed."""
    rng, figures = random.Random(seed), Figures()
    told, others = halves(data, count, rng)
    unrelated = PATHS[0].read(data, count, seed)
    paths = [folder / f"{name}-{seed}.kg" for name in ("polluted", "clean")]
    for path in paths:
        shutil.copy(graph_at("metaqa", data, cache), path)
    print(f"seed {seed}", file=sys.stderr)
    with AskGraph.open(paths[0]) as ag, AskGraph.open(paths[1]) as clean:
        AskGraph.import_graph(data / "pathquestion/2H-kb.txt", paths[0], batch="paths", rejects=folder / "rejects.tsv")
        assert isinstance(ag.store, NetworkXStore)
        pollute(ag.store, rng)
        figures.before, _ = hits(ag, others)
        figures.clean_before, clean_found = hits(clean, others)
        figures.unrelated_before, _ = hits(ag, unrelated)
        _, asked = hits(ag, told)
        taught = report(ag, told, [answer for _, answer in asked], rng)
        print(f"seed {seed}: {taught} of {len(told)} reports taught something", file=sys.stderr)
        figures.after, found = hits(ag, others)
        cast(clean, ag.votes())
        figures.clean_after, _ = hits(clean, others)
        figures.unrelated_after, _ = hits(ag, unrelated)
        sent = attack(ag, [*found, *asked])
        figures.hostile, _ = hits(ag, others)
        figures.unrelated_hostile, _ = hits(ag, unrelated)
        cast(clean, [])
        sent = min(sent, attack(clean, clean_found))
        figures.clean_hostile, _ = hits(clean, others)
        print(f"seed {seed}: {sent} hostile reports sent; {figures}", file=sys.stderr)
    return figures


def table(rows: Sequence[Figures]) -> str:
    """Means over the seeds, with the least and the greatest, as a Markdown table."""
    lines = [
        ("the other half, wrong facts and misleading relations", "before", "after", "hostile"),
        ("the other half on the clean graph, the same votes", "clean_before", "clean_after", ""),
        ("the other half on the clean graph, hostile votes alone", "clean_before", "", "clean_hostile"),
        ("questions of another graph in the same store", "unrelated_before", "unrelated_after", "unrelated_hostile"),
    ]
    head = "| strict Hits@1 | before | after feedback | after 1,000 hostile reports |\n| --- | --: | --: | --: |\n"
    return head + "\n".join(f"| {line[0]} | {' | '.join(_cell(rows, f) for f in line[1:])} |" for line in lines)


def _cell(rows: Sequence[Figures], field: str) -> str:
    if not field:
        return "–"
    values = [getattr(row, field) for row in rows]
    return f"{mean(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="how many (3)")
    parser.add_argument("--questions", type=int, default=250, metavar="N", help="a half (250)")
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            run(options.data, options.cache, Path(folder), options.questions, SEED + i) for i in range(options.seeds)
        ]
    print(table(rows))
    print(f"{options.seeds} seeds, {options.questions} questions a half, {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
