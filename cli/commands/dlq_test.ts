import assert from "node:assert/strict";
import { join } from "node:path";
import { StateDatabase } from "../../state/database.ts";
import { type DeadLetter, DeadLetterStore } from "../../state/dead_letters.ts";
import { lockDataDir } from "../../state/lock.ts";
import { TestProgram, type TestRun } from "../../tests/support/cli.ts";

const TOPIC = "market.equities.trades.asx";
const FORMAT = ["--format", "asx-ticks", "--data-type", "trades", "--exchange", "ASX"];
const FLAGS = [...FORMAT, "--symbol", "BHP", "--company-id", "7078"];

const LETTER: DeadLetter = {
  source: "trades:/data/7078.csv",
  dataType: "trades",
  row: 17,
  schemaVersion: null,
  versions: null,
  file: "/data/7078.csv",
  line: 18,
  offset: 640,
  length: 6,
  stage: "receiving",
  rule: "bad_date",
  reason: "The date is \u001b[31mred\u001b[0m, and this sentence is so long that nobody wants to read all of it.",
  bytes: new TextEncoder().encode("a\tb\u001bé"),
  messageId: null,
  recordedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
};
const BINARY: DeadLetter = {
  ...LETTER,
  row: 18,
  line: 19,
  schemaVersion: "v1",
  messageId: "01234567-89ab-8def-8123-456789abcdef",
  rule: "lossy",
  reason: "It is.",
  bytes: Uint8Array.of(255, 0, 171),
  length: 70_000,
};

interface Bench {
  readonly folder: string;
  readonly program: TestProgram;
  /** Runs a command on the data folder. */
  run(...args: readonly string[]): Promise<TestRun>;
  /** Runs a function on the letters. */
  letters<T>(read: (store: DeadLetterStore) => T): T;
}

