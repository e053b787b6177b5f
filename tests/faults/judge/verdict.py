"""Compares the content of a topic with that of the files: as multisets of values with their source.

A record with a source header belongs to an origin, and an origin to one file: the one that says the same in the same rows.
Records without it are compared by value alone. Nothing here knows ids.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

SAMPLES = 3
COUNTS = ("missing", "twice", "false", "late", "unattributed", "wrong_key")


@dataclass
class File:
    """A file over its whole life."""

    name: str
    # Rows by number: those of the latest content, which must be there, and of earlier ones, which may be.
    contents: list
    # True if its content was replaced while it may have been read: any row of any content may be there, in any place.
    rewritten: bool = False
    # How often it may have been loaded from its start.
    origins: int = 1
    # Maximum number of records that may mix two contents.
    torn: int = 0

    def __post_init__(self):
        self.values = {value for rows in self.contents for value in rows.values()}

    @property
    def required(self):
        return self.contents[0]

    def says(self, row, value):
        return self.says_there(row, value) or (self.rewritten and value in self.values)

    def says_there(self, row, value):
        """Whether the file has the value in exactly that row."""
        return any(rows.get(row) == value for rows in self.contents)


@dataclass
class Record:
    """A copy in the log. `value` is None if it could not be read, and `reason` says why."""

    partition: int
    offset: int
    key: object
    value: object
    # The raw bytes of the header.
    src: object = None
    reason: object = None

    @property
    def origin(self):
        return self.src[:8].hex() if self.src is not None and len(self.src) > 8 else None

    @property
    def row(self):
        return int.from_bytes(self.src[8:], "big")


@dataclass
class Verdict:
    counts: Counter = field(default_factory=Counter)
    samples: dict = field(default_factory=lambda: defaultdict(list))
    torn: int = 0
    origins: dict = field(default_factory=dict)
    order: str = "judged"

    def add(self, what, sample):
        self.counts[what] += 1
        if len(self.samples[what]) < SAMPLES:
            self.samples[what].append(sample)

    @property
    def ok(self):
        return not any(self.counts.values())


def describe(record):
    place = f"{record.partition}/{record.offset}"
    source = "" if record.origin is None else f" {record.origin} row {record.row}"
    return f"{place}{source}: {record.value if record.reason is None else record.reason}"


def judge(files, records):
    """The verdict over all copies of one version."""
    verdict = Verdict()
    readable = []
    for record in records:
        if record.value is None:
            verdict.add("unattributed", describe(record))
            continue
        readable.append(record)
        # Index 1 of a value is the symbol, which is the key.
        if record.key != record.value[1]:
            verdict.add("wrong_key", describe(record))
    if any(record.src is not None for record in readable):
        by_source(files, readable, verdict)
    else:
        by_value(files, readable, verdict)
    return verdict


def by_source(files, records, verdict):
    groups = defaultdict(list)
    for record in records:
        if record.origin is None or record.src[8] == 0:
            verdict.add("unattributed", describe(record))
        else:
            groups[record.origin].append(record)
    file_of = assign(files, groups)
    found = [Counter() for _ in files]
    torn = [0] * len(files)
    for origin, group in groups.items():
        at = file_of.get(origin)
        verdict.origins[origin] = None if at is None else files[at].name
        if at is None:
            strangers(files, group, verdict)
            continue
        file, copies, last = files[at], Counter(), {}
        for record in group:
            row, value = record.row, record.value
            if not file.says(row, value):
                if torn[at] < file.torn and value not in file.values:
                    torn[at] += 1
                else:
                    verdict.add("false", f"{file.name}: {describe(record)}")
                continue
            place = (row, value)
            copies[place] += 1
            found[at][value if file.rewritten else place] += 1
            if copies[place] > 1:
                verdict.add("twice", f"{file.name}: {describe(record)}")
            elif not file.rewritten:
                stream = (record.partition, record.key)
                if row < last.get(stream, -1):
                    verdict.add("late", f"{file.name}: {describe(record)}")
                last[stream] = max(row, last.get(stream, -1))
    verdict.torn = sum(torn)
    for file, there in zip(files, found):
        wanted = Counter(file.required.values()) if file.rewritten else Counter(file.required.items())
        for what, count in (wanted - there).items():
            for _ in range(count):
                verdict.add("missing", f"{file.name}: {what}")


def strangers(files, group, verdict):
    """Records of an origin of no file: copies of a file's rows, or false ones."""
    for record in group:
        said = any(file.says(record.row, record.value) for file in files)
        known = any(record.value in file.values for file in files)
        verdict.add("twice" if said else "unattributed" if known else "false", describe(record))


