"""Kill processes that write to a graph, at random moments, and look at what they leave.

Each round a process writes to a store and names every write on its output once that write has returned; it is killed (SIGKILL)
at a random moment. In turn it is an importer, which imports one file of triples after the other, opening the store for each as
the command line does, and a writer, which adds large batches and small ones. Then the store must open, every write that was
named must be there in full, and no other write but the one in progress, which must be there in full or not at all; and what
the store executes over its arrays must be what its file says. Every other round goes on with the store of the round before.

    python benchmarks/crash.py --kills 50
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Count, Ends
from loaders.import_graph import import_graph
from loaders.mapping import Mapping

LONGEST = 2.0  # seconds from the opening of the store to the kill
READY = "ready"
KINDS = ("import", "write")


@dataclass(frozen=True)
class Outcome:
    """What one killed process left.

    :param kind: one of :data:`KINDS`
    :param named: writes that had returned
    :param found: writes that are in the store
    :param complaints: what is wrong with it; none: all is well
    """

    kind: str
    named: int
    found: int
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """One process to be killed.

    :param label: the name of all of its writes begins so
    :param size: facts in a large write
    """

    kind: str
    path: Path
    label: str
    size: int

    def batch(self, name: str) -> tuple[list[Fact], list[Entity]]:
        """What a write adds: facts, half of them with a number, and its entities with names and types."""
        number = int(name.rsplit(".", 1)[1])
        large = number % 3 == 2 if self.kind == "import" else number % 25 == 0
        size = self.size if large else self.size // 10 if self.kind == "import" else 3
        sources = (f"{name}.txt",) if self.kind == "import" else (name, "again")
        facts = [Fact(f"{name}-{n}", "next", f"{name}-{n + 1}", sources=sources) for n in range(size - size // 2)]
        facts += [Fact(f"{name}-{n}", "size", Literal(n), sources=sources) for n in range(size // 2)]
        return facts, [Entity(f"{name}-{n}", f"{name} number {n}", types=(name,)) for n in range(size // 2)]

    # what the process does -------------------------------------------------------------------------------------------

    def live(self) -> None:
        """The life of the process: until it is killed."""
        store = NetworkXStore.open(self.path)
        print(READY, flush=True)
        for n in range(10_000):
            name = f"{self.label}.{n}"
            facts, entities = self.batch(name)
            if self.kind == "write":
                store.add(facts, entities, batch=name)
            else:
                file = kb_file(self.path.with_name(f"{name}.txt"), facts, entities)
                import_graph(file, store, batch=name, map=Mapping({"called": "label"}))
            print(name, flush=True)
            if self.kind == "import":
                store.close()
                store = NetworkXStore.open(self.path)

    def kill(self, chance: random.Random, longest: float) -> list[str]:
        """Start the process and kill it; the writes that it named."""
        command = [sys.executable, __file__, "--live", self.kind, str(self.path), self.label, str(self.size)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
            assert process.stdout is not None
            if chance.random() < 0.9:
                process.stdout.readline()  # it is ready; else it is killed while it starts and opens
            time.sleep(chance.uniform(0.0, longest))
            process.kill()
            named, errors = process.communicate()
        if errors:
            raise RuntimeError(f"the {self.kind} failed by itself: {errors.decode()}")
        return [line for line in named.decode().split("\n")[:-1] if line != READY]

    # what it left ----------------------------------------------------------------------------------------------------

    def inspect(self, named: Sequence[str]) -> Outcome:
        """Open what the process left, and compare it with what it said."""
        store = NetworkXStore.open(self.path)
        try:
            present = [type for type in store.schema().types if type.startswith(f"{self.label}.")]
            complaints = [f"{name} had returned and is lost" for name in set(named) - set(present)]
            if len(set(present) - set(named)) > 1:
                complaints.append(f"more than one write that was not named: {sorted(set(present) - set(named))}")
            complaints += [complaint for name in present for complaint in self._halves(store, name)]
            batches = [fact.batch for fact in store.facts() if fact.batch.startswith(f"{self.label}.")]
            strangers = set(batches) - set(present)
            complaints += [f"facts of writes that are not there: {sorted(strangers)}"] if strangers else []
            executed, filed = store.execute(Count(Ends("next"))).value, sum(1 for _ in store.facts(relation="next"))
            complaints += [f"{executed} things are next, and {filed} in the file"] if executed != filed else []
            return Outcome(self.kind, len(named), len(present), tuple(complaints))
        finally:
            store.close()

    def _halves(self, store: NetworkXStore, name: str) -> Iterator[str]:
        facts, entities = self.batch(name)
        found = {fact.key: fact for fact in store.facts(heads=[fact.head for fact in facts])}
        for fact in facts:
            there = found.get(fact.key)
            if there is None or set(there.sources) != set(fact.sources):
                yield f"{name} is half there: {fact} is {there}"
                return
        described = store.entities([entity.id for entity in entities])
        if [described.get(entity.id) for entity in entities] != entities:
            yield f"{name} is half there: its entities are not as told"


def kb_file(path: Path, facts: Sequence[Fact], entities: Sequence[Entity]) -> Path:
    """A file of plain triples that says just this."""
    with path.open("w", encoding="utf-8") as file:
        for fact in facts:
            file.write(f"{fact.head}|{fact.relation}|{fact.tail if isinstance(fact.tail, str) else fact.tail.text}\n")
        for entity in entities:
            file.write(f"{entity.id}|called|{entity.label}\n{entity.id}|type|{entity.types[0]}\n")
    return path


def run(rounds: int, size: int, seed: int, folder: Path, longest: float = LONGEST) -> list[Outcome]:
    """One outcome a round; each process is killed at most ``longest`` seconds after it is ready."""
    chance = random.Random(seed)
    outcomes = []
    for number in range(rounds):
        path = folder / f"crash{number // 2}.kg"
        this = Round(KINDS[number % 2 if number % 4 < 2 else 1 - number % 2], path, f"round{number}", size)
        outcomes.append(this.inspect(this.kill(chance, longest)))
        for file in folder.glob(f"{this.label}.*.txt"):
            file.unlink()
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--size", type=int, default=20_000, help="facts in a large write (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", nargs=4, metavar=("KIND", "PATH", "LABEL", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.live:
        kind, path, label, size = options.live
        Round(kind, Path(path), label, int(size)).live()
        return 0
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(options.kills, options.size, options.seed, Path(folder))
    for number, outcome in enumerate(outcomes):
        for complaint in outcome.complaints:
            print(f"round {number} ({outcome.kind}): {complaint}")
    bad = sum(bool(outcome.complaints) for outcome in outcomes)
    for kind in KINDS:
        of_kind = [outcome for outcome in outcomes if outcome.kind == kind]
        named, found = sum(outcome.named for outcome in of_kind), sum(outcome.found for outcome in of_kind)
        print(f"{kind}: {len(of_kind)} processes killed, {named} writes had returned, {found} are there")
    print(f"{bad} stores of {len(outcomes)} were not as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
