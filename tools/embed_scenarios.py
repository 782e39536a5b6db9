#!/usr/bin/env python3
"""Writes the gallery of scenarios as a C++ source, so that the program has it wherever it is.

usage: embed_scenarios.py SCENARIOS OUTPUT DEPFILE
"""

import os
import sys


def files_of(root):
    """Paths of the scenarios below root, in order, and of the folders they lie in."""
    files, folders = [], [root]
    for folder, names, found in os.walk(root):
        names.sort()
        folders += [os.path.join(folder, name) for name in names]
        files += [os.path.join(folder, name) for name in found if name.endswith(".json")]
    return sorted(files), sorted(folders)


def literal(text):
    """A raw string literal; in pieces, because some compilers take only so much at once."""
    piece = 8000
    parts = [text[at : at + piece] for at in range(0, len(text), piece)] or [""]
    for part in parts:
        if ')gallery"' in part:
            raise SystemExit('a scenario holds )gallery", which ends a literal')
    return "\n".join(f'R"gallery({part})gallery"' for part in parts)


def main(root, output, depfile):
    """Writes OUTPUT, and into DEPFILE what makes it stale: each file, and files to come."""
    files, folders = files_of(root)
    with open(output, "w", encoding="utf-8") as out:
        out.write("// Made by tools/embed_scenarios.py from scenarios/.\n")
        out.write('#include "tools/gallery.h"\n')
        out.write("\nnamespace odradek::cli {\n\n")
        out.write("std::vector<GalleryScenario> const& gallery()\n{\n")
        out.write("    static std::vector<GalleryScenario> const all{\n")
        for path in files:
            name = os.path.relpath(path, root)[: -len(".json")].replace(os.sep, "/")
            with open(path, encoding="utf-8") as file:
                out.write(f'{{"{name}",\n{literal(file.read())}}},\n')
        out.write("    };\n    return all;\n}\n\n}  // namespace odradek::cli\n")
    with open(depfile, "w", encoding="utf-8") as out:
        names = " ".join(name.replace(" ", "\\ ") for name in files + folders)
        out.write(f"{output}: {names}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
