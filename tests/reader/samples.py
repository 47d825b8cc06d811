"""Rows of history as `xunjian db export` writes them (docs/storage.md, "Export")."""

from datetime import datetime, timezone
from decimal import Decimal

HEAD = "time,host,check,item,state,metric,value"


def time(slot):
    text = datetime.fromtimestamp(slot // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{slot % 1000:03}Z" if slot % 1000 else f"{text}Z"


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\r\n') else text


def number(value):
    """An integer, or the shortest text of a double: plain or with an exponent, plain where both are as long."""
    if isinstance(value, int):
        return str(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, digits))
    power = len(digits) - 1 + exponent if value else 0  # of ten, of the first digit
    digits = digits.rstrip("0") or "0"
    if power < 0:
        plain = "0." + "0" * (-power - 1) + digits
    elif power < len(digits) - 1:
        plain = digits[:power + 1] + "." + digits[power + 1:]
    else:
        plain = str(abs(int(value)))
    short = digits[0] + ("." + digits[1:] if digits[1:] else "") + f"e{power:+03}"
    text = plain if len(plain) <= len(short) else short
    return "-" * sign + text + ("" if "." in text or "e" in text else ".0")


def lines(series):
    """The rows of {(host, check, item): rows}."""
    yield HEAD
    for key, rows in series.items():
        host, check, item = (quoted(part.decode()) for part in key)
        for slot, state, *_, values in rows:
            stem = f"{time(slot)},{host},{check},{item},{state}"
            for metric, value in values or [(b"", None)]:
                yield f"{stem},{metric.decode()},{'' if value is None else number(value)}"
