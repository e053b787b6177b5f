/** Topics that keep only the latest record of each key: no row is written again after the one that has replaced it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RowSource } from "../../sources/source.ts";
import type { SourceOptions } from "../../runtime.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { storedIdentity } from "../../records/ids/stored_identity.ts";
import { audit, auditPassed, type AuditReport } from "../../cli/audit/audit.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import type { MortalProcess } from "../support/mortal_process.ts";
import { type ResumeBenchOptions, timeUntil, whileTimePasses } from "../support/resume_harness.ts";
import { type Scene, scene } from "../support/resume_scene.ts";

const REFERENCE = { format: "csv", kind: "reference_data", exchange: "ASX", assetClass: "equities" } as const;
const TOPIC = "market.equities.reference_data.asx";
const SMALL = { pipeline: { batchRows: 5, windowRows: 50, checkpointRows: 20 } };
const KEYS = 20;

interface Companies extends Omit<Scene, "load"> {
  /** A file with a row for each key, and a name that identifies the file. */
  day(name: string, options?: { text?: string; keys?: number }): string;
  load(
    paths: readonly string[],
    options?: SourceOptions & { killedAt?: number },
    version?: SchemaVersion | "both",
  ): Promise<Loaded>;
  /** The latest name of each key, and how many records there are. */
  latest(topic?: string): { names: Map<string, string | null>; records: number };
  compact(): void;
  forgetAll(): void;
}

interface Loaded {
  readonly ends: readonly string[];
  readonly message: string;
  readonly process: MortalProcess;
}

function companies(
  body: (scene: Companies) => Promise<void>,
  topics: ResumeBenchOptions["topics"] = {},
): Promise<void> {
  return scene({ ...SMALL, topics }, async (made) => {
    const { clock, folder, broker, settings, database } = made;
    const source = (path: string) =>
      openFileSource({ path, ...REFERENCE, currency: "AUD", timeZone: "Australia/Sydney", clock });
    await body({
      ...made,
      sourceOf: source,
      day: (name, { text = name, keys = KEYS } = {}) => {
        const path = join(folder, `${name}.csv`);
        const rows = Array.from(
          { length: keys },
          (_, key) => `${key},S${key},${text},AU000000TFA0,05/07/2008,05/31/2024\n`,
        ).join("");
        Deno.writeTextFileSync(path, `company_id,symbol,company_name,ISIN,start_date,end_date\n${rows}`);
        return path;
      },
      load: async (paths, { killedAt, ...options } = {}, version = settings.schemaVersion) => {
        const sources = paths.map(source);
        const process = await made.start(sources, version);
        const before = appended(broker);
        const ends: string[] = [], causes: unknown[] = [];
        const all = loadInOrder(process, { sources, options, ends, causes });
        if (killedAt === undefined) await whileTimePasses(clock, all);
        else {
          await timeUntil(clock, () => appended(broker) >= before + killedAt);
          process.kill();
        }
        await whileTimePasses(clock, process.remove());
        return {
          ends,
          message: causes.map((cause) => cause instanceof Error ? cause.message : "").join("\n"),
          process,
        };
      },
      latest: (topic = TOPIC) => {
        const records = broker.records(topic);
        return {
          names: new Map(records.map((record) => [new TextDecoder().decode(record.key ?? undefined), nameOf(record)])),
          records: records.length,
        };
      },
      compact: () => {
        for (const topic of new Set(broker.appends.map(({ topic }) => topic))) {
          assert.equal(broker.requireTopic(topic).spec.config?.["cleanup.policy"], "compact");
          broker.compact(topic);
        }
      },
      forgetAll: () => {
        const store = new CheckpointStore(database);
        for (const entry of store.list()) store.remove(entry.ok ? entry.checkpoint : entry.key);
      },
    });
  });
}

function appended({ appends }: Scene["broker"]): number {
  return appends.reduce((sum, { records }) => sum + records.length, 0);
}

async function loadInOrder(
  process: MortalProcess,
  { sources, options, ends, causes }: {
    sources: readonly RowSource[];
    options: SourceOptions;
    ends: string[];
    causes: unknown[];
  },
): Promise<void> {
  for (const source of sources) {
    const handle = await process.runtime.addSource(source, options);
    const end = await handle.done.catch(() => null);
    if (end === null) return;
    ends.push(end.type);
    if (end.type === "stopped") causes.push(end.cause);
  }
}

