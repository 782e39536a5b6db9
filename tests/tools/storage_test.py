"""Runs over real files and over a library, as users make them, and what is left of killed ones.

    storage_test.py PROGRAM [LIBRARY] [unittest's arguments]
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIOS = os.path.join(HERE, "..", "..", "scenarios")
PROGRAM = "odradek"
LIBRARY = None


def scenario(name):
    return os.path.join(SCENARIOS, name + ".json")


def start(*arguments, **options):
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "CI": "1"}
    return subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=HERE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def odradek(*arguments, **options):
    process = start(*arguments, **options)
    try:
        process.stdout_text, process.stderr_text = process.communicate(timeout=300)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return process


def runs_of(result):
    return [run for variant in json.loads(result)["variants"] for run in variant["runs"]]


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="odradek-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def exits(self, code, *arguments, **options):
        done = odradek(*arguments, **options)
        said = f"{arguments}\n{done.stdout_text[-2000:]}{done.stderr_text[-2000:]}"
        self.assertEqual(done.returncode, code, said)
        return done

    def digests(self, *arguments):
        done = self.exits(0, "run", *arguments, "--format", "json", "-q")
        return [run["digest"] for run in runs_of(done.stdout_text)]

    def verifies(self, code, *parts):
        text = self.exits(code, "storage", "verify", self.path(*parts), "--format", "json")
        return json.loads(text.stdout_text)


class Posix(Case):
    def test_a_run_is_the_same_on_every_backend(self):
        for name in ("replication/leader-crash", "replication/power-loss-of-all-replicas"):
            arguments = (scenario(name), "--seeds", "1", "--no-fsync")
            memory = self.digests(scenario(name), "--seeds", "1")
            self.assertTrue(memory)
            self.assertEqual(memory, self.digests(*arguments, "--backend", "posix",
                                                  "--data", self.path(name, "p")))
            if LIBRARY:
                self.assertEqual(memory, self.digests(*arguments, "--backend", "plugin:" + LIBRARY,
                                                      "--data", self.path(name, "l")))

    def test_files_lie_under_their_hosts_as_kafka_names_them(self):
        self.exits(0, "run", "quiet.json", "--backend", "posix", "--data", self.path("d"))
        with open(self.path("d", "odradek.meta"), encoding="utf-8") as marker:
            self.assertTrue(marker.read().startswith("odradek data\nformat=1\nbackend=posix\n"))
        hosts = sorted(name for name in os.listdir(self.path("d")) if "odradek" not in name)
        self.assertTrue(any(host.startswith("broker-") for host in hosts), hosts)
        report = self.verifies(0, "d")
        self.assertTrue(report["good"] and report["closed"], report)
        self.assertGreater(report["bytes"], 0)

    def test_the_metadata_log_lies_among_the_files_that_kafka_has(self):
        self.exits(0, "run", scenario("kraft/snapshots-and-power-losses"), "--seed", "1", "-q",
                   "--backend", "posix", "--no-fsync", "--data", self.path("d"))
        folder = self.path("d", "controller-1", "__cluster_metadata-0")
        names = sorted(os.listdir(folder))
        for name in ("leader-epoch-checkpoint", "partition.metadata", "quorum-state"):
            self.assertIn(name, names)
        with open(os.path.join(folder, "partition.metadata"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n")
        with open(os.path.join(folder, "leader-epoch-checkpoint"), encoding="utf-8") as file:
            version, count, *epochs = file.read().splitlines()
        self.assertEqual((version, int(count)), ("0", len(epochs)))
        self.assertTrue(epochs)
        bases = [name[:20] for name in names if name.endswith(".log")]
        self.assertGreater(len(bases), 1)
        self.assertTrue(any(name.endswith(".checkpoint") for name in names), names)
        for base in bases:
            for kind in (".index", ".timeindex"):
                self.assertIn(base + kind, names)
        for name in names:
            if name.endswith((".log", ".index", ".timeindex", ".snapshot", ".checkpoint")):
                done = self.exits(0, "kafka-dump-log", "--files", os.path.join(folder, name))
                self.assertTrue(done.stdout_text.startswith("Dumping "), done.stdout_text)

    def test_the_scenario_may_ask_for_it_and_then_needs_a_directory(self):
        arguments = ("run", "quiet.json", "--set", '/storage/backend="file"')
        done = self.exits(64, *arguments)
        self.assertIn("the storage backend posix needs a directory, and the scenario asks for it",
                      done.stderr_text)
        done = self.exits(0, *arguments, "--data", self.path("d"))
        self.assertTrue(done.stderr_text.rstrip().endswith("--backend memory"), done.stderr_text)
        self.verifies(0, "d")

    def test_options_that_make_no_sense_are_refused(self):
        for more, said in (
            (("--data", self.path("d")), "--data: the backend memory keeps no files"),
            (("--no-fsync",), "--no-fsync: the backend memory keeps no files"),
            (("--backend", "posix"), "the storage backend posix needs a directory"),
            (("--backend", "oracle"), '--backend: "oracle" is no storage backend'),
        ):
            self.assertIn(said, self.exits(64, "run", "quiet.json", *more).stderr_text)
        done = self.exits(74, "run", "quiet.json", "--data", self.path("d"), "--backend",
                          "plugin:/nowhere/lib.so")
        self.assertIn("/nowhere/lib.so: does not exist", done.stderr_text)
        self.assertFalse(os.path.exists(self.path("d")))

    def test_a_directory_that_is_not_ours_or_not_empty_is_left_alone(self):
        arguments = ("run", "quiet.json", "--backend", "posix", "--data", self.path("d"))
        os.mkdir(self.path("d"))
        with open(self.path("d", "thesis.txt"), "w", encoding="utf-8") as file:
            file.write("years")
        done = self.exits(74, *arguments)
        self.assertIn("is not empty and holds no data of ours, so it is left alone",
                      done.stderr_text)
        self.assertEqual(os.listdir(self.path("d")), ["thesis.txt"])
        os.remove(self.path("d", "thesis.txt"))
        self.exits(0, *arguments)
        done = self.exits(74, *arguments)
        self.assertIn("holds the files of an earlier run (scenario quiet, ", done.stderr_text)

    def test_of_several_runs_each_has_a_directory(self):
        self.exits(0, "run", "quiet.json", "--seeds", "3..5", "--backend", "posix", "--no-fsync",
                   "--data", self.path("d"), "--jobs", "2")
        self.assertEqual(sorted(os.listdir(self.path("d", "-"))), ["3", "4", "5"])
        for seed in "345":
            self.assertEqual(self.verifies(0, "d", "-", seed)["run"]["seed"], seed)
        done = self.exits(74, "run", "quiet.json", "--seeds", "1..2", "--backend", "posix",
                          "--data", self.path("d", "-", "3"))
        self.assertIn("holds the files of one run", done.stderr_text)

    def test_what_goes_wrong_on_this_machine_is_reported_and_no_part_of_the_run(self):
        memory = self.digests("quiet.json")

        def small_disk():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

        done = self.exits(74, "run", "quiet.json", "--backend", "posix", "--data", self.path("d"),
                          "--format", "json", preexec_fn=small_disk, restore_signals=False)
        (run,) = runs_of(done.stdout_text)
        self.assertEqual([run["digest"]], memory)
        self.assertIn("File too large", run["storageFailure"])
        self.assertIn("the run went on and its result holds, but its files are not complete",
                      done.stderr_text)
        self.assertFalse(self.verifies(0, "d")["closed"])

    def test_damage_is_found_and_named(self):
        self.exits(0, "run", "quiet.json", "--backend", "posix", "--data", self.path("d"))
        logs = [os.path.join(top, name) for top, _, names in os.walk(self.path("d"))
                for name in names if name.endswith(".log")]
        log = max(logs, key=os.path.getsize)
        with open(log, "r+b") as file:
            file.seek(10)
            byte = file.read(1)
            file.seek(10)
            file.write(bytes([byte[0] ^ 4]))
        report = self.verifies(1, "d")
        self.assertEqual([os.path.relpath(log, self.path("d"))],
                         [remark["file"] for remark in report["damaged"]])

    def test_a_directory_in_use_is_not_verified(self):
        process = start("run", scenario("replication/leader-crash"), "--seeds", "1", "--backend",
                        "posix", "--data", self.path("d"))
        try:
            journal = self.path("d", "odradek.journal")
            while process.poll() is None and not os.path.exists(journal):
                pass
            process.send_signal(signal.SIGSTOP)
            done = self.exits(74, "storage", "verify", self.path("d"))
            self.assertIn(f"is in use by process {process.pid}", done.stderr_text)
        finally:
            process.kill()
            process.communicate()

    def test_verify_says_what_it_cannot_read(self):
        self.assertIn("does not exist", self.exits(74, "storage", "verify", "/nowhere").stderr_text)
        self.assertIn("holds no odradek.meta",
                      self.exits(74, "storage", "verify", self.folder).stderr_text)
        self.exits(64, "storage")
        self.exits(64, "storage", "mend", self.folder)


class Killed(Case):
    def test_what_a_killed_run_leaves_is_whole_to_a_step(self):
        # Where it is killed is told by the journal's length, not by a clock.
        dice = random.Random(20261124)
        whole = self.path("whole")
        arguments = ("run", "quiet.json", "--set", '/run/duration="20s"', "--backend", "posix",
                     "--data")
        self.exits(0, *arguments, whole)
        length = os.path.getsize(os.path.join(whole, "odradek.journal"))
        steps = 0
        killed = 0
        for number in range(20):
            folder = self.path(str(number))
            journal = os.path.join(folder, "odradek.journal")
            enough = dice.randrange(length)
            process = start(*arguments, folder)
            try:
                while process.poll() is None:
                    try:
                        if os.path.getsize(journal) >= enough:
                            break
                    except FileNotFoundError:
                        pass
                process.kill()
            finally:
                process.communicate()
            killed += process.returncode == -signal.SIGKILL
            report = self.verifies(0, str(number))
            self.assertTrue(report["good"], report)
            self.assertTrue(report["closed"] or process.returncode != 0, report)
            steps = max(steps, report["steps"])
            self.begins_as(whole, folder)
        self.assertGreater(steps, 10)
        self.assertGreater(killed, 10)

    def begins_as(self, whole, folder):
        """No log is cut in this run, so each is a beginning of the one that was not killed."""
        for path in self.logs(folder):
            with open(os.path.join(folder, path), "rb") as file:
                found = file.read()
            with open(os.path.join(whole, path), "rb") as file:
                self.assertTrue(file.read().startswith(found), path)

    @staticmethod
    def logs(folder):
        return [os.path.relpath(os.path.join(top, name), folder)
                for top, _, names in os.walk(folder) for name in names if name.endswith(".log")]


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if len(sys.argv) > 1 and sys.argv[1].endswith(".so"):
        LIBRARY = os.path.abspath(sys.argv.pop(1))
    unittest.main()
