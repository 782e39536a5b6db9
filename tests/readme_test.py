"""The pages' output blocks are what the program really prints.

    readme_test.py PROGRAM PAGE...

In a fenced block, a line `$ odradek ...` (or `$ ./tools/odradek ...`) is run, in an empty folder
that has the repository's scenarios/, and what follows up to the next `$` line or the end of the
block must be its stdout. Commands of one page share the folder, in order, so a later one may read
what an earlier one wrote with --out.

    $ odradek run x.json --seed 7   # exit 1       the exit code to expect, where it is not 0
    $ odradek run x.json 2>&1                      stderr belongs to the output as well
    PASS in <...> s                                <...> stands for anything on its line
    ...                                            lines left out, any number of them

A block with other commands only, or without a `$`, is not run. ODRADEK_UPDATE=1 writes what the
program prints into the page; a line with <...> that still fits stays as it is.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

COMMAND = re.compile(r"\$ (?:\./tools/)?odradek\b(.*)")
EXIT = re.compile(r"\s+# exit (\d+)\s*$")
ANYTHING = "<...>"
LEFT_OUT = "..."


def fits(pattern, line):
    """Whether a line of the page stands for this line of output."""
    parts = (re.escape(part) for part in pattern.rstrip().split(ANYTHING))
    return re.fullmatch(".*".join(parts), line.rstrip()) is not None


def same(expected, actual):
    """Whether the lines of the page stand for the lines of output."""
    if not expected:
        return not actual
    if expected[0] == LEFT_OUT:
        return any(same(expected[1:], actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and fits(expected[0], actual[0]) and same(expected[1:], actual[1:])


def updated(expected, actual):
    """The output to write into the page: placeholders that still fit are kept."""
    if same(expected, actual):
        return expected
    kept = [line for line in expected if ANYTHING in line]
    return [next((old for old in kept if fits(old, line)), line) for line in actual]


def commands(lines):
    """Yields (its line, its text, first line of output, line after the output)."""
    fence = None
    at = 0
    while at < len(lines):
        mark = re.match(r"\s*(```+|~~~+)", lines[at])
        if mark and fence is None:
            fence = mark[1]
        elif mark and lines[at].strip() == fence:
            fence = None
        elif fence and COMMAND.match(lines[at].strip()):
            first = at
            text = lines[at].strip()
            while text.endswith("\\") and at + 1 < len(lines):
                at += 1
                text = text[:-1] + " " + lines[at].strip()
            end = at + 1
            while not lines[end].startswith("$ ") and lines[end].strip() != fence:
                end += 1
            yield first, text, at + 1, end
            at = end
            continue
        at += 1


def run(program, text, folder):
    """(output lines, complaint or None) of one `$ odradek` line."""
    words = COMMAND.match(text)[1]
    wanted = EXIT.search(words)
    words = shlex.split(EXIT.sub("", words))
    both = "2>&1" in words
    words = [word for word in words if word != "2>&1"]
    for word in words:
        if word in ("|", ">", ">>", "<", "&&", ";", "&"):
            return [], f"'{word}' needs a shell; a page shows plain commands"
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": folder,
        "LC_ALL": "C",
        "NO_COLOR": "1",
        "CI": "1",
    }
    done = subprocess.run(
        [program, *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if both else subprocess.PIPE,
        timeout=120,
        check=False,
    )
    lines = done.stdout.decode().splitlines()
    code = int(wanted[1]) if wanted else 0
    if done.returncode == code:
        return lines, None
    errors = "" if both else "\n" + done.stderr.decode()
    return lines, f"exit code {done.returncode}, the page says {code}{errors}"


def check_page(program, page, root, update):
    """(commands run, complaints) of one page; rewrites it if asked."""
    with open(page, encoding="utf-8") as file:
        lines = file.read().split("\n")
    name = os.path.relpath(page, root)
    complaints = []
    edits = []
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for data in ("scenarios", "tests"):
            if os.path.isdir(os.path.join(root, data)):
                os.symlink(os.path.join(root, data), os.path.join(folder, data))
        for first, text, start, end in commands(lines):
            count += 1
            actual, complaint = run(program, text, folder)
            expected = lines[start:end]
            while expected and not expected[-1].strip():
                expected.pop()
            while actual and not actual[-1].strip():
                actual.pop()
            if complaint:
                complaints.append(f"{name}:{first + 1}: {text[2:]}: {complaint}")
            elif update:
                edits.append((start, start + len(expected), updated(expected, actual)))
            elif not same(expected, actual):
                shown = "\n".join("  | " + line for line in actual)
                complaints.append(
                    f"{name}:{first + 1}: {text[2:]}: prints something else than the page; "
                    f"ODRADEK_UPDATE=1 takes over what it prints:\n{shown}"
                )
    for start, end, text in reversed(edits):
        lines[start:end] = text
    if edits:
        with open(page, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
    return count, complaints


class Comparing(unittest.TestCase):
    """The comparison is tested first: one that accepts everything would keep no promise."""

    def test_a_line_fits_itself_and_its_placeholder(self):
        self.assertTrue(fits("PASS in <...> s", "PASS in 0.9 s"))
        self.assertFalse(fits("PASS in <...> s", "FAIL in 0.9 s"))
        self.assertFalse(fits("a.c", "abc"))

    def test_lines_left_out_may_be_none_or_many(self):
        self.assertTrue(same(["a", LEFT_OUT, "b"], ["a", "b"]))
        self.assertTrue(same(["a", LEFT_OUT, "b"], ["a", "x", "y", "b"]))
        self.assertFalse(same(["a", LEFT_OUT, "b"], ["a", "x"]))

    def test_missing_and_extra_lines_differ(self):
        self.assertFalse(same(["a"], ["a", "b"]))
        self.assertFalse(same(["a", "b"], ["a"]))
        self.assertTrue(same([], []))

    def test_an_update_keeps_placeholders_that_fit(self):
        self.assertEqual(updated(["x", "in <...> s"], ["y", "in 3 s"]), ["y", "in <...> s"])

    def test_commands_are_found_with_their_output(self):
        page = ["$ odradek a", "```", "$ odradek b \\", "  c", "out", "$ ls", "```", "after"]
        found = list(commands(page))
        self.assertEqual(found, [(2, "$ odradek b  c", 4, 5)])

    def test_a_page_is_held_and_updated(self):
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "page.md")
            with open(page, "w", encoding="utf-8") as file:
                file.write("```\n$ odradek one two\nstale\n```\nend\n")
            _, complaints = check_page("/bin/echo", page, folder, False)
            self.assertEqual(len(complaints), 1)
            check_page("/bin/echo", page, folder, True)
            with open(page, encoding="utf-8") as file:
                self.assertEqual(file.read(), "```\n$ odradek one two\none two\n```\nend\n")
            self.assertEqual(check_page("/bin/echo", page, folder, False), (1, []))


def main(program, pages):
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(Comparing)
    if not unittest.TextTestRunner(verbosity=0).run(tests).wasSuccessful():
        return 1
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    update = os.environ.get("ODRADEK_UPDATE") == "1"
    failed = False
    for page in pages:
        count, complaints = check_page(os.path.abspath(program), page, root, update)
        print(f"{os.path.relpath(page, root)}: {count} commands, {len(complaints)} differ")
        for complaint in complaints:
            print(complaint)
        failed = failed or bool(complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
