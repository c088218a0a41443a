"""One file of named arrays: a header that says what lies where, then the arrays as they are in memory, so that mapping is loading.

Little-endian: magic, CRC-32 and length of the header, the header as JSON, then each array at a multiple of 64 bytes.
"""

import mmap
import struct
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

MAGIC = b"PTHOSTS1"
ALIGNED_BYTES = 64
MAX_HEADER_BYTES = 64_000_000
_HEAD = struct.Struct("<8sII")
_KINDS = frozenset("buifS")

Array = npt.NDArray[Any]


class Damaged(ValueError):
    """The bytes are not what was written."""


class Placed(msgspec.Struct, frozen=True):
    """Where an array lies."""

    dtype: str
    shape: tuple[int, ...]
    offset: int


class Header(msgspec.Struct, frozen=True):
    """What a file holds; `size_bytes` is its length."""

    arrays: dict[str, Placed]
    words: dict[str, list[Any]]
    size_bytes: int


class Sheet(msgspec.Struct, frozen=True):
    """The arrays and word lists of a file. The arrays are views of its bytes and cannot be written."""

    arrays: Mapping[str, Array]
    words: Mapping[str, list[Any]]


def pack(arrays: Mapping[str, Array], words: Mapping[str, list[Any]]) -> bytes:
    """The bytes of a file."""
    plain = {name: np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")) for name, array in arrays.items()}
    offset, placed = 0, {}
    for name, array in plain.items():
        placed[name] = Placed(dtype=array.dtype.str, shape=array.shape, offset=offset)
        offset = _aligned(offset + array.nbytes)
    header = msgspec.json.encode(Header(arrays=placed, words=dict(words), size_bytes=offset))
    start = _aligned(_HEAD.size + len(header))
    packed = bytearray(start + offset)
    _HEAD.pack_into(packed, 0, MAGIC, zlib.crc32(header), len(header))
    packed[_HEAD.size : _HEAD.size + len(header)] = header
    for name, array in plain.items():
        begin = start + placed[name].offset
        packed[begin : begin + array.nbytes] = array.tobytes()
    return bytes(packed)


def mapped(path: Path) -> Sheet:
    """The file, mapped: nothing is read before it is looked at. Raises `Damaged`, or `OSError` where there is none."""
    with path.open("rb") as file:
        if path.stat().st_size < _HEAD.size:
            raise Damaged(f"{path.name} is too short for a header.")
        return unpack(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def unpack(packed: bytes | mmap.mmap) -> Sheet:
    """The arrays as views of these bytes. Raises `Damaged` unless header, length and places agree."""
    if len(packed) < _HEAD.size:
        raise Damaged("The bytes are too short for a header.")
    magic, checksum, length = _HEAD.unpack_from(packed, 0)
    if magic != MAGIC or length > MAX_HEADER_BYTES:
        raise Damaged("The bytes are no file of hosts.")
    encoded = packed[_HEAD.size : _HEAD.size + length]
    if zlib.crc32(encoded) != checksum:
        raise Damaged("The header does not match its checksum.")
    try:
        header = msgspec.json.decode(encoded, type=Header)
    except msgspec.MsgspecError as error:
        raise Damaged("The header cannot be read.") from error
    start = _aligned(_HEAD.size + length)
    if len(packed) != start + header.size_bytes:
        raise Damaged(f"{len(packed)} bytes, where the header says {start + header.size_bytes}.")
    return Sheet(arrays={name: _view(packed, start, placed) for name, placed in header.arrays.items()}, words=header.words)


def _view(packed: bytes | mmap.mmap, start: int, placed: Placed) -> Array:
    dtype = np.dtype(placed.dtype)
    if dtype.kind not in _KINDS:
        raise Damaged(f"{placed.dtype} is no type of a column.")
    count = prod(placed.shape)
    if placed.offset < 0 or start + placed.offset + count * dtype.itemsize > len(packed):
        raise Damaged("An array lies outside of the file.")
    return np.frombuffer(packed, dtype, count, start + placed.offset if count else 0).reshape(placed.shape)


def narrow(array: Array) -> Array:
    """The same whole numbers in the smallest type that holds them."""
    if array.size == 0:
        return array.astype(np.uint8)
    least, most = int(array.min()), int(array.max())
    kinds: tuple[type[np.integer[Any]], ...] = (np.uint8, np.uint16, np.uint32) if least >= 0 else (np.int8, np.int16, np.int32)
    return array.astype(next((kind for kind in kinds if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max), np.int64))


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNED_BYTES) * ALIGNED_BYTES
