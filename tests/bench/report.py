#!/usr/bin/env python3
"""Gathers the JSON lines that the bench programs print into one table (medians over the runs) beside floor and aim,
and into one JSON file. usage: report.py FILE.json|- OUT..."""
import json
import os
import re
import statistics
import sys
import time

# name: (aim, the better direction); definitions in docs/performance.md.
AIMS = {
    "agent_cpu_ms_per_round": (2.0, "<"),
    "agent_pss_mib": (8.0, "<"),
    "agent_private_dirty_mib": (2.5, "<"),
    "agent_threads": (4, "<"),
    "first_result_ms": (100, "<"),
    "agent_late_p99_ms": (50, "<"),
    "ingest_values_per_s": (1_000_000, ">"),
    "ingest_cpu_s_per_million_values": (0.6, "<"),
    "history_bytes_per_value": (0.8, "<"),
    "collector_peak_rss_mib": (150, "<"),
    "results_per_cpu_s": (200_000, ">"),
    "form_cpu_s": (0.06, "<"),
    "form_peak_rss_mib": (30, "<"),
    "form_pdf_kib": (60, "<"),
    "form_cpu_s_system_fonts": (0.1, "<"),
    "form_peak_rss_mib_system_fonts": (120, "<"),
    "form_pdf_kib_system_fonts": (150, "<"),
    "memory_kib_per_agent": (30, "<"),
    "ack_p99_ms_10k_agents": (100, "<"),
    "swarm_lost": (0, "<"),
    "lost_after_kills": (0, "<"),
    "doubled_after_kills": (0, "<"),
    "query_30d_hourly_ms": (30, "<"),
    "query_30d_sum_ms": (30, "<"),
    "query_rss_mib": (60, "<"),
    "simulator_month_s": (20, "<"),
    "simulator_month_one_by_one_s": (20, "<"),
}
# Which floor of tests/bench/floor_bench.cc a figure is read beside.
FLOORS = {
    "ingest_values_per_s": "floor_sync_values_per_s",
    "ingest_values_per_s_16x200": "floor_sync_values_per_s_16x200",
    "ingest_cpu_s_per_million_values": "floor_cipher_cpu_s_per_million_values",
    "ingest_cpu_s_per_million_values_16x200": "floor_cipher_cpu_s_per_million_values",
    "ack_p50_ms": "floor_fdatasync_4k_p50_ms",
    "ack_p50_ms_16x200": "floor_fdatasync_4k_p50_ms",
    "ack_p99_ms": "floor_fdatasync_4k_p99_ms",
    "ack_p99_ms_16x200": "floor_fdatasync_4k_p99_ms",
    "ack_p50_ms_10k_agents": "floor_fdatasync_4k_p50_ms",
    "ack_p99_ms_10k_agents": "floor_fdatasync_4k_p99_ms",
}


def shown(value):
    if isinstance(value, float) and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def read(paths):
    """[(source, name, unit, [values])] in the order of first appearance; runs of one program come together."""
    found = {}
    for path in paths:
        source = re.sub(r"(-\d+)?\.out$", "", os.path.basename(path))
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    row = json.loads(line)
                    name, value, unit = row["name"], row["value"], row.get("unit", "")
                except (ValueError, KeyError, TypeError):
                    continue
                found.setdefault((source, name), (unit, []))[1].append(value)
    return [(source, name, unit, values) for (source, name), (unit, values) in found.items()]


def main():
    figures = read(sys.argv[2:])
    # A soak's figures have the bench's names for the same things: the bench's own are shown, where both are there.
    measured = {name for source, name, _, _ in figures if not source.startswith("soak")}
    figures = [f for f in figures if not (f[0].startswith("soak") and f[1] in measured)]
    medians = {name: statistics.median(values) for _, name, _, values in figures}
    if medians.get("form_shipped_fonts") == 0:  # then the plain names are the system's fonts
        AIMS.update({name: AIMS[name + "_system_fonts"] for name in ("form_cpu_s", "form_peak_rss_mib", "form_pdf_kib")})
    width = max([len(name) for _, name, _, _ in figures] + [10])
    print(f"{'figure':<{width}}  {'measured':>12}  {'from – to':>23}  {'unit':<10} {'floor':>12}  {'aim':>11}")
    before = None
    for source, name, unit, values in figures:
        if source != before:
            when = ""
            if source.startswith("soak"):
                newest = max(os.path.getmtime(p) for p in sys.argv[2:] if os.path.basename(p).startswith(source))
                when = time.strftime(" of %Y-%m-%d %H:%M", time.localtime(newest))
            print(f"-- {source}{when}")
            before = source
        median = medians[name]
        spread = f"{shown(min(values))} – {shown(max(values))}" if len(values) > 1 else ""
        floor = medians.get(FLOORS.get(name, ""))
        aim, mark = AIMS.get(name), ""
        if aim is not None:
            met = median <= aim[0] if aim[1] == "<" else median >= aim[0]
            mark = f"{'≤' if aim[1] == '<' else '≥'} {shown(aim[0]):>9} {'met' if met else 'MISSED'}"
        print(
            f"{name:<{width}}  {shown(median):>12}  {spread:>23}  {unit:<10} "
            f"{'' if floor is None else shown(floor):>12}  {mark}".rstrip()
        )
    if sys.argv[1] != "-":
        with open(sys.argv[1], "w", encoding="utf-8") as out:
            rows = [{"name": n, "value": medians[n], "unit": u} for _, n, u, _ in figures]
            json.dump({"figures": rows}, out, indent=1)
            out.write("\n")
    return 0 if figures else 1


sys.exit(main())
