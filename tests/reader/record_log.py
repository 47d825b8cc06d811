"""The record log: the collector's journal and the agent's spool (docs/storage.md, "Record log")."""

import os
import re
import struct

from octets import Damaged, crc32c

MAGIC = 0x474C4A58
VERSION = 1
HEADER = 32
RECORD = 16
SEGMENT = re.compile(r"\d{20}\.log")


def seed_of(log, first):
    return crc32c(struct.pack("<IIQQ", MAGIC, VERSION, log, first))


def likely(told, first, crc):
    """What the log id was: as it stands, or with the one byte changed that makes the checksum fit."""
    if seed_of(told, first) == crc:
        return told
    others = (told ^ wrong << 8 * byte for byte in range(8) for wrong in range(1, 256))
    return next((log for log in others if log and seed_of(log, first) == crc), told)


class Segment:
    """One file: what its header says, if that checks, and its bytes."""

    def __init__(self, folder, name):
        self.path = os.path.join(folder, name)
        self.first = int(name[:20])
        with open(self.path, "rb") as file:
            self.bytes = file.read()
        self.log = None
        if len(self.bytes) >= HEADER:
            magic, version, told, first, crc = struct.unpack_from("<IIQQI", self.bytes)
            self.told = likely(told, self.first, crc)
            if magic == MAGIC and crc == crc32c(self.bytes[:24]):
                if version != VERSION:
                    raise Damaged(f"{self.path}: version {version} of the record log")
                if first == self.first:
                    self.log = self.told

    def records(self, log, until):
        """The records in turn, up to the first that does not check and never up to number `until`."""
        seed = seed_of(log, self.first)
        at = HEADER
        number = self.first
        while at + RECORD <= len(self.bytes) and number != until:
            length, stands, crc = struct.unpack_from("<IQI", self.bytes, at)
            end = at + RECORD + length
            if stands != number or end > len(self.bytes):
                return
            payload = self.bytes[at + RECORD:end]
            if crc32c(payload, crc32c(self.bytes[at:at + 12], seed)) != crc:
                return
            yield number, payload
            number += 1
            at = end


class RecordLog:
    def __init__(self, folder):
        self.folder = folder
        segments = [Segment(folder, name) for name in sorted(os.listdir(folder)) if SEGMENT.fullmatch(name)]
        sound = [segment.log for segment in segments if segment.log is not None]
        # Where no header checks, the newest of them still tells which log it was.
        whole = [segment.told for segment in segments if len(segment.bytes) >= HEADER]
        self.log = (sound or whole or [0])[-1]
        self.segments = [segment for segment in segments if segment.log in (None, self.log)]
        self.first = self.segments[0].first if self.segments else 1
        self.last = self.first - 1  # as far as it was read

    def records(self):
        """(number, payload) of each record. Numbers that are missing in the middle are damage."""
        for segment, after in zip(self.segments, self.segments[1:] + [None]):
            if segment.first != self.last + 1:
                raise Damaged(f"{self.folder}: records {self.last + 1} to {segment.first - 1} are missing")
            for self.last, payload in segment.records(self.log, after and after.first):
                yield self.last, payload
