"""Our segments are read by kafka-python, which nobody here wrote, and batches that it has written
are read by `odradek kafka-dump-log`: every codec, every record, both ways.

usage: independent_reader_test.py WRITE_BATCHES ODRADEK"""

import base64
import json
import os
import subprocess
import sys
import tempfile

from kafka.record import MemoryRecords
from kafka.record.default_records import DefaultRecordBatchBuilder

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def same(what, ours, theirs):
    if ours != theirs:
        sys.exit(f"{what}: we say {str(ours)[:300]}, kafka-python says {str(theirs)[:300]}")


def as_hex(value):
    return None if value is None else bytes(value).hex()


def read_ours(write_batches, folder):
    """Every batch that we write, field by field and record by record."""
    segment = os.path.join(folder, "00000000000000000000.log")
    expected = os.path.join(folder, "expected")
    subprocess.run([write_batches, segment, expected], check=True)
    with open(segment, "rb") as file:
        memory = MemoryRecords(file.read())
    batches = records = 0
    seen = set()
    with open(expected, encoding="utf-8") as file:
        for line in file:
            ours = json.loads(line)
            what = f"{ours['what']} at offset {ours['baseOffset']}"
            if not memory.has_next():
                sys.exit(f"{what}: kafka-python finds no such batch")
            batch = memory.next_batch()
            if not batch.validate_crc():
                sys.exit(f"{what}: kafka-python computes another checksum")
            same(what, ours["codec"], batch.compression_type)
            same(what, ours["transactional"], batch.is_transactional)
            same(what, ours["control"], batch.is_control_batch)
            same(what, ours["baseOffset"], batch.base_offset)
            theirs = [
                {
                    "offset": record.offset,
                    "timestamp": record.timestamp,
                    "key": as_hex(record.key),
                    "value": as_hex(record.value),
                    "headers": [
                        [key.encode().hex(), as_hex(value)] for key, value in record.headers
                    ],
                }
                for record in (batch if ours["records"] else [])
            ]
            same(what + ", count", len(ours["records"]), len(theirs))
            for mine, other in zip(ours["records"], theirs):
                same(f"{what}, record {mine['offset']}", mine, other)
            batches += 1
            records += len(theirs)
            seen.add(ours["codec"])
    if memory.has_next():
        sys.exit("kafka-python finds a batch more than we wrote")
    same("codecs", {0, 1, 2, 3, 4}, seen)
    return batches, records


def dump(odradek, segment):
    done = subprocess.run(
        [odradek, "kafka-dump-log", "--files", segment, "--print-data-log", "--format", "json"],
        check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kafka-dump-log exits with {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
    return json.loads(done.stdout)


def read_theirs(odradek, folder):
    """What kafka-python's producer writes."""
    segment = os.path.join(folder, "00000000000000001000.log")
    expected = []
    offset = 0
    with open(segment, "wb") as file:
        for codec in range(5):
            for count in (1, 10, 300):
                builder = DefaultRecordBatchBuilder(
                    magic=2, compression_type=codec, is_transactional=count == 10,
                    producer_id=77 + codec, producer_epoch=3, base_sequence=offset,
                    batch_size=1 << 24)
                records = []
                for i in range(count):
                    key = None if i % 5 == 4 else b"key-%d" % (i % 7)
                    value = (b"value %d " % i) * (i % 90) + bytes(range(i % 256))
                    if i % 11 == 10:
                        value = None
                    headers = [("trace", b"%d" % i), ("none", None)] if i % 3 == 0 else []
                    builder.append(i, 1_700_000_000_000 + 3 * i, key, value, headers)
                    records.append((1_700_000_000_000 + 3 * i, key, value, headers))
                file.write(builder.build())
                expected.append((codec, offset, count == 10, records))
                offset += count
    found = dump(odradek, segment)["batches"]
    same("batches", len(found), len(expected))
    total = 0
    for batch, (codec, sequence, transactional, records) in zip(found, expected):
        what = f"{CODECS[codec]}, {len(records)} records"
        # It does not compress what would be larger for it.
        if len(records) > 1 or batch["compresscodec"] != "none":
            same(what, batch["compresscodec"], CODECS[codec])
        same(what, batch["isvalid"], True)
        same(what, batch["isTransactional"], transactional)
        same(what, batch["producerId"], 77 + codec)
        same(what, batch["baseSequence"], sequence)
        same(what, batch["count"], len(records))
        for place, (record, (timestamp, key, value, headers)) in enumerate(
                zip(batch["records"], records)):
            where = f"{what}, record {place}"
            same(where, record["timestamp"], timestamp)
            same(where, record["sequence"], sequence + place)
            for field, theirs in (("key", key), ("value", value)):
                ours = record[field]
                same(f"{where}, {field}", None if ours is None else base64.b64decode(ours), theirs)
            same(where, [(h["key"], None if h["value"] is None else base64.b64decode(h["value"]))
                         for h in record["headers"]], headers)
            total += 1
    return len(expected), total


def main():
    write_batches, odradek = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        batches, records = read_ours(write_batches, folder)
        print(f"kafka-python has read {batches} batches of ours, {records} records")
        if odradek != "none":
            batches, records = read_theirs(odradek, folder)
            print(f"we have read {batches} batches of kafka-python, {records} records")


main()
