/**
 * Resuming compared with a model: for any drawn files, settings and deaths, the topics hold each row of each file once.
 * The oracle recognises each row by a number in its record, not by its id, because ids are repeated on purpose. A
 * failure prints seed and path, with which fast-check runs it again.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { RowPace } from "../../actors/sources/row_pace.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import { MortalProcess } from "../support/mortal_process.ts";
import { assertNumbersOnce } from "../support/numbered_rows.ts";
import { randomOf } from "../faults/scenario.ts";
import { TOPIC } from "../support/pipeline_harness.ts";
import { passTime, type ResumeBench, resumeBench, topicsOf, whileTimePasses } from "../support/resume_harness.ts";

const RUNS = 40;
const SEED = 20_260_101;
/** Rows a second of a load that must die: so slow that it has not finished reading by then. */
const PACE = 200;
const LONGEST_LIFE_MS = 8_000;
const HEADER = "company_id,symbol,timestamp,price,quantity,currency,trade_id\n";

/** The content of a row, without the number by which the oracle recognises it. */
interface DrawnRow {
  readonly symbol: number;
  readonly second: number;
  readonly price: number;
  readonly quantity: number;
  /** A venue's own id, which may occur more than once; without it the id comes from the content. */
  readonly id: number | null;
}

/** A file of its own rows, or of another file's rows from some row on: equal rows in two files. */
interface DrawnFile {
  readonly rows: number;
  /** Chooses among few different rows. */
  readonly seed: number;
  /** Some rows have an id of their own. */
  readonly ids: boolean;
  readonly shared: { readonly file: number; readonly from: number } | null;
}

/** One process: how it dies, and the fate of its sends and of the topic. */
interface DrawnLife {
  /** The send during which it dies; never answered, stored or not. */
  readonly deathAtSend: number;
  readonly deathStored: boolean;
  /** Whether it is stopped in order instead. */
  readonly stopped: boolean;
  readonly lostAnswer: { readonly skip: number; readonly stored: "yes" | "no" } | null;
  readonly grows: boolean;
  readonly sendMs: number;
  /** A file that grows before the next life, and by how many of its first rows. */
  readonly appended: { readonly file: number; readonly rows: number } | null;
}

interface Drawn {
  readonly flag: VersionFlag;
  readonly batchRows: number;
  readonly windowRows: number;
  readonly checkpointRows: number;
  readonly files: readonly DrawnFile[];
  readonly lives: readonly DrawnLife[];
}

function rowsOf({ rows, seed, ids }: DrawnFile): readonly DrawnRow[] {
  const random = randomOf(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: rows }, () => ({
    symbol: below(3),
    second: below(2),
    price: below(2),
    quantity: below(3),
    id: ids && below(5) === 0 ? below(6) : null,
  }));
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  flag: fc.constantFrom<VersionFlag>("v1", "v2", "v2", "both"),
  batchRows: fc.integer({ min: 3, max: 40 }),
  windowRows: fc.integer({ min: 40, max: 200 }),
  // From a few rows to more than any file has.
  checkpointRows: fc.constantFrom(10, 50, 200, 1_000, 50_000),
  files: fc.array(
    fc.record({
      rows: fc.integer({ min: 20, max: 250 }),
      seed: fc.nat(1_000_000),
      ids: fc.boolean(),
      shared: fc.option(fc.record({ file: fc.nat(3), from: fc.nat(249) })),
    }),
    { minLength: 1, maxLength: 4, size: "max" },
  ),
  lives: fc.array(
    fc.record({
      deathAtSend: fc.integer({ min: 1, max: 60 }),
      deathStored: fc.boolean(),
      stopped: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      lostAnswer: fc.option(fc.record({ skip: fc.nat(20), stored: fc.constantFrom("yes", "no") })),
      grows: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      sendMs: fc.nat(150),
      appended: fc.option(fc.record({ file: fc.nat(3), rows: fc.integer({ min: 1, max: 30 }) })),
    }),
    { minLength: 1, maxLength: 5, size: "max" },
  ),
});