function nameOf(record: ReturnType<Scene["broker"]["records"]>[number]): string | null {
  const { value } = record;
  const version = storedIdentity(record)?.version;
  if (value === null || version === undefined) return null;
  const decoded = codecFor("reference_data", version).decode(parseFrame(value).body);
  return "company_name" in decoded ? `${decoded.company_name}` : "";
}

/** A record of a key that no file has. */
function append({ broker }: Pick<Scene, "broker">, key: string, value: Uint8Array | null): void {
  const record = { key: new TextEncoder().encode(key), value, headers: [], timestamp: 0 };
  broker.append([record], { topic: TOPIC, partition: 0, producer: "others", late: false });
}

/** The result of an audit of the files. */
async function audited({ broker, around, sourceOf }: Companies, paths: readonly string[]): Promise<AuditReport> {
  const log = new MemoryLog(broker);
  const { registry } = around;
  const report = await audit({ topic: TOPIC, version: "v2", sources: paths.map(sourceOf), log, registry });
  await log.close();
  return report;
}

function assertLatest({ latest }: Companies, name: string, keys = KEYS): void {
  assert.deepEqual([...latest().names.values()], Array.from({ length: keys }, () => name));
}

for (const known of ["checkpoints", "nothing"] as const) {
  Deno.test(`--only-missing writes no row after that of a later file, of whose loads there are ${known}`, async () => {
    for (const version of ["v1", "v2"] as const) {
      await companies(async (scene) => {
        const paths = ["day1", "day2"].map((name) => scene.day(name));
        await scene.load(paths, {}, version);
        scene.compact();
        if (known === "nothing") scene.forgetAll();
        for (let round = 0; round < 2; round++) {
          const { ends, process } = await scene.load(paths, { start: "only_missing" }, version);
          assert.deepEqual(ends, ["completed", "completed"]);
          const { read, duplicates_skipped, acked } = process.runtime.account().totals();
          assert.deepEqual([read, duplicates_skipped, acked], [2 * KEYS, 2 * KEYS, 0]);
          assert.equal(scene.latest().records, KEYS);
          assertLatest(scene, "day2");
        }
      });
    }
  });
}

Deno.test("--only-missing writes what is absent in the order of the files, also if it is killed", async () => {
  await companies(async (scene) => {
    const paths = ["day1", "day2", "day3"].map((name) => scene.day(name));
    await scene.load(paths.slice(0, 2));
    scene.compact();
    scene.forgetAll();
    for (const killedAt of [5, 5]) await scene.load(paths, { start: "only_missing", killedAt, rowsPerSecond: 20 });
    const { ends } = await scene.load(paths);
    assert.deepEqual(ends, ["completed", "completed", "completed"]);
    assertLatest(scene, "day3");
    const rows = scene.broker.records(TOPIC);
    assert.equal(rows.length, 2 * KEYS, "day2 and day3, each row once");
  });
});

Deno.test("--only-missing of another version writes nothing of an earlier file after a later one, and v1 never over v2", async () => {
  await companies(async (scene) => {
    const paths = ["day1", "day2"].map((name) => scene.day(name));
    await scene.load(paths);
    scene.compact();
    const { ends } = await scene.load(paths, { start: "only_missing" }, "v1");
    assert.deepEqual(ends, ["completed", "stopped"], "for day2 it is unknown whether v1 was there before v2");
    assertLatest(scene, "day2");
    assert.equal(scene.latest().records, KEYS);
  });
  await companies(async (scene) => {
    const paths = ["day1", "day2"].map((name) => scene.day(name));
    await scene.load(paths, {}, "v1");
    scene.compact();
    const { ends } = await scene.load(paths, { start: "only_missing" }, "v2");
    assert.deepEqual(ends, ["completed", "completed"]);
    const versions = scene.broker.records(TOPIC).map((record) => storedIdentity(record)?.version);
    assert.equal(versions.filter((version) => version === "v2").length, KEYS, "day2 alone");
    assertLatest(scene, "day2");
  });
});

