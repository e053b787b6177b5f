/** Loads that several processes share: `--shard` and `--shards`, on a log in memory. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { indexOfKey, MAX_SHARDS } from "../../cli/load/shard.ts";
import { shardFolderOf } from "../../cli/load/shard_folder.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { lockDataDir } from "../../state/lock.ts";
import { TestProgram, type TestRun } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

const TOPIC = "market.equities.trades.asx";
const SERVERS = ["--brokers", "127.0.0.1:1", "--registry", "http://127.0.0.1:1"];
const CSV = ["--format", "csv", "--data-type", "trades", "--exchange", "ASX", "--company-id", "1"];
const HEADER = "symbol,timestamp,price,quantity,currency\n";

interface Scene {
  readonly folder: string;
  readonly program: TestProgram;
  /** Writes a csv file whose rows have these quantities. */
  write(name: string, quantities: readonly number[], symbol?: string): string;
  load(...args: readonly string[]): Promise<TestRun>;
  /** Quantities in the topic, in the order of the log. */
  written(): number[];
}

async function scene(body: (scene: Scene) => Promise<void>, environment: Record<string, string> = {}): Promise<void> {
  await inFolder(async (folder) => {
    Deno.mkdirSync(join(folder, "in"));
    const program = new TestProgram({ cwd: folder, environment });
    await body({
      folder,
      program,
      write(name, quantities, symbol = "BHP") {
        const path = join(folder, "in", name);
        const rows = quantities.map((each) => `${symbol},2024-05-06T01:00:00Z,45.5,${each},AUD\n`);
        Deno.writeTextFileSync(path, HEADER + rows.join(""));
        return path;
      },
      load: (...args) => program.run("load", "in", ...CSV, ...SERVERS, ...args),
      written: () =>
        program.log.broker.topic(TOPIC)?.partitions.flatMap(({ records }) => records).map(({ value }) =>
          Number(codecFor("trade", "v2").decode(parseFrame(value ?? new Uint8Array()).body).quantity)
        ) ?? [],
    });
    await program.log.close();
  });
}

/** As docs/kubernetes.md tells it: the first 8 hexadecimal digits of the SHA-256, modulo the number of shards. */
function reckoned(key: string, shards: number): number {
  return parseInt(createHash("sha256").update(key).digest("hex").slice(0, 8), 16) % shards;
}

/** Names of files, each of which is another shard's. */
function namesFor(shards: number, end = ".csv"): string[] {
  return Array.from({ length: shards }, (_, shard) => {
    for (let number = 0;; number++) if (reckoned(`f${number}${end}`, shards) === shard) return `f${number}${end}`;
  });
}

const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

Deno.test("indexOfKey() is what an operator reckons, and no other key changes it", () => {
  assert.deepEqual(["BHP", "CBA", "trades.csv"].map((key) => indexOfKey(key, 3)), [0, 1, 0]);
  const keys = fc.string({ unit: "grapheme", maxLength: 40 });
  fc.assert(fc.property(keys, fc.integer({ min: 1, max: MAX_SHARDS }), (key, of) => {
    assert.equal(indexOfKey(key, of), reckoned(key, of));
  }));
});

Deno.test("load --shard: the shards together load each file once, and each says what is its own", async () => {
  await scene(async ({ write, load, written, folder }) => {
    const [first = "", second = "", third = ""] = namesFor(3);
    write(first, [1, 2]);
    write(second, [3]);
    write(`${third}.bak`, [9]);
    const shards = [];
    for (const shard of ["0/3", "1/3", "2/3"]) shards.push(await load("--shard", shard, "--json"));
    assert.deepEqual(shards.map(({ exitCode }) => exitCode), [0, 0, 0], shards.map(({ stderr }) => stderr).join());
    assert.deepEqual(sorted(written()), [1, 2, 3, 9]);
    const reports = shards.map(({ stdout }) => JSON.parse(stdout).shard);
    const mine = reckoned(`${third}.bak`, 3);
    const files = [[first], [second], []].map((names, at) => mine === at ? [...names, `${third}.bak`] : names);
    assert.deepEqual(
      reports.map((report) => report.files.map((path: string) => path.split("/").at(-1)).sort()),
      files.map((each) => each.sort()),
    );
    assert.deepEqual(
      reports.map(({ index, of, files_of_others }) => [index, of, files_of_others]),
      files.map((own, at) => [at, 3, 3 - own.length]),
    );
    // A file that is added changes the shard of no other: nothing is written again.
    write("added.csv", [10]);
    for (const shard of ["0/3", "1/3", "2/3"]) assert.equal((await load("--shard", shard)).exitCode, 0);
    assert.deepEqual(sorted(written()), [1, 2, 3, 9, 10]);
    assert.ok(Deno.statSync(join(folder, ".tickflume", "shard-0-of-3", "state.sqlite")).isFile);
  });
});

