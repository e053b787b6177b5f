/**
 * Appends to, cuts, edits, rewrites and renames files in any order between loads that end or are killed, and compares
 * with a model that knows every text that a file has had.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { StartMode } from "../../runtime/resuming/find_start_point.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { MortalProcess } from "../support/mortal_process.ts";
import { HEADER, passTime, type ResumeBench, resumeBench, whileTimePasses } from "../support/resume_harness.ts";

const RUNS = 60;
const SETTINGS = { pipeline: { batchRows: 3, windowRows: 20, checkpointRows: 12 } };
const FIELDS = {
  format: "csv",
  kind: "trade",
  exchange: "ASX",
  assetClass: "equities",
  companyId: "7",
  currency: "AUD",
  timeZone: "Australia/Sydney",
} as const;

/** The loaded file, as the model knows it. */
interface Model {
  text: string;
  /** Its text when a load of it last ran to its end; null after a kill, or if none did. */
  loaded: string | null;
  /** Whether a load of it has begun. */
  begun: boolean;
  /** Whether the file was only appended to since the last load began. */
  appendedOnly: boolean;
  /** Files that had its name. */
  readonly old: string[];
  /** The number of rows made so far, so that no two are equal. */
  made: number;
}

type Outcome = "completed" | "refused" | "cut off";
type Step = (model: Model, real: Real) => Promise<void> | void;

class Real {
  readonly bench: ResumeBench;
  readonly path: string;
  readonly #compressed: boolean;

  constructor(folder: string, { compressed }: { readonly compressed: boolean }) {
    this.bench = resumeBench(folder, SETTINGS);
    this.path = join(folder, compressed ? "a.csv.gz" : "a.csv");
    this.#compressed = compressed;
  }

  write(text: string, { append = false } = {}): void {
    Deno.writeFileSync(this.path, this.#compressed ? gzipSync(text) : new TextEncoder().encode(text), { append });
  }

  source(path: string, takeLastLine = false) {
    return openFileSource({ ...FIELDS, path, takeLastLine, clock: this.bench.clock });
  }

  async load(
    path: string,
    { start = "resume", killAfterMs }: { start?: StartMode; killAfterMs?: number } = {},
  ): Promise<
    { outcome: Outcome; why: string; heldBack: boolean; complete: boolean }
  > {
    const { clock, around, settings } = this.bench;
    const process = await MortalProcess.start(around, { settings, random: () => 0.5 });
    const handle = await process.runtime.addSource(this.source(path), {
      start,
      ...(killAfterMs === undefined ? {} : { rowsPerSecond: 20 }),
    });
    const ended = handle.done.catch(() => ({ type: "cut off" } as const));
    if (killAfterMs !== undefined) {
      await passTime(clock, killAfterMs);
      process.kill();
    }
    const end = killAfterMs === undefined ? await whileTimePasses(clock, ended) : { type: "cut off" } as const;
    await whileTimePasses(clock, process.remove());
    const outcome = end.type === "stopped" ? "refused" : end.type === "completed" ? "completed" : "cut off";
    if (end.type === "stopped") {
      // A RowConflictError shows that rows were sent past the checkpoint, which the file no longer has.
      const refusals = ["LoadRefusedError", "RowConflictError"];
      assert.ok(end.cause instanceof Error && refusals.includes(end.cause.name), String(end.cause));
    }
    const why = end.type === "stopped" ? String(end.cause) : end.type;
    return { outcome, why, heldBack: handle.heldBack() !== null, complete: handle.resumed()?.complete ?? false };
  }

  /** How often each id is in the topic. */
  written(): Map<string, number> {
    const ids = new Map<string, number>();
    for (const { records } of this.bench.broker.appends) {
      for (const record of records) {
        const id = storedMessageId(record) ?? "?";
        ids.set(id, (ids.get(id) ?? 0) + 1);
      }
    }
    return ids;
  }

  async idsOf(path: string): Promise<string[]> {
    const reader = await this.source(path).open();
    const ids: string[] = [];
    for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
      for (const row of batch.rows) if (row.ok) ids.push(row.messageId);
    }
    await reader.close();
    return ids;
  }
}

function rowsFor(model: Model, count: number): string {
  return Array.from({ length: count }, () => {
    const time = new Date(Date.UTC(2024, 4, 6) + model.made++ * 1_000).toISOString();
    return `BHP,${time},45.5,${1 + model.made % 3},AUD\n`;
  }).join("");
}

/** Rows up to the last line end, without the header. */
function completeRows(text: string): string[] {
  return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(1, -1);
}

/** The expected result of the next load; null if the model cannot tell. */
function expected(model: Model): Outcome | null {
  if (!model.begun || model.appendedOnly) return "completed";
  if (model.loaded === null) return null;
  const before = completeRows(model.loaded), now = completeRows(model.text);
  const read = model.loaded.slice(0, model.loaded.lastIndexOf("\n") + 1);
  if (before.length === 0 || model.text.startsWith(read)) return "completed";
  let stride = 1;
  while (before.length > 64 * stride) stride *= 2;
  const samples = before.filter((_, at) => at === 0 || at === before.length - 1 || (at + 1) % stride === 0);
  // A cut row is not one of those that were read.
  const lines = new Set([...now, model.text.slice(model.text.lastIndexOf("\n") + 1)]);
  return samples.some((row) => lines.has(row)) ? "refused" : "completed";
}