Deno.test("a key whose latest record is of no file of the run is a doubt: nothing is written without --restart", async () => {
  const others: ((scene: Companies) => Promise<void>)[] = [
    async (scene) => void await scene.load([scene.day("day2")]),
    async (scene) => {
      await scene.load([scene.day("day2")]);
      scene.forgetAll();
    },
    (scene) => Promise.resolve(append(scene, "0", null)),
    (scene) => Promise.resolve(append(scene, "0", Uint8Array.of(1, 2, 3))),
  ];
  for (const write of others) {
    {
      await companies(async (scene) => {
        const path = scene.day("day1");
        await scene.load([path]);
        await write(scene);
        scene.compact();
        const before = appended(scene.broker);
        const { ends, message } = await scene.load([path], { start: "only_missing" });
        assert.deepEqual(ends, ["stopped"]);
        assert.match(message, /Topic market\S+ is compacted.* row 1 .* key "0" .*--only-missing; --restart/);
        assert.equal(appended(scene.broker), before);
        assert.deepEqual((await scene.load([path], { start: "restart" })).ends, ["completed"]);
        assertLatest(scene, "day1");
      }, { foreign: "allow" });
    }
  }
});

for (const overlap of ["write", "skip"] as const) {
  Deno.test(`a load that was killed writes nothing after the rows that a later file of the run has written since, with --overlap ${overlap}`, async () => {
    await companies(async (scene) => {
      const [one = "", two = ""] = ["day1", "day2"].map((name) => scene.day(name));
      await scene.load([one, two], { killedAt: 10, overlap, rowsPerSecond: 20 });
      const written = scene.latest().records;
      assert.ok(written < KEYS);
      await scene.load([two], { overlap });
      scene.compact();
      // It is unknown which rows past the checkpoint were sent.
      const alone = await scene.load([one], { overlap });
      assert.deepEqual(alone.ends, ["stopped"]);
      assertLatest(scene, "day2");
      const both = await scene.load([one, two], { overlap });
      assert.deepEqual(both.ends, ["completed", "completed"], both.message);
      assertLatest(scene, "day2");
      assert.equal(scene.latest().records, KEYS);
    });
  });
}

Deno.test("a load that was killed has the last word over an earlier file of the run that has written since", async () => {
  await companies(async (scene) => {
    const [one = "", two = ""] = ["day1", "day2"].map((name) => scene.day(name));
    await scene.load([two], { killedAt: 10, rowsPerSecond: 20 });
    await scene.load([one]);
    scene.compact();
    const { ends, message } = await scene.load([one, two]);
    assert.deepEqual(ends, ["completed", "completed"], message);
    const names = [...scene.latest().names.values()];
    assert.deepEqual([...new Set(names)], ["day2"]);
  });
});

Deno.test("--only-missing writes the rows of a corrected file over those of its older text", async () => {
  await companies(async (scene) => {
    const path = scene.day("day1");
    await scene.load([path]);
    scene.compact();
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace(/(?<=,)day1(?=,)/g, "corrected").replace("corrected", "day1"));
    assert.deepEqual((await scene.load([path])).ends, ["stopped"]);
    assert.deepEqual((await scene.load([path], { start: "only_missing" })).ends, ["completed"]);
    const names = [...scene.latest().names.values()];
    assert.deepEqual(names, ["day1", ...Array.from({ length: KEYS - 1 }, () => "corrected")]);
  });
});

/** A file's other text, and how the first one is restored. */
const OTHER_TEXTS: Readonly<Record<string, (text: string) => string>> = {
  "corrected": (text) => text.replace(/^(3,S3,)day1/m, "$1corrected"),
  "continued with another row of a key": (text) => `${text}3,S3,renamed,AU000000TFA0,05/07/2008,05/31/2024\n`,
};

for (const [what, change] of Object.entries(OTHER_TEXTS)) {
  for (const compacted of [false, true]) {
    const when = compacted ? "after a compaction" : "";
    Deno.test(`a file that was ${what}, loaded and put back has the last word again ${when}`, async () => {
      await companies(async (scene) => {
        const path = scene.day("day1");
        const text = Deno.readTextFileSync(path);
        await scene.load([path]);
        replace(path, change(text));
        for (const start of ["resume", "only_missing"] as const) await scene.load([path], { start });
        assert.notEqual(scene.latest().names.get("3"), "day1");
        if (compacted) scene.compact();
        replace(path, text);
        const before = appended(scene.broker);
        // Cutting it back causes a doubt.
        const [end] = (await scene.load([path])).ends;
        if (end === "stopped") await scene.load([path], { start: "only_missing" });
        assert.equal(appended(scene.broker), before + 1);
        assertLatest(scene, "day1");
        for (const start of ["resume", "only_missing"] as const) {
          assert.deepEqual((await scene.load([path], { start })).ends, ["completed"]);
        }
        assert.equal(appended(scene.broker), before + 1);
      });
    });
  }
}

