"""Opening text files: encodings, compression, and one clear message for what cannot be read."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from kg.errors import LoadError

UTF16 = (b"\xff\xfe", b"\xfe\xff")
COMPRESSED = (".gz", ".bz2")
NOT_UTF8 = "not UTF-8; convert the file first (iconv -f LATIN1 -t UTF-8)"
BadLine = Callable[[int, str], None]


def check_file(path: Path) -> None:
    """Refuse what is no readable file with something in it.

    :raises LoadError: missing, a folder, empty, or binary
    """
    if not path.exists():
        raise LoadError("no such file; check the path", str(path))
    if path.is_dir():
        raise LoadError("is a folder; give the files in it", str(path))
    with open_bytes(path) as stream:
        head = stream.read(4096)
    if not head.strip():
        raise LoadError("the file is empty", str(path))
    if head.startswith(UTF16):
        raise LoadError("is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)", str(path))
    if b"\0" in head:
        raise LoadError("is a binary file, not text; give a text file, plain or compressed (.gz, .bz2)", str(path))


class _Counted(io.FileIO):
    """A file that tells how much of it has been read."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._advance = advance

    def readinto(self, buffer: object, /) -> int | None:  # type: ignore[override]
        size = super().readinto(buffer)  # type: ignore[arg-type]
        self._advance(size or 0)
        return size


@contextmanager
def open_bytes(path: Path, advance: Callable[[int], None] | None = None) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed if its name ends in .gz or .bz2.

    :param advance: gets the number of bytes read from the disk as they are read
    :raises LoadError: the file cannot be read
    """
    try:
        with io.BufferedReader(_Counted(path, advance) if advance else io.FileIO(path)) as raw:
            if path.suffix == ".gz":
                yield cast(IO[bytes], gzip.open(raw, "rb"))
            elif path.suffix == ".bz2":
                yield cast(IO[bytes], bz2.open(raw, "rb"))
            else:
                yield cast(IO[bytes], raw)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadError(f"cannot be read: {error}", str(path)) from error


@contextmanager
def open_text(
    path: Path, advance: Callable[[int], None] | None = None, bad_line: BadLine | None = None
) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file, plain or compressed (.gz, .bz2), with a byte order mark left out.

    :param bad_line: gets number and text of a line that is not UTF-8 or has a NUL in it; an empty line stands in its place
    :raises LoadError: not UTF-8 (with the line, unless ``bad_line`` is given), or the file cannot be read
    """
    with open_bytes(path, advance) as stream:
        yield _decoded(path, stream, bad_line)


def _decoded(path: Path, stream: IO[bytes], bad_line: BadLine | None) -> Iterator[str]:
    for number, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if bad_line is None:
                raise LoadError(NOT_UTF8, str(path), number) from error
            bad_line(number, raw.decode("utf-8", "replace"))
            line = "\n"
        yield line


def bare_name(path: Path) -> Path:
    """The path without what says that it is compressed: ``kb.nt.gz`` → ``kb.nt``."""
    return path.with_suffix("") if path.suffix in COMPRESSED else path
