"""The command line, run as its users run it.

    cli_test.py PROGRAM [unittest's arguments]
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = "odradek"


def odradek(*arguments, env=None, cwd=HERE):
    """The finished program: returncode, stdout and stderr as text."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "CI": "1"}
    environment.update(env or {})
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=240,
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


class Usage(Case):
    def test_no_arguments_give_a_short_help_with_two_examples(self):
        done = self.exits(0)
        self.assertEqual(done.stdout.count("  odradek run "), 2)
        for verb in ("run", "validate", "schema", "configs", "switches", "kafka-topics"):
            self.assertIn(f"\n  {verb} ", done.stdout)

    def test_help_fits_eighty_columns_and_names_every_option(self):
        for verb in ("run", "validate", "configs", "kafka-topics", "completions", "schema"):
            done = self.exits(0, verb, "--help")
            self.assertEqual(done.stdout, self.exits(0, "help", verb).stdout)
            self.assertIn(f"Usage: odradek {verb}", done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)
        text = self.exits(0, "run", "-h").stdout
        for option in "seed seeds variant set story format out until jobs".split():
            self.assertIn(f"--{option} ", text)

    def test_version_names_the_build(self):
        self.assertRegex(self.exits(0, "--version").stdout, r"^odradek \d+\.\d+\.\d+ \(.+\)\n$")

    def test_a_misspelt_option_gets_a_suggestion(self):
        for arguments, said in (
            (("run", "quiet.json", "--sed", "3"), 'unknown option --sed; did you mean "--seed"'),
            (("run", "quiet.json", "--sed=3"), 'unknown option --sed; did you mean "--seed"'),
            (("run", "quiet.json", "--storry"), 'unknown option --storry; did you mean "--story"'),
            (("runn", "quiet.json"), 'there is no verb "runn"; did you mean "run"?'),
            (("help", "configz"), 'there is no verb "configz"; did you mean "configs"?'),
            (("run", "quiet.json", "other.json"), 'unexpected argument "other.json"'),
            (("run", "quiet.json", "--seed"), "--seed needs a value"),
            (("run", "quiet.json", "--seed", "1", "--seed", "2"), "--seed is given 2 times"),
            (("run", "quiet.json", "--story=yes"), "--story takes no value"),
            (("run",), "run needs a scenario file"),
            (("run", "quiet.json", "--seed", "seven"), '"seven" is not a seed'),
            (("run", "quiet.json", "--seed", "-1"), "--seed"),
            (("run", "quiet.json", "--seeds", "9..1"), "did you mean 1..9?"),
            (("run", "quiet.json", "--seeds", "0"), "0 seeds are no run"),
            (("run", "quiet.json", "--seed", "1", "--seeds", "2"), "exclude each other"),
            (("run", "quiet.json", "--format", "jsn"), 'did you mean "json"?'),
            (("run", "quiet.json", "--until", "5"), "--until"),
            (("run", "quiet.json", "--jobs", "0"), "--jobs"),
            (("run", "variants.json", "--variant", "4"), "there are 4, numbered from 0"),
            (("run", "variants.json", "--variant", "acks=2"), "acks=all,partitions=2"),
            (("kafka-topics", "--run", "out"), "kafka-topics needs one of --describe and --list"),
            (("kafka-topics", "--describe"), "kafka-topics needs --run DIR"),
            (("completions", "tcsh"), "bash"),
            (("configs", "min.insync.replica"), 'did you mean "min.insync.replicas"?'),
            (("configs", "acks", "--scope", "broker"), "producer"),
        ):
            with self.subTest(arguments=arguments):
                done = self.exits(64, *arguments)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_errors_are_one_json_object_when_json_is_wanted(self):
        for code, arguments in (
            (64, ("run", "quiet.json", "--sed", "3", "--format=json")),
            (64, ("run", "--format", "json")),
            (65, ("run", "misspelt.json", "--format", "json")),
            (74, ("run", "no-such-file.json", "--format", "json")),
        ):
            with self.subTest(arguments=arguments):
                result = self.loads(code, *arguments)
                self.assertEqual(result["schema"], "odradek/error/1")
                self.assertEqual(result["exitCode"], code)
                for error in result["errors"]:
                    self.assertEqual(
                        list(error),
                        ["file", "line", "column", "pointer", "message", "suggestion"],
                    )

    def test_exit_codes_come_in_the_style_of_meson_and_bisect(self):
        for style, code in (("meson", 99), ("bisect", 125)):
            self.exits(code, "run", "misspelt.json", "--exit-code-style", style)
            self.exits(1, "run", "required-in-vain.json", f"--exit-code-style={style}")
        until = ("run", "quiet.json", "--until", "1s")
        self.exits(2, *until)
        self.exits(77, *until, "--exit-code-style", "meson")
        self.exits(125, *until, "--exit-code-style", "bisect")


