"""Arrays in one file, memory-mapped when read: what a store file would otherwise have to be read through for.

A cache is worth nothing by itself: a stale, damaged or missing one is passed over. It is written beside and then put in place
at once, so that a reader sees an old one or a new one. Layout: a magic line, a JSON line (marks; name, type, length, offset
and checksum of each array; its own checksum before it), then the arrays, each from a multiple of 64 bytes on.
"""

from __future__ import annotations

import json
import logging
import mmap
import os
import time
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"askgraph arrays 1\n"
ALIGN = 64
ABANDONED = 600.0  # seconds after which a file in the making is taken to be a dead process's
log = logging.getLogger(__name__)


def write_arrays(path: str, marks: Mapping[str, str | int], arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Put the arrays (of one dimension) into a file, with marks to know them by. False: it could not be written."""
    entries, offset = [], 0
    blocks = []
    for name, array in arrays.items():
        block = np.ascontiguousarray(array)
        entries.append([name, block.dtype.str, len(block), offset, zlib.crc32(block.data)])
        blocks.append(block)
        offset += block.nbytes + -block.nbytes % ALIGN
    head = json.dumps({"marks": dict(marks), "arrays": entries}).encode()
    head = MAGIC + b"%08x " % zlib.crc32(head) + head + b"\n"
    beside = f"{path}.new"  # one name, so that a killed process leaves one file at most
    try:
        if os.path.exists(beside) and time.time() - os.path.getmtime(beside) > ABANDONED:
            os.unlink(beside)
        with open(beside, "xb") as file:  # fails where another process is writing it: one is enough
            file.write(head + b"\0" * (-len(head) % ALIGN))
            for block in blocks:
                file.write(block.data)
                file.write(b"\0" * (-block.nbytes % ALIGN))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        return True
    except OSError as error:
        log.debug("no cache %s: %s", path, error)
        return False


def read_arrays(path: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """(marks, arrays) of a file, mapped; None: there is none, or it is damaged."""
    try:
        with open(path, "rb") as file:
            if file.readline(len(MAGIC)) != MAGIC:
                return None
            checksum, _, head = file.readline().rstrip(b"\n").partition(b" ")
            base = file.tell() + -file.tell() % ALIGN
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if int(checksum, 16) != zlib.crc32(head):
            return None
        told = json.loads(head)
        arrays = {}
        for name, type, length, offset, checksum in told["arrays"]:
            array = (
                np.frombuffer(content, np.dtype(type), length, base + offset) if length else np.empty(0, np.dtype(type))
            )
            if zlib.crc32(array.data) != checksum:
                return None
            arrays[name] = array
        return told["marks"], arrays
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.debug("cache %s is passed over: %s", path, error)
        return None
