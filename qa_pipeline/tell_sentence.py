"""Telling a graph a statement in plain language: it is read, and what it tells is told like any other fact."""

from __future__ import annotations

from dataclasses import replace

from loaders import told
from loaders.told import Told
from qa_pipeline.reading import QuestionReader
from qa_pipeline.statement import THRESHOLD, Statement, StatementReader
from qa_pipeline.tell import OnConflict, Teller


def tell_sentence(
    reader: QuestionReader,
    teller: Teller,
    text: str,
    *,
    dry_run: bool = False,
    source: str | None = None,
    batch: str | None = None,
    threshold: float | None = None,
    on_conflict: OnConflict = "report",
) -> Statement:
    """Read a statement ("Ada Lovelace was born in London") and write what it tells, if that is sure enough.

    :param dry_run: only read it
    :param source: who says so, kept with the facts
    :param batch: the name of the write, for undoing; a new one when not given
    :param threshold: the least confidence (0 … 1) with which anything is written
    :param on_conflict: of a second value where the graph has one per entity, see :meth:`qa_pipeline.tell.Teller.tell`
    :return: what was understood, and why nothing was written where nothing was
    :raises StoreError: the graph cannot be read or written
    """
    statement = StatementReader(reader, THRESHOLD if threshold is None else threshold).read(text)
    if dry_run or not statement.is_told:
        return statement
    facts = tuple(told.Statement(fact, typed=True) for fact in statement.facts)
    whole = Told(facts, statement.entities, verbatim=True)
    report = teller.tell(whole, source=source, batch=batch, on_conflict=on_conflict)
    if not report.batch:
        reason = "; ".join(map(str, report.conflicts))
        if report.undecided:
            reason += "; decide with on_conflict: replace, keep or both"
        return replace(statement, facts=(), entities=(), reason=reason)
    return replace(statement, batch=report.batch)
