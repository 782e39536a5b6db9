"""Kafka's own tools on a run folder, to the character.

    kafka_tools_test.py PROGRAM [unittest's arguments]
"""

import json
import os
import sys
import tempfile
import unittest

import cli_test
from cli_test import Case


class Tools(Case):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        for name in ("quiet", "broker-down", "moving", "hanging", "group"):
            cli_test.odradek("run", f"{name}.json", "--out", cls.temporary.name)

    def tool(self, verb, name, *arguments, code=0):
        run = os.path.join(self.temporary.name, name, "latest")
        return self.exits(code, verb, *arguments, "--run", run)

    def prints(self, text, verb, name, *arguments, code=0):
        self.assertEqual(self.tool(verb, name, *arguments, code=code).stdout, text)

    def json(self, verb, name, *arguments):
        return json.loads(self.tool(verb, name, *arguments, "--format", "json").stdout)

    def write(self, name, content):
        path = os.path.join(self.temporary.name, name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        return path


class KafkaTopics(Tools):
    def describe(self, name, *arguments, code=0):
        return self.tool("kafka-topics", name, "--describe", *arguments, code=code).stdout

    def test_the_layout_is_kafkas_to_the_character(self):
        lines = self.describe("quiet").splitlines()
        self.assertEqual(len(lines), 5)
        self.assertRegex(
            lines[0],
            r"^Topic: audit\tTopicId: [A-Za-z0-9_][A-Za-z0-9_-]{20}[AQgw]\tPartitionCount: 1"
            r"\tReplicationFactor: 1\tConfigs: min\.insync\.replicas=1$",
        )
        self.assertRegex(
            lines[1],
            r"^\tTopic: audit\tPartition: 0\tLeader: (\d)\tReplicas: \1\tIsr: \1\t"
            r"Elr: \tLastKnownElr: $",
        )
        self.assertRegex(lines[2], r"^Topic: orders\t.*\tConfigs: min\.insync\.replicas=2$")
        partition = r"^\tTopic: orders\tPartition: 1\tLeader: \d\tReplicas: \d,\d,\d\t"
        self.assertRegex(lines[4], partition)
        self.assertNotEqual(lines[0].split("\t")[1], lines[2].split("\t")[1])

    def test_topics_are_chosen_by_a_pattern_of_the_whole_name(self):
        self.assertEqual(self.describe("quiet", "--topic", "or.*").count("PartitionCount"), 1)
        both = self.describe("quiet", "--topic", "orders,audit")
        self.assertEqual(both.count("PartitionCount"), 2)
        self.assertEqual(
            self.describe("quiet", "--topic", "order", code=1),
            "Error while executing topic command : "
            "Topic 'Optional[order]' does not exist as expected\n",
        )

    def test_a_moment_of_the_run_can_be_looked_at(self):
        at = ("--at", "19s")
        now = self.describe("broker-down", *at)
        self.assertIn("\tTopic: alone\tPartition: 0\tLeader: none\tReplicas: 1\tIsr: 1\t", now)
        self.assertIn("\tTopic: both\tPartition: 0\tLeader: 2\tReplicas: 1,2\tIsr: 2\t", now)
        later = self.describe("broker-down")
        self.assertRegex(later, r"\tTopic: both\t.*\tReplicas: 1,2\tIsr: (1,2|2,1)\t")
        self.assertIn("\tTopic: alone\tPartition: 0\tLeader: 1\t", later)

    def test_filters_print_partitions_only(self):
        at = ("--at", "19s")
        for option, wanted in (
            ("--under-replicated-partitions", ["both"]),
            ("--unavailable-partitions", ["alone"]),
            ("--under-min-isr-partitions", ["alone", "both"]),
            ("--at-min-isr-partitions", ["alone"]),
        ):
            lines = self.describe("broker-down", option, *at).splitlines()
            topics = [line.split("\t")[1].removeprefix("Topic: ") for line in lines]
            self.assertEqual(topics, wanted)
        overrides = self.describe("broker-down", "--topics-with-overrides", *at).splitlines()
        self.assertEqual(len(overrides), 1)
        self.assertTrue(overrides[0].startswith("Topic: both\t"))

    def test_filters_of_partitions_add_up_and_exclude_overrides(self):
        text = self.describe("broker-down", "--unavailable-partitions",
                             "--under-replicated-partitions", "--at", "19s")
        self.assertEqual(len(text.splitlines()), 2)
        self.tool("kafka-topics", "quiet", "--describe", "--topics-with-overrides",
                  "--at-min-isr-partitions", code=64)

    def test_names_are_listed(self):
        self.prints("audit\norders\n", "kafka-topics", "quiet", "--list")
        self.prints("orders\n", "kafka-topics", "quiet", "--list", "--topic", "o.*")
        self.prints("\n", "kafka-topics", "quiet", "--list", "--topic", "x")

    def test_a_topic_is_found_by_its_id_as_by_the_older_api(self):
        topic = self.json("kafka-topics", "quiet", "--describe", "--topic", "audit")["topics"][0]
        text = self.describe("quiet", "--topic-id", topic["topicId"])
        self.assertIn(f"Topic: audit\tTopicId: {topic['topicId']}\t", text)
        self.assertIn("\tElr: N/A\tLastKnownElr: N/A\n", text)
        self.prints("Error while executing topic command : "
                    "TopicId 'x' does not exist as expected\n",
                    "kafka-topics", "quiet", "--describe", "--topic-id", "x", code=1)
        self.prints("", "kafka-topics", "quiet", "--describe", "--topic", "x", "--if-exists")

    def test_eligible_leader_replicas_have_their_columns(self):
        self.assertIn("\tTopic: orders\tPartition: 0\tLeader: 4\tReplicas: 4,2,3\tIsr: 4\tElr: 3"
                      "\tLastKnownElr: \n", self.describe("moving", "--at", "55s"))

    def test_json_has_the_same_facts(self):
        both = self.json("kafka-topics", "broker-down", "--describe", "--at", "19s")["topics"][1]
        self.assertEqual(both["configs"], {"min.insync.replicas": "2"})
        partition = both["partitions"][0]
        self.assertEqual((partition["leader"], partition["replicas"], partition["isr"]),
                         (2, [1, 2], [2]))
        alone = self.json("kafka-topics", "broker-down", "--describe", "--at", "19s",
                          "--topic", "alone")["topics"][0]["partitions"][0]
        self.assertIsNone(alone["leader"])


class KafkaConfigs(Tools):
    def configs(self, text, name, *arguments, code=0):
        self.prints(text, "kafka-configs", name, "--describe", *arguments, code=code)

    def test_dynamic_configurations_of_a_topic_stand_before_what_is_behind_them(self):
        self.configs(
            "Dynamic configs for topic audit are:\n"
            "  min.insync.replicas=1 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"
            "min.insync.replicas=1, STATIC_BROKER_CONFIG:min.insync.replicas=2, "
            "DEFAULT_CONFIG:min.insync.replicas=1}\n",
            "quiet", "--entity-type", "topics", "--entity-name", "audit")
        self.configs(
            "Dynamic configs for topic audit are:\n"
            "  min.insync.replicas=1 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"
            "min.insync.replicas=1, STATIC_BROKER_CONFIG:min.insync.replicas=2, "
            "DEFAULT_CONFIG:min.insync.replicas=1}\n"
            "Dynamic configs for topic orders are:\n",
            "quiet", "--entity-type", "topics")

    def test_all_configurations_are_by_name_with_their_source(self):
        lines = self.tool("kafka-configs", "quiet", "--describe", "--topic", "orders",
                          "--all").stdout.splitlines()
        self.assertEqual(lines[0], "All configs for topic orders are:")
        names = [line.split("=")[0] for line in lines[1:]]
        self.assertEqual(names, sorted(names))
        self.assertIn("  min.insync.replicas=2 sensitive=false synonyms={STATIC_BROKER_CONFIG:"
                      "min.insync.replicas=2, DEFAULT_CONFIG:min.insync.replicas=1}", lines)
        self.assertIn("  retention.ms=604800000 sensitive=false synonyms={DEFAULT_CONFIG:"
                      "log.retention.hours=168}".replace("{DEFAULT_CONFIG:log.retention.hours=168}",
                                                         "{}"), lines)

    def test_brokers_have_their_own_and_their_defaults(self):
        self.configs("Dynamic configs for broker 1 are:\n", "quiet", "--broker", "1")
        self.configs("Default configs for brokers in the cluster are:\n", "quiet",
                     "--broker-defaults")
        lines = self.tool("kafka-configs", "quiet", "--describe", "--entity-type", "brokers",
                          "--entity-name", "2", "--all").stdout.splitlines()
        self.assertIn("  min.insync.replicas=2 sensitive=false synonyms={STATIC_BROKER_CONFIG:"
                      "min.insync.replicas=2, DEFAULT_CONFIG:min.insync.replicas=1}", lines)

    def test_who_does_not_answer_is_an_error_of_kafkas(self):
        done = self.tool("kafka-configs", "quiet", "--describe", "--topic", "x", code=1)
        self.assertEqual(done.stdout, "Dynamic configs for topic x are:\n")
        self.assertIn("Error while executing config command with args '--describe --topic x",
                      done.stderr)
        self.assertIn("UnknownTopicOrPartitionException", done.stderr)
        done = self.tool("kafka-configs", "broker-down", "--describe", "--broker", "1",
                         "--at", "19s", code=1)
        self.assertIn("TimeoutException", done.stderr)
        self.tool("kafka-configs", "quiet", "--describe", "--broker", "one", code=64)
        self.tool("kafka-configs", "quiet", "--describe", "--entity-type", "users", code=64)


class KafkaFeatures(Tools):
    def test_features_are_those_of_the_version(self):
        lines = self.tool("kafka-features", "quiet", "describe").stdout.splitlines()
        names = [line.split("\t")[0] for line in lines]
        self.assertEqual(names, ["Feature: eligible.leader.replicas.version",
                                 "Feature: group.version", "Feature: kraft.version",
                                 "Feature: metadata.version", "Feature: transaction.version"])
        self.assertRegex(
            lines[3], r"^Feature: metadata\.version\tSupportedMinVersion: 3\.3-IV3"
            r"\tSupportedMaxVersion: 4\.0-IV3\tFinalizedVersionLevel: 4\.0-IV3\tEpoch: \d+$")
        lines = self.tool("kafka-features", "moving", "describe").stdout.splitlines()
        self.assertRegex(
            lines[0], r"^Feature: eligible\.leader\.replicas\.version\tSupportedMinVersion: 0"
            r"\tSupportedMaxVersion: 1\tFinalizedVersionLevel: 1\tEpoch: \d+$")
        self.tool("kafka-features", "quiet", "upgrade", code=64)


class KafkaMetadataQuorum(Tools):
    def test_status_is_a_summary_with_values_from_column_25_on(self):
        lines = self.tool("kafka-metadata-quorum", "quiet", "describe",
                          "--status").stdout.splitlines()
        self.assertEqual([line[:24].rstrip() for line in lines],
                         ["ClusterId:", "LeaderId:", "LeaderEpoch:", "HighWatermark:",
                          "MaxFollowerLag:", "MaxFollowerLagTimeMs:", "CurrentVoters:",
                          "CurrentObservers:"])
        values = [line[24:] for line in lines]
        self.assertRegex(values[0], r"^[A-Za-z0-9_][A-Za-z0-9_-]{21}$")
        self.assertEqual(values[1], "3000")
        self.assertGreater(int(values[3]), 0)
        self.assertEqual(values[4:6], ["0", "0"])
        self.assertEqual(values[6], '[{"id": 3000, "directoryId": null, "endpoints": '
                                    '["CONTROLLER://controller-3000:9093"]}]')
        observers = json.loads(values[7])
        self.assertEqual([observer["id"] for observer in observers], [1, 2, 3])

    def test_replication_has_the_leader_first_and_a_tab_behind_each_cell(self):
        text = self.tool("kafka-metadata-quorum", "quiet", "describe", "--replication").stdout
        lines = text.splitlines()
        self.assertRegex(lines[0], r"^NodeId\tDirectoryId +\tLogEndOffset\tLag\t"
                                   r"LastFetchTimestamp\tLastCaughtUpTimestamp\tStatus +\t$")
        cells = [[cell.strip() for cell in line.split("\t")] for line in lines]
        self.assertEqual([row[0] for row in cells[1:]], ["3000", "1", "2", "3"])
        self.assertEqual([row[6] for row in cells[1:]], ["Leader"] + 3 * ["Observer"])
        self.assertTrue(cells[1][4].startswith("17040672"), cells[1])
        human = self.tool("kafka-metadata-quorum", "quiet", "describe", "--replication",
                          "--human-readable").stdout.splitlines()
        self.assertRegex(human[2], r"\t\d+ ms ago +\t\d+ ms ago +\tObserver\t$")

    def test_what_kafka_refuses_is_refused(self):
        for arguments in (["describe"], ["describe", "--status", "--replication"],
                          ["describe", "--status", "--human-readable"], ["add-controller"], []):
            self.tool("kafka-metadata-quorum", "quiet", *arguments, code=64)


class KafkaReassignPartitions(Tools):
    def test_what_is_as_the_file_says_is_completed(self):
        path = self.write("moves.json", {"version": 1, "partitions": [
            {"topic": "both", "partition": 0, "replicas": [1, 2], "log_dirs": ["any", "any"]},
            {"topic": "alone", "partition": 0, "replicas": [2]},
            {"topic": "x", "partition": 3, "replicas": [1]}]})
        self.prints(
            "Status of partition reassignment:\n"
            "There is no active reassignment of partition alone-0, but replica set is 1 rather "
            "than 2.\n"
            "Reassignment of partition both-0 is completed.\n"
            "There is no active reassignment of partition x-3, but replica set is  rather "
            "than 1.\n"
            "\n"
            "Clearing broker-level throttles on brokers 1,2\n"
            "Clearing topic-level throttles on topics alone,both,x\n",
            "kafka-reassign-partitions", "broker-down", "--verify",
            "--reassignment-json-file", path)

    def test_without_a_reassignment_none_is_listed(self):
        self.prints("No partition reassignments found.\n", "kafka-reassign-partitions", "quiet",
                    "--list")

    def test_what_moves_is_listed_verified_and_described(self):
        at = ("--at", "18s")
        self.prints("Current partition reassignments:\n"
                    "orders-0: replicas: 4,2,3,1. adding: 4. removing: 1.\n",
                    "kafka-reassign-partitions", "moving", "--list", *at)
        verify = ("kafka-reassign-partitions", "moving", "--verify", "--reassignment-json-file",
                  self.moves())
        self.prints("Status of partition reassignment:\n"
                    "Reassignment of partition orders-0 is still in progress.\n\n", *verify, *at)
        self.prints("Status of partition reassignment:\n"
                    "Reassignment of partition orders-0 is completed.\n\n"
                    "Clearing broker-level throttles on brokers 1,2,3,4\n"
                    "Clearing topic-level throttles on topic orders\n", *verify)
        described = self.tool("kafka-topics", "moving", "--describe", *at).stdout.splitlines()
        self.assertIn("\tReplicationFactor: 3\t", described[0])
        self.assertEqual(
            described[1],
            "\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 4,2,3,1\tIsr: 1,2,3"
            "\tAdding Replicas: broker-4:9092 (id: 4 rack: b)"
            "\tRemoving Replicas: broker-1:9092 (id: 1 rack: a)\tElr: \tLastKnownElr: ")
        self.prints("", "kafka-topics", "moving", "--describe", "--under-replicated-partitions",
                    *at)

    def test_what_would_come_of_a_reassignment_is_told_and_the_folder_stays(self):
        execute = ("kafka-reassign-partitions", "moving", "--execute", "--reassignment-json-file",
                   self.moves())
        self.prints(
            "Current partition replica assignment\n\n"
            '{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2,3],'
            '"log_dirs":["any","any","any"]}]}\n\n'
            "Save this to use as the --reassignment-json-file option during rollback\n"
            "Successfully started partition reassignment for orders-0\n", *execute, "--at", "9s")
        done = self.tool(*execute, "--at", "18s", code=1)
        self.assertTrue(done.stdout.startswith(
            "Cannot execute because there is an existing partition assignment.  Use --additional "))
        nobody = self.write("nobody.json", {"partitions": [
            {"topic": "orders", "partition": 0, "replicas": [9]}]})
        self.prints("Error: Unknown broker id 9\n", "kafka-reassign-partitions", "moving",
                    "--execute", "--reassignment-json-file", nobody, "--at", "9s", code=1)
        self.prints(
            "Successfully cancelled partition reassignment for: orders-0\n"
            "None of the specified partition moves are active.Clearing broker-level throttles on "
            "brokers 1,2,3,4\nClearing topic-level throttles on topic orders\n",
            "kafka-reassign-partitions", "moving", "--cancel", "--reassignment-json-file",
            self.moves(), "--at", "18s")

    def moves(self):
        return self.write("moves-4.json", {"version": 1, "partitions": [
            {"topic": "orders", "partition": 0, "replicas": [4, 2, 3],
             "log_dirs": ["any", "any", "any"]}]})

    def test_a_broken_file_is_told_in_kafkas_words(self):
        path = self.write("broken.json", {"version": 2})
        self.prints("Error: Not supported version field value 2\n", "kafka-reassign-partitions",
                    "quiet", "--verify", "--reassignment-json-file", path, code=1)
        self.tool("kafka-reassign-partitions", "quiet", "--execute", code=64)
        self.tool("kafka-reassign-partitions", "quiet", "--generate", code=64)
        self.tool("kafka-reassign-partitions", "quiet", "--list", "--verify", code=64)


class KafkaGetOffsets(Tools):
    def offsets(self, text, name, *arguments, code=0):
        self.prints(text, "kafka-get-offsets", name, *arguments, code=code)

    def test_ends_and_beginnings_are_told_by_the_leaders(self):
        told = self.tool("kafka-get-offsets", "quiet").stdout.splitlines()
        self.assertEqual([line.rsplit(":", 1)[0] for line in told],
                         ["audit:0", "orders:0", "orders:1"])
        ends = [int(line.rsplit(":", 1)[1]) for line in told]
        self.assertEqual(ends[0], 0)
        self.assertGreater(ends[1] + ends[2], 150)
        self.offsets("audit:0:0\norders:0:0\norders:1:0\n", "quiet", "--time", "earliest")
        self.assertEqual(self.tool("kafka-get-offsets", "quiet", "--time", "-1").stdout,
                         "\n".join(told) + "\n")
        self.offsets("", "quiet", "--time", "latest-tiered")

    def test_a_time_leads_to_the_first_record_from_then_on(self):
        told = self.json("kafka-get-offsets", "quiet", "--topic", "orders", "--time",
                         "max-timestamp")
        self.assertEqual(told["schema"], "odradek/kafka-get-offsets/1")
        for partition in told["partitions"]:
            at = str(partition["timestamp"])
            found = self.json("kafka-get-offsets", "quiet", "--topic-partitions",
                              f"orders:{partition['partition']}", "--time", at)["partitions"][0]
            self.assertEqual(found, partition)
            self.assertEqual(found["error"], "NONE")
        # Records bear the time of the run; behind the last there is no offset to print.
        self.offsets("orders:0:0\norders:1:0\n", "quiet", "--topic", "orders", "--time", "100")
        self.offsets("", "quiet", "--topic", "orders", "--time", "100000")

    def test_partitions_are_chosen_as_kafka_does(self):
        def chosen(*arguments):
            text = self.tool("kafka-get-offsets", "quiet", "--time", "earliest", *arguments).stdout
            return [line.rsplit(":", 1)[0] for line in text.splitlines()]
        self.assertEqual(chosen("--topic", "o.*"), ["orders:0", "orders:1"])
        self.assertEqual(chosen("--partitions", "1,7"), ["orders:1"])
        self.assertEqual(chosen("--topic-partitions", ":0"), ["audit:0", "orders:0"])
        self.assertEqual(chosen("--topic-partitions", "orders:1-"), ["orders:1"])
        self.assertEqual(chosen("--topic-partitions", "orders:-1,audit"), ["audit:0", "orders:0"])
        self.assertEqual(chosen("--topic-partitions", "orders:0-2"), ["orders:0", "orders:1"])
        self.assertEqual(chosen("--exclude-internal-topics", "--topic", "audit"), ["audit:0"])

    def test_what_cannot_be_is_told_in_kafkas_words(self):
        for arguments, words in (
                (["--topic", "x"],
                 "Could not match any topic-partitions with the specified filters"),
                (["--time", "noon"], "Malformed time argument noon. Please use -1 or latest"),
                (["--partitions", "one"], "--partitions expects a comma separated list of numeric"),
                (["--topic-partitions", "a:b"], "Invalid rule specification: a:b"),
                (["--topic-partitions", "a", "--topic", "b"],
                 "--topic-partitions cannot be used with --topic or --partitions")):
            done = self.tool("kafka-get-offsets", "quiet", *arguments, code=1)
            self.assertIn("Error occurred: " + words, done.stderr)

    def test_a_partition_that_nobody_leads_is_asked_for_until_somebody_does(self):
        told = self.json("kafka-get-offsets", "broker-down", "--at", "19s")
        self.assertEqual([(p["topic"], p["offset"]) for p in told["partitions"]],
                         [("alone", 0), ("both", 0)])
        self.assertGreater(told["answeredAtNs"], 20_000_000_000)


class KafkaDeleteRecords(Tools):
    def delete(self, name, partitions, *arguments, code=0):
        path = self.write("offsets.json", partitions)
        return self.tool("kafka-delete-records", name, "--offset-json-file", path, *arguments,
                         code=code)

    def test_what_would_come_of_it_is_told_by_partition_and_the_folder_stays(self):
        done = self.delete("quiet", {"version": 1, "partitions": [
            {"topic": "orders", "partition": 1, "offset": 100000},
            {"topic": "orders", "partition": 0, "offset": 5},
            {"topic": "audit", "partition": 0, "offset": -1}]}, "--at", "6s")
        self.assertEqual(
            done.stdout,
            "Executing records delete operation\n"
            "Records delete operation completed:\n"
            "partition: audit-0\tlow_watermark: 0\n"
            "partition: orders-0\tlow_watermark: 5\n"
            "partition: orders-1\terror: org.apache.kafka.common.errors."
            "OffsetOutOfRangeException: The requested offset is not within the range of offsets "
            "maintained by the server.\n")
        self.prints("orders:0:0\n", "kafka-get-offsets", "quiet", "--topic-partitions", "orders:0",
                    "--time", "earliest")

    def test_json_has_the_same_facts(self):
        path = self.write("one.json", {"partitions": [
            {"topic": "orders", "partition": 0, "offset": 5}]})
        told = self.json("kafka-delete-records", "quiet", "--offset-json-file", path, "--at", "6s")
        self.assertEqual(told["partitions"], [
            {"topic": "orders", "partition": 0, "error": "NONE", "lowWatermark": 5}])

    def test_a_broken_file_is_told_in_kafkas_words(self):
        for content, words in (
                ({"version": 2, "partitions": []}, "Not supported version field value 2"),
                ({"version": 1}, "Missing partitions field"),
                ({"partitions": [{"topic": "orders", "partition": 0, "offset": 1}] * 2},
                 "Offset json file contains duplicate topic partitions: orders-0"),
                ({"partitions": [{"topic": "orders", "partition": 0}]},
                 "No such field exists: `offset`")):
            self.assertIn(words, self.delete("quiet", content, code=1).stderr)
        self.tool("kafka-delete-records", "quiet", code=64)


class KafkaLogDirs(Tools):
    def test_two_lines_and_then_json_on_one(self):
        lines = self.tool("kafka-log-dirs", "quiet", "--describe", "--broker-list", "2,1",
                          "--topic-list", "orders").stdout.splitlines()
        self.assertEqual(lines[:2], ["Querying brokers for log directories information",
                                     "Received log directory information from brokers 1,2"])
        self.assertEqual(len(lines), 3)
        self.assertTrue(lines[2].startswith(
            '{"version":1,"brokers":[{"broker":1,"logDirs":[{"logDir":"/sim/broker-1","error":null,'
            '"partitions":[{"partition":"orders-0","size":'))
        for broker in json.loads(lines[2])["brokers"]:
            for partition in broker["logDirs"][0]["partitions"]:
                self.assertGreater(partition["size"], 1000)
                self.assertEqual((partition["offsetLag"], partition["isFuture"]), (0, False))

    def test_who_is_not_alive_is_not_asked(self):
        done = self.tool("kafka-log-dirs", "broker-down", "--describe", "--at", "19s")
        self.assertIn("from brokers 2\n", done.stdout)
        done = self.tool("kafka-log-dirs", "broker-down", "--describe", "--broker-list", "1,2",
                         "--at", "19s", code=1)
        self.assertIn("ERROR: The given brokers do not exist from --broker-list: 1. Current "
                      "existent brokers: 2", done.stderr)
        self.tool("kafka-log-dirs", "quiet", code=64)
        self.tool("kafka-log-dirs", "quiet", "--describe", "--broker-list", "one", code=64)

    def test_json_has_the_same_facts(self):
        told = self.json("kafka-log-dirs", "quiet", "--describe")
        self.assertEqual([broker["broker"] for broker in told["brokers"]], [1, 2, 3])


class KafkaTransactions(Tools):
    def rows(self, *arguments):
        text = self.tool("kafka-transactions", "hanging", *arguments).stdout
        return [[cell.strip() for cell in line.split("\t")[:-1]] for line in text.splitlines()]

    def test_what_coordinators_know_is_listed(self):
        self.prints("TransactionalId\tCoordinator\tProducerId\tTransactionState\t\n"
                    "clerk          \t3          \t0         \tOngoing         \t\n",
                    "kafka-transactions", "hanging", "list", "--at", "10s")
        self.assertEqual(self.rows("list")[1], ["clerk", "3", "0", "CompleteAbort"])
        self.assertEqual(self.rows("list", "--at", "1s")[1:], [])

    def test_a_transaction_is_described_as_long_as_it_is_open(self):
        named = ("describe", "--transactional-id", "clerk")
        self.assertEqual(self.rows(*named, "--at", "10s")[1],
                         ["3", "clerk", "0", "0", "Ongoing", "60000", "1704067209000", "1000",
                          "bills-0"])
        self.assertEqual(self.rows(*named)[1][4:], ["CompleteAbort", "60000", "None", "None", ""])
        nobody = self.tool("kafka-transactions", "hanging", "describe", "--transactional-id",
                           "nobody", code=1)
        self.assertIn("TransactionalIdNotFoundException", nobody.stderr)

    def test_what_hangs_is_found_and_aborted(self):
        found = self.rows("find-hanging", "--broker-id", "1", "--max-transaction-timeout", "0")
        self.assertEqual(found[0][:4], ["Topic", "Partition", "ProducerId", "ProducerEpoch"])
        self.assertEqual(len(found), 2)
        self.assertEqual(found[1][:3], ["bills", "0", "0"])
        start = found[1][5]
        of = ("--topic", "bills", "--partition", "0")
        self.assertEqual(self.rows("describe-producers", *of)[1][5], start)
        here = ("find-hanging", "--topic", "bills")
        self.assertEqual(len(self.rows(*here)), 1)  # Not yet for fifteen minutes.
        self.assertEqual(self.rows(*here, "--partition", "0", "--max-transaction-timeout", "0"),
                         found)
        told = self.json("kafka-transactions", "hanging", *here, "--max-transaction-timeout", "0")
        self.assertEqual(told["rows"][0]["StartOffset"], start)
        self.tool("kafka-transactions", "hanging", "abort", *of, "--start-offset", start)
        missed = self.tool("kafka-transactions", "hanging", "abort", *of, "--start-offset", "3",
                           code=1)
        self.assertIn("Could not find any open transactions starting at offset 3 on partition "
                      "bills-0", missed.stderr)

    def test_a_search_for_what_hangs_must_have_a_scope(self):
        wide = self.tool("kafka-transactions", "hanging", "find-hanging", code=1)
        self.assertIn("requires either --topic or --broker-id", wide.stderr)
        loose = self.tool("kafka-transactions", "hanging", "find-hanging", "--broker-id", "1",
                          "--partition", "0", code=1)
        self.assertIn("The --partition argument requires --topic to be provided", loose.stderr)

    def test_what_is_missing_or_unknown_is_named(self):
        for arguments in ((), ("frob",), ("describe",), ("describe-producers",),
                          ("abort", "--topic", "bills", "--partition", "0"),
                          ("describe-producers", "--topic", "bills", "--partition", "9")):
            self.tool("kafka-transactions", "hanging", *arguments, code=64)


class KafkaConsumerGroups(Tools):
    def groups(self, *arguments, code=0):
        return self.tool("kafka-consumer-groups", "group", *arguments, code=code)

    def test_groups_are_listed(self):
        self.prints("audit\nbilling\n", "kafka-consumer-groups", "group", "--list")
        self.prints("", "kafka-consumer-groups", "group", "--list", "--at", "500ms")
        self.assertEqual(self.json("kafka-consumer-groups", "group", "--list")["groups"],
                         ["audit", "billing"])

    def test_offsets_and_their_lag_stand_beside_who_has_the_partition(self):
        lines = self.groups("--describe", "--group", "billing").stdout.splitlines()
        self.assertEqual(len(lines), 6)
        self.assertEqual(lines[0], "")
        self.assertEqual(lines[1].split(),
                         ["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG",
                          "CONSUMER-ID", "HOST", "CLIENT-ID"])
        self.assertRegex(lines[4], r"^billing         orders          2          (\d+) +\1 +0 +"
                         r"billing\[1\]-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} "
                         r"/billing\[1\]     billing\[1\]$")
        told = self.groups("--describe", "--group", "billing", "--verbose").stdout.splitlines()
        self.assertEqual(told[1].split()[3], "LEADER-EPOCH")
        self.assertEqual(told[4].split()[3], "0")

    def test_a_group_that_everybody_has_left_keeps_its_offsets(self):
        done = self.groups("--describe", "--group", "audit")
        self.assertEqual(done.stderr, "\nConsumer group 'audit' has no active members.\n")
        for line in done.stdout.splitlines()[2:]:
            self.assertEqual(line.split()[5:], ["0", "-", "-", "-"])
        before = self.groups("--describe", "--group", "audit", "--at", "14s")
        self.assertEqual(before.stderr, "")
        self.assertIn(" auditor-", before.stdout)
        self.assertEqual(self.groups("--describe", "--group", "nobody").stdout,
                         "\nError: Consumer group 'nobody' does not exist.\n")

    def test_members_are_told_with_what_they_are_assigned(self):
        lines = self.groups("--describe", "--group", "billing", "--members",
                            "--verbose").stdout.splitlines()
        self.assertEqual(lines[1].split(), ["GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID",
                                            "#PARTITIONS", "ASSIGNMENT"])
        self.assertEqual([line.split()[-2:] for line in lines[2:]],
                         [["2", "(0,1)"], ["2", "(2,3)"]])
        static = self.groups("--describe", "--group", "audit", "--members", "--at", "10s").stdout
        self.assertEqual(static.splitlines()[1].split()[2], "GROUP-INSTANCE-ID")
        self.assertEqual(static.splitlines()[2].split()[2], "auditor")

    def test_the_state_names_the_coordinator_and_the_assignor(self):
        told = self.groups("--describe", "--all-groups", "--state").stdout
        self.assertRegex(told,
                         r"\nbilling {19}broker-(\d):9092  \(\1\) {8}range {16}Stable {10}2\n")
        audit = self.json("kafka-consumer-groups", "group", "--describe", "--group",
                          "audit")["groups"][0]
        self.assertEqual([audit["state"], audit["members"]], ["Empty", []])
        self.assertEqual(len(audit["offsets"]), 4)

    def test_what_is_missing_or_contradicts_itself_is_named(self):
        for arguments in ((), ("--describe",), ("--list", "--members"),
                          ("--describe", "--group", "billing", "--members", "--state")):
            self.groups(*arguments, code=64)


class KafkaLeaderElection(Tools):
    def elect(self, text, name, *arguments, code=0):
        self.prints(text, "kafka-leader-election", name, *arguments, code=code)

    def test_a_valid_leader_is_not_elected_again(self):
        self.elect("Valid replica already elected for partitions orders-0\n", "quiet",
                   "--election-type", "preferred", "--topic", "orders", "--partition", "0")
        self.elect("", "quiet", "--election-type", "unclean", "--all-topic-partitions")

    def test_the_preferred_replica_leads_again_when_it_is_back(self):
        # Broker 1 comes back when all is healed, at 20 s.
        path = self.write("election.json", {"partitions": [{"topic": "both", "partition": 0}]})
        self.elect("Successfully completed leader election (PREFERRED) for partitions both-0\n",
                   "broker-down", "--election-type", "PREFERRED", "--path-to-json-file", path)

    def test_what_cannot_be_elected_is_told_with_the_exception(self):
        done = self.tool("kafka-leader-election", "broker-down", "--election-type", "preferred",
                         "--topic", "both", "--partition", "0", "--at", "19s", code=1)
        self.assertEqual(
            done.stdout,
            "Error completing leader election (PREFERRED) for partition: both-0: "
            "org.apache.kafka.common.errors.PreferredLeaderNotAvailableException: The preferred "
            "leader was not available.\n")
        self.assertIn("1 replica(s) could not be elected\n", done.stderr)
        done = self.tool("kafka-leader-election", "quiet", "--election-type", "preferred",
                         "--topic", "x", "--partition", "0", code=1)
        self.assertIn("UnknownTopicOrPartitionException: No such topic as x\n", done.stdout)

    def test_the_folder_stays_as_it_is(self):
        before = self.describe_all()
        self.tool("kafka-leader-election", "broker-down", "--election-type", "preferred",
                  "--all-topic-partitions")
        self.assertEqual(self.describe_all(), before)

    def describe_all(self):
        return self.tool("kafka-topics", "broker-down", "--describe").stdout


if __name__ == "__main__":
    cli_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
