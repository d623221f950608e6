"""The error tree. Every message says what happened, where, and what to do next.

AskGraphError
├── StoreError          a store cannot be opened, read or written
│   ├── StoreUnavailable    nobody answers at the address, or the login was refused
│   └── StoreLocked         another process is writing
├── PlanError           a plan is not well typed
├── LoadError           a source cannot be read (carries ``path`` and, where known, ``line``)
├── FeedbackError       feedback from which nothing can be learned
└── ModelError          weights are missing or do not fit
"""

from __future__ import annotations


class AskGraphError(Exception):
    """Root of everything that AskGraph raises on purpose."""


class StoreError(AskGraphError):
    """A store cannot be opened, read or written."""


class StoreUnavailable(StoreError):
    """Nobody answers at the store's address, or the login was refused."""


class StoreLocked(StoreError):
    """Another process is writing to the store."""


class PlanError(AskGraphError):
    """A plan is not well typed."""


class LoadError(AskGraphError):
    """A source cannot be read."""

    def __init__(self, reason: str, path: str = "", line: int | None = None) -> None:
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason, self.path, self.line = reason, path, line

    def __reduce__(self) -> tuple[type[LoadError], tuple[str, str, int | None]]:
        return type(self), (self.reason, self.path, self.line)


class FeedbackError(AskGraphError):
    """Feedback says nothing that could be learned."""


class ModelError(AskGraphError):
    """Weights are missing or do not fit."""
