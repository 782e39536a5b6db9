// The JSON schema of scenario files. Its shape stands here; names of events, metrics, verdicts and
// switches come from model/vocabulary.h and model/switches.h, the Kafka keys from the configuration
// table.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/config.h"
#include "model/scenario/reader.h"
#include "model/switches.h"
#include "model/vocabulary.h"

namespace odradek::kafka {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view shape = R"json({
"$schema": "http://json-schema.org/draft-07/schema#",
"title": "odradek scenario, version 1",
"type": "object",
"required": ["version", "name", "cluster"],
"additionalProperties": false,
"patternProperties": { "^(x-|_)": true },
"properties": {
  "$schema": { "type": "string" },
  "version": { "const": 1, "description": "The format's version." },
  "name": { "type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$" },
  "description": { "type": "string", "description": "What happens and what it shows." },
  "tags": { "type": "array", "items": { "type": "string" } },
  "extends": { "type": "string",
    "description": "Another scenario file; this one is merged over it (RFC 7396)." },
  "sweep": { "type": "object", "propertyNames": { "pattern": "^/" },
    "additionalProperties": { "type": "array", "minItems": 1 },
    "description": "JSON pointer -> values: one variant per combination." },
  "run": { "type": "object", "additionalProperties": false, "properties": {
    "kafka": { "enum": [],
      "description": "Kafka version: it decides defaults and rules." },
    "seed": { "oneOf": [ { "type": "integer", "minimum": 0, "maximum": 18446744073709551615 }, { "const": "random" } ], "default": 1 },
    "seeds": { "type": "integer", "minimum": 1, "default": 1 },
    "duration": { "$ref": "#/definitions/duration", "default": "60s",
      "description": "How long the workloads and faults go on." },
    "settle": { "$ref": "#/definitions/duration", "default": "30s",
      "description": "How long the healed cluster may take to come back." },
    "maxEvents": { "type": "integer", "minimum": 1, "default": 100000000 },
    "stopOn": { "enum": ["first-violation", "end"], "default": "end" } } },
  "cluster": { "type": "object", "required": ["brokers"], "additionalProperties": false, "properties": {
    "controllers": { "type": "object", "required": ["mode"], "additionalProperties": false, "properties": {
      "mode": { "enum": ["kraft", "zookeeper"] },
      "count": { "type": "integer", "minimum": 1, "maximum": 9, "default": 1 },
      "combined": { "type": "boolean", "default": false },
      "initialVoters": { "type": "integer", "minimum": 1, "maximum": 9,
        "description": "How many of them vote from the beginning, with kraft.version 1; the others only follow until they are added." },
      "racks": { "type": "array", "items": { "type": "string" } } } },
    "brokers": { "type": "object", "required": ["count"], "additionalProperties": false, "properties": {
      "count": { "type": "integer", "minimum": 1, "maximum": 1000 },
      "firstId": { "type": "integer", "minimum": 0, "default": 1 },
      "racks": { "type": "array", "items": { "type": "string", "minLength": 1 },
        "description": "Dealt out to the brokers in turn." } } },
    "config": { "$ref": "#/definitions/serverConfig" },
    "nodeConfig": { "type": "object",
      "propertyNames": { "pattern": "^(broker|controller):[0-9]+$" },
      "additionalProperties": { "$ref": "#/definitions/serverConfig" } },
    "features": { "type": "object", "additionalProperties": false, "properties": {} } } },
  "protocol": { "type": "object", "additionalProperties": false, "properties": {},
    "description": "Protocol rules that differ from the version's." },
  "network": { "type": "object", "additionalProperties": false, "properties": {
    "default": { "$ref": "#/definitions/link" },
    "links": { "type": "array", "items": { "type": "object", "required": ["between", "is"],
      "additionalProperties": false, "properties": {
        "between": { "type": "array", "minItems": 2, "maxItems": 2,
          "items": { "$ref": "#/definitions/selector" } },
        "symmetric": { "type": "boolean", "default": true },
        "is": { "$ref": "#/definitions/link" } } } } } },
  "storage": { "type": "object", "additionalProperties": false, "properties": {
    "backend": { "anyOf": [ { "enum": ["memory", "sim", "posix", "file"] },
        { "type": "string", "pattern": "^plugin:." } ], "default": "memory" },
    "default": { "$ref": "#/definitions/disk" },
    "nodes": { "type": "object", "propertyNames": { "pattern": "^(broker|controller):[0-9]+$" },
      "additionalProperties": { "$ref": "#/definitions/disk" } } } },
  "topics": { "type": "object", "propertyNames": { "pattern": "^[A-Za-z0-9._-]+(\\[[0-9]+-[0-9]+\\][A-Za-z0-9._-]*)?$" },
    "additionalProperties": { "$ref": "#/definitions/topic" } },
  "workloads": { "type": "object", "propertyNames": { "pattern": "^[A-Za-z0-9._-]+$" },
    "additionalProperties": { "$ref": "#/definitions/workload" } },
  "timeline": { "type": "array", "items": { "$ref": "#/definitions/step" } },
  "chaos": { "type": "object", "additionalProperties": false, "properties": {
    "profile": { "enum": ["none", "light", "moderate", "heavy"], "default": "none" },
    "from": { "$ref": "#/definitions/duration" }, "until": { "$ref": "#/definitions/duration" },
    "swarm": { "type": "boolean", "default": false,
      "description": "Each seed enables its own subset of the faults." },
    "rotate": { "$ref": "#/definitions/durDist" },
    "faults": { "type": "array", "items": { "$ref": "#/definitions/fault" } },
    "budget": { "type": "object", "additionalProperties": false, "properties": {
      "brokersDown": { "type": "integer", "minimum": 0 },
      "controllersDown": { "type": "integer", "minimum": 0 },
      "replicasDownPerPartition": { "type": "integer", "minimum": 0 },
      "keepInSync": { "type": "integer", "minimum": 0,
        "description": "In-sync replicas that keep all they had and are not touched, while others have lost power." },
      "keepQuorum": { "type": "boolean" } } } } },
  "expect": { "type": "object", "additionalProperties": false, "properties": {
    "invariants": { "oneOf": [ { "const": "all" },
      { "type": "array", "items": { "$ref": "#/definitions/violation" } } ] },
    "skip": { "type": "array", "items": { "$ref": "#/definitions/violation" } },
    "allow": { "type": "array", "items": { "type": "object", "required": ["violation", "because"],
      "additionalProperties": false, "properties": {
        "violation": { "$ref": "#/definitions/violation" }, "max": { "type": "integer", "minimum": 0 },
        "topic": { "type": "string" }, "because": { "type": "string", "minLength": 1 },
        "onlyIf": { "$ref": "#/definitions/onlyIf" } } } },
    "require": { "type": "array", "items": { "type": "object", "required": ["violation"],
      "additionalProperties": false, "properties": {
        "violation": { "$ref": "#/definitions/violation" }, "min": { "type": "integer", "minimum": 1 },
        "topic": { "type": "string" }, "in": { "enum": ["every-seed", "some-seed"] },
        "onlyIf": { "$ref": "#/definitions/onlyIf" } } } },
    "sometimes": { "type": "array", "items": { "type": "object", "required": ["name", "when"],
      "additionalProperties": false, "properties": {
        "name": { "type": "string" }, "when": { "$ref": "#/definitions/cond" },
        "min": { "type": "integer", "minimum": 1 } } } },
    "metrics": { "type": "array", "items": { "type": "object", "required": ["metric"],
      "additionalProperties": false, "properties": {
        "metric": { "$ref": "#/definitions/metric" }, "labels": { "$ref": "#/definitions/labels" },
        "workload": { "type": "string" },
        "window": { "type": "array", "items": { "$ref": "#/definitions/duration" },
          "minItems": 2, "maxItems": 2 },
        "avg": { "$ref": "#/definitions/bound" }, "min": { "$ref": "#/definitions/bound" },
        "max": { "$ref": "#/definitions/bound" }, "p50": { "$ref": "#/definitions/bound" },
        "p95": { "$ref": "#/definitions/bound" }, "p99": { "$ref": "#/definitions/bound" },
        "p999": { "$ref": "#/definitions/bound" }, "total": { "$ref": "#/definitions/bound" },
        "last": { "$ref": "#/definitions/bound" } },
      "anyOf": [ { "required": ["avg"] }, { "required": ["min"] }, { "required": ["max"] },
        { "required": ["p50"] }, { "required": ["p95"] }, { "required": ["p99"] },
        { "required": ["p999"] }, { "required": ["total"] }, { "required": ["last"] } ] } },
    "final": { "type": "array", "items": {} } } },
  "exhibit": { "description": "Flaws that the museum shows: one change under which a judge must speak.",
    "anyOf": [ { "$ref": "#/definitions/exhibit" },
               { "type": "array", "items": { "$ref": "#/definitions/exhibit" } } ] },
  "output": { "type": "object", "additionalProperties": false, "properties": {
    "dir": { "type": "string" },
    "reports": { "type": "array", "items": { "enum":
      ["text", "json", "html", "junit", "tap", "github", "sarif", "markdown"] } },
    "trace": { "type": "object", "additionalProperties": false, "properties": {
      "formats": { "type": "array", "items": { "enum":
        ["ndjson", "perfetto", "chrome", "shiviz", "otlp", "pcap"] } },
      "keep": { "enum": ["always", "on-failure", "never"], "default": "on-failure" },
      "from": { "$ref": "#/definitions/duration" }, "until": { "$ref": "#/definitions/duration" },
      "nodes": { "$ref": "#/definitions/selector" },
      "kinds": { "type": "array", "items": { "type": "string" } } } },
    "logs": { "type": "object" }, "metrics": { "type": "object" },
    "disks": { "enum": ["always", "on-failure", "never"] } } }
},
"definitions": {
  "exhibit": { "type": "object", "required": ["judge", "ticket"], "additionalProperties": false, "properties": {
    "name": { "type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$" },
    "switch": { "enum": [], "description": "A protocol switch (odradek switches)." },
    "feature": { "enum": [], "description": "A feature of the cluster." },
    "config": { "type": "string", "description": "A Kafka key of all servers, or with topic of one topic." },
    "set": { "type": "string", "pattern": "^/", "description": "Any field, as a JSON pointer." },
    "topic": { "type": "string" },
    "value": { "description": "What it is turned to; of a switch that is a fix: off." },
    "judge": { "description": "Who must speak: invariants, anomalies, end states or bounded metrics.",
      "anyOf": [ { "$ref": "#/definitions/judge" },
                 { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/judge" } } ] },
    "ticket": { "type": "string", "pattern": "^((KIP|KAFKA)-[0-9]+|open)$" },
    "note": { "type": "string" },
    "seeds": { "type": "integer", "minimum": 1, "maximum": 100000, "default": 20 } },
    "oneOf": [ { "required": ["switch"] }, { "required": ["feature", "value"] },
               { "required": ["config", "value"] }, { "required": ["set", "value"] } ] },
  "duration": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$" },
  "signedDuration": { "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$" },
  "size": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$" },
  "bandwidth": { "type": "string",
    "pattern": "^[0-9]+(\\.[0-9]+)?(bit|Kbit|Mbit|Gbit|B|KB|MB|GB|KiB|MiB|GiB)/s$" },
  "rate": { "type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?/(ms|s|m|h)|unlimited)$" },
  "prob": { "type": "number", "minimum": 0, "maximum": 1 },
  "scalar": { "type": ["string", "number", "boolean"] },
  "onlyIf": { "type": "object", "propertyNames": { "pattern": "^/" },
    "additionalProperties": { "$ref": "#/definitions/scalar" } },
  "durDist": { "oneOf": [
    { "$ref": "#/definitions/duration" },
    { "type": "object", "required": ["dist"], "additionalProperties": false, "properties": {
      "dist": { "enum":
        ["constant", "uniform", "exponential", "normal", "lognormal", "pareto", "empirical", "mix"] },
      "value": { "$ref": "#/definitions/duration" }, "min": { "$ref": "#/definitions/duration" },
      "max": { "$ref": "#/definitions/duration" }, "mean": { "$ref": "#/definitions/duration" },
      "stddev": { "$ref": "#/definitions/duration" }, "median": { "$ref": "#/definitions/duration" },
      "p99": { "$ref": "#/definitions/duration" },
      "alpha": { "type": "number", "exclusiveMinimum": 0, "maximum": 1000 },
      "values": { "type": "array", "items": { "$ref": "#/definitions/duration" }, "minItems": 1 },
      "weights": { "type": "array", "items": { "type": "number", "minimum": 0 } },
      "of": { "type": "array", "minItems": 1, "items": { "type": "object", "required": ["weight", "is"],
        "additionalProperties": false, "properties": {
          "weight": { "type": "number", "exclusiveMinimum": 0 },
          "is": { "$ref": "#/definitions/durDist" } } } } },
    "allOf": [
      { "if": { "properties": { "dist": { "const": "constant" } } },
        "then": { "required": ["value"] } },
      { "if": { "properties": { "dist": { "const": "uniform" } } },
        "then": { "required": ["min", "max"] } },
      { "if": { "properties": { "dist": { "const": "exponential" } } },
        "then": { "required": ["mean"] } },
      { "if": { "properties": { "dist": { "const": "normal" } } },
        "then": { "required": ["mean", "stddev"] } },
      { "if": { "properties": { "dist": { "const": "lognormal" } } },
        "then": { "required": ["median", "p99"] } },
      { "if": { "properties": { "dist": { "const": "pareto" } } },
        "then": { "required": ["min", "alpha"] } },
      { "if": { "properties": { "dist": { "const": "empirical" } } },
        "then": { "required": ["values"] } },
      { "if": { "properties": { "dist": { "const": "mix" } } },
        "then": { "required": ["of"] } } ] } ] },
  "selector": { "oneOf": [ { "$ref": "#/definitions/selector1" },
    { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/selector1" } } ] },
  "selector1": { "type": "string", "pattern":
    "^!?(all|majority|minority|minority-third|primaries|brokers|controllers|zookeepers|clients|(broker|controller|zk|client|rack|leader|follower|isr|preferred|coordinator|txn-coordinator|directory):[A-Za-z0-9._*/\\[\\]-]+)(\\([1-9][0-9]*\\))?$" },
  "link": { "type": "object", "additionalProperties": false, "properties": {
    "latency": { "$ref": "#/definitions/durDist" }, "bandwidth": { "$ref": "#/definitions/bandwidth" },
    "loss": { "$ref": "#/definitions/prob" }, "reset": { "$ref": "#/definitions/prob" } } },
  "disk": { "type": "object", "additionalProperties": false, "properties": {
    "read": { "$ref": "#/definitions/durDist" }, "write": { "$ref": "#/definitions/durDist" },
    "fsync": { "$ref": "#/definitions/durDist" }, "bandwidth": { "$ref": "#/definitions/bandwidth" },
    "capacity": { "$ref": "#/definitions/size" }, "powerLoss": { "$ref": "#/definitions/powerLoss" },
    "bitRot": { "$ref": "#/definitions/prob" } } },
  "powerLoss": { "enum": ["keep-all", "lose-unsynced", "lose-random-unsynced", "torn-tail"] },
  "event": {}, "metric": {}, "violation": {},
  "where": { "type": "object", "additionalProperties": { "$ref": "#/definitions/scalar" } },
  "labels": { "type": "object", "additionalProperties": { "$ref": "#/definitions/scalar" } },
  "quantity": { "oneOf": [ { "type": "integer" }, { "$ref": "#/definitions/duration" } ] },
  "bound": { "type": "object", "additionalProperties": false, "minProperties": 1, "properties": {
    "min": { "$ref": "#/definitions/quantity" }, "max": { "$ref": "#/definitions/quantity" } } },
  "cond": { "oneOf": [
    { "type": "object", "required": ["all"], "additionalProperties": false, "properties": {
      "all": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/cond" } } } },
    { "type": "object", "required": ["any"], "additionalProperties": false, "properties": {
      "any": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/cond" } } } },
    { "type": "object", "required": ["not"], "additionalProperties": false, "properties": {
      "not": { "$ref": "#/definitions/cond" } } },
    { "type": "object", "required": ["event"], "additionalProperties": false, "properties": {
      "event": { "$ref": "#/definitions/event" }, "where": { "$ref": "#/definitions/where" },
      "count": { "type": "integer", "minimum": 1 } } },
    { "type": "object", "required": ["metric", "op", "value"], "additionalProperties": false, "properties": {
      "metric": { "$ref": "#/definitions/metric" }, "labels": { "$ref": "#/definitions/labels" },
      "op": { "enum": ["<", "<=", "==", "!=", ">=", ">"] }, "value": { "$ref": "#/definitions/quantity" },
      "holds": { "$ref": "#/definitions/duration" } } } ] },
  "deletedBefore": { "anyOf": [ { "type": "integer", "minimum": -1 }, { "const": "high-watermark" } ] },
  "verb": { "enum": ["crash", "restart", "shutdown", "pause", "resume", "power-loss", "partition", "isolate",
    "hold", "heal", "link", "disk", "disk-full", "disk-fail", "disk-wipe", "disk-corrupt", "clock", "kill-client", "create-topic",
    "elect-leaders", "set-workload", "snapshot", "note", "zk-expire-session", "config", "delete-topic", "delete-records",
    "update-features", "unregister-broker", "add-controller", "remove-controller",
    "add-partitions", "reassign", "add-broker", "decommission"] },
  "action": { "allOf": [
    { "if": { "properties": { "do": { "enum": ["crash", "restart", "shutdown", "pause", "resume", "power-loss",
        "isolate", "disk", "disk-full", "disk-fail", "disk-wipe", "disk-corrupt", "clock", "kill-client", "add-controller",
        "remove-controller"] } } },
      "then": { "required": ["target"] } },
    { "if": { "properties": { "do": { "enum": ["link", "disk", "clock", "create-topic", "set-workload", "note"] } } },
      "then": { "required": ["with"] } },
    { "if": { "properties": { "do": { "const": "partition" } } },
      "then": { "required": ["between"], "not": { "required": ["target"] } } },
    { "if": { "properties": { "do": { "enum": ["restart", "resume", "heal", "disk-corrupt", "create-topic", "elect-leaders",
        "snapshot", "note"] } } },
      "then": { "not": { "required": ["for"] } } },
    { "if": { "properties": { "do": { "const": "heal" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "step": { "type": "string" } } } } } },
    { "if": { "properties": { "do": { "const": "power-loss" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "powerLoss": { "$ref": "#/definitions/powerLoss" } } } } } },
    { "if": { "properties": { "do": { "const": "link" } } },
      "then": { "properties": { "with": { "allOf": [ { "$ref": "#/definitions/link" }, { "minProperties": 1 } ] } } } },
    { "if": { "properties": { "do": { "const": "disk" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": {
          "read": { "$ref": "#/definitions/durDist" }, "write": { "$ref": "#/definitions/durDist" },
          "fsync": { "$ref": "#/definitions/durDist" }, "bandwidth": { "$ref": "#/definitions/bandwidth" },
          "stall": { "type": "boolean" }, "fsyncErrors": { "$ref": "#/definitions/prob" },
          "readErrors": { "$ref": "#/definitions/prob" }, "fsyncLies": { "$ref": "#/definitions/prob" },
          "loseNewFiles": { "type": "boolean" } } } } } },
    { "if": { "properties": { "do": { "const": "disk-full" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "free": { "$ref": "#/definitions/size" }, "partial": { "type": "boolean" } } } } } },
    { "if": { "properties": { "do": { "const": "disk-corrupt" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "bits": { "type": "integer", "minimum": 1, "maximum": 1000000 },
        "cached": { "type": "boolean" } } } } } },
    { "if": { "properties": { "do": { "const": "clock" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": {
          "skew": { "$ref": "#/definitions/signedDuration" },
          "driftPpm": { "type": "integer", "minimum": -500000, "maximum": 500000 },
          "freeze": { "type": "boolean" } } } } } },
    { "if": { "properties": { "do": { "const": "create-topic" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["topic"], "additionalProperties": false,
        "properties": {
          "topic": { "type": "string" }, "partitions": { "type": "integer", "minimum": 1 },
          "replicationFactor": { "type": "integer", "minimum": 1 },
          "assignment": { "$ref": "#/definitions/assignment" },
          "config": { "$ref": "#/definitions/topicConfig" } } } } } },
    { "if": { "properties": { "do": { "const": "elect-leaders" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "type": { "enum": ["preferred", "unclean"] }, "topic": { "type": "string" },
        "partition": { "type": "integer", "minimum": 0 } } } } } },
    { "if": { "properties": { "do": { "const": "delete-topic" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["topic"], "additionalProperties": false,
        "properties": { "topic": { "type": "string" } } } } } },
    { "if": { "properties": { "do": { "const": "delete-records" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
          "version": { "const": 1 }, "topic": { "type": "string" },
          "partition": { "type": "integer", "minimum": 0 }, "offset": { "$ref": "#/definitions/deletedBefore" },
          "partitions": { "type": "array", "items": { "anyOf": [ { "type": "integer", "minimum": 0 },
            { "type": "object", "required": ["topic", "partition", "offset"], "additionalProperties": false,
              "properties": { "topic": { "type": "string" }, "partition": { "type": "integer", "minimum": 0 },
                "offset": { "$ref": "#/definitions/deletedBefore" } } } ] } } },
        "if": { "required": ["topic"] },
        "then": { "required": ["offset"], "not": { "required": ["partition", "partitions"] },
          "properties": { "partitions": { "items": { "type": "integer" } } } },
        "else": { "required": ["partitions"], "properties": { "partition": false, "offset": false,
          "partitions": { "minItems": 1, "items": { "type": "object" } } } } } } } },
    { "if": { "properties": { "do": { "const": "add-partitions" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["topic", "partitions"],
        "additionalProperties": false, "properties": {
          "topic": { "type": "string" }, "partitions": { "type": "integer", "minimum": 1 },
          "assignments": { "type": "array", "items": { "$ref": "#/definitions/replicas" } } } } } } },
    { "if": { "properties": { "do": { "const": "config" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "topic": { "type": "string" }, "broker": { "type": "integer", "minimum": 0 },
        "set": { "type": "object" }, "append": { "type": "object" }, "subtract": { "type": "object" },
        "delete": { "type": "array", "items": { "type": "string" } } },
        "not": { "required": ["topic", "broker"] },
        "anyOf": [ { "required": ["set"] }, { "required": ["append"] }, { "required": ["subtract"] },
          { "required": ["delete"] } ],
        "if": { "required": ["topic"] },
        "then": { "properties": { "set": { "$ref": "#/definitions/topicConfig" } } },
        "else": { "properties": { "set": { "$ref": "#/definitions/serverConfig" } } } } } } },
    { "if": { "properties": { "do": { "const": "reassign" } } },
      "then": { "properties": { "with": { "type": "object", "additionalProperties": false, "properties": {
        "version": { "const": 1 },
        "partitions": { "type": "array", "minItems": 1, "items": { "type": "object",
          "required": ["topic", "partition", "replicas"], "additionalProperties": false, "properties": {
            "topic": { "type": "string" }, "partition": { "type": "integer", "minimum": 0 },
            "replicas": { "$ref": "#/definitions/replicas" },
            "log_dirs": { "type": "array", "items": { "type": "string" } } } } },
        "topic": { "type": "string" }, "partition": { "type": "integer", "minimum": 0 },
        "random": { "type": "boolean" }, "cancel": { "type": "boolean" } },
        "oneOf": [ { "required": ["partitions"] }, { "required": ["random"] }, { "required": ["cancel"] } ] } } } },
    { "if": { "properties": { "do": { "const": "update-features" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["features"],
        "additionalProperties": false, "properties": {
          "features": { "type": "object" },
          "type": { "enum": ["upgrade", "safe-downgrade", "unsafe-downgrade"] } } } } } },
    { "if": { "properties": { "do": { "const": "unregister-broker" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["broker"],
        "additionalProperties": false, "properties": {
          "broker": { "type": "integer", "minimum": 0 } } } } } },
    { "if": { "properties": { "do": { "const": "set-workload" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["workload", "rate"],
        "additionalProperties": false, "properties": {
          "workload": { "type": "string" }, "rate": { "$ref": "#/definitions/rate" } } } } } },
    { "if": { "properties": { "do": { "const": "note" } } },
      "then": { "properties": { "with": { "type": "object", "required": ["text"], "additionalProperties": false,
        "properties": { "text": { "type": "string" } } } } } } ] },
  "step": { "allOf": [ { "$ref": "#/definitions/action" } ],
    "type": "object", "required": ["do"], "additionalProperties": false, "patternProperties": { "^(x-|_)": true },
    "properties": {
      "id": { "type": "string" }, "at": { "$ref": "#/definitions/duration" },
      "every": { "$ref": "#/definitions/durDist" }, "from": { "$ref": "#/definitions/duration" },
      "until": { "$ref": "#/definitions/duration" }, "count": { "type": "integer", "minimum": 1 },
      "when": { "$ref": "#/definitions/cond" }, "after": { "type": "string" },
      "delay": { "$ref": "#/definitions/durDist" }, "do": { "$ref": "#/definitions/verb" },
      "target": { "$ref": "#/definitions/selector" },
      "between": { "type": "array", "minItems": 2, "items": { "$ref": "#/definitions/selector" } },
      "symmetric": { "type": "boolean" }, "for": { "$ref": "#/definitions/durDist" },
      "with": { "type": "object" } },
    "oneOf": [ { "required": ["at"] }, { "required": ["every"] }, { "required": ["when"] },
      { "required": ["after"] } ],
    "dependencies": { "from": ["every"], "until": ["every"], "delay": ["after"] } },
  "fault": { "allOf": [ { "$ref": "#/definitions/action" } ],
    "type": "object", "required": ["do", "every"], "additionalProperties": false,
    "patternProperties": { "^(x-|_)": true }, "properties": {
      "do": { "$ref": "#/definitions/verb" }, "target": { "$ref": "#/definitions/selector" },
      "between": { "type": "array", "minItems": 2, "items": { "$ref": "#/definitions/selector" } },
      "every": { "$ref": "#/definitions/durDist" }, "for": { "$ref": "#/definitions/durDist" },
      "limit": { "type": "integer", "minimum": 1 }, "symmetric": { "type": "boolean" },
      "with": { "type": "object" } } },
  "replicas": { "type": "array", "minItems": 1, "uniqueItems": true,
    "items": { "type": "integer", "minimum": 0 } },
  "assignment": { "type": "object", "minProperties": 1, "propertyNames": { "pattern": "^[0-9]+$" },
    "additionalProperties": { "type": "array", "minItems": 1, "uniqueItems": true,
      "items": { "type": "integer", "minimum": 0 } } },
  "topic": { "type": "object", "additionalProperties": false, "properties": {
    "partitions": { "type": "integer", "minimum": 1 }, "replicationFactor": { "type": "integer", "minimum": 1 },
    "assignment": { "$ref": "#/definitions/assignment" }, "config": { "$ref": "#/definitions/topicConfig" } },
    "dependencies": { "assignment": { "not": { "anyOf": [ { "required": ["partitions"] },
      { "required": ["replicationFactor"] } ] } } } },
  "key": { "type": "object", "required": ["gen"], "additionalProperties": false, "properties": {
    "gen": { "enum": ["none", "sequence", "uniform", "zipf"] },
    "cardinality": { "type": "integer", "minimum": 1, "maximum": 2147483648 },
    "s": { "type": "number", "minimum": 0, "maximum": 20 } } },
  "value": { "type": "object", "additionalProperties": false, "properties": {
    "gen": { "enum": ["sequence", "letters", "random"], "default": "sequence",
      "description": "What fills a value behind its sender's name and its number." },
    "size": { "oneOf": [ { "$ref": "#/definitions/bytes" },
      { "type": "object", "required": ["dist", "min", "max"], "additionalProperties": false, "properties": {
        "dist": { "const": "uniform" }, "min": { "$ref": "#/definitions/bytes" }, "max": { "$ref": "#/definitions/bytes" } } },
      { "type": "object", "required": ["dist", "median", "p99"], "additionalProperties": false, "properties": {
        "dist": { "const": "lognormal" },
        "median": { "$ref": "#/definitions/bytes" }, "p99": { "$ref": "#/definitions/bytes" },
        "min": { "$ref": "#/definitions/bytes" }, "max": { "$ref": "#/definitions/bytes" } } } ] },
    "tombstones": { "$ref": "#/definitions/prob", "description": "Share of null values." },
    "headers": { "type": "object", "additionalProperties": { "type": ["string", "null"] },
      "description": "Headers of every record." } } },
  "transactions": { "type": "object", "additionalProperties": false,
    "description": "How an application uses a producer with a transactional.id.", "properties": {
    "records": { "type": "integer", "minimum": 1, "default": 100,
      "description": "A transaction ends after so many records." },
    "within": { "$ref": "#/definitions/duration", "description": "Or so long after it began." },
    "abort": { "$ref": "#/definitions/prob", "description": "Share that the application aborts." },
    "sharedId": { "type": "boolean", "default": false,
      "description": "All clients of the workload have one transactional.id." } } },
  "bytes": { "oneOf": [ { "type": "integer", "minimum": 0 }, { "$ref": "#/definitions/size" } ] },
  "workload": { "type": "object", "required": ["type"], "patternProperties": { "^(x-|_)": true },
    "properties": { "type": { "enum": ["producer", "reader", "consumer-group", "transform", "admin"] } },
    "allOf": [
      { "if": { "properties": { "type": { "const": "producer" } } },
        "then": { "required": ["topic"], "additionalProperties": false,
          "patternProperties": { "^(x-|_)": true }, "properties": {
            "type": {}, "count": { "type": "integer", "minimum": 1 }, "rack": { "type": "string" },
            "start": { "$ref": "#/definitions/duration" }, "stop": { "$ref": "#/definitions/duration" },
            "onCrash": { "enum": ["restart", "stay-dead"] }, "topic": { "type": "string" },
            "rate": { "$ref": "#/definitions/rate", "default": "100/s" },
            "arrival": { "enum": ["steady", "poisson", "bursty"], "default": "steady" },
            "records": { "type": "integer", "minimum": 0 }, "key": { "$ref": "#/definitions/key" },
            "value": { "$ref": "#/definitions/value" }, "partitioner": { "type": "string" },
            "transactions": { "$ref": "#/definitions/transactions" },
            "config": { "$ref": "#/definitions/producerConfig" } } } },
      { "if": { "properties": { "type": { "const": "reader" } } },
        "then": { "required": ["topics"], "additionalProperties": false,
          "patternProperties": { "^(x-|_)": true }, "properties": {
            "type": {}, "count": { "type": "integer", "minimum": 1 }, "rack": { "type": "string" },
            "start": { "$ref": "#/definitions/duration" }, "stop": { "$ref": "#/definitions/duration" },
            "onCrash": { "enum": ["restart", "stay-dead"] },
            "topics": { "type": "array", "minItems": 1, "items": { "type": "string" } },
            "processing": { "$ref": "#/definitions/durDist" },
            "config": { "$ref": "#/definitions/consumerConfig" } } } },
      { "if": { "properties": { "type": { "const": "consumer-group" } } },
        "then": { "required": ["topics", "group"], "additionalProperties": false,
          "patternProperties": { "^(x-|_)": true }, "properties": {
            "type": {}, "count": { "type": "integer", "minimum": 1 },
            "members": { "type": "integer", "minimum": 1, "description": "Another word for count." },
            "rack": { "type": "string" },
            "start": { "$ref": "#/definitions/duration" }, "stop": { "$ref": "#/definitions/duration" },
            "onCrash": { "enum": ["restart", "stay-dead"] },
            "group": { "type": "string", "minLength": 1 },
            "commit": { "enum": ["auto", "sync", "async", "none"], "default": "auto",
              "description": "By the clock, by commitSync() or commitAsync() after each poll, or never." },
            "pattern": { "enum": ["at-least-once", "at-most-once"], "default": "at-least-once",
              "description": "Commits behind its work, or before it." },
            "topics": { "type": "array", "minItems": 1, "items": { "type": "string" } },
            "processing": { "$ref": "#/definitions/durDist" },
            "config": { "$ref": "#/definitions/consumerConfig" } } } } ] }
}
})json";

