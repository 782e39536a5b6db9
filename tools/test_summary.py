"""Sums up meson's test logs: `N passed, N failed`, in doctest cases where a program tells them.

A log that is missing counts as one failure: its configuration did not build. A program that ended
badly without a failed case (a crash, a sanitizer, a time-out) counts as one failure as well.
"""

import json
import re
import sys

CASES = re.compile(r"\[doctest\] test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count(test):
    """(passed, failed) of one line of meson's log."""
    if test["result"] == "SKIP":
        return 0, 0
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    cases = CASES.search(COLOUR.sub("", test.get("stdout", "")))
    if not cases:
        return (1, 0) if good else (0, 1)
    passed, failed = int(cases[2]), int(cases[3])
    return passed, failed if good or failed else 1


def main(logs):
    passed = failed = 0
    for log in logs:
        try:
            with open(log, encoding="utf-8") as lines:
                for line in lines:
                    more_passed, more_failed = count(json.loads(line))
                    passed += more_passed
                    failed += more_failed
        except FileNotFoundError:
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
