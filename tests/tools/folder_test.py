"""Run folders, and what repeats them.

    folder_test.py PROGRAM [unittest's arguments]
"""

import filecmp
import json
import os
import sys
import tempfile
import unittest

import cli_test
from cli_test import Case

FILES = ["result.json", "run.json", "scenario.json", "story.txt"]


def same(comparison):
    """Whether two folders hold the same, to the byte."""
    if comparison.left_only or comparison.right_only or comparison.funny_files:
        return False
    _, different, errors = filecmp.cmpfiles(
        comparison.left, comparison.right, comparison.common_files, shallow=False
    )
    return not different and not errors and all(same(sub) for sub in comparison.subdirs.values())


class Folders(Case):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def test_without_out_nothing_is_written(self):
        scenario = os.path.join(cli_test.HERE, "quiet.json")
        self.exits(0, "run", scenario, cwd=self.folder)
        self.assertEqual(os.listdir(self.folder), [])

    def test_two_runs_leave_equal_folders_whatever_the_jobs(self):
        self.exits(0, "run", "variants.json", "--out", self.path("a"), "--jobs", "1")
        self.exits(0, "run", "variants.json", "--out", self.path("b"), "--jobs", "4")
        self.assertTrue(same(filecmp.dircmp(self.path("a"), self.path("b"))))
        runs = [entry for entry in os.walk(self.path("a")) if "run.json" in entry[2]]
        self.assertEqual(len(runs), 8)
        for _, _, files in runs:
            self.assertEqual(sorted(files), FILES)
        self.assertTrue(os.path.islink(self.path("a", "variants", "latest")))
        self.assertTrue(os.path.exists(self.path("a", "variants", "latest", "run.json")))

    def test_a_folder_says_what_it_is_and_repeats_the_run(self):
        self.exits(0, "run", "quiet.json", "--out", self.folder)
        run = self.path("quiet", "-", "7")
        with open(os.path.join(run, "run.json"), encoding="utf-8") as file:
            saved = json.load(file)
        self.assertEqual((saved["schema"], saved["seed"]), ("odradek/run/1", "7"))
        self.assertTrue(saved["complete"])
        scenario = os.path.join(run, "scenario.json")
        result = self.loads(0, "run", scenario, "--seed", "7", "--format", "json")
        self.assertEqual(result["variants"][0]["runs"][0]["digest"], saved["digest"])
        with open(os.path.join(run, "result.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["schema"], "odradek/result/1")
        story = self.exits(0, "run", "quiet.json", "--story").stdout
        with open(os.path.join(run, "story.txt"), encoding="utf-8") as file:
            text = file.read()
        self.assertNotEqual(text, "")
        self.assertTrue(story.startswith(text))

    def test_a_second_run_takes_the_place_of_the_first(self):
        for _ in range(2):
            self.exits(0, "run", "quiet.json", "--out", self.folder)

    def test_what_is_not_ours_is_left_alone(self):
        os.makedirs(self.path("quiet", "-", "7"))
        with open(self.path("quiet", "-", "7", "thesis.txt"), "w", encoding="utf-8") as file:
            file.write("mine")
        done = self.exits(74, "run", "quiet.json", "--out", self.folder)
        self.assertIn("holds no run of ours", done.stderr)
        self.assertEqual(os.listdir(self.path("quiet", "-", "7")), ["thesis.txt"])

    def test_what_cannot_be_written_is_named_with_the_reason(self):
        with open(self.path("file"), "w", encoding="utf-8"):
            pass
        done = self.exits(74, "run", "quiet.json", "--out", self.path("file"))
        self.assertIn(self.path("file"), done.stderr)
        self.assertIn("Not a directory", done.stderr)
        done = self.exits(74, "run", "quiet.json", "--out", "/proc/odradek")
        self.assertIn("/proc/odradek", done.stderr)

    def test_a_scenario_that_cannot_be_read_is_named_with_the_reason(self):
        self.assertIn("No such file", self.exits(74, "run", self.path("x.json")).stderr)
        self.assertIn("it is a folder", self.exits(74, "run", self.folder).stderr)


class Repeating(Case):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cli_test.odradek("run", "quiet.json", "--out", cls.temporary.name)

    def test_another_digest_than_the_saved_one_is_told(self):
        run = os.path.join(self.temporary.name, "other")
        os.mkdir(run)
        source = os.path.join(self.temporary.name, "quiet", "-", "7")
        for name in FILES:
            with open(os.path.join(source, name), encoding="utf-8") as file:
                text = file.read()
            if name == "run.json":
                text = text.replace(json.loads(text)["digest"], "0" * 32)
            with open(os.path.join(run, name), "w", encoding="utf-8") as file:
                file.write(text)
        done = self.exits(3, "kafka-topics", "--describe", "--run", run)
        self.assertIn("the run does not repeat", done.stderr)

    def test_a_folder_that_is_no_run_is_refused(self):
        done = self.exits(74, "kafka-topics", "--describe", "--run", self.temporary.name)
        self.assertIn("run.json", done.stderr)
        self.exits(74, "kafka-topics", "--describe", "--run", "/no/such/folder")


if __name__ == "__main__":
    cli_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
