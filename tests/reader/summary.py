"""Summaries: what each metric came to, hour by hour (docs/storage.md, "Summary file")."""

import math

import chunks

BASE = 36_000
BUCKETS = 4_096


def hours_of(data):
    bits = data.varint()
    if not 0 < bits < 1 << 24:
        data.fail(f"hours {bits:#x}")
    return [hour for hour in range(24) if bits >> hour & 1]


def figures(data, count):
    name, values = chunks.column(data, count)
    if name or None in values:
        data.fail("a column of a summary with a name or a gap")
    return [float(value) for value in values]


def metrics(data, read):
    """[(name, what `read` makes of the rest)] in the order of the names."""
    found = []
    for _ in range(data.count(data.left())):
        name = data.text()
        length = data.varint()
        end = data.at + length
        found.append((name, read(data)))
        if data.at != end:
            data.fail(f"{name!r} has another length")
    data.end()
    if [name for name, _ in found] != sorted({name for name, _ in found}):
        data.fail("metrics out of order")
    return found


def hours(data):
    """[(metric, {hour: (count, sum, least, greatest, last)})], None where the series has rows and no hours."""
    mark = data.byte()
    if mark == 0:
        data.end()
        return None
    if mark != 1:
        data.fail(f"entry of kind {mark}")
    return metrics(data, _hours)


def _hours(data):
    told = hours_of(data)
    counts = chunks.integers(data, len(told))
    columns = [figures(data, len(told)) for _ in range(4)]
    return {hour: tuple(row) for hour, *row in zip(told, counts, *columns)}


def sketches(data):
    """[(metric, {hour: {key: count}})]"""
    return metrics(data, _sketches)


def _sketches(data):
    told = hours_of(data)
    first = chunks.integers(data, len(told))
    buckets = chunks.integers(data, len(told))
    found = {}
    for hour, key, left in zip(told, first, buckets):
        if not 0 < left <= BUCKETS:
            data.fail(f"{left} buckets")
        held = found[hour] = {}
        while left:
            number = data.varint()
            if number & 1:
                key += number >> 1
            else:
                held[key] = number >> 1
                key += 1
                left -= 1
    return found


def value_of(key):
    if key == 0:
        return 0.0
    try:
        return math.copysign(1.02 ** (abs(key) - BASE) / 1.01, key)
    except OverflowError:
        return math.copysign(math.inf, key)


def quantile(sketch, percent, least, greatest):
    """The value of the first bucket with which the counts reach the rank, held between the ends."""
    rank = max(1, (sum(sketch.values()) * percent + 99) // 100)
    for key in sorted(sketch):
        rank -= sketch[key]
        if rank <= 0:
            return min(max(value_of(key), least), greatest)
    raise ValueError("an empty sketch")
