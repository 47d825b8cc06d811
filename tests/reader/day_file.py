"""Day files and the files of a like make: head, blocks, index, foot (docs/storage.md, "Day file")."""

import os
import struct

import zstandard

from octets import Damaged, Octets, crc32c

DAY = b"XJHIST01"
HOURS = b"XJHOUR01"
END = b"XJHEND01"
HEAD = 16
FOOT = 28


def unpacked(packed, size, where):
    """A zstd frame that must come to so many bytes."""
    try:
        plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=max(size, 1))
    except zstandard.ZstdError as fault:
        raise Damaged(f"{where}: {fault}") from fault
    if len(plain) != size:
        raise Damaged(f"{where}: {len(plain)} bytes unpacked, {size} are said")
    return plain


class DayFile:
    """A file whose head, foot and index check. Blocks are proved as they are read."""

    def __init__(self, path, magic, day):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = file.read()
        if len(self.bytes) < HEAD + FOOT:
            raise Damaged(f"{path}: too short")
        if self.bytes[:8] != magic or struct.unpack_from("<q", self.bytes, 8)[0] != day:
            raise Damaged(f"{path}: another head")
        at, packed, plain, crc, end = struct.unpack("<QIII8s", self.bytes[-FOOT:])
        if end != END or at < HEAD or at + packed + FOOT != len(self.bytes):
            raise Damaged(f"{path}: another foot")
        self.blocks = self._index(self._piece(at, packed, plain, crc, "index"), at)

    def _piece(self, at, packed, plain, crc, what):
        piece = self.bytes[at:at + packed]
        where = f"{self.path}: {what} at byte {at}"
        if crc32c(piece) != crc:
            raise Damaged(f"{where}: its checksum is another")
        return unpacked(piece, plain, where)

    def _index(self, plain, end):
        data = Octets(plain, f"{self.path}: index")
        blocks = []
        for _ in range(data.count(len(plain))):
            blocks.append((data.text(), data.varint(), data.varint(), data.varint(), data.fixed(4)))
        data.end()
        told = HEAD
        for _, at, packed, _, _ in sorted(blocks, key=lambda block: block[1]):
            if at != told:
                raise Damaged(f"{self.path}: a block at byte {at}, the one before ends at {told}")
            told = at + packed
        if told != end:
            raise Damaged(f"{self.path}: blocks end at byte {told}, the index begins at {end}")
        return blocks

    def entries(self):
        """(key, bytes) of each entry in the order of the index; keys never descend."""
        before = b""
        for first, at, packed, plain, crc in self.blocks:
            data = Octets(self._piece(at, packed, plain, crc, "block"), f"{self.path}: block at byte {at}")
            if not data.left():
                data.fail("an empty block")
            fresh = True
            while data.left():
                key = data.text()
                if fresh and key != first or key < before:
                    data.fail(f"key {key!r} out of order")
                fresh = False
                before = key
                yield key, Octets(data.text(), f"{self.path}: {key!r}")
