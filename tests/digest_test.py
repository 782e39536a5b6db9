"""Every scenario gives the recorded digest for its seed, in every build.

    digest_test.py PROGRAM ROOT

Runs each scenarios/**/*.json as it is and compares digests with tests/digests.txt, one line a run:

    path variant seed digest        - for the only variant

A digest that differs between compilers, levels or sanitizers means that a run depends on something
it must not: the order of evaluation, memory nobody set, an address, the order of a hash table. One
that differs everywhere means that a change has changed what happens; if that was meant,
ODRADEK_UPDATE=1 writes the new ones. A tag "slow" leaves a scenario to its own test.
"""

import json
import os
import pathlib
import subprocess
import sys

HEADER = "# path variant seed digest; ODRADEK_UPDATE=1 meson test --suite digest writes it anew.\n"
FAILURES = (65, 70)  # Not a scenario; a law of our own broke. Else there is a result to compare.


def digests_of(program, root, path):
    """(path, variant, seed) -> digest of every run of the scenario."""
    ran = subprocess.run([program, "run", str(root / path), "--format", "json"],
                         capture_output=True, text=True, check=False, cwd=root)
    if ran.returncode in FAILURES or not ran.stdout:
        raise RuntimeError(f"{path}: exit code {ran.returncode}\n{ran.stderr}")
    found = {}
    for variant in json.loads(ran.stdout)["variants"]:
        name = variant["name"].replace(" ", "") or "-"
        for run in variant["runs"]:
            found[(path, name, run["seed"])] = run["digest"]
    return found


def recorded_in(page):
    """What the page says, in the same form."""
    if not page.exists():
        return {}
    rows = (line.split() for line in page.read_text().splitlines() if not line.startswith("#"))
    return {tuple(row[:3]): row[3] for row in rows if row}


def main():
    program, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    page = root / "tests" / "digests.txt"
    paths = sorted(str(path.relative_to(root)) for path in (root / "scenarios").rglob("*.json"))
    found = {}
    for path in paths:
        if "slow" in json.loads((root / path).read_text()).get("tags", []):
            continue
        found.update(digests_of(program, root, path))
    if os.environ.get("ODRADEK_UPDATE") == "1":
        lines = (f"{' '.join(key)} {found[key]}\n" for key in sorted(found))
        page.write_text(HEADER + "".join(lines))
        return 0
    recorded = recorded_in(page)
    wrong = []
    for key in sorted(found.keys() | recorded.keys()):
        if found.get(key) != recorded.get(key):
            wrong.append(f"{' '.join(key)}: recorded {recorded.get(key, 'nothing')}, "
                         f"got {found.get(key, 'nothing')}")
    print("\n".join(wrong) or f"{len(found)} runs, {len(paths)} scenarios")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
