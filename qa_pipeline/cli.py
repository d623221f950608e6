"""The command line: it parses, calls the library and prints."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Sequence

from kg.errors import AskGraphError
from qa_pipeline.commands.shared import ANSWERED, FAILED, INTERRUPTED, Command

# Only the module of the command that is given is loaded: those about graphs alone do without torch, which takes seconds.
MODULES = {
    "graphs": ("demo", "import", "schema", "export", "undo"),
    "asking": ("ask",),
    "memory": ("tell", "retract", "replace", "history"),
    "opinions": ("feedback",),
    "learning": ("eval", "synth", "train"),
}
QUIET = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
EXIT_CODES = """exit codes:
  0    done; ask: every question is answered
  2    an error, in one line on stderr
  3    ask: a question has no answer (abstained, not linked, or an error of that question)
  130  interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    typed = sys.argv[1:] if argv is None else list(argv)
    _set_logging(verbose=not {"-v", "--verbose"}.isdisjoint(typed))
    options = make_parser(commands(typed[:1])).parse_args(typed)
    options.typed = typed
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        print("askgraph:", str(stop) or "interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except (AskGraphError, OSError) as error:
        print("askgraph:", " ".join(str(error).split()), file=sys.stderr)
        return FAILED
    return code


def commands(typed: Sequence[str] = ()) -> tuple[Command, ...]:
    """The commands of the module that the first word typed belongs to; if it is none of theirs, all commands."""
    modules = [module for module, names in MODULES.items() if not {*names}.isdisjoint(typed)] or list(MODULES)
    loaded = (importlib.import_module(f"qa_pipeline.commands.{module}") for module in modules)
    return tuple(command for module in loaded for command in module.COMMANDS)


def make_parser(known: Sequence[Command]) -> ArgumentParser:
    """Commands with their options."""
    parser = ArgumentParser(
        prog="askgraph",
        description="Questions in plain language over your own knowledge graph.",
        epilog=EXIT_CODES + "\nGRAPH is a path or a neo4j:// or bolt:// address. The manual: docs/cli.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parsers = parser.add_subparsers(metavar=f"{{{','.join(name for name, _, _ in known)}}}", required=True)
    for name, about, fill in known:
        command = parsers.add_parser(
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
    if not verbose:
        for name, value in QUIET.items():  # read when the library is loaded
            os.environ.setdefault(name, value)
        loaded = sys.modules.get("transformers.utils.logging")
        if loaded is not None:
            loaded.disable_progress_bar()
            loaded.set_verbosity_error()
        warnings.simplefilter("ignore")
