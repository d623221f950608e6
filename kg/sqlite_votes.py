"""Votes in a store file. Their table is made with the first vote, so that files without any stay as they are."""

from __future__ import annotations

from kg.errors import StoreError
from kg.sqlite_file import SqliteFile
from kg.votes import Vote, choices_json, facts_json, vote_from

TABLE = (
    "CREATE TABLE IF NOT EXISTS votes(row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, user TEXT, time TEXT,"
    " question TEXT, correct INTEGER, choices TEXT, facts TEXT)"
)
IS_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'votes'"
COUNTER = "SELECT value FROM meta WHERE key = 'votes'"
COUNT_ON = "INSERT INTO meta VALUES('votes', 1) ON CONFLICT(key) DO UPDATE SET value = value + 1"


def vote(file: SqliteFile, vote: Vote) -> None:
    """See :meth:`kg.store.GraphStore.vote`."""
    row = (vote.id, vote.user, vote.time, vote.question, vote.correct, choices_json(vote), facts_json(vote))
    with file.noting() as db:
        db.execute(TABLE)
        if db.execute("SELECT 1 FROM votes WHERE id = ?", (vote.id,)).fetchone():
            raise StoreError(f"{file.path} has a vote {vote.id} already; give each vote an id of its own")
        db.execute(
            "INSERT INTO votes(id, user, time, question, correct, choices, facts) VALUES(?, ?, ?, ?, ?, ?, ?)", row
        )
        db.execute(COUNT_ON)


def unvote(file: SqliteFile, id: str) -> bool:
    """See :meth:`kg.store.GraphStore.unvote`."""
    with file.noting() as db:
        if not db.execute(IS_THERE).fetchone() or not db.execute("DELETE FROM votes WHERE id = ?", (id,)).rowcount:
            return False
        db.execute(COUNT_ON)
        return True


def votes(file: SqliteFile) -> tuple[Vote, ...]:
    """See :meth:`kg.store.GraphStore.votes`."""
    with file.reading() as db:
        if not db.execute(IS_THERE).fetchone():
            return ()
        statement = "SELECT id, user, time, question, correct, choices, facts FROM votes ORDER BY row"
        return tuple(vote_from(*row) for row in db.execute(statement))


def counter(file: SqliteFile) -> int:
    """See :attr:`kg.store.GraphStore.votes_revision`."""
    found = file.rows(COUNTER)
    return int(found[0][0]) if found else 0
