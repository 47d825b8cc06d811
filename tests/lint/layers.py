#!/usr/bin/env python3
"""Holds every #include against the table of layers: who may include whom, and who may touch which third party.

The linker cannot see a header-only trespass (one include root), so this script is the guard.
"""
import re
import subprocess
import sys

# Longest matching folder (or file stem) wins. Values: folders it may include besides itself.
LAYERS = {
    "core": [],
    "core/io": ["core"],
    "config": ["core"],
    "checks": ["core", "core/io"],
    "checks/probe": ["core", "core/io", "checks"],
    "agent": ["core", "core/io", "config", "checks"],
    "agent/probe_main": ["core", "core/io", "checks", "checks/probe"],
    "collector/domain": ["core"],
    "collector/contract": ["core", "config", "collector/domain"],
    "collector/ingest": ["core", "core/io", "collector/domain"],
    "collector/history": ["core", "core/io", "collector/domain", "collector/history/series"],
    "collector/history/series": ["core"],
    "collector/query": ["core", "collector/domain", "collector/history/series"],
    "collector/store": ["core", "core/io", "collector/domain"],
    "collector/notify": ["core", "core/io", "collector/domain", "collector/store"],
    "collector/http": ["core", "core/io", "collector/domain", "collector/store", "reports"],
    "collector": ["core", "core/io", "config", "checks", "reports", "collector/domain", "collector/contract",
                  "collector/ingest", "collector/history", "collector/history/series", "collector/query", "collector/store",
                  "collector/notify", "collector/http", "collector/api", "collector/safety"],
    "collector/safety": ["core", "core/io", "collector", "collector/domain", "collector/ingest",
                         "collector/history", "collector/history/series", "collector/store"],
    "collector/api": ["core", "core/io", "reports", "collector", "collector/domain", "collector/contract",
                      "collector/ingest", "collector/history", "collector/history/series", "collector/query",
                      "collector/store", "collector/http", "collector/safety"],
    "collector/simulate": ["core", "core/io", "config", "reports", "collector", "collector/api", "collector/domain",
                           "collector/contract", "collector/ingest", "collector/history", "collector/store"],
    "reports": ["core", "reports/typeset"],
    "reports/typeset": ["core", "reports"],
    "cli": ["core", "core/io", "config", "checks", "collector/contract", "collector/domain", "collector/store",
            "collector/simulate", "collector/safety", "reports"],
}
# No I/O, clock, log or thread.
PURE = ("collector/domain", "collector/query")
# Third parties by include prefix: the files (or folders) that may name them, tests apart.
THIRD = {
    "yaml-cpp/": ["config/document"],
    "sqlite3.h": ["core/io/sqlite_db"],
    "boost/beast": ["collector/http"],
    "boost/asio": ["collector/http", "collector/app", "collector/engine", "collector/main"],
    "boost/json": ["core/json", "core/wire"],
    "openssl/": ["core/io/http_client", "core/io/pki", "core/io/tls", "collector/http", "checks/probe/certificate"],
    "curl/": ["checks/probe", "collector/notify"],
    "spdlog/": ["core/io/log"],
    "CLI/": ["cli", "agent/main", "collector/main"],
    "pango/": ["reports"], "cairo": ["reports"], "librsvg/": ["reports"], "qpdf/": ["reports"],
    "expat.h": ["reports"], "fontconfig/": ["reports"], "fmt/": ["core", "agent", "collector", "checks", "cli", "config"],
    "date/": ["collector/contract"], "zstd.h": ["core/wire", "collector/history", "collector/ingest"],
    "sodium.h": ["collector/contract", "collector/store", "collector/http", "reports", "core"],
}


def layer_of(path):
    stem = re.sub(r"\.(cc|h)$", "", path)
    best = None
    for layer in LAYERS:
        if (stem == layer or stem.startswith(layer + "/")) and (best is None or len(layer) > len(best)):
            best = layer
    return best


def main():
    files = subprocess.run(["git", "ls-files", "*.cc", "*.h"], capture_output=True, text=True, check=True).stdout.split()
    faults = []
    for path in files:
        if path.startswith(("tests/", "cmake/")):
            continue
        here = layer_of(path)
        if here is None:
            faults.append(f"{path}:1: belongs to no layer of tests/lint/layers.py")
            continue
        lines = open(path, encoding="utf-8").read().splitlines()
        for number, line in enumerate(lines, 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not match:
                continue
            quote, name = match.groups()
            if quote == '"':
                there = layer_of(name)
                if there is None:
                    faults.append(f"{path}:{number}: includes {name}, which belongs to no layer")
                elif there != here and there not in LAYERS[here]:
                    faults.append(f"{path}:{number}: {here} may not include {there} ({name})")
            for prefix, homes in THIRD.items():
                if name.startswith(prefix) and not any(
                        path == h or path.startswith(h + "/") or path.startswith(h + ".") or path.startswith(h + "_")
                        for h in homes):
                    faults.append(f"{path}:{number}: {name} belongs to {', '.join(homes)}")
            if here in PURE and name in ("chrono_io", "thread", "mutex", "iostream", "fstream", "filesystem"):
                faults.append(f"{path}:{number}: {here} is pure: no {name}")
        if here in PURE and re.search(r"system_clock::now|steady_clock::now", "\n".join(lines)):
            faults.append(f"{path}: {here} is told the time, it asks no clock")
    print("\n".join(faults) if faults else f"{len(files)} files, every include within its layer")
    return 1 if faults else 0


sys.exit(main())