Json word_enum(std::vector<Word> const& words)
{
    Json json{{"enum", Json::array()}, {"enumDescriptions", Json::array()}};
    for (Word const& word : words) {
        json["enum"].push_back(word.name);
        json["enumDescriptions"].push_back(std::string{word.doc} +
                                           (word.simulated ? "" : " (not simulated yet)"));
    }
    return json;
}

Json name_list(std::vector<Word> const& words)
{
    Json json = Json::array();
    for (Word const& word : words)
        json.push_back(word.name);
    return json;
}

bool is_number(std::string_view text)
{
    std::size_t const sign = !text.empty() && text.front() == '-' ? 1 : 0;
    return text.size() > sign && text.size() < 19 &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(sign), text.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

Json number_type(ConfigKey const& key)
{
    Json number{{"type", "integer"}};
    std::int64_t min = key.mins.empty() ? 0 : key.mins.front().min;
    for (MinSince const& entry : key.mins)
        min = std::min(min, entry.min);
    if (!key.mins.empty())
        number["minimum"] = min;
    if (key.max)
        number["maximum"] = *key.max;
    else if (key.type == ConfigType::integer)
        number["maximum"] = 2147483647;
    return {{"anyOf", Json::array({number, {{"type", "string"}, {"pattern", "^-?[0-9]+$"}}})}};
}

Json enumeration_type(ConfigKey const& key)
{
    Json values = Json::array();
    Json patterns = Json::array();
    for (std::string_view value : key.values) {
        if (value.back() == '*') {
            patterns.push_back({{"type", "string"},
                                {"pattern", "^" + std::string{value.substr(0, value.size() - 1)}}});
            continue;
        }
        values.push_back(value);
        if (is_number(value))
            values.push_back(std::stoll(std::string{value}));
    }
    if (patterns.empty())
        return {{"enum", values}};
    patterns.insert(patterns.begin(), Json{{"enum", values}});
    return {{"anyOf", patterns}};
}

Json key_type(ConfigKey const& key)
{
    switch (key.type) {
    case ConfigType::boolean:
        return {
            {"anyOf", Json::array({{{"type", "boolean"}},
                                   {{"type", "string"},
                                    {"pattern", "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"}}})}};
    case ConfigType::integer:
    case ConfigType::long_integer:
        return number_type(key);
    case ConfigType::decimal:
        return {{"type", Json::array({"number", "string"})}};
    case ConfigType::enumeration:
        return enumeration_type(key);
    case ConfigType::string:
    case ConfigType::list:
        break;
    }
    return {{"type", Json::array({"string", "number", "boolean"})}};
}

// What an editor shows beside the key.
std::string key_description(ConfigKey const& key)
{
    std::string text{key.doc};
    std::string defaults;
    for (DefaultSince const& entry : key.defaults) {
        std::string const value = !entry.value           ? "unset"
                                  : entry.value->empty() ? "empty"
                                                         : *entry.value;
        defaults +=
            defaults.empty() ? value : fmt::format(", since {} {}", to_string(entry.since), value);
    }
    text += fmt::format(" Default: {}.", defaults);
    if (!key.broker_synonym.empty())
        text += fmt::format(" The broker's default for it: {}.", key.broker_synonym);
    if (key.since)
        text += fmt::format(" Since Kafka {}.", to_string(*key.since));
    if (key.removed_in)
        text += fmt::format(" Removed in Kafka {}.", to_string(*key.removed_in));
    text += fmt::format(" Fidelity: {}.", to_string(key.fidelity));
    if (!key.remark.empty())
        text += fmt::format(" {}.", key.remark);
    return text;
}

Json config_schema(std::vector<Scope> const& scopes)
{
    Json json{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
    for (ConfigKey const& key : all_keys()) {
        bool const here =
            std::any_of(scopes.begin(), scopes.end(), [&](Scope s) { return key.has_scope(s); });
        if (!here)
            continue;
        Json entry = key_type(key);
        entry["description"] = key_description(key);
        auto const by_default = key.default_in(default_version);
        if (by_default && is_number(*by_default) && key.type != ConfigType::string)
            entry["default"] = std::stoll(*by_default);
        else if (by_default && key.type == ConfigType::boolean)
            entry["default"] = *by_default == "true";
        else if (by_default)
            entry["default"] = *by_default;
        json["properties"][std::string{key.name}] = std::move(entry);
    }
    return json;
}

}  // namespace

std::string scenario_schema()
{
    Json schema = Json::parse(shape);
    Json& definitions = schema["definitions"];
    for (KafkaVersion version : simulated_versions())
        schema["properties"]["run"]["properties"]["kafka"]["enum"].push_back(to_string(version));
    schema["properties"]["run"]["properties"]["kafka"]["default"] = to_string(default_version);
    definitions["event"] = word_enum(known_events());
    definitions["where"]["propertyNames"] = {{"enum", name_list(known_event_fields())}};
    definitions["labels"]["propertyNames"] = {{"enum", name_list(known_metric_labels())}};
    std::vector<Word> metrics;
    for (MetricWord const& metric : known_metrics())
        metrics.push_back({metric.name, metric.doc, metric.simulated});
    definitions["metric"] = word_enum(metrics);
    std::vector<Word> violations = known_anomalies();
    violations.insert(violations.end(), known_invariants().begin(), known_invariants().end());
    definitions["violation"] = word_enum(violations);
    schema["properties"]["expect"]["properties"]["final"]["items"] =
        word_enum(known_final_states());
    Json& features = schema["properties"]["cluster"]["properties"]["features"]["properties"];
    for (Word const& feature : known_features())
        features[std::string{feature.name}] = {{"$ref", "#/definitions/scalar"},
                                               {"description", feature.doc}};
    Json& switches = schema["properties"]["protocol"]["properties"];
    for (Switch const& known : all_switches()) {
        Json values{{"description", known.doc},
                    {"enum", Json::array()},
                    {"enumDescriptions", Json::array()}};
        for (SwitchValue const& value : known.values) {
            values["enum"].push_back(value.name);
            values["enumDescriptions"].push_back(
                fmt::format("{}: {}{}", value.source, value.rule,
                            value.simulated ? "" : " (not simulated yet)"));
            if (value.also.empty())
                continue;
            values["enum"].push_back(value.also);
            values["enumDescriptions"].push_back(fmt::format("the same as {}", value.name));
        }
        switches[std::string{known.name}] = std::move(values);
        definitions["exhibit"]["properties"]["switch"]["enum"].push_back(known.name);
    }
    definitions["exhibit"]["properties"]["feature"]["enum"] = name_list(known_features());
    std::vector<Word> judges = violations;
    judges.insert(judges.end(), known_final_states().begin(), known_final_states().end());
    judges.insert(judges.end(), metrics.begin(), metrics.end());
    definitions["judge"] = word_enum(judges);
    definitions["serverConfig"] = config_schema({Scope::broker, Scope::controller});
    definitions["topicConfig"] = config_schema({Scope::topic});
    definitions["producerConfig"] = config_schema({Scope::producer});
    definitions["consumerConfig"] = config_schema({Scope::consumer});
    return schema.dump(2) + "\n";
}

}  // namespace odradek::kafka
