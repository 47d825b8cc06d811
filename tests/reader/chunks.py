"""A chunk of a day file: slots, messages, states and columns of a series (docs/storage.md, "Chunk")."""

import struct

from octets import wrapped

ROWS = 2**20
CELLS = 2**25
STATES = ("ok", "warning", "critical", "unknown")


def integers(data, count):
    """So many signed 64-bit integers, in the order and with the runs that their first byte names."""
    if count == 0:
        return []
    form = data.byte()
    order = form & 3
    if form > 7 or order > 2:
        data.fail(f"order {form} of integers")
    first = data.signed()
    values = [first]
    step = 0
    while len(values) < count:
        told = data.signed()
        times = data.count(count - len(values)) if form & 4 else 1
        if times == 0:
            data.fail("a run of nothing")
        for _ in range(times):
            if order == 0:
                values.append(wrapped(first + told))
            else:
                step = wrapped(told + (step if order == 2 else 0))
                values.append(wrapped(values[-1] + step))
    return values


def planes(data, count):
    """So many values of 64 bits: eight planes of bytes, each value exclusive-or'd with the one before."""
    bits = [0] * count
    for _ in range(8):
        bits = [value << 8 | byte for value, byte in zip(bits, data.take(count))]
    before = 0
    for row, value in enumerate(bits):
        before ^= value
        bits[row] = before
    return bits


def double(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def presence(data, rows):
    """For each row whether something stands there."""
    runs = data.varint()
    if runs == 0:
        return [True] * rows
    there = []
    for run in range(runs):
        length = data.count(rows - len(there))
        if length == 0 and run > 0:
            data.fail("a run of nothing")
        there += [run % 2 == 0] * length
    if len(there) != rows:
        data.fail(f"presence of {len(there)} rows of {rows}")
    return there


def column(data, rows):
    """Name and values of a metric, an integer as int, a double as float, None where it is absent."""
    name = data.text()
    there = presence(data, rows)
    count = sum(there)
    form = data.byte()
    if form == 0:
        values = integers(data, count)
    elif form == 1:
        values = [double(bits) for bits in planes(data, count)]
    elif form == 2:
        doubles = presence(data, count)
        values = [double(bits) if as_double else wrapped(bits)
                  for bits, as_double in zip(planes(data, count), doubles)]
    elif 16 <= form <= 25:
        values = [value / 10 ** (form - 16) for value in integers(data, count)]
    else:
        data.fail(f"form {form} of a column")
    held = iter(values)
    return name, [next(held) if row else None for row in there]


def message(data):
    name = data.text()
    return name, [(data.text(), data.text()) for _ in range(data.count(data.left()))]


def rows(data):
    """The rows of a chunk: (slot, state, message, [(metric, value)])."""
    count = data.count(ROWS)
    slots = integers(data, count)
    if any(later < earlier for earlier, later in zip(slots, slots[1:])):
        data.fail("rows out of order")
    messages = [message(data) for _ in range(data.count(data.left()))]
    states = []
    for _ in range(data.count(count)):
        times = data.count(count - len(states))
        state = data.byte()
        said = data.count(len(messages))
        if state >= len(STATES):
            data.fail(f"state {state}")
        states += [(STATES[state], messages[said - 1] if said else None)] * times
        if times == 0:
            data.fail("a run of nothing")
    if len(states) != count:
        data.fail(f"states of {len(states)} rows of {count}")
    width = data.count(CELLS // max(count, 1))
    columns = [column(data, count) for _ in range(width)]
    data.end()
    if len({name for name, _ in columns}) != width:
        data.fail("a metric stands twice")
    return [(slots[row], *states[row], [(name, values[row]) for name, values in columns if values[row] is not None])
            for row in range(count)]