Deno.test("load --shard without a file of its own ends with 0, says so, and asks no server", async () => {
  await scene(async ({ write, load, program, folder }) => {
    const [mine = ""] = namesFor(2);
    write(mine, [1]);
    await program.log.close();
    const { exitCode, stdout, stderr } = await load("--shard", "1/2", "--json");
    assert.equal(exitCode, 0);
    assert.match(stderr, /shard 1 of 2 \(0 to 1\) has none of the 1 files: there is nothing to do/);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.command, report.read, report.acked, report.lost, report.stopped], ["load", 0, 0, 0, []]);
    assert.deepEqual(report.shard, { index: 1, of: 2, files: [], files_of_others: 1 });
    assert.throws(() => Deno.statSync(join(folder, ".tickflume")), Deno.errors.NotFound);
  });
});

Deno.test("load --shard goes by the symbol of a tick file, so that all its days are in one shard and in their order", async () => {
  await scene(async ({ folder, program, written }) => {
    const days = Array.from({ length: 12 }, (_, day) => {
      Deno.mkdirSync(join(folder, `day${10 + day}`));
      const line = (row: number) => `05/06/2024,10:00:00.${100 + row},45.5,${100 * (day + 1) + row},0,,\n`;
      const path = join(folder, `day${10 + day}`, `${day % 2 === 0 ? "7078" : "7079"}.csv`);
      Deno.writeTextFileSync(path, Array.from({ length: 60 }, (_, row) => line(row)).join(""));
      return path;
    });
    const table =
      "company_id,symbol,company_name,ISIN,start_date,end_date\n7078,BHP,A,AU,05/07/2008,05/31/2024\n7079,CBA,B,AU,05/07/2008,05/31/2024\n";
    Deno.writeTextFileSync(join(folder, "reference.csv"), table);
    const ticks = [
      "--format",
      "asx-ticks",
      "--data-type",
      "trades",
      "--exchange",
      "ASX",
      "--reference",
      "reference.csv",
    ];
    const of: number[][] = [];
    for (const index of [0, 1, 2]) {
      const flags = ["--shard", `${index}/3`, "--files-in-flight", "8", "--json"];
      const { exitCode, stdout, stderr } = await program.run("load", ...days, ...ticks, ...SERVERS, ...flags);
      assert.equal(exitCode, 0, stderr);
      of.push(JSON.parse(stdout).shard.files.map((path: string) => days.indexOf(path)));
    }
    assert.deepEqual(of, [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11], []], "as reckoned: BHP 0, CBA 1");
    for (const odd of [0, 1]) {
      const rows = written().filter((quantity) => Math.floor(quantity / 100) % 2 !== odd);
      assert.equal(rows.length, 360);
      assert.deepEqual(rows, sorted(rows), "one day after the other");
    }
  });
});

Deno.test("load --shard is refused where shards cannot be exact, before anything is written", async () => {
  await scene(async ({ write, load, program, written }) => {
    write("f.csv", [1]);
    const refused = async (run: Promise<TestRun>, text: RegExp) => {
      const { exitCode, stderr } = await run;
      assert.match(stderr, text);
      assert.equal(exitCode, 2, stderr);
    };
    await refused(
      program.run("load", "-", ...CSV, ...SERVERS, "--shard", "0/2"),
      /--shard takes files, and - is a stream/,
    );
    await refused(program.run("load", "in", ...CSV, "--shard", "0/2"), /--shard needs brokers and a registry that all/);
    await refused(load("--shard", "0/2", "--overlap", "skip"), /--overlap skip looks for rows .* other shards write/);
    const reference = CSV.map((word) => word === "trades" ? "reference_data" : word).filter((_, at) => at < 6);
    await refused(program.run("load", "in", ...reference, ...SERVERS, "--shard", "0/2"), /whose order counts/);
    for (const shard of ["2/2", "-1/2", "1", "0/0", "a/2", "0/99999"]) {
      await refused(load("--shard", shard), /I counts from 0/);
    }
    await refused(load("--shard", "0/2", "--shards", "2"), /cannot be used with/);
    await refused(load("--shards", "2"), /JOB_COMPLETION_INDEX is not set/);
    assert.deepEqual(written(), []);
  });
});

Deno.test("load --shards takes its number from JOB_COMPLETION_INDEX", async () => {
  const of = namesFor(2);
  for (const index of [0, 1]) {
    await scene(async ({ write, load, written }) => {
      of.forEach((name, at) => write(name, [at]));
      assert.equal((await load("--shards", "2")).exitCode, 0);
      assert.deepEqual(written(), [index]);
      const { exitCode, stderr } = await load("--shards", "1");
      assert.equal(exitCode, index === 0 ? 5 : 2, stderr);
      if (index === 1) assert.match(stderr, /JOB_COMPLETION_INDEX is "1", and --shards 1 has the shards 0 to 0/);
    }, { JOB_COMPLETION_INDEX: String(index) });
  }
});

