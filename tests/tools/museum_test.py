"""The museum: every switch has an exhibit, and what the verb says of them.

    museum_test.py PROGRAM [unittest's arguments]
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = "odradek"

# Switches that no exhibit shows, each with the reason. A switch that has one does not belong here.
WITHOUT_EXHIBIT = {
    "append-only-own-epoch": "a leader sends what it had when it was asked, never what came later",
    "equal-epoch-completes-isr-change": "in KRaft no proposal that is accepted changes nothing",
    "out-of-range-keeps-log": "only where followers truncate to the high watermark, and fork",
    "truncation=kip-320-truncating": "as safe as kip-320 itself: truncation-by-question.json",
}


def odradek(*arguments, cwd=HERE):
    """The finished program: returncode, stdout and stderr as text."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "CI": "1"}
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=600,
        check=False,
    )


class Case(unittest.TestCase):
    def exits(self, code, *arguments, **options):
        done = odradek(*arguments, **options)
        said = f"{arguments}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        self.assertEqual(done.returncode, code, said)
        return done

    def loads(self, code, *arguments, **options):
        return json.loads(self.exits(code, *arguments, **options).stdout)


class Collection(Case):
    def test_every_switch_that_can_be_turned_back_has_an_exhibit_or_a_stated_reason(self):
        shown = {}
        for exhibit in self.loads(0, "museum", "list", "--format", "json")["exhibits"]:
            flaw = exhibit["flaw"]
            if "switch" in flaw:
                shown.setdefault(flaw["switch"], set()).add(flaw["value"])
        missing = []
        for switch in self.loads(0, "switches", "--format", "json")["switches"]:
            name = switch["name"]
            values = [v["name"] for v in switch["values"] if v["simulated"]]
            is_fix = values == ["off", "on"]
            for value in values[:-1]:
                label = name if is_fix else f"{name}={value}"
                if value in shown.get(name, ()):
                    self.assertNotIn(label, WITHOUT_EXHIBIT, "it has an exhibit by now")
                elif label not in WITHOUT_EXHIBIT:
                    missing.append(label)
        self.assertEqual(missing, [], "give the scenario that provokes it an \"exhibit\"")

    def test_the_list_has_the_same_facts_in_every_form(self):
        exhibits = self.loads(0, "museum", "list", "--format", "json")["exhibits"]
        lines = self.exits(0, "museum", "list", "--format", "tsv").stdout.splitlines()
        text = self.exits(0, "museum", "list").stdout
        self.assertEqual(len(lines), len(exhibits) + 1)
        for exhibit, line in zip(exhibits, lines[1:]):
            self.assertEqual(line.split("\t")[:2], [exhibit["name"], exhibit["ticket"]])
            self.assertIn("\n" + exhibit["name"] + " ", text)
            self.assertRegex(exhibit["ticket"], r"^((KIP|KAFKA)-\d+|open)$")

    def test_show_tells_flaw_fix_and_story_in_eighty_columns(self):
        text = self.exits(0, "museum", "show", "truncation-high-watermark").stdout
        for words in ("KIP-101", 'instead of "kip-320"', "leader-has-committed", "--story"):
            self.assertIn(words, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)