async function bench(letters: readonly DeadLetter[], body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const dataDir = join(folder, "data");
  const program = new TestProgram({ cwd: folder });
  const withStore = <T>(read: (store: DeadLetterStore) => T): T => {
    using database = StateDatabase.open(dataDir);
    return read(new DeadLetterStore(database));
  };
  try {
    if (letters.length > 0) withStore((store) => store.add(letters));
    await body({ folder, program, run: (...args) => program.run(...args, "--data-dir", dataDir), letters: withStore });
  } finally {
    await program.log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function linesOf({ stdout }: TestRun): string[] {
  return stdout.split("\n").slice(0, -1);
}

Deno.test("dlq list shows a line for each letter, with control characters made harmless", async () => {
  await bench([LETTER, BINARY], async ({ run }) => {
    const { exitCode, stdout, stderr } = await run("dlq", "list");
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal(
      stdout,
      [
        "ID  FILE:LINE          ROW  BYTE  RULE      VERSION  STATE  WHEN                  REASON\n",
        " 1  /data/7078.csv:18   17   640  bad_date  all      open   2026-01-02T03:04:05Z  ",
        "The date is \\x1b[31mred\\x1b[0m, and this sentence is so lon…\n",
        " 2  /data/7078.csv:19   18   640  lossy     v1       open   2026-01-02T03:04:05Z  It is.\n",
      ].join(""),
    );
  });
});

Deno.test("dlq list --json prints one object a line, bytes as base64 and as text where they are UTF-8", async () => {
  await bench([LETTER, BINARY], async ({ run }) => {
    const result = await run("dlq", "list", "--json");
    const [first, second] = linesOf(result).map((line) => JSON.parse(line));
    assert.partialDeepStrictEqual(first, {
      id: 1,
      rule: "bad_date",
      reason: LETTER.reason,
      row: 17,
      line: 18,
      offset: 640,
      schema_version: null,
      original_base64: "YQliG8Op",
      original_text: "a\tb\u001bé",
    });
    assert.partialDeepStrictEqual(second, { schema_version: "v1", original_base64: "/wCr", original_text: null });
    assert.ok(!result.stdout.includes("\u001b"));
  });
});

Deno.test("dlq list gives pages, and says where the next one begins", async () => {
  const letters = Array.from({ length: 250 }, (_, index) => ({ ...LETTER, row: index + 1 }));
  await bench(letters, async ({ run }) => {
    const idsOf = (result: TestRun) => linesOf(result).map((line) => JSON.parse(line).id);
    const byDefault = await run("dlq", "list", "--json");
    assert.deepEqual(idsOf(byDefault), Array.from({ length: 100 }, (_, index) => index + 1));
    assert.equal(byDefault.stderr, "There are more: add --after 100.\n");
    const next = await run("dlq", "list", "--json", "--after", "100", "--limit", "150");
    assert.deepEqual([idsOf(next).length, idsOf(next).at(-1), next.stderr], [150, 250, ""]);
    assert.equal(linesOf(await run("dlq", "list", "--limit", "2")).length, 3);
  });
});

Deno.test("dlq list selects letters by reason, source and data type", async () => {
  const letters = [LETTER, BINARY, { ...BINARY, source: "quotes:/data/3153.csv", dataType: "quotes" } as const];
  await bench(letters, async ({ run }) => {
    const ids = async (...flags: readonly string[]) =>
      linesOf(await run("dlq", "list", "--json", ...flags)).map((line) => JSON.parse(line).id);
    assert.deepEqual(await ids("--reason", "lossy"), [2, 3]);
    assert.deepEqual(await ids("--source", "3153"), [3]);
    assert.deepEqual(await ids("--reason", "lossy", "--data-type", "trades"), [2]);
    const none = await run("dlq", "list", "--reason", "empty");
    assert.deepEqual([none.exitCode, none.stdout], [0, ""]);
    assert.match(none.stderr, /^There are no such dead letters in /);
    const unknown = await run("dlq", "list", "--reason", "bad_dat");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /Did you mean "bad_date"\?/);
  });
});

Deno.test("dlq list --counts counts by rule and by source", async () => {
  await bench([LETTER, BINARY, { ...BINARY, row: 19 }], async ({ run }) => {
    assert.equal(
      (await run("dlq", "list", "--counts")).stdout,
      "RULE      LETTERS\nlossy           2\nbad_date        1\n" +
        "SOURCE                 LETTERS\ntrades:/data/7078.csv        3\n",
    );
    assert.deepEqual(JSON.parse((await run("dlq", "list", "--counts", "--json", "--reason", "lossy")).stdout), {
      letters: 2,
      open: 2,
      rules: { lossy: 2 },
      sources: { "trades:/data/7078.csv": 2 },
      stages: { receiving: 2 },
      data_types: { trades: 2 },
    });
  });
});

Deno.test("dlq list, show and export read while another program writes, and create nothing", async () => {
  await bench([], async ({ run, folder, letters }) => {
    const list = await run("dlq", "list");
    assert.deepEqual([list.exitCode, list.stdout], [0, ""]);
    assert.match(list.stderr, /^There are no dead letters in /);
    assert.deepEqual(JSON.parse((await run("dlq", "list", "--counts", "--json")).stdout).letters, 0);
    assert.deepEqual(JSON.parse((await run("dlq", "export", "out", "--json")).stdout), {
      segments: [],
      letters: 0,
      last: 0,
    });
    assert.equal((await run("dlq", "show", "1")).exitCode, 1);
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);

    letters((store) => store.add([LETTER]));
    const dataDir = join(folder, "data");
    await using _lock = await lockDataDir(dataDir, { command: "load" });
    using writer = StateDatabase.open(dataDir);
    const rows = async () => linesOf(await run("dlq", "list", "--json")).map((line) => JSON.parse(line).row);
    writer.prepare("BEGIN IMMEDIATE").run();
    writer.prepare("UPDATE dead_letters SET row = 99").run();
    assert.deepEqual(await rows(), [17], "what is committed");
    writer.prepare("COMMIT").run();
    assert.deepEqual(await rows(), [99]);
    assert.equal((await run("dlq", "show", "1")).exitCode, 0);
    const replay = await run("dlq", "replay", ...FLAGS);
    assert.equal(replay.exitCode, 1);
    assert.match(replay.stderr, /in use by process/);
  });
});

