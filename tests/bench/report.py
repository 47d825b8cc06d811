#!/usr/bin/env python3
"""Gathers the JSON lines that the bench programs print into one table beside the aims, and one JSON file."""
import json
import os
import sys

# name: (aim, the better direction); definitions in docs/performance.md.
AIMS = {
    "agent_cpu_ms_per_round": (2.0, "<"),
    "agent_pss_mib": (8.0, "<"),
    "agent_private_dirty_mib": (2.5, "<"),
    "agent_threads": (4, "<"),
    "first_result_ms": (100, "<"),
    "ingest_values_per_s": (1_000_000, ">"),
    "ingest_cpu_s_per_million_values": (0.6, "<"),
    "history_bytes_per_value": (0.8, "<"),
    "collector_peak_rss_mib": (150, "<"),
    "results_per_cpu_s": (200_000, ">"),
    "form_cpu_s": (0.06, "<"),
    "form_peak_rss_mib": (30, "<"),
    "form_pdf_kib": (60, "<"),
    "memory_kib_per_agent": (30, "<"),
    "ack_p99_ms_10k_agents": (100, "<"),
    "simulator_month_s": (20, "<"),
}


def shown(value):
    if isinstance(value, float) and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def main():
    figures, noise = [], []
    for path in sys.argv[2:]:
        source = os.path.basename(path).removesuffix(".out")
        for line in open(path, encoding="utf-8", errors="replace"):
            try:
                row = json.loads(line)
                figures.append({"name": row["name"], "value": row["value"], "unit": row.get("unit", ""), "from": source})
            except (ValueError, KeyError, TypeError):
                noise.append(line)
    width = max([len(f["name"]) for f in figures] + [10])
    print(f"{'figure':<{width}}  {'measured':>12}  {'unit':<16} {'aim':>14}")
    for f in figures:
        aim, mark = AIMS.get(f["name"], (None, "")), ""
        if aim[0] is not None:
            met = f["value"] <= aim[0] if aim[1] == "<" else f["value"] >= aim[0]
            mark = f"{'≤' if aim[1] == '<' else '≥'} {shown(aim[0])} {'met' if met else 'MISSED'}"
        print(f"{f['name']:<{width}}  {shown(f['value']):>12}  {f['unit']:<16} {mark:>14}")
    if sys.argv[1] != "-":
        with open(sys.argv[1], "w", encoding="utf-8") as out:
            json.dump({"figures": [{k: f[k] for k in ("name", "value", "unit")} for f in figures]}, out, indent=1)
            out.write("\n")
    return 0 if figures else 1


sys.exit(main())