class Visit(Case):
    def test_a_visit_says_who_caught_the_flaw_and_that_the_fix_holds(self):
        done = self.exits(0, "museum", "run", "truncation-kip-101", "--seeds", "2", cwd="/")
        self.assertIn("2 of 2 seeds caught (1..2)", done.stdout)
        self.assertIn("2 of 2 seeds hold", done.stdout)
        self.assertIn("by isr-has-committed 2", done.stdout)
        repeat = re.search(r"repeat: odradek (.*)", done.stdout)[1].split()
        again = self.exits(1, *repeat, "--format", "json", cwd="/")
        violations = json.loads(again.stdout)["variants"][0]["runs"][0]["violations"]
        self.assertIn("isr-has-committed", [v["name"] for v in violations])

    def test_a_flaw_that_its_scenario_allows_is_caught_and_passes(self):
        done = self.exits(0, "museum", "run", "truncation-high-watermark", "--seeds", "1", cwd="/")
        repeat = re.search(r"repeat: odradek (.*)", done.stdout)[1].split()
        again = self.exits(0, *repeat, "--format", "json", cwd="/")
        violations = json.loads(again.stdout)["variants"][0]["runs"][0]["violations"]
        expected = {v["name"]: v["expected"] for v in violations}
        self.assertIs(expected["leader-has-committed"], True)

    def test_until_caught_stops_at_the_first_catch_whatever_the_jobs(self):
        results = []
        for jobs in ("1", "3"):
            result = self.loads(
                0, "museum", "run", "truncation-high-watermark", "--until-caught", "--jobs", jobs,
                "--format", "json")
            exhibit = result["exhibits"][0]
            self.assertEqual(exhibit["status"], "caught")
            self.assertEqual(exhibit["seedsToCatch"], len(exhibit["flawed"]))
            self.assertEqual(len(exhibit["fixed"]), min(3, exhibit["seedsToCatch"]))
            self.assertGreater(exhibit["cpuSecondsToCatch"], 0)
            results.append(re.sub(r'"cpuSeconds\w*": [\d.e-]+', "", json.dumps(result)))
        self.assertEqual(*results)

    def test_a_flaw_that_nobody_catches_exits_1_and_says_what_was_tried(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "calm.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({
                    "version": 1, "name": "calm",
                    "run": {"seed": 4, "duration": "10s", "settle": "5s"},
                    "cluster": {"brokers": {"count": 1}}, "topics": {"t": {}},
                    "exhibit": {"switch": "truncation", "value": "high-watermark", "seeds": 2,
                                "judge": "lost-write", "ticket": "KIP-101"}}, file)
            done = self.exits(1, "museum", "run", path, "--until-caught")
            self.assertIn("2 seeds tried (4..5), and lost-write", done.stdout)
            self.assertIn("FAIL  1 exhibit: 0 caught", done.stdout)

    def test_the_flaw_can_be_run_by_the_name_of_its_exhibit(self):
        flawed = self.loads(1, "run", "--exhibit", "truncation-kip-101", "--format", "json")
        fixed = self.loads(0, "run", "--exhibit", "truncation-kip-101", "--with-fix",
                           "--format", "json")
        names = [result["variants"][0]["runs"][0]["violations"] for result in (flawed, fixed)]
        self.assertTrue(names[0])
        self.assertFalse(names[1])

    def test_what_is_typed_wrong_gets_a_suggestion(self):
        for arguments, said in (
            (("museum",), "museum needs to know what to do; list, show NAME or run NAME"),
            (("museum", "run"), "museum run needs the name of an exhibit"),
            (("museum", "shw", "x"), 'museum: there is no "shw"; did you mean "show"?'),
            (("museum", "run", "trunkation-high-watermark"),
             'there is no exhibit "trunkation-high-watermark"; did you mean'),
            (("run", "--with-fix", "x.json"), "--with-fix needs --exhibit"),
            (("examples", "show", "leader-crush"),
             'there is no scenario "leader-crush"; did you mean "leader-crash"?'),
        ):
            self.assertIn(said, self.exits(64, *arguments).stderr)


class Examples(Case):
    def test_the_gallery_travels_with_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            names = [e["name"] for e in self.loads(
                0, "examples", "list", "--format", "json", cwd=folder)["examples"]]
            self.assertIn("replication/leader-crash", names)
            copied = self.exits(0, "examples", "copy", "leader-crash", cwd=folder).stdout.strip()
            shown = self.exits(0, "examples", "show", "replication/leader-crash").stdout
            with open(os.path.join(folder, copied), encoding="utf-8") as file:
                self.assertEqual(file.read(), shown)
            self.assertIn("is there already", self.exits(
                74, "examples", "copy", "leader-crash", cwd=folder).stderr)
            self.exits(2, "run", "leader-crash", "--until", "1s", cwd=folder)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
