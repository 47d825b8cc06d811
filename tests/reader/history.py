"""What a collector's folder holds of results: the manifest and the files it names (docs/storage.md, "History")."""

import json
import os

import chunks
import day_file
import summary
from octets import Damaged, crc32c

DAY_MS = 86_400_000
MEMBERS = {"v", "position", "next", "files", "summaries", "crc"}


class History:
    """A folder whose manifest is proved. Files are proved as they are read."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "history")
        path = os.path.join(self.folder, "manifest")
        with open(path, "rb") as file:
            text = file.read()
        rest, found, crc = text.rpartition(b',"crc":')
        if found and crc != b"%d}\n" % crc32c(rest + b"}"):
            raise Damaged(f"{path}: its checksum is another")
        try:
            manifest = json.loads(text)
        except ValueError as fault:
            raise Damaged(f"{path}: {fault}") from fault
        if manifest.get("v") != 1:
            raise Damaged(f"{path}: version {manifest.get('v')}")
        if not manifest.keys() <= MEMBERS:  # one of before there was a checksum has no others either
            raise Damaged(f"{path}: other members than a manifest has")
        self.position = manifest["position"]
        self.files = manifest["files"]
        self.summaries = manifest.get("summaries", [])

    def days(self):
        return sorted({file["day"] for file in self.files})

    def _open(self, told, magic):
        path = os.path.join(self.folder, told["name"])
        file = day_file.DayFile(path, magic, told["day"])
        if len(file.bytes) != told["bytes"]:
            raise Damaged(f"{path}: {len(file.bytes)} bytes, the manifest says {told['bytes']}")
        return file

    def _series(self, told):
        """{(host, check, item): rows} of one file."""
        file = self._open(told, day_file.DAY)
        found = {}
        for key, data in file.entries():
            parts = tuple(key.split(b"\0"))
            if len(parts) != 3:
                data.fail("another key")
            rows = chunks.rows(data)
            if any(slot // DAY_MS != told["day"] for slot, *_ in rows):
                data.fail("a row of another day")
            found.setdefault(parts, []).extend(rows)
        rows = [row for series in found.values() for row in series]
        figures = {"rows": len(rows), "values": sum(len(values) for *_, values in rows), "series": len(found)}
        for name, figure in figures.items():
            if told[name] != figure:
                raise Damaged(f"{file.path}: {figure} {name}, the manifest says {told[name]}")
        return found

    def day(self, day):
        """{(host, check, item): rows by slot} of all files of a day, the older file first within a slot."""
        found = {}
        for told in self.files:
            if told["day"] == day:
                for key, rows in self._series(told).items():
                    found.setdefault(key, []).extend(rows)
        return {key: sorted(found[key], key=lambda row: row[0]) for key in sorted(found)}

    def hours(self, day):
        """{(host, check, item): {metric: {hour: (figures, sketch)}}} of a day's summary, None where it has none.

        A series that has rows and no hours stands there with None."""
        told = next((told for told in self.summaries if told["day"] == day), None)
        if told is None:
            return None
        file = self._open(told, day_file.HOURS)
        lanes = {b"h": {}, b"s": {}}
        for key, data in file.entries():
            lane = lanes.get(key[:1])
            if lane is None or key[1:] in lane:
                data.fail("another key")
            lane[key[1:]] = summary.hours(data) if key[:1] == b"h" else summary.sketches(data)
        found = {}
        for key, figures in lanes[b"h"].items():
            sketches = lanes[b"s"].pop(key, None)
            if (figures is None) != (sketches is None):
                raise Damaged(f"{file.path}: {key!r} has hours or sketches alone")
            found[tuple(key.split(b"\0"))] = figures and joined(figures, sketches, f"{file.path}: {key!r}")
        if lanes[b"s"]:
            raise Damaged(f"{file.path}: sketches without hours")
        held = [metric for series in found.values() if series for metric in series.values()]
        counts = {"series": len(found), "metrics": len(held), "hours": sum(map(len, held))}
        for name, count in counts.items():
            if told[name] != count:
                raise Damaged(f"{file.path}: {count} {name}, the manifest says {told[name]}")
        return found


def joined(figures, sketches, where):
    """Hours and sketches of a series, which must speak of the same values."""
    if [name for name, _ in figures] != [name for name, _ in sketches]:
        raise Damaged(f"{where}: sketches of other metrics")
    found = {}
    for (name, hours), (_, held) in zip(figures, sketches):
        if {hour: row[0] for hour, row in hours.items()} != {hour: sum(held[hour].values()) for hour in held}:
            raise Damaged(f"{where}: sketches of other values of {name!r}")
        found[name] = {hour: (row, held[hour]) for hour, row in hours.items()}
    return found
