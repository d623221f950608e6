"""Opening text files: encodings, and one clear message for what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from kg.errors import LoadError
from loaders import guards
from loaders.packed import open_bytes

UTF16 = (b"\xff\xfe", b"\xfe\xff")
PARQUET = b"PAR1"
TAR = slice(257, 262)
NOT_UTF8 = "not UTF-8; convert the file first (iconv -f LATIN1 -t UTF-8)"
SHOWN = 1_000  # characters of a line that is too long


class BadText(str):
    """A line that cannot be used, as far as it can be shown."""

    reason: str = NOT_UTF8

    @classmethod
    def too_long(cls, raw: bytes) -> BadText:
        """A line of more than :data:`loaders.guards.LONGEST_LINE` bytes."""
        line = cls(raw[:SHOWN].decode("utf-8", "replace") + "…")
        line.reason = too_long()
        return line


def too_long() -> str:
    """Why a line that is too long is set aside."""
    return f"a line of more than {guards.LONGEST_LINE:,} bytes"


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
    if head.startswith(PARQUET):
        return
    if head.startswith(UTF16):
        raise LoadError("is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)", str(path))
    if head[TAR] == b"ustar":
        raise LoadError("is a tar archive; unpack it and give the files in it", str(path))
    if b"\0" in head:
        packed = ".gz, .bz2, .zst, .zip"
        raise LoadError(f"is a binary file, not text; give a text file, plain or packed ({packed})", str(path))


@contextmanager
def open_lines(
    path: Path, advance: Callable[[int], object] | None = None, *, terms: bool = False
) -> Iterator[IO[bytes]]:
    """The bytes of a file that is read line by line, its lines bounded (:func:`loaders.guards.bounded_lines`).

    :raises LoadError: the file cannot be read
    """
    with open_bytes(path, advance) as stream, guards.bounded_lines(stream, str(path), terms=terms) as lines:
        yield cast(IO[bytes], lines)


@contextmanager
def open_text(
    path: Path, advance: Callable[[int], object] | None = None, *, mark_bad: bool = False
) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file, plain or packed, with a byte order mark left out.

    :param mark_bad: a line that is not UTF-8 or too long comes as :class:`BadText` instead of failing
    :raises LoadError: not UTF-8, or too long (with the line), or the file cannot be read
    """
    with open_lines(path, advance) as stream:
        yield _decoded(path, stream, mark_bad)


def _decoded(path: Path, stream: IO[bytes], mark_bad: bool) -> Iterator[str]:
    longest = guards.LONGEST_LINE
    for number, raw in enumerate(stream, 1):
        if len(raw) > longest and len(raw.rstrip(b"\r\n")) > longest:
            if not mark_bad:
                raise LoadError(too_long(), str(path), number)
            yield BadText.too_long(raw)
            continue
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if not mark_bad:
                raise LoadError(NOT_UTF8, str(path), number) from error
            line = BadText(raw.decode("utf-8", "replace"))
        yield line
