"""The command line: it parses, calls the library and prints."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Sequence

from transformers.utils import logging as transformers_logging

from kg.errors import AskGraphError
from qa_pipeline.commands import asking, graphs, learning, memory, opinions
from qa_pipeline.commands.shared import ANSWERED, FAILED, INTERRUPTED

COMMANDS = (*graphs.COMMANDS, *asking.COMMANDS, *memory.COMMANDS, *opinions.COMMANDS, *learning.COMMANDS)
EXIT_CODES = """exit codes:
  0    done; ask: every question is answered
  2    an error, in one line on stderr
  3    ask: a question has no answer (abstained, not linked, or an error of that question)
  130  interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    options = make_parser().parse_args(argv)
    options.typed = sys.argv[1:] if argv is None else argv
    _set_logging(options.verbose)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except (AskGraphError, OSError) as error:
        print("askgraph:", " ".join(str(error).split()), file=sys.stderr)
        return FAILED
    return code


def make_parser() -> ArgumentParser:
    """All commands with their options."""
    parser = ArgumentParser(
        prog="askgraph",
        description="Questions in plain language over your own knowledge graph.",
        epilog=EXIT_CODES + "\nGRAPH is a path or a neo4j:// or bolt:// address. The manual: docs/cli.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar=f"{{{','.join(name for name, _, _ in COMMANDS)}}}", required=True)
    for name, about, fill in COMMANDS:
        command = commands.add_parser(
            name, help=about, description=about[0].upper() + about[1:] + ".", epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.add_argument("-v", "--verbose", action="store_true", help="show what the library logs")
        fill(command)
    return parser


def _set_logging(verbose: bool) -> None:
    """Quiet unless asked: no log, no warnings, no bars of the libraries underneath."""
    level = logging.INFO if verbose else logging.CRITICAL
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    transformers_logging.disable_progress_bar()
    if not verbose:
        transformers_logging.set_verbosity_error()
        warnings.simplefilter("ignore")
