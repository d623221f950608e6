"""Opening text files: encodings, compression, and one clear message for what cannot be read."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from kg.errors import LoadError

UTF16 = (b"\xff\xfe", b"\xfe\xff")
COMPRESSED = (".gz", ".bz2")
GZIP = b"\x1f\x8b\x08"
BZIP2 = (b"BZh", b"1AY&SY")  # a digit stands between them
NOT_UTF8 = "not UTF-8; convert the file first (iconv -f LATIN1 -t UTF-8)"


class BadText(str):
    """A line that is not UTF-8, as far as it can be shown."""


def check_file(path: Path) -> None:
    """Refuse what is no readable file with something in it.

    :raises LoadError: missing, a folder, empty, or binary
    """
    if not path.exists():
        raise LoadError("no such file; check the path", str(path))
    if path.is_dir():
        raise LoadError("is a folder; give a file in it", str(path))
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

    def __init__(self, path: Path, advance: Callable[[int], object]) -> None:
        super().__init__(path, "rb")
        self._advance = advance

    def readinto(self, buffer: Any, /) -> int:
        size = super().readinto(buffer)
        self._advance(size)
        return size


@contextmanager
def open_bytes(path: Path, advance: Callable[[int], object] | None = None) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed if it is gzip or bzip2.

    :param advance: gets the number of bytes read from the disk as they are read
    :raises LoadError: the file cannot be read
    """
    try:
        with io.BufferedReader(_Counted(path, advance) if advance else io.FileIO(path)) as raw:
            start = raw.peek(10)[:10]
            if start.startswith(GZIP):
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield cast(IO[bytes], unpacked)
            elif start[:3] == BZIP2[0] and start[4:] == BZIP2[1]:
                with bz2.BZ2File(raw) as unzipped:
                    yield unzipped
            else:
                yield cast(IO[bytes], raw)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadError(f"cannot be read: {error}", str(path)) from error


@contextmanager
def open_text(
    path: Path, advance: Callable[[int], object] | None = None, *, mark_bad: bool = False
) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file, plain or compressed (.gz, .bz2), with a byte order mark left out.

    :param mark_bad: a line that is not UTF-8 comes as :class:`BadText` instead of failing
    :raises LoadError: not UTF-8 (with the line), or the file cannot be read
    """
    with open_bytes(path, advance) as stream:
        yield _decoded(path, stream, mark_bad)


def _decoded(path: Path, stream: IO[bytes], mark_bad: bool) -> Iterator[str]:
    for number, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if not mark_bad:
                raise LoadError(NOT_UTF8, str(path), number) from error
            line = BadText(raw.decode("utf-8", "replace"))
        yield line


def bare_name(path: Path) -> Path:
    """The path without what says that it is compressed: ``kb.nt.gz`` → ``kb.nt``."""
    return path.with_suffix("") if path.suffix in COMPRESSED else path
