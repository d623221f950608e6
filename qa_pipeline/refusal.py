"""Texts that cannot be read as a question."""

from __future__ import annotations

from dataclasses import replace

from kg.question import Question
from qa_pipeline.answer import Answer

LONGEST = 2_000  # characters of a question that are read


def refusal(question: Question) -> Answer | None:
    """Why a text cannot be read as a question, as an answer; None: it can."""
    text = question.text
    if not isinstance(text, str):
        return Answer(str(text), status="error", reason=f"a question is a text, not {type(text).__name__}")
    if not text.strip():
        return Answer(text, status="error", reason="the question is empty; ask something")
    if any("\ud800" <= c <= "\udfff" for c in text):
        return Answer(
            ascii(text), status="error", reason="the question is no valid Unicode (it has half a surrogate pair)"
        )
    if not any(c.isalnum() for c in text):
        return Answer(text, status="error", reason="the question has no words; ask something")
    if len(text) > LONGEST:
        reason = f"the question has {len(text)} characters; at most {LONGEST} are read"
        return replace(Answer(text, status="error"), reason=reason)
    return None