Deno.test("dlq show shows all details of a letter, bytes as they are", async () => {
  await bench([LETTER, BINARY], async ({ run }) => {
    assert.deepEqual(linesOf(await run("dlq", "show", "1")), [
      "id             1",
      "recorded       2026-01-02T03:04:05.678Z",
      "data type      trades",
      "file           /data/7078.csv",
      "source         trades:/data/7078.csv",
      "row            17, line 18, byte 640, 6 bytes",
      "stage          receiving",
      "rule           bad_date",
      `reason         ${LETTER.reason.replaceAll("\u001b", "\\x1b")}`,
      "version        all: the row itself is bad",
      "load           not known",
      "state          open",
      "message id     none: its fields could not be read",
      "original:",
      "  a\\tb\\x1bé",
    ]);
    assert.deepEqual(linesOf(await run("dlq", "show", "2")).slice(9), [
      "version        v1",
      "load           not known",
      "state          open",
      "message id     01234567-89ab-8def-8123-456789abcdef",
      "CUT            only the first 3 bytes are kept; it is not replayed",
      "original:",
      "  ff 00 ab",
    ]);
    assert.equal(JSON.parse((await run("dlq", "show", "2", "--json")).stdout).original_base64, "/wCr");
    const absent = await run("dlq", "show", "3");
    assert.equal(absent.exitCode, 1);
    assert.match(absent.stderr, /no dead letter 3\.\n {2}next: .*task dlq list/);
    for (const id of ["0", "x", "-1"]) assert.equal((await run("dlq", "show", "--", id)).exitCode, 2, id);
  });
});

Deno.test("dlq export --to-topic writes each letter once, and says where it ended", async () => {
  await bench([LETTER, BINARY], async ({ run, program, letters }) => {
    const first = await run("dlq", "export", "--to-topic", "dead.letters");
    assert.deepEqual([first.exitCode, first.stdout], [0, "dead.letters  2 letters\n"]);
    assert.match(first.stderr, /The last one is 2\./);
    letters((store) => store.add([{ ...LETTER, row: 20 }]));
    const next = await run("dlq", "export", "--to-topic", "dead.letters", "--json");
    assert.deepEqual(JSON.parse(next.stdout), {
      topic: "dead.letters",
      letters: 1,
      found_in_topic: 0,
      last: 3,
      complete: true,
      restarted: null,
    });
    const [{ records } = { records: [] }] = program.log.broker.topic("dead.letters")?.partitions ?? [];
    assert.deepEqual(records.map(({ value }) => value), [LETTER.bytes, BINARY.bytes, LETTER.bytes]);
    const chosen = await run("dlq", "export", "--to-topic", "lossy", "--reason", "lossy");
    assert.equal(chosen.stdout, "lossy  1 letter\n");
    program.log.broker.recreateTopic("lossy");
    const restarted = await run("dlq", "export", "--to-topic", "lossy", "--reason", "lossy");
    assert.match(restarted.stderr, /another one than before: all letters were exported again/);
  });
});

Deno.test("dlq export --to-topic creates no topic if there is no letter", async () => {
  await bench([], async ({ run, program }) => {
    const { exitCode, stdout, stderr } = await run("dlq", "export", "--to-topic", "dead.letters");
    assert.deepEqual([exitCode, stdout], [0, ""]);
    assert.match(stderr, /There are no dead letters/);
    assert.deepEqual(program.log.broker.topicNames, []);
  });
});

for (
  const [args, message] of [
    [[], /either a folder or --to-topic/],
    [["out", "--to-topic", "t"], /either a folder or --to-topic/],
    [["--to-topic", "t", "--after", "5"], /--after is for files/],
    [["--to-topic", "a topic"], /topic name "a topic" cannot be used/],
    [["--to-topic", TOPIC], /is a topic of records/],
    [["--to-topic", `${TOPIC}.v1`], /is a topic of records/],
  ] as const
) {
  Deno.test(`dlq export ${args.join(" ")} is a mistake of usage`, async () => {
    await bench([LETTER], async ({ run, program }) => {
      const { exitCode, stderr } = await run("dlq", "export", ...args);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, message);
      assert.deepEqual(program.log.broker.topicNames, []);
    });
  });
}

Deno.test("dlq export --to-topic locks the data folder, and needs permission to create a topic", async () => {
  await bench([LETTER], async ({ run, folder }) => {
    Deno.writeTextFileSync(join(folder, "tickflume.json"), '{"topics": {"create": false}}');
    const refused = await run("dlq", "export", "--to-topic", "dead.letters");
    assert.equal(refused.exitCode, 5);
    assert.match(refused.stderr, /"dead.letters" does not exist and topics.create is false/);
    await using _lock = await lockDataDir(join(folder, "data"), { command: "load" });
    assert.match((await run("dlq", "export", "--to-topic", "dead.letters")).stderr, /load/);
  });
});

