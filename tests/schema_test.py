#!/usr/bin/env python3
"""Holds the JSON schema against the decoder, file by file.

Every valid scenario (scenarios/, tests/good/) must satisfy the schema. Every broken one
(tests/bad/) must violate it, unless its fault is beyond what a schema can say: those are listed
below, and a file that is
listed in vain is an error too.

usage: schema_test.py PRINT_SCHEMA
"""
import json
import pathlib
import re
import subprocess
import sys

import jsonschema

BEYOND_THE_SCHEMA = {
    # Two places of the file that contradict each other, or a name that nothing has.
    "after-an-unknown-step",
    "exhibit-that-is-there-already",
    "exhibits-of-one-name",
    "directory-that-is-not-there",
    "disk-of-a-broker-that-is-not-there",
    "duplicate-key",
    "link-between-changing-nodes",
    "more-racks-than-brokers",
    "replication-factor-above-brokers",
    "selector-of-what-is-not-there",
    "steps-that-wait-for-themselves",
    "topic-described-twice",
    "two-steps-of-one-id",
    "verb-on-the-wrong-kind",
    "workload-in-an-unknown-rack",
    "workload-stops-before-it-starts",
    "workload-to-an-unknown-topic",
    "zookeeper-mode-in-kafka-4",
    # Sizes of numbers with units, and of numbers against each other.
    "distribution-of-uneven-lists",
    "distribution-upside-down",
    "duration-of-zero",
    "duration-overflow",
    "duration-too-fine",
    "every-of-zero",
    # Rules between Kafka keys, and what a version has.
    "delivery-timeout-too-short",
    "idempotence-with-too-many-in-flight",
    "idempotence-without-acks-all",
    "features-out-of-range",
    "kafka-key-newer-than-the-version",
    "kafka-key-removed-in-4.0",
    "kafka-key-said-elsewhere",
    "kafka-server-would-not-start",
    # Wrong only with the arguments or the sweep values put in.
    "set-a-bad-value",
    "sweep-with-a-bad-value",
    # Known to the format, and not simulated yet.
    "combined-controllers",
    "kafka-key-not-simulated",
    "selectors-of-later-builds",
    "verbs-of-later-builds",
    "workload-types-of-later-builds",
    "zookeeper-mode",
}


def strip_comments(text):
    """`//` and `/* */` outside strings, which the reader tolerates and Python does not."""
    return re.sub(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/',
                  lambda m: m.group(0) if m.group(0).startswith('"') else "", text, flags=re.S)


def load(path):
    return json.loads(strip_comments(path.read_bytes().decode("utf-8")))


def merge_patch(target, patch):
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def with_base(path):
    """The scenario after `extends`; a child alone need not be complete."""
    scenario = load(path)
    if isinstance(scenario, dict) and "extends" in scenario:
        base = path.parent / scenario.pop("extends")
        if not base.exists() or base == path:
            raise ValueError("extends nothing")
        scenario = merge_patch(with_base(base), scenario)
    return scenario


def output_of(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    schema = json.loads(output_of([sys.argv[1]]))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    problems = []
    counts = {"valid": 0, "refused": 0, "beyond": 0}

    valid = sorted(pathlib.Path("tests/good").glob("*.json"))
    valid += sorted(pathlib.Path("scenarios").rglob("*.json"))
    for path in valid:
        for error in validator.iter_errors(with_base(path)):
            where = list(error.absolute_path)
            problems.append(f"{path}: valid, but the schema says: {where}: {error.message[:200]}")
        resolved = output_of([sys.argv[1], str(path)])
        variants = json.loads(resolved)
        if not variants:
            problems.append(f"{path}: the decoder refuses it")
        for variant in variants:
            for error in validator.iter_errors(variant):
                where = list(error.absolute_path)
                message = error.message[:200]
                problems.append(f"{path}: resolved, the schema says: {where}: {message}")
        counts["valid"] += 1

    for path in sorted(pathlib.Path("tests/bad").glob("*.json")):
        try:
            refused = not validator.is_valid(with_base(path))
        except ValueError:  # Not JSON, not UTF-8, or nothing to extend.
            refused = True
        told = path.with_suffix(".expected").read_text()
        only_warned = ": error: " not in told
        beyond = path.stem in BEYOND_THE_SCHEMA
        if only_warned and refused:
            problems.append(f"{path}: only a warning, but the schema refuses it")
        elif refused and beyond:
            problems.append(f"{path}: listed as beyond the schema, but the schema refuses it")
        elif not refused and not beyond and not only_warned:
            problems.append(f"{path}: the schema accepts it, and it is not listed as beyond it")
        counts["refused" if refused else "beyond"] += 1

    stems = {path.stem for path in pathlib.Path("tests/bad").glob("*.json")}
    problems += [f"{name}: listed as beyond the schema, but there is no such file"
                 for name in sorted(BEYOND_THE_SCHEMA - stems)]
    summary = f"{counts['valid']} valid, {counts['refused']} refused, {counts['beyond']} beyond"
    print("\n".join(problems) or summary)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
