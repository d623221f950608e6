"""Packed files: gzip, bzip2, Zstandard, and zip with one file in it, recognised by content and unpacked as a stream.

Nothing is ever unpacked to the disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import zstandard

from kg.errors import LoadError
from loaders.guards import bounded_expansion

ENDINGS = (".gz", ".bz2", ".zst", ".zip")
GZIP = b"\x1f\x8b\x08"
BZIP2 = (b"BZh", b"1AY&SY")  # a digit stands between them
ZSTD = b"\x28\xb5\x2f\xfd"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


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
    """The bytes of a file, unpacked if it is packed.

    :param advance: gets the number of bytes read from the disk as they are read
    :raises LoadError: the file cannot be read, or is a decompression bomb
    """
    try:
        with io.BufferedReader(_Counted(path, advance) if advance else io.FileIO(path)) as raw:
            start = raw.peek(10)[:10]
            unpacked = _unpacked(start, cast(IO[bytes], raw), path)
            if unpacked is None:
                yield cast(IO[bytes], raw)
            else:
                with unpacked, bounded_expansion(unpacked, path.stat().st_size, str(path)) as stream:
                    yield cast(IO[bytes], stream)
    except (OSError, EOFError, zlib.error, LZMAError, zstandard.ZstdError, zipfile.BadZipFile) as error:
        raise LoadError(f"cannot be read: {error}", str(path)) from error


def _unpacked(start: bytes, raw: IO[bytes], path: Path) -> IO[bytes] | None:
    """What is packed in a file that begins so; None: it is not packed."""
    if start.startswith(GZIP):
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if start[:3] == BZIP2[0] and start[4:] == BZIP2[1]:
        return bz2.BZ2File(raw)
    if start.startswith(ZSTD):
        reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        return cast(IO[bytes], io.BufferedReader(cast(Any, reader)))
    return _member(raw, path) if start.startswith(ZIP) else None


def _member(raw: IO[bytes], path: Path) -> IO[bytes]:
    """The one file in a zip archive.

    :raises LoadError: there are none or several, it is encrypted, or its name leads out of the folder
    """
    archive = zipfile.ZipFile(raw)
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise LoadError(f"a zip archive of {len(members)} files; unpack it and give the files in it", str(path))
    name = PurePosixPath(members[0].filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise LoadError(f"the file in it leads out of the folder ({str(name)[:80]!r}); it is refused", str(path))
    try:
        return archive.open(members[0])
    except (RuntimeError, NotImplementedError) as error:
        raise LoadError(f"the file in it cannot be unpacked ({error}); unpack it first", str(path)) from error


def bare_name(path: Path) -> Path:
    """The path without what says that it is packed: ``kb.nt.gz`` → ``kb.nt``."""
    return path.with_suffix("") if path.suffix.casefold() in ENDINGS else path
