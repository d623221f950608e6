"""The route from a question to an answer: link, retrieve, fuse, decode, execute."""

from kg.question import Question
from qa_pipeline.answer import Answer, AnswerItem
from qa_pipeline.ask_graph import AskGraph

__all__ = ["Answer", "AnswerItem", "AskGraph", "Question"]
