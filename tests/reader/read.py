#!/usr/bin/python3
"""Another reader of a collector's folder, made from docs/storage.md alone.

    read.py FOLDER                 proves every file and counts what is in them
    read.py FOLDER samples DAY     the day's rows, as `xunjian db export` writes them
    read.py FOLDER texts DAY       the day's rows that have a message, a line of JSON each
    read.py FOLDER hours DAY       the day's summary, a line of JSON for each series, metric and hour
    read.py FOLDER journal         the rows that are in the journal alone, as those of a day
    read.py FOLDER journal 0       all rows of a journal that still begins at record 1

DAY is as 2026-11-20. Damage ends it with 1 and the name of the file.
"""

import json
import math
import sys
from datetime import date

sys.dont_write_bytecode = True  # nothing beside the sources

try:
    import zstandard  # noqa: F401
except ImportError:
    sys.exit("the Debian package python3-zstandard is missing; ./run deps installs it")

import journal
import samples
import summary
from history import History
from octets import Damaged

EPOCH = date(1970, 1, 1)


def put(line, end="\n"):
    sys.stdout.buffer.write((line + end).encode())


def tell(key, **more):
    told = dict(zip(("host", "check", "item"), (part.decode() for part in key)))
    put(json.dumps({**told, **more}, ensure_ascii=False))


def tell_rows(series):
    for line in samples.lines(series):
        put(line, "\r\n")


def tell_texts(series):
    for key, rows in series.items():
        for slot, state, message, _ in rows:
            if message is None:
                continue
            name, arguments = message
            told = {argument.decode(): value.decode() for argument, value in arguments}
            said = {"id": name.decode(), "args": told} if name else {"text": told["text"]}
            tell(key, slot=slot, state=state, message=said)


def tell_hours(series):
    for key, metrics in series.items():
        if metrics is None:
            tell(key)
            continue
        for metric, hours in metrics.items():
            for hour, ((count, total, least, greatest, last), sketch) in hours.items():
                shares = {f"p{share}": summary.quantile(sketch, share, least, greatest) for share in (50, 95, 99)}
                tell(key, metric=metric.decode(), hour=hour, count=count, sum=total if math.isfinite(total) else None,
                     min=least, max=greatest, last=last, **shares)


def by_series(records):
    found = {}
    for rows in records:
        for key, row in rows:
            found.setdefault(key, []).append(row)
    return {key: sorted(found[key], key=lambda row: row[0]) for key in sorted(found)}


def prove(folder, history):
    rows = sum(len(series) for day in history.days() for series in history.day(day).values())
    hours = sum(len(history.hours(told["day"])) for told in history.summaries)
    behind = sum(1 for _ in journal.behind(folder, history.position))
    put(json.dumps({"days": len(history.days()), "rows": rows, "summed_up": hours, "journal_behind": behind}))


def main(folder, what="", which=""):
    history = History(folder)
    if what == "journal":
        tell_rows(by_series(journal.behind(folder, int(which or history.position))))
    elif what:
        day = (date.fromisoformat(which) - EPOCH).days
        if what == "hours":
            tell_hours(history.hours(day) or {})
        else:
            {"samples": tell_rows, "texts": tell_texts}[what](history.day(day))
    else:
        prove(folder, history)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Damaged as fault:
        sys.exit(f"damaged: {fault}")