def assign(files, groups):
    """Gives each origin the file whose rows it has, each file as many origins as it may have: most agreement in all.

    Of files that agree with as many records, the one that has them in the same rows: a rewritten one agrees wherever they are.
    """
    origins = list(groups)
    agreement = {}
    # More than equal rows can contribute in total.
    most = sum(len(group) for group in groups.values()) + 1
    for origin, group in groups.items():
        for at, file in enumerate(files):
            said = sum(file.says(record.row, record.value) for record in group)
            there = sum(file.says_there(record.row, record.value) for record in group)
            agreement[origin, at] = said * most + there
    slots = [at for at, file in enumerate(files) for _ in range(file.origins)]
    size = max(len(origins), len(slots))
    weights = [
        [agreement[origins[i], slots[j]] if i < len(origins) and j < len(slots) else 0 for j in range(size)]
        for i in range(size)
    ]
    chosen = {}
    for i, j in enumerate(best_pairs(weights)):
        if i < len(origins) and j < len(slots) and weights[i][j] > 0:
            chosen[origins[i]] = slots[j]
    return chosen


def best_pairs(weights):
    """For each line of a square table a column, each once, so that the sum is maximal (the Hungarian method)."""
    n = len(weights)
    if n == 0:
        return []
    infinity = float("inf")
    u, v, match, way = [0] * (n + 1), [0] * (n + 1), [0] * (n + 1), [0] * (n + 1)
    for i in range(1, n + 1):
        match[0], j0 = i, 0
        least, used = [infinity] * (n + 1), [False] * (n + 1)
        while True:
            used[j0] = True
            i0, delta, j1 = match[j0], infinity, 0
            for j in range(1, n + 1):
                if used[j]:
                    continue
                cost = -weights[i0 - 1][j - 1] - u[i0] - v[j]
                if cost < least[j]:
                    least[j], way[j] = cost, j0
                if least[j] < delta:
                    delta, j1 = least[j], j
            for j in range(n + 1):
                if used[j]:
                    u[match[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
            j0 = j1
            if match[j0] == 0:
                break
        while j0:
            match[j0] = match[way[j0]]
            j0 = way[j0]
    columns = [0] * n
    for j in range(1, n + 1):
        columns[match[j] - 1] = j - 1
    return columns


def by_value(files, records, verdict):
    """Without headers: each value as often as the files have it. Order is not judged, as a row has no place."""
    verdict.order = "not judged: no source headers"
    wanted = Counter()
    may_repeat, known, torn_left = set(), set(), sum(file.torn for file in files)
    for file in files:
        wanted.update(file.required.values())
        known |= file.values
        if file.rewritten or file.origins > 1:
            may_repeat |= file.values
    found = Counter()
    for record in records:
        if record.value not in known:
            if torn_left > 0:
                torn_left -= 1
                verdict.torn += 1
            else:
                verdict.add("false", describe(record))
            continue
        found[record.value] += 1
        if found[record.value] > wanted[record.value] and record.value not in may_repeat:
            verdict.add("twice", describe(record))
    for value, count in (wanted - found).items():
        for _ in range(count):
            verdict.add("missing", str(value))
