"""One file of named arrays: a header that says what lies where, then the arrays as they are in memory, so that mapping is loading.

Little-endian: magic, CRC-32 and length of the header, the header as JSON, then each array at a multiple of 64 bytes.
"""

import functools
import mmap
import struct
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt
from typing_extensions import override

MAGIC = b"PTHOSTS1"
ALIGNED_BYTES = 64
MAX_HEADER_BYTES = 64_000_000
_HEAD = struct.Struct("<8sII")
_KINDS = frozenset("buifS")

Array = npt.NDArray[Any]


class Damaged(ValueError):
    """The bytes are not what was written."""


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """Where an array lies."""

    dtype: str
    shape: tuple[int, ...]
    offset: Annotated[int, msgspec.Meta(ge=0)]


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
    with path.open("rb", buffering=0) as file:
        try:
            packed = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise Damaged(f"{path.name} is empty.") from error
    return unpack(packed)


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
    if any(placed.offset + prod(placed.shape) * _dtype(placed.dtype).itemsize > header.size_bytes for placed in header.arrays.values()):
        raise Damaged("An array lies outside of the file.")
    return Sheet(arrays=_Views(packed, start, header.arrays), words=header.words)


class _Views(dict[str, Array]):
    """The arrays of a file, each of which is made a view of its bytes when it is first asked for: most searches want few of many."""

    def __init__(self, packed: bytes | mmap.mmap, start: int, placed: Mapping[str, Placed]) -> None:
        super().__init__()
        self._packed, self._start, self._placed = packed, start, placed

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._placed

    def __missing__(self, name: str) -> Array:
        placed = self._placed[name]
        offset = self._start + placed.offset if prod(placed.shape) else 0
        view: Array = np.ndarray(placed.shape, _dtype(placed.dtype), self._packed, offset)
        self[name] = view
        return view


@functools.cache
def _dtype(name: str) -> np.dtype[Any]:
    dtype = np.dtype(name)
    if dtype.kind not in _KINDS:
        raise Damaged(f"{name} is no type of a column.")
    return dtype


def narrow(array: Array) -> Array:
    """The same whole numbers in the smallest type that holds them."""
    if array.size == 0:
        return array.astype(np.uint8)
    least, most = int(array.min()), int(array.max())
    kinds: tuple[type[np.integer[Any]], ...] = (np.uint8, np.uint16, np.uint32) if least >= 0 else (np.int8, np.int16, np.int32)
    return array.astype(next((kind for kind in kinds if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max), np.int64))


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNED_BYTES) * ALIGNED_BYTES