class Facts(Case):
    def test_validate_says_everything_that_is_wrong(self):
        done = self.exits(65, "validate", "quiet.json", "misspelt.json")
        self.assertIn("quiet.json: valid, 1 variant", done.stdout)
        misspelt = r"misspelt\.json:4:\d+: error: /run/durration: .*\"duration\""
        self.assertRegex(done.stdout, misspelt)
        self.assertRegex(done.stdout, r"misspelt\.json:5:\d+: error: .*min\.insync\.replicas")
        result = self.loads(65, "validate", "misspelt.json", "--format", "json")
        self.assertEqual(result["schema"], "odradek/validation/1")
        self.assertGreaterEqual(len(result["files"][0]["errors"]), 2)
        self.exits(0, "validate", "variants.json")
        self.exits(74, "validate", "no-such-file.json")

    def test_the_schema_is_json_for_editors(self):
        self.assertIn("draft-07", self.loads(0, "schema")["$schema"])

    def test_a_key_is_told_in_full(self):
        text = self.exits(0, "configs", "linger.ms").stdout
        self.assertIn("5 (0 before 4.0)", text)
        self.assertIn("producer", text)
        older = self.exits(0, "configs", "linger.ms", "--kafka", "3.9").stdout
        self.assertIn("default    0\n", older)
        keys = self.loads(0, "configs", "--format", "json", "--scope", "producer")["keys"]
        self.assertIn("acks", [key["name"] for key in keys])
        self.assertNotIn("group.id", [key["name"] for key in keys])
        table = self.exits(0, "configs").stdout.splitlines()
        self.assertEqual(table, sorted(table, key=lambda line: line.split()[0]))

    def test_switches_name_rule_source_and_judge(self):
        text = self.exits(0, "switches").stdout
        for word in ("truncation", "high-watermark", "KIP-320", "  exhibit "):
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        one = self.exits(0, "switches", "truncation").stdout
        self.assertTrue(text.startswith(one))
        self.assertIn("default kip-320", one)
        said = self.exits(64, "switches", "trunkation").stderr
        self.assertIn('there is no switch "trunkation"; did you mean "truncation"?', said)
        switches = self.loads(0, "switches", "--format", "json")["switches"]
        self.assertTrue(switches[0]["values"][0]["simulated"])

    def test_completions_are_scripts_their_shells_accept(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.exits(0, "completions", shell).stdout
            for word in ("kafka-topics", "seeds", "under-replicated-partitions"):
                self.assertIn(word, script)
            if shutil.which(shell):
                done = subprocess.run(
                    [shell, "-n"], input=script, text=True, stderr=subprocess.PIPE, check=False
                )
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_bash_completes_verbs_options_and_values(self):
        script = self.exits(0, "completions", "bash").stdout
        for words, wanted in (
            (["odradek", "val"], ["validate"]),
            (["odradek", "run", "--see"], ["--seed", "--seeds"]),
            (["odradek", "run", "--format", ""], ["text", "json"]),
            (["odradek", "completions", "z"], ["zsh"]),
        ):
            quoted = " ".join(f"'{word}'" for word in words)
            asked = (
                f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _odradek; "
                'echo "${COMPREPLY[@]}"'
            )
            done = subprocess.run(
                ["bash", "-c", asked], text=True, stdout=subprocess.PIPE, check=True
            )
            self.assertEqual(done.stdout.split(), wanted, words)


class Running(Case):
    def test_a_run_that_holds_exits_with_0_and_says_how_to_repeat_it(self):
        done = self.exits(0, "run", "quiet.json")
        head = r"^quiet  kafka 4\.0  3 brokers, 1 KRaft controller  seed 7  "
        self.assertRegex(done.stdout, head)
        self.assertRegex(done.stdout, r"payments: \d+ records sent, \d+ acknowledged, 0 failed")
        self.assertRegex(done.stdout, r"records sent, .* ms avg latency")
        self.assertRegex(done.stdout, r"\n    digest [0-9a-f]{32}\n")
        self.assertRegex(done.stdout, r"\nPASS  1 run  0 violated  10 s virtual, \d+ events\b")
        last = done.stderr.splitlines()[-1]
        self.assertEqual(last, "repeat: odradek run quiet.json --seed 7")
        again = self.exits(0, *last.split()[2:])
        self.assertEqual(again.stdout, done.stdout)

    def test_stdout_is_the_same_every_time_and_for_every_number_of_jobs(self):
        for arguments in (
            ("run", "variants.json", "--story"),
            ("run", "variants.json", "--format", "json"),
            ("run", "variants.json", "--seeds", "1..6", "-v"),
        ):
            alone = self.exits(0, *arguments, "--jobs", "1").stdout
            for jobs in ("1", "3", "8"):
                self.assertEqual(self.exits(0, *arguments, "--jobs", jobs).stdout, alone)

    def test_runs_are_ordered_by_variant_and_seed(self):
        result = self.loads(0, "run", "variants.json", "--format", "json", "--jobs", "4")
        names = [variant["name"] for variant in result["variants"]]
        self.assertEqual(len(names), 4)
        self.assertEqual(len(set(names)), 4)
        for variant in result["variants"]:
            self.assertEqual([run["seed"] for run in variant["runs"]], ["3", "4"])
        story = self.exits(0, "run", "variants.json", "--story", "--jobs", "4").stdout
        heads = re.findall(r"^== (.*), seed (\d+)$", story, re.MULTILINE)
        self.assertEqual(heads, [(name, seed) for name in names for seed in ("3", "4")])

    def test_seeds_are_strings_in_json_and_may_be_as_large_as_they_get(self):
        largest = "0xffffffffffffffff"
        result = self.loads(0, "run", "quiet.json", "--seed", largest, "--format", "json")
        self.assertEqual(result["schema"], "odradek/result/1")
        run = result["variants"][0]["runs"][0]
        self.assertEqual(run["seed"], "18446744073709551615")
        self.assertEqual(run["outcome"], "held")
        self.assertEqual(run["counts"]["processCrashes"], 0)
        self.assertEqual(
            result["repeat"], "odradek run quiet.json --seed 18446744073709551615"
        )

    def test_a_random_seed_is_printed(self):
        done = self.exits(2, "run", "quiet.json", "--seed", "random", "--until", "100ms")
        seed = re.search(r"drew the random seed (\d+)", done.stderr)[1]
        self.assertIn(f"--seed {seed} --until 100ms", done.stderr.splitlines()[-1])

    def test_one_variant_is_chosen_by_number_or_name(self):
        by_number = self.loads(0, "run", "variants.json", "--variant", "3", "--format", "json")
        name = by_number["variants"][0]["name"]
        by_name = self.loads(0, "run", "variants.json", "--variant", name, "--format", "json")
        self.assertEqual(by_number, by_name)
        self.assertEqual(by_name["variants"][0]["number"], 3)

    def test_set_changes_the_run_and_is_repeated(self):
        done = self.exits(0, "run", "quiet.json", "--set", "/run/duration=5s")
        self.assertIn("5 s + 4 s to settle", done.stdout)
        self.assertTrue(done.stderr.endswith("--seed 7 --set /run/duration=5s\n"))
        done = self.exits(65, "run", "quiet.json", "--set", "/run/duration=5")
        self.assertIn("/run/duration: 5 has no unit", done.stderr)

    def test_print_resolved_can_be_run_and_is_the_same_run(self):
        text = self.exits(0, "run", "quiet.json", "--print-resolved").stdout
        self.assertEqual(json.loads(text)["name"], "quiet")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "resolved.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            same = self.exits(0, "run", "quiet.json").stdout
            self.assertEqual(self.exits(0, "run", path).stdout, same)
        self.assertEqual(len(self.loads(0, "run", "variants.json", "--print-resolved")), 4)

    def test_until_stops_and_judges_no_end(self):
        done = self.exits(2, "run", "quiet.json", "--until", "2s")
        self.assertIn("stopped at 2.000000 s by --until; the end was not judged", done.stdout)
        self.assertIn("\nINCONCLUSIVE  1 run", done.stdout)
        self.assertTrue(done.stderr.endswith(" --until 2s\n"))

    def test_what_is_required_and_does_not_happen_fails(self):
        done = self.exits(1, "run", "required-in-vain.json")
        self.assertIn("VIOLATED", done.stdout)
        self.assertIn("lost-write is required and did not occur: 0 found", done.stdout)
        self.assertIn("\nFAIL  1 run  1 violated", done.stdout)

    def test_what_some_seed_must_show_is_judged_over_all_of_them(self):
        done = self.exits(1, "run", "some-seed.json")
        self.assertIn("no seed of 2 had it", done.stdout)
        self.exits(0, "run", "some-seed.json", "--seed", "1")

    def test_what_is_never_reached_in_many_runs_is_inconclusive(self):
        done = self.exits(2, "run", "never-reached.json", "--seeds", "2")
        self.assertIn("a hundred elections: was to be seen sometimes", done.stdout)
        single = self.exits(0, "run", "never-reached.json").stdout
        self.assertIn("not reached: a hundred elections", single)

    def test_a_budget_of_events_leaves_it_inconclusive(self):
        done = self.exits(2, "run", "quiet.json", "--set", "/run/maxEvents=500")
        self.assertIn("budget of 500 events", done.stdout)

    def test_colour_is_wanted_or_not(self):
        run = ("run", "never-reached.json")
        self.assertNotIn("\033", self.exits(0, *run).stdout)
        self.assertIn("\033[32mok\033[0m", self.exits(0, *run, "--color", "always").stdout)
        forced = {"CLICOLOR_FORCE": "1"}
        self.assertIn("\033", self.exits(0, *run, env=forced).stdout)
        self.assertNotIn("\033", self.exits(0, *run, env={**forced, "NO_COLOR": "1"}).stdout)
        self.assertNotIn("\033", self.exits(0, *run, "--color=never", env=forced).stdout)

    def test_quiet_leaves_the_verdict_and_the_repeat_line(self):
        done = self.exits(0, "run", "quiet.json", "-q")
        self.assertEqual(done.stderr, "repeat: odradek run quiet.json --seed 7\n")

    def test_an_interrupt_prints_what_is_done_and_the_next_seed(self):
        with subprocess.Popen(
            [PROGRAM, "run", "quiet.json", "--seeds", "1..100000", "--jobs", "1"],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            # Waits for the program, not for time: it says nothing before its first progress line.
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not self.uses_processor(process.pid):
                pass
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertRegex(out, r"\nINTERRUPTED  \d+ runs? of 100000, the next is seed \d+")
        self.assertIn("repeat: odradek run quiet.json", err.splitlines()[-1])

    @staticmethod
    def uses_processor(pid):
        """Whether it has run for a third of a second, and so has its handlers in place."""
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12]) >= os.sysconf("SC_CLK_TCK") // 3


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