Deno.test("dlq export --to-topic says how to resume when it is stopped, with 130", async () => {
  await bench(Array.from({ length: 150 }, (_, index) => ({ ...LETTER, row: index + 1 })), async ({ run, program }) => {
    const held = program.log.broker.faults.next("send", { type: "hang" });
    const running = run("dlq", "export", "--to-topic", "dead.letters");
    await held.reached;
    program.stopping.abort();
    held.release();
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, 130);
    assert.match(stderr, /Stopped after 100: the same command resumes there/);
  });
});

Deno.test("dlq export writes files of JSON lines, and resumes where it ended", async () => {
  await bench([LETTER, BINARY], async ({ run, folder }) => {
    const first = await run("dlq", "export", "out");
    const file = join(folder, "out", "dead_letters-000000000001.jsonl");
    assert.deepEqual([first.exitCode, first.stdout], [0, `${file}  2 letters\n`]);
    assert.match(first.stderr, /--after 2 resumes there/);
    assert.equal(Deno.readTextFileSync(file).split("\n").length, 3);
    assert.deepEqual(JSON.parse((await run("dlq", "export", "out", "--after", "1", "--json")).stdout).letters, 1);
    const again = await run("dlq", "export", "out");
    assert.equal(again.exitCode, 5);
    assert.match(again.stderr, /is there already/);
  });
});

/** Rows of a tick file with line ends. */
function file(folder: string, name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  Deno.writeTextFileSync(path, rows.map((row) => `${row}\n`).join(""));
  return path;
}

const AMBIGUOUS = "04/06/2014,02:30:00.000,36.78,358,0,,";

Deno.test("dlq replay writes rows of the repeated hour once the user says which, and the audit finds each once", async () => {
  await bench([], async ({ run, folder, letters }) => {
    const path = file(folder, "7078.csv", [
      "04/06/2014,01:59:59.000,36.78,358,0,,",
      AMBIGUOUS,
      AMBIGUOUS,
      "nonsense",
      "04/06/2014,10:00:00.000,36.78,358,0,,",
      "04/06/2014,10:00:00.000,36.78,358,0,,",
    ]);
    assert.equal((await run("load", path, ...FLAGS)).exitCode, 4);
    const fixed = [...FLAGS, "--ambiguous-time", "earlier"];
    const audit = async () => JSON.parse((await run("audit", path, ...fixed, "--topic", TOPIC, "--json")).stdout);
    assert.partialDeepStrictEqual(await audit(), { expected: 5, found: 3, missing: 2 });

    const replay = await run("dlq", "replay", ...fixed, "--json");
    assert.equal(replay.exitCode, 4);
    assert.partialDeepStrictEqual(JSON.parse(replay.stdout), {
      command: "dlq replay",
      schema_version: "v2",
      read: 3,
      acked: 2,
      dead_lettered: 1,
      lost: 0,
      letters: 3,
      replayed: 2,
      still_refused: 1,
      not_replayable: 0,
      topics: { [TOPIC]: 2 },
      dead_letter_reasons: { wrong_column_count: 1 },
    });
    assert.deepEqual(letters((store) => store.list().map(({ row, rule }) => [row, rule])), [[4, "wrong_column_count"]]);
    const { found, missing, twice, different, unexpected, out_of_order, late_loads, replayed } = await audit();
    assert.deepEqual({ found, missing, twice, different, unexpected, out_of_order, late_loads, replayed }, {
      found: 5,
      missing: 0,
      twice: 0,
      different: 0,
      unexpected: 0,
      // They come after rows of the same symbol that are later in the file.
      out_of_order: 0,
      late_loads: 2,
      replayed: 2,
    });
    const again = await run("dlq", "replay", ...fixed, "--json");
    assert.equal(JSON.parse(again.stdout).replayed, 0);
    assert.deepEqual((await audit()).twice, 0);
  });
});

Deno.test("audit does not count a replayed row as late if it comes before the rows that follow it", async () => {
  await bench([], async ({ run, folder }) => {
    const first = file(folder, "a.csv", ["04/06/2014,01:59:59.000,36.78,358,0,,", AMBIGUOUS]);
    const second = file(folder, "b.csv", ["04/06/2014,10:00:00.000,36.78,358,0,,"]);
    const fixed = [...FLAGS, "--ambiguous-time", "later"];
    await run("load", first, ...FLAGS);
    assert.equal((await run("dlq", "replay", ...fixed)).exitCode, 0);
    await run("load", second, ...FLAGS);
    const audit = await run("audit", first, second, ...fixed, "--topic", TOPIC, "--json");
    assert.equal(audit.exitCode, 0, audit.stdout);
    assert.partialDeepStrictEqual(JSON.parse(audit.stdout), { expected: 3, found: 3, replayed: 1, out_of_order: 0 });
  });
});