for (const copied of [false, true]) {
  const what = copied ? "another file that says the same as an earlier one" : "a file under another name";
  Deno.test(`${what} is ${copied ? "a doubt" : "loaded already"}, where a later file has had the last word`, async () => {
    await companies(async (scene) => {
      const [one, two] = [scene.day("day1"), scene.day("day2")];
      await scene.load([one]);
      await scene.load([two]);
      const third = join(scene.folder, "day3.csv");
      if (copied) Deno.copyFileSync(one, third);
      if (copied) Deno.removeSync(one);
      else Deno.renameSync(one, third);
      const before = appended(scene.broker);
      const { ends, message } = await scene.load([third]);
      assert.deepEqual(ends, [copied ? "stopped" : "completed"]);
      if (copied) assert.match(message, /after row 1 .*--restart/);
      assert.equal(appended(scene.broker), before);
      const paths = [third, two];
      assert.deepEqual((await scene.load(paths, { start: "only_missing" })).ends, ["completed", "completed"]);
      assert.equal(appended(scene.broker), before, "in their order day2 comes after it");
      assert.deepEqual((await scene.load([third], { start: "restart" })).ends, ["completed"]);
      assertLatest(scene, "day1");
    });
  });
}

Deno.test("--only-missing of all files gives the last word to the later one, though the earlier was loaded after it", async () => {
  for (const compacted of [false, true]) {
    await companies(async (scene) => {
      const [one, two] = [scene.day("day1"), scene.day("day2")];
      await scene.load([two]);
      await scene.load([one]);
      assertLatest(scene, "day1");
      if (compacted) scene.compact();
      for (let times = 0; times < 2; times++) {
        assert.deepEqual((await scene.load([one, two], { start: "only_missing" })).ends, ["completed", "completed"]);
        assertLatest(scene, "day2");
      }
      assert.equal(appended(scene.broker), 3 * KEYS);
    });
  }
});

for (const compacted of [false, true]) {
  const when = compacted ? "after a compaction" : "";
  Deno.test(`loaded files, in another order, give the last word to the last one of the run ${when}`, async () => {
    await companies(async (scene) => {
      const [one, two] = [scene.day("day1"), scene.day("day2", { keys: KEYS + 1 })];
      await scene.load([one, two]);
      if (compacted) scene.compact();
      const before = appended(scene.broker);
      for (let times = 0; times < 2; times++) {
        const { ends, message, process } = await scene.load([two, one]);
        assert.deepEqual(ends, ["completed", "completed"], message);
        const doubts = process.events.filter(({ type }) => type === "checkpoint_doubted");
        assert.equal(doubts.length, times === 0 ? 1 : 0, "in the order of their loads nothing is read");
        assert.deepEqual([...scene.latest().names.values()].toSorted(), [...Array(KEYS).fill("day1"), "day2"]);
        assert.equal(appended(scene.broker), before + KEYS, "once, and of shared keys alone");
        assert.ok(auditPassed(await audited(scene, [two, one])));
      }
      for (const paths of [[one], [two]]) assert.deepEqual((await scene.load(paths)).ends, ["completed"]);
      assert.equal(appended(scene.broker), before + KEYS, "alone a file has no order");
    });
  });
}

Deno.test("a file that grew gives the last word to the last file of the run, whichever was loaded last", async () => {
  await companies(async ({ day, load, latest }) => {
    const paths = [day("a"), day("b")];
    await load(paths.toReversed());
    day("b", { keys: KEYS + 1 });
    for (let times = 0; times < 2; times++) {
      assert.deepEqual((await load(paths)).ends, ["completed", "completed"]);
      const { names, records } = latest();
      assert.deepEqual([[...new Set(names.values())], records], [["b"], 3 * KEYS + 1]);
    }
  });
});

