"""The journal: batches of agents as they came (docs/storage.md, "Journal"; docs/wire.md, "Batch")."""

import json
import os

import zstandard

from chunks import STATES
from octets import Damaged, Octets
from record_log import RecordLog

BODY = 8 << 20


def ranges(data):
    """The numbers that this record accepted, as (first, last)."""
    found = []
    last = 0
    for _ in range(data.count(data.left())):
        first = last + data.signed()
        last = first + data.varint()
        found.append((first, last))
    return found


def parts(result):
    """(item, state, [(metric, value)]) of a result and of each thing it saw."""
    for item, part in [("", result)] + [(item["key"], item) for item in result.get("items") or []]:
        state = part.get("state") or "ok"
        if state not in STATES:
            raise ValueError(state)
        values = (part.get("m") or {}).items()
        yield item.encode(), state, [(name.encode(), value) for name, value in values if value is not None]


def samples(agent, result, slot):
    for item, state, values in parts(result):
        yield (agent, result["check"].encode(), item), (slot, state, values)


def batch(data, packed):
    """Results of a batch, some of them accepted."""
    agent = data.text()
    data.signed()  # received
    shift = data.signed()
    accepted = ranges(data)
    body = data.rest()
    if packed:
        body = zstandard.ZstdDecompressor().decompress(body, max_output_size=BODY)
    for result in json.loads(body)["results"]:
        if any(first <= result["n"] <= last for first, last in accepted):
            yield from samples(agent, result, result["slot"] + shift)


def counted(data):
    """Results of a simulation: the first of each run, and how it goes on."""
    agent = data.text()
    data.signed()  # received last
    data.varint()  # contacts
    runs = [(data.signed(), data.varint()) for _ in range(data.count(data.left()))]
    results = json.loads(data.rest())["results"]
    if len(results) != len(runs):
        data.fail(f"{len(runs)} runs of {len(results)} results")
    for result, (step, times) in zip(results, runs):
        for turn in range(times):
            yield from samples(agent, result, result["slot"] + turn * step)


def record(number, payload):
    """[(key, row)] of a record."""
    data = Octets(payload, f"journal: record {number}")
    kind = data.byte()
    try:
        if kind in b"BZ":
            return list(batch(data, kind == ord("Z")))
        if kind == ord("C"):
            return list(counted(data))
        if kind == ord("T"):
            data.signed()  # at
            data.signed()  # listening since
            data.end()
            return []
    except (ValueError, KeyError, zstandard.ZstdError) as fault:
        raise Damaged(f"journal: record {number}: {fault!r}") from fault
    data.fail(f"a record of kind {kind}")


def behind(folder, position):
    """[(key, row)] of each record of the journal behind a position."""
    log = RecordLog(os.path.join(folder, "journal"))
    if log.first > position + 1:
        raise Damaged(f"{log.folder}: begins at record {log.first}, what is behind {position} is wanted")
    for number, payload in log.records():
        if number > position:
            yield record(number, payload)
    if log.last < position:
        raise Damaged(f"{log.folder}: ends at record {log.last}, history holds all up to {position}")
