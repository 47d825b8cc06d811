#!/usr/bin/env python3
"""Fails when a source under tests/ (or anywhere) is compiled by no target: a test nobody runs is no test."""
import json
import os
import subprocess
import sys


def main():
    build = sys.argv[1]
    compiled = {os.path.relpath(os.path.join(e["directory"], e["file"]) if not os.path.isabs(e["file"]) else e["file"])
                for e in json.load(open(os.path.join(build, "compile_commands.json")))}
    tracked = subprocess.run(["git", "ls-files", "*.cc"], capture_output=True, text=True, check=True).stdout.split()
    # Fuzz targets are built by the fuzz preset alone, by a glob over their folder.
    lost = [t for t in tracked if t not in compiled and not (t.startswith("tests/fuzz/") and t.endswith("_fuzz.cc"))]
    print("\n".join(f"{t}: no target compiles it" for t in lost) if lost else f"{len(tracked)} sources, all in a target")
    return 1 if lost else 0


sys.exit(main())
