"""Reading a large file in a process of its own, ahead of the writing: reading and writing each keep a core busy.

The process runs :func:`main`: it gets a reader by its standard input and gives what the reader reads, with what
the tally counted meanwhile, by its standard output.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

if sys.platform == "linux":
    import fcntl

from kg.errors import AskGraphError, LoadError
from kg.graph import Fact
from kg.triples import Triples
from loaders.records import FileReader, Reader, Reject, Tally

LARGE = 4_000_000  # bytes of a file from which on a process is worth its start
PIPE = 1 << 20
WAITING = 8  # parts read ahead
COUNTS = ("read", "told", "described", "skipped", "rejected")
TOGETHER = 20_000  # single facts in a part


@dataclass
class Part:
    """What a reader read, and what its tally came to since the part before. The last part holds the error, if any."""

    told: list[Fact | Triples] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    size: int = 0
    error: Exception | None = None
    last: bool = False


class Ahead:
    """A process that reads a file from now on. Close it, whether or not everything was taken from it."""

    def __init__(self, reader: FileReader) -> None:
        self.reader = reader
        folder = str(Path(__file__).resolve().parent.parent)
        paths = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-c", "from loaders.ahead import main; main()"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        _widen(self.process.stdout)
        pickle.dump(reader, self.process.stdin)
        self.process.stdin.close()
        self._waiting: queue.Queue[bytes] = queue.Queue(WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._receive, args=(self.process.stdout,), daemon=True)
        self._thread.start()

    def _receive(self, stream: IO[bytes]) -> None:
        """Take parts from the process while the writing goes on; nothing at all when there are no more."""
        size = -1
        while size and not self._stopped.is_set():
            size = int.from_bytes(stream.read(8), "big")
            self._waiting.put(stream.read(size))

    def facts(self, tally: Tally) -> Iterator[Fact | Triples]:
        """What the reader reads, counted.

        :raises LoadError: as the reader does, or the process has died
        """
        while received := self._waiting.get():
            part: Part = pickle.loads(received)
            _count(part, tally)
            yield from part.told
            if part.error is not None:
                raise part.error
            if part.last:
                return
        raise LoadError("the process that reads it has died; is there enough memory?", str(self.reader.path))

    def close(self) -> None:
        """Stop the process."""
        self._stopped.set()
        self.process.kill()
        while self._thread.is_alive():
            while not self._waiting.empty():
                self._waiting.get_nowait()
            self._thread.join(0.01)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait()


def is_large(reader: Reader) -> bool:
    """Whether a process of its own is worth it."""
    return isinstance(reader, FileReader) and reader.size >= LARGE and bool(sys.executable)


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more: each of its fillings costs a turn of the interpreter."""
    if sys.platform == "linux":
        with suppress(PermissionError):  # of the system's limit for all pipes of a user
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _receive(stream: IO[bytes], waiting: queue.Queue[bytes], stopped: threading.Event) -> None:
    """Take parts from the process while the writing goes on; nothing at all when there are no more."""
    while not stopped.is_set():
        size = int.from_bytes(stream.read(8), "big")
        waiting.put(stream.read(size))
        if not size:
            return


def _count(part: Part, tally: Tally) -> None:
    for name, count in part.counts.items():
        setattr(tally, name, getattr(tally, name) + count)
    for reject in part.rejects:
        tally.first = tally.first or str(reject)
        tally.sink(reject)
    tally.notes += part.notes
    tally.advance(part.size)


def _give(reader: Reader, stream: IO[bytes]) -> None:
    """What the process does."""
    part = Part()

    def advance(size: int) -> None:
        part.size += size

    tally = Tally(lambda reject: part.rejects.append(reject), advance)

    def send() -> None:
        nonlocal part
        part.counts = {name: getattr(tally, name) for name in COUNTS}
        part.notes = list(tally.notes)
        tally.notes.clear()
        for name in COUNTS:
            setattr(tally, name, 0)
        content = pickle.dumps(part, pickle.HIGHEST_PROTOCOL)
        stream.write(len(content).to_bytes(8, "big") + content)
        stream.flush()
        part = Part()

    try:
        for told in reader.facts(tally):
            part.told.append(told)
            if isinstance(told, Triples) or len(part.told) >= TOGETHER or len(part.rejects) >= TOGETHER:
                send()
    except (AskGraphError, OSError, ValueError) as error:  # it is raised where the facts are wanted
        part.error = error
    part.last = True
    send()


def main() -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked for it stops it
    reader = pickle.load(sys.stdin.buffer)
    try:
        _give(reader, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # nobody wants the rest
        os._exit(0)
