"""Bytes as docs/storage.md lays them out: CRC-32C, fixed and variable integers, texts."""


class Damaged(Exception):
    """What was read is not what was written. The message names the file and the place."""


def _table():
    rows = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        rows.append(byte)
    return rows


_TABLE = _table()


def crc32c(data, start=0):
    """CRC-32C of the bytes, going on from the finished CRC of what stands before them."""
    crc = start ^ 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def wrapped(value):
    """The signed 64 bits that are left of a number."""
    return (value + 2**63) % 2**64 - 2**63


class Octets:
    """Bytes read from the front to the back. Whatever lies beyond their end is damage."""

    def __init__(self, data, where):
        self.data = data
        self.where = where
        self.at = 0

    def fail(self, what):
        raise Damaged(f"{self.where}: {what} at byte {self.at}")

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            self.fail(f"{count} bytes are expected, {self.left()} are left")
        self.at += count
        return self.data[self.at - count:self.at]

    def byte(self):
        return self.take(1)[0]

    def fixed(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def varint(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >= 2**64:
                    break
                return value
        self.fail("a number of more than 64 bits")

    def signed(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def count(self, most):
        value = self.varint()
        if value > most:
            self.fail(f"{value} where at most {most} can be")
        return value

    def text(self):
        return bytes(self.take(self.varint()))

    def rest(self):
        return self.take(self.left())

    def end(self):
        if self.left():
            self.fail(f"{self.left()} bytes too many")