Deno.test("rows that were appended to an earlier file of the run do not keep the last word", async () => {
  await companies(async ({ day, load, latest }) => {
    const paths = [day("a", { keys: 3 }), day("b", { keys: 5 })];
    await load(paths);
    day("a", { keys: 5 });
    for (let times = 0; times < 2; times++) {
      assert.deepEqual((await load(paths)).ends, ["completed", "completed"]);
      const { names, records } = latest();
      assert.deepEqual([[...new Set(names.values())], records], [["b"], 3 + 5 + 2 + 2]);
    }
  });
});

Deno.test("--only-missing writes the row of an earlier file whose key a later one no longer has", async () => {
  await companies(async ({ day, load, latest }) => {
    const paths = [day("a"), day("b")];
    assert.deepEqual((await load(paths)).ends, ["completed", "completed"]);
    day("b", { keys: KEYS - 5 });
    assert.deepEqual((await load(paths)).ends, ["completed", "stopped"]);
    for (let times = 0; times < 2; times++) {
      assert.deepEqual((await load(paths, { start: "only_missing" })).ends, ["completed", "completed"]);
      const { names, records } = latest();
      assert.deepEqual([...names.values()].filter((name) => name === "a").length, 5);
      assert.equal(records, 2 * KEYS + 5);
    }
    assert.deepEqual((await load(paths)).ends, ["completed", "completed"]);
  });
});

Deno.test("a new file that comes before one that is loaded already does not keep the last word", async () => {
  await companies(async (scene) => {
    const [one, two] = [scene.day("day1"), scene.day("day2")];
    await scene.load([two]);
    assert.deepEqual((await scene.load([one, two])).ends, ["completed", "completed"]);
    assertLatest(scene, "day2");
    assert.equal(appended(scene.broker), 3 * KEYS);
    assert.ok(auditPassed(await audited(scene, [one, two])));
  });
});

Deno.test("files in another order are a doubt where a file that is not in the run has come after them", async () => {
  await companies(async (scene) => {
    const [one, two, three] = [scene.day("day1"), scene.day("day2"), scene.day("day3")];
    await scene.load([one, two]);
    await scene.load([three]);
    const before = appended(scene.broker);
    const { ends, message } = await scene.load([two, one]);
    assert.deepEqual(ends, ["completed", "stopped"]);
    assert.match(message, /after row 1 .*--restart/);
    assert.equal(appended(scene.broker), before);
  });
});

/** Another file takes the name. */
function replace(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.new`, text);
  Deno.renameSync(`${path}.new`, path);
}

Deno.test("audit of a compacted topic expects the latest row of each key, and finds an older one that took its place", async () => {
  await companies(async (scene) => {
    const paths = ["day1", "day2", "day3"].map((name, at) => scene.day(name, { text: at === 1 ? "other" : "same" }));
    const [first = "", second = "", third = ""] = paths;
    await scene.load([first, second]);
    for (const compacted of [false, true]) {
      if (compacted) scene.compact();
      const report = await audited(scene, [first, second]);
      assert.partialDeepStrictEqual(report, { expected: KEYS, found: KEYS, missing: 0, unexpected: 0, twice: 0 });
      assert.ok(auditPassed(report));
    }
    // Its rows have the ids and content of the first file.
    assert.partialDeepStrictEqual(await audited(scene, paths), { expected: KEYS, found: 0, missing: KEYS });
    await scene.load([third]);
    scene.compact();
    assert.ok(auditPassed(await audited(scene, paths)));
    const older = await audited(scene, [first, second]);
    assert.partialDeepStrictEqual(older, { expected: KEYS, found: 0, missing: KEYS, unexpected: KEYS });
    assert.ok(!auditPassed(older));
  });
});

Deno.test("a file that was corrected and loaded by --only-missing passes the audit, and tells which rows came late", async () => {
  await companies(async (scene) => {
    const path = scene.day("day1");
    await scene.load([path]);
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace("5,S5,day1", "5,S5,corrected"));
    await scene.load([path], { start: "only_missing" });
    for (const compacted of [false, true]) {
      if (compacted) scene.compact();
      const report = await audited(scene, [path]);
      assert.partialDeepStrictEqual(report, {
        expected: KEYS,
        found: KEYS,
        missing: 0,
        out_of_order: 0,
        late_loads: 0,
      });
      assert.ok(auditPassed(report));
    }
  });
});
