"""Opening text files: encodings, compression, and one clear message for what cannot be read."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kg.errors import LoadError


def check_file(path: Path) -> None:
    """Refuse what is no readable file with something in it.

    :raises LoadError: missing, a folder, empty, or binary
    """
    if not path.exists():
        raise LoadError("no such file", str(path))
    if path.is_dir():
        raise LoadError("is a folder; give the file in it", str(path))
    if path.stat().st_size == 0:
        raise LoadError("the file is empty", str(path))
    with _open_bytes(path) as stream:
        if b"\0" in stream.read(4096):
            raise LoadError("is a binary file, not text", str(path))


def _open_bytes(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if path.suffix == ".bz2":
        return bz2.open(path, "rb")
    return path.open("rb")


@contextmanager
def open_text(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file, plain or compressed (.gz, .bz2), with a byte order mark left out.

    :raises LoadError: not UTF-8 (with the line), or the file cannot be read
    """
    try:
        with _open_bytes(path) as stream:
            yield _decoded(path, stream)
    except (OSError, EOFError) as error:
        raise LoadError(f"cannot be read: {error}", str(path)) from error


def _decoded(path: Path, stream: IO[bytes]) -> Iterator[str]:
    for number, raw in enumerate(stream, 1):
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise LoadError("not UTF-8; convert it first (iconv -f LATIN1 -t UTF-8)", str(path), number) from error
