"""Decodes with fastavro what this project's encoder wrote, and compares the values.

Run from the repository's root, in the virtual environment that make_vectors.py describes:

    deno run tests/parity/write_ours.ts | /path/to/venv/bin/python tests/parity/check_ours.py

or as a test, with TICKFLUME_PYTHON set to that python: tests/parity/fastavro_test.ts.
"""

import io
import json
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import fastavro

ROOT = Path(__file__).resolve().parents[2]
SAFE = 2**53 - 1


def plain_timestamps(node):
    """Removes timestamp logical types: Python's datetime has a smaller range than the numbers."""
    if isinstance(node, dict):
        kept = {key: plain_timestamps(value) for key, value in node.items()}
        return "long" if str(kept.get("logicalType")).startswith("timestamp-") else kept
    return [plain_timestamps(item) for item in node] if isinstance(node, list) else node


@cache
def load(kind, version):
    text = (ROOT / "schemas" / version / f"{kind}.avsc").read_text(encoding="utf-8")
    return fastavro.parse_schema(plain_timestamps(json.loads(text)))


def shortest(value):
    if value == 0:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_json(value):
    if isinstance(value, Decimal):
        return shortest(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE:
        return str(value)
    return value


def main():
    count = 0
    for line in sys.stdin:
        ours = json.loads(line)
        source = io.BytesIO(bytes.fromhex(ours["body"]))
        decoded = fastavro.schemaless_reader(source, load(ours["kind"], ours["version"]))
        theirs = {field: to_json(value) for field, value in decoded.items()}
        if theirs != ours["record"] or source.read() != b"":
            print(f"fastavro read {theirs}\nfrom {line}", file=sys.stderr)
            return 1
        count += 1
    print(f"fastavro read {count} records as they were")
    return 0 if count > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