async function assertWritten(real: Real, path: string): Promise<void> {
  const written = real.written();
  for (const id of await real.idsOf(path)) assert.ok(written.has(id), `a row of ${path} is missing`);
}

function assertNoneTwice(real: Real): void {
  for (const [id, times] of real.written()) assert.equal(times, 1, `${id} is there ${times} times`);
}

async function runToTheEnd(model: Model, real: Real): Promise<void> {
  const wanted = expected(model);
  const { outcome, why, heldBack } = await real.load(real.path);
  if (wanted !== null) assert.equal(outcome, wanted, `${wanted}, and not: ${why}`);
  assertNoneTwice(real);
  if (outcome !== "completed") return;
  await assertWritten(real, real.path);
  assert.equal(heldBack, !model.text.endsWith("\n") && model.text !== "");
  const again = await real.load(real.path);
  assert.deepEqual([again.outcome, again.complete, again.heldBack], ["completed", true, heldBack]);
  Object.assign(model, { loaded: model.text, begun: true, appendedOnly: true });
}

/** A step whose name a failure shows. */
function named(name: string, step: Step): Step {
  return Object.assign(step, { [fc.toStringMethod]: () => name });
}

const append = (name: string, text: (model: Model) => string): Step =>
  named(name, (model, real) => {
    const added = text(model);
    model.text += added;
    real.write(added, { append: true });
  });

const replace = (name: string, text: (model: Model) => string): Step =>
  named(name, (model, real) => {
    model.text = text(model);
    model.appendedOnly = false;
    real.write(model.text);
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.integer({ min: 1, max: 30 }).map((count) =>
      append(`append ${count} rows`, (model) => rowsFor(model, count))
    ),
    weight: 5,
  },
  // A piece of a row; if the next bytes do not complete it, it is a bad row.
  {
    arbitrary: fc.integer({ min: 1, max: 44 }).map((bytes) =>
      append(`append ${bytes} bytes`, (model) => rowsFor(model, 1).slice(0, bytes))
    ),
    weight: 3,
  },
  {
    arbitrary: fc.integer({ min: 0, max: 40 }).map((rows) =>
      replace(`write ${rows} rows anew`, (model) => HEADER + rowsFor(model, rows))
    ),
    weight: 2,
  },
  {
    arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((share) =>
      replace(
        `cut to ${share}`,
        (model) => model.text.slice(0, HEADER.length + Math.floor((model.text.length - HEADER.length) * share)),
      )
    ),
    weight: 2,
  },
  {
    arbitrary: fc.nat({ max: 1_000 }).map((pick) =>
      replace(`edit ${pick}`, (model) => {
        const prices = [...model.text.matchAll(/,45\.5,/g)];
        const at = prices[pick % Math.max(1, prices.length)]?.index;
        return at === undefined ? model.text : `${model.text.slice(0, at)},46.5,${model.text.slice(at + 6)}`;
      })
    ),
    weight: 2,
  },
  {
    arbitrary: fc.constant<Step>(named("rename", async (model, real) => {
      // Its unwritten rows are found again under its new name.
      const old = join(real.path, "..", `old-${model.old.length}${real.path.endsWith(".gz") ? ".gz" : ""}`);
      await Deno.rename(real.path, old);
      model.old.push(old);
      Object.assign(model, { text: HEADER + rowsFor(model, 5), loaded: null, begun: false, appendedOnly: true });
      real.write(model.text);
    })),
    weight: 1,
  },
  { arbitrary: fc.constant<Step>(named("load", runToTheEnd)), weight: 6 },
  {
    arbitrary: fc.integer({ min: 0, max: 2_500 }).map((killAfterMs) =>
      named(`kill after ${killAfterMs}`, async (model, real) => {
        const wanted = expected(model);
        await real.load(real.path, { killAfterMs });
        assertNoneTwice(real);
        if (wanted === "completed") Object.assign(model, { loaded: null, begun: true, appendedOnly: true });
        else model.loaded = null;
      })
    ),
    weight: 4,
  },
);

Deno.test("files change between loads in any way: no complete row of them is lost and none is written twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), fc.boolean(), async (steps, compressed) => {
      const folder = await Deno.realPath(await Deno.makeTempDir());
      const real = new Real(folder, { compressed });
      try {
        const model: Model = { text: "", loaded: null, begun: false, appendedOnly: true, old: [], made: 0 };
        append("begin", (model) => HEADER + rowsFor(model, 10))(model, real);
        for (const each of steps) await each(model, real);
        for (const path of [...model.old, real.path]) {
          const first = await real.load(path);
          if (first.outcome === "refused") {
            assert.equal((await real.load(path, { start: "only_missing" })).outcome, "completed");
          }
          await assertWritten(real, path);
          assert.equal((await real.load(path)).complete, true, "already loaded");
        }
        assertNoneTwice(real);
      } finally {
        real.bench[Symbol.dispose]();
        await Deno.remove(folder, { recursive: true });
      }
    }),
    { numRuns: RUNS },
  );
});