/** The files on disk, and all their rows by number. */
class Files {
  readonly paths: readonly string[];
  readonly numbers = new Set<number>();
  readonly #rows: readonly (readonly DrawnRow[])[];
  /** The latest second of each file, so that its rows are in time order. */
  readonly #seconds: number[];

  constructor(folder: string, files: readonly DrawnFile[]) {
    const own = files.map(rowsOf);
    this.#rows = own.map((rows, at) => {
      const shared = files[at]?.shared ?? null;
      const other = shared === null ? undefined : own[shared.file];
      return other === undefined || shared === null ? rows : [...other.slice(shared.from), ...rows.slice(0, 50)];
    });
    this.paths = files.map((_, at) => join(folder, `${at}.csv`));
    this.#seconds = files.map(() => 0);
    for (const [at, path] of this.paths.entries()) {
      Deno.writeTextFileSync(path, HEADER);
      this.append(at, this.#rows[at]?.length ?? 0);
    }
  }

  append(file: number, count: number): void {
    const path = this.paths[file];
    if (path === undefined) return;
    const lines = (this.#rows[file] ?? []).slice(0, count).map(({ symbol, second, price, quantity, id }) => {
      const now = (this.#seconds[file] ?? 0) + second;
      this.#seconds[file] = now;
      const number = this.numbers.size + 1;
      this.numbers.add(number);
      const time = new Date(Date.UTC(2024, 4, 6) + now * 1_000).toISOString();
      return `${number},S${symbol},${time},4${price}.5,${1 + quantity},AUD,${id === null ? "" : `ID${id}`}\n`;
    });
    Deno.writeTextFileSync(path, lines.join(""), { append: true });
  }
}

async function live(bench: ResumeBench, { life, files }: { readonly life: DrawnLife; readonly files: Files }) {
  const { broker, clock, settings, around } = bench;
  const { deathAtSend, deathStored, stopped, lostAnswer, sendMs } = life;
  broker.faults.slow({ sendMs });
  if (lostAnswer !== null) {
    broker.faults.next("send", { type: "unknown", stored: lostAnswer.stored }, { skip: lostAnswer.skip });
  }
  const death = stopped ? {} : { death: { atSend: deathAtSend, stored: deathStored } };
  const process = await MortalProcess.start(around, { settings, random: () => 0.5, ...death });
  const pace = new RowPace(PACE, { turnMs: 1_000 });
  for (const path of files.paths) {
    const { done } = await process.runtime.addSource(bench.sourceOf(path), { pace });
    done.catch(() => undefined);
  }
  for (let passed = 0; passed < LONGEST_LIFE_MS && process.alive; passed += 100) await passTime(clock, 100);
  if (!stopped) process.kill();
  await whileTimePasses(clock, process.remove());
}

/** Runs all lives and then one to its end, and compares. */
async function resumes({ flag, lives, files: drawnFiles, ...pipeline }: Drawn): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using bench = resumeBench(folder, { schemaVersion: flag, pipeline });
    const { broker, clock, settings, around } = bench;
    const files = new Files(folder, drawnFiles);
    for (const life of lives) {
      await live(bench, { life, files });
      const partitions = broker.topic(TOPIC)?.partitions.length ?? 0;
      if (life.grows && partitions > 0) broker.addPartitions(TOPIC, partitions + 1);
      if (life.appended !== null) files.append(life.appended.file, life.appended.rows);
    }
    const last = await MortalProcess.start(around, { settings, random: () => 0.5 });
    const ends = Promise.all(files.paths.map(async (path) => {
      return await (await last.runtime.addSource(bench.sourceOf(path))).done.then(({ type }) => type);
    }));
    assert.deepEqual(await whileTimePasses(clock, ends), files.paths.map(() => "completed"));
    await whileTimePasses(clock, last.remove());
    for (const [version, topic] of topicsOf(flag)) {
      assertNumbersOnce(broker, { version, topic, numbers: files.numbers });
    }
    assert.deepEqual(broker.misuses, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("resuming: for any files, settings and deaths, every row of every file is there once", async () => {
  await fc.assert(fc.asyncProperty(drawn, resumes), { seed: SEED, numRuns: RUNS, endOnFailure: true });
});
