"""The route from a question to an answer: link, retrieve, fuse, decode, execute."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.question import Question
    from qa_pipeline.answer import Answer, AnswerItem
    from qa_pipeline.ask_graph import AskGraph

__all__ = ["Answer", "AnswerItem", "AskGraph", "Question"]

_HOMES = {
    "Answer": "qa_pipeline.answer",
    "AnswerItem": "qa_pipeline.answer",
    "AskGraph": "qa_pipeline.ask_graph",
    "Question": "kg.question",
}


def __getattr__(name: str) -> object:
    """Loaded when first asked for (PEP 562): commands about graphs alone do without torch, which takes seconds."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
