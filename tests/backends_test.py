"""Runs scenarios on every backend and compares the digests.

    backends_test.py PROGRAM LIBRARY|none SCENARIO...

Each variant is run with the scenario's first seed. With `all` for a scenario it takes the whole
gallery but what lies under scale/.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios")


def digests(program, scenario, *more):
    done = subprocess.run(
        [program, "run", scenario, "--format", "json", "-q", "--jobs", "1", *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    # What a single seed shows may be less than the scenario wants; that is not the question here.
    if done.returncode not in (0, 1, 2):
        raise SystemExit(f"{scenario} {more}: exit {done.returncode}\n{done.stderr}")
    return [(variant["name"], run["seed"], run["digest"])
            for variant in json.loads(done.stdout)["variants"] for run in variant["runs"]]


def gallery():
    for top, folders, names in sorted(os.walk(SCENARIOS)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".json") and os.path.basename(top) != "scale":
                yield os.path.join(top, name)


def first_seed(scenario):
    with open(scenario, encoding="utf-8") as file:
        seed = json.load(file).get("run", {}).get("seed", 1)
    return ("--seed", str(1 if seed == "random" else seed))


def main():
    program, library, *scenarios = sys.argv[1:]
    if scenarios == ["all"]:
        scenarios = list(gallery())
    backends = ["posix"] + ([] if library == "none" else ["plugin:" + library])
    different = 0
    runs = 0
    spent = dict.fromkeys(["memory", *backends], 0.0)
    for scenario in scenarios:
        seed = first_seed(scenario)
        begun = time.monotonic()
        expected = digests(program, scenario, *seed)
        spent["memory"] += time.monotonic() - begun
        runs += len(expected)
        for backend in backends:
            folder = tempfile.mkdtemp(prefix="odradek-test-")
            begun = time.monotonic()
            try:
                found = digests(program, scenario, *seed, "--backend", backend, "--no-fsync",
                                "--data", os.path.join(folder, "data"))
            finally:
                shutil.rmtree(folder)
            spent[backend] += time.monotonic() - begun
            if found != expected:
                different += 1
                print(f"{scenario}: on {backend} {found}, in memory {expected}")
    times = ", ".join(f"{backend} {seconds:.1f} s" for backend, seconds in spent.items())
    print(f"{len(scenarios)} scenarios, {runs} runs, {different} differ; {times}")
    return 1 if different or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
