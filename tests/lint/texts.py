#!/usr/bin/env python3
"""Every message id that the code names has a row in core/texts/, and every row is named somewhere."""
import re
import subprocess
import sys

AREAS = "core io config checks agent domain collector reports cli calendar notify duty round knowledge simulate money query safety".split()
ID = re.compile(r'"@?((?:%s)\.[a-z0-9_.]*[a-z0-9_])"' % "|".join(AREAS))


def main():
    files = subprocess.run(["git", "ls-files", "*.cc", "*.h", "*.xhtml", "*.json"], capture_output=True, text=True, check=True).stdout.split()
    rows, used, everything = {}, {}, []
    for path in files:
        text = open(path, encoding="utf-8").read()
        if path.startswith("core/texts/"):
            for m in re.finditer(r'(?:\{|XJ_ITEM\()"([a-z0-9_.]+)",', text):
                rows[m.group(1)] = path
        elif not path.startswith("tests/"):
            everything.append(text)
            for number, line in enumerate(text.splitlines(), 1):
                if "#include" in line:
                    continue
                for m in ID.finditer(line):
                    used.setdefault(m.group(1), f"{path}:{number}")
    # An id may be put together ("checks.state." + word); its written part then ends in a dot and is no id here.
    stems = set(re.findall(r'"@?((?:%s)\.[a-z0-9_.]*[._])"' % "|".join(AREAS), "\n".join(everything)))
    faults = [f"{place}: \"{i}\" has no row in core/texts/" for i, place in used.items() if i not in rows]
    faults += [f"{path}: nobody says \"{i}\"" for i, path in rows.items()
               if i not in used and not any(i.startswith(s) for s in stems)]
    print("\n".join(sorted(faults)) if faults else f"{len(rows)} texts, all named, none missing")
    return 1 if faults else 0


sys.exit(main())
