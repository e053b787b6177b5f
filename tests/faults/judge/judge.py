"""The independent judge: reads whole topics and compares them with the files, without any of the product's code.

    python judge.py < case.json

The case names brokers, registry, topics (each with its version) and files (each with the texts that it has had, the last one
first). Prints one JSON line: what is missing, twice, false, late or unattributed. Exit code 1 if anything is.
"""

import json
import sys
from collections import Counter

from kafka_topic import Topic
from tick_files import rows_in
from verdict import COUNTS, File, judge


def file_of(spec, version):
    contents = []
    for path in spec["contents"]:
        with open(path, encoding="utf-8", newline="") as text:
            contents.append(rows_in(text.read(), spec, version))
    options = {name: spec[name] for name in ("rewritten", "origins", "torn") if name in spec}
    return File(spec["name"], contents, **options)


def shares(topics, name, records):
    """The records of a topic by version; unexpected versions and unreadable records go to the first one."""
    versions = [topic["version"] for topic in topics if topic["topic"] == name]
    of = {version: [] for version in versions}
    for record in records:
        version = None if record.value is None else record.value[0]
        of[version if version in of else versions[0]].append(record)
    return of.items()


def main():
    case = json.load(sys.stdin)
    total, samples, found, expected, torn, gone = Counter(), {}, 0, 0, 0, 0
    origins, order = {}, "judged"
    for name in dict.fromkeys(topic["topic"] for topic in case["topics"]):
        records, lost_start = Topic(case["brokers"], case["registry"], name).read()
        found += len(records)
        gone += lost_start
        for version, share in shares(case["topics"], name, records):
            files = [file_of(spec, version) for spec in case["files"]]
            verdict = judge(files, share)
            total.update(verdict.counts)
            expected += sum(len(file.required) for file in files)
            torn += verdict.torn
            origins.update(verdict.origins)
            order = verdict.order
            for what, lines in verdict.samples.items():
                samples.setdefault(what, []).extend(f"{name} {line}" for line in lines)
    ok = not any(total.values()) and gone == 0
    counts = {name: total[name] for name in COUNTS}
    line = {"ok": ok, "found": found, "expected": expected, **counts, "torn": torn, "gone": gone}
    print(json.dumps({**line, "origins": origins, "order": order, "samples": samples}))
    sys.exit(0 if ok else 1)


main()