Deno.test("load refuses another number of shards on a data folder, or none, and writes no row again", async () => {
  await scene(async ({ write, load, written }) => {
    const names = namesFor(2);
    names.forEach((name, at) => write(name, [at]));
    assert.equal((await load("--shard", "0/2")).exitCode, 0);
    for (
      const flags of [["--shard", "0/3"], ["--shard", "1/3"], ["--shard", "2/3"], ["--shard", "0/1"], [], [
        "--follow",
      ], ["--data-dir", join(".tickflume", "shard-0-of-2")]]
    ) {
      const { exitCode, stderr } = await load(...flags);
      if (stderr.includes("has none of")) continue;
      assert.equal(exitCode, 5, `${flags.join(" ")}: ${stderr}`);
      assert.match(stderr, /holds the state of shards of 2, .*Resume with --shard I\/2/s);
    }
    assert.deepEqual(written(), [0]);
    assert.equal((await load("--shard", "1/2")).exitCode, 0);
    assert.deepEqual(sorted(written()), [0, 1]);
    assert.equal((await load("--data-dir", "whole")).exitCode, 0);
    const { exitCode, stderr } = await load("--data-dir", "whole", "--shard", "0/2");
    assert.equal(exitCode, 5);
    assert.match(stderr, /holds the state of loads without --shard, .*Leave --shard out/s);
  });
});

Deno.test("load --shard passes over the folder of another number that has loaded nothing, unless a process has it", async () => {
  await scene(async ({ folder, write, load, written }) => {
    write(namesFor(3)[0] ?? "", [1]);
    const other = shardFolderOf(join(folder, ".tickflume"), { index: 0, of: 2 });
    {
      await using _lock = await lockDataDir(other, { command: "load, shard 0 of 2" });
      assert.equal((await load("--shard", "0/3")).exitCode, 5, "which may be about to begin");
    }
    assert.equal((await load("--shard", "0/3")).exitCode, 0);
    assert.deepEqual(written(), [1]);
  });
});

Deno.test("load --shard: a second process of one shard is refused, and told how to resume", async () => {
  await scene(async ({ folder, write, load, written }) => {
    namesFor(2).forEach((name, at) => write(name, [at]));
    const own = shardFolderOf(join(folder, ".tickflume"), { index: 0, of: 2 });
    {
      await using _lock = await lockDataDir(own, { command: "load, shard 0 of 2", pid: 4711 });
      const { exitCode, stderr } = await load("--shard", "0/2");
      assert.equal(exitCode, 1, "trying again helps");
      assert.match(stderr, /Shard 0 of 2 is process 4711, since .* The same command resumes/);
      assert.deepEqual(written(), []);
      assert.equal((await load("--shard", "1/2")).exitCode, 0, "the other shard has a folder of its own");
    }
    {
      await using _lock = await lockDataDir(join(folder, ".tickflume"), { command: "load", pid: 4712 });
      const { exitCode, stderr } = await load("--shard", "0/2");
      assert.equal(exitCode, 1);
      assert.match(stderr, /in use by process 4712 \(load\)/);
    }
    assert.equal((await load("--shard", "0/2")).exitCode, 0);
    assert.deepEqual(sorted(written()), [0, 1]);
  });
});

Deno.test("load --only-missing --shard: a row that another shard's file has too is written, and not taken for that one", async () => {
  await scene(async ({ folder, write, load, written }) => {
    const [mine = "", others = ""] = namesFor(2);
    write(mine, [1, 2, 3]);
    write(others, [3, 4]);
    assert.equal((await load("--shard", "1/2")).exitCode, 0);
    assert.deepEqual(written(), [3, 4]);
    // The state of shard 0 is lost, or was never there.
    for (let time = 0; time < 2; time++) {
      assert.equal((await load("--shard", "0/2", "--only-missing")).exitCode, 0);
      assert.deepEqual(sorted(written()), [1, 2, 3, 3, 4]);
      Deno.removeSync(shardFolderOf(join(folder, ".tickflume"), { index: 0, of: 2 }), { recursive: true });
    }
    assert.equal((await load("--shard", "1/2", "--only-missing", "--data-dir", "anew")).exitCode, 0);
    assert.deepEqual(sorted(written()), [1, 2, 3, 3, 4]);
  });
});

Deno.test("load --shard speaks of loads that its folder does not know as of other shards", async () => {
  await scene(async ({ write, load }) => {
    namesFor(2).forEach((name, at) => write(name, [at]));
    assert.equal((await load("--shard", "0/2")).exitCode, 0);
    assert.match((await load("--shard", "1/2")).stderr, /this shard's folder does not know, as those of other shards/);
  });
});
