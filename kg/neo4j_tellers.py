"""Who tells in Neo4j: a batch, in one write, of one source. What is told carries its tellers' numbers instead of three texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from neo4j import ManagedTransaction

from kg.neo4j_connection import Connection
from kg.neo4j_layout import shortened

AT_HAND = 1_000_000  # sources whose tellers are kept

KNOWN = "MATCH (t:AskGraphTeller) WHERE t.key IN $keys RETURN t.source, t.number, t.write ORDER BY t.number"
LAST = "MATCH (g:AskGraph) WITH g, coalesce(g.tellers, 0) AS last SET g.tellers = last + $count RETURN last"
MADE = "UNWIND $rows AS row CREATE (t:AskGraphTeller) SET t = row"
OF = "MATCH (t:AskGraphTeller) WHERE t[$of] = $teller RETURN t.number"
GONE = "MATCH (t:AskGraphTeller) WHERE t[$of] = $teller DELETE t"
Numbers = dict[str, list[int]]  # of each source: its teller in this write, then those in other writes of the batch


class Tellers:
    """The tellers of one write. What a transaction adds is taken over by :meth:`settle`: it may be tried again.

    :param passing: they are for a transaction that is not to be committed; their numbers are no others' and lock nothing
    """

    def __init__(self, batch: str, write: str, passing: bool = False) -> None:
        self.batch, self.write, self.passing = batch, write, passing
        self._known: Numbers = {}
        self._fresh: Numbers = {}

    def find(self, tx: ManagedTransaction, sources: Iterable[str]) -> Numbers:
        """The numbers of the sources' tellers; they are made where there are none."""
        wanted = list(dict.fromkeys(sources))
        missing = [source for source in wanted if source not in self._known]
        self._fresh = self._found(tx, missing) if missing else {}
        return {source: self._known.get(source) or self._fresh[source] for source in wanted}

    def settle(self) -> None:
        """What was found is committed."""
        if len(self._known) > AT_HAND:
            self._known.clear()
        self._known |= self._fresh

    def _found(self, tx: ManagedTransaction, sources: list[str]) -> Numbers:
        found: Numbers = {source: [] for source in sources}
        own = set()
        for source, number, write in tx.run(KNOWN, keys=[self._key(source) for source in sources]).values():
            if write == self.write:
                own.add(source)
                found[source].insert(0, number)
            else:
                found[source].append(number)
        new = [source for source in sources if source not in own]
        if new:
            last = -len(new) - 1 if self.passing else tx.run(LAST, count=len(new)).single(strict=True)[0]
            rows: list[dict[str, Any]] = [
                {"number": n, "batch": self.batch, "write": self.write, "source": source, "key": self._key(source)}
                for n, source in enumerate(new, last + 1)
            ]
            tx.run(MADE, rows=rows).consume()
            for row in rows:
                found[row["source"]].insert(0, row["number"])
        return found

    def _key(self, source: str) -> str:
        return shortened(f"{self.batch}\t{source}")


def numbers(connection: Connection, of: str, teller: str) -> list[int]:
    """The tellers of a batch (``of="batch"``) or of one write (``of="write"``)."""
    return [number for (number,) in connection.read(OF, {"of": of, "teller": teller})]


def forget(tx: ManagedTransaction, of: str, teller: str) -> None:
    """Remove those tellers; nothing that they told may be left."""
    tx.run(GONE, of=of, teller=teller).consume()