Deno.test("dlq replay writes rows as v1 that lacked a company number", async () => {
  await bench([], async ({ run, folder, letters }) => {
    const rows = ["03/10/2014,10:00:06.717,36.78,358,0,,", "03/10/2014,10:00:06.717,36.78,358,0,,"];
    const path = file(folder, "bhp.csv", rows);
    const v1 = ["--symbol", "BHP", "--schema-version", "v1"];
    assert.equal((await run("load", path, ...FORMAT, ...v1)).exitCode, 4);
    assert.deepEqual(letters((store) => store.list().map(({ schemaVersion }) => schemaVersion)), ["v1", "v1"]);
    const other = await run("dlq", "replay", ...FLAGS, "--schema-version", "v2");
    assert.equal(other.exitCode, 4);
    assert.match(other.stderr, /not replayable, other_version: 2; .*--schema-version/);
    const fixed = [...FORMAT, ...v1, "--company-id", "7078"];
    const replay = await run("dlq", "replay", ...fixed);
    assert.deepEqual([replay.exitCode, replay.stdout], [0, ""]);
    assert.match(replay.stderr, /2 letters = 2 replayed \+ 0 refused again \+ 0 not replayable/);
    const audit = await run("audit", path, ...fixed, "--topic", TOPIC, "--json");
    assert.equal(audit.exitCode, 0, audit.stdout);
    assert.partialDeepStrictEqual(JSON.parse(audit.stdout), { expected: 2, found: 2, replayed: 0 });
  });
});

Deno.test("dlq replay replays the letters that the user names, and refuses flags that make no sense", async () => {
  const good = new TextEncoder().encode("03/10/2014,10:00:06.717,36.78,358,0,,");
  const trade = { ...LETTER, bytes: good, length: good.length };
  const letters: DeadLetter[] = [
    trade,
    { ...trade, row: 18 },
    { ...trade, source: "trades:/data/3153.csv", file: "/data/3153.csv" },
    { ...trade, source: "quotes:/data/q.csv", dataType: "quotes" },
  ];
  await bench(letters, async ({ run, letters, program }) => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["77", ...FLAGS], 1, /There is no dead letter 77\./],
      [["4", ...FLAGS], 2, /Letter 4 is of quotes\.\n {2}next: Add --data-type quotes/],
      [["x", ...FLAGS], 2, /whole number/],
      [FLAGS, 2, /--symbol is for one tick file, and these letters are of 2/],
      [["--reason", "nothing", ...FLAGS], 2, /not the code of a rule/],
      [FORMAT, 5, /symbol of .* is not known/],
    ];
    for (const [args, code, message] of cases) {
      const { exitCode, stderr } = await run("dlq", "replay", ...args);
      assert.equal(exitCode, code, `${args}: ${stderr}`);
      assert.match(stderr, message);
    }
    assert.equal(letters((store) => store.count()), 4);
    assert.deepEqual(program.log.broker.topicNames, []);
    assert.equal((await run("dlq", "replay", "2", ...FLAGS)).exitCode, 0);
    assert.equal((await run("dlq", "replay", "--source", "3153", ...FLAGS)).exitCode, 0);
    assert.deepEqual(letters((store) => store.list().map(({ id }) => id)), [1, 4]);
    const none = await run("dlq", "replay", "--reason", "empty", ...FLAGS);
    assert.equal(none.exitCode, 0);
    assert.match(none.stderr, /There are no such dead letters/);
  });
});

Deno.test("dlq replay stops before the first row on request, and leaves the letters", async () => {
  const good = new TextEncoder().encode("03/10/2014,10:00:06.717,36.78,358,0,,");
  await bench([{ ...LETTER, bytes: good, length: good.length }], async ({ run, program, letters }) => {
    program.stopping.abort();
    const { stdout } = await run("dlq", "replay", ...FLAGS, "--json");
    assert.partialDeepStrictEqual(JSON.parse(stdout), { interrupted: true, letters: 1, replayed: 0, not_reached: 1 });
    assert.equal(letters((store) => store.count()), 1);
  });
});
