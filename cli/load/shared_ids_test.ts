import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { EventColumns, SharedFields } from "../../records/columns/event_columns.ts";
import type { RowBatch } from "../../sources/source.ts";
import { ArraySource } from "../../tests/support/array_source.ts";
import { trade, trades } from "../../tests/support/trades.ts";
import { SharedIds } from "./shared_ids.ts";

async function withFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function exists(file: string): boolean {
  return [...Deno.readDirSync(dirname(file))].some(({ name }) => name === basename(file));
}

const SHARED = new SharedFields("trade", trade(1), "");

/** In columns, which are quick to make. */
function batchOf(numbers: readonly number[]): RowBatch {
  const events = new EventColumns("trade", 0, numbers.length);
  for (const number of numbers) {
    // Mixes bits like a hash.
    for (let at = 0; at < 16; at++) {
      const mixed = Math.imul(number + 1, 0x9e3779b1 + 2 * at) ^ Math.imul(number + at, 0x85ebca6b);
      events.ids[events.size * 16 + at] = (mixed ^ mixed >>> 15) >>> 8;
    }
    events.shared.push(SHARED);
  }
  return { ...trades(1, 0), rows: [], events };
}

function countOf(file: string, sources: readonly (readonly number[])[]): number | null {
  const shared = new SharedIds({ file, sources: sources.length });
  for (const numbers of sources) shared.nextSource()(batchOf(numbers));
  return shared.take();
}

Deno.test("SharedIds counts each id that more than one source has once, however often each has it", async () => {
  await withFolder((folder) => {
    const file = join(folder, "ids");
    assert.equal(countOf(file, [[1, 2, 3], [4, 5]]), 0);
    assert.equal(countOf(file, [[1, 1, 1], [2, 2]]), 0, "repeated by a source");
    assert.equal(countOf(file, [[1, 2, 3], [3, 3, 4], [3, 1, 1]]), 2);
    assert.equal(exists(file), false);
  });
});

Deno.test("SharedIds counts as a set does", async () => {
  await withFolder((folder) => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(50), { maxLength: 30 }), { minLength: 2, maxLength: 6 }), (sources) => {
        const sets = sources.map((numbers) => new Set(numbers));
        const all = new Set(sources.flat());
        const expected = [...all].filter((number) => sets.filter((set) => set.has(number)).length > 1).length;
        assert.equal(countOf(join(folder, "ids"), sources), expected);
      }),
    );
  });
});

Deno.test("SharedIds counts more ids than it keeps in memory, and removes its file", async () => {
  await withFolder((folder) => {
    const file = join(folder, "ids");
    const shared = new SharedIds({ file, sources: 3 });
    const add = [shared.nextSource(), shared.nextSource(), shared.nextSource()];
    const each = 600_000, step = 10_000;
    // Each source shares 50,000 ids with the next.
    add.forEach((take, source) => {
      const from = source * (each - 50_000);
      for (let at = from; at < from + each; at += step) {
        take(batchOf(Array.from({ length: step }, (_, index) => at + index)));
      }
    });
    assert.ok(exists(file));
    assert.equal(shared.take(), 100_000);
    assert.equal(exists(file), false);
  });
});

Deno.test("SharedIds takes the ids of rows in columns, but none of bad rows", async () => {
  await withFolder(async (folder) => {
    const shared = new SharedIds({ file: join(folder, "ids"), sources: 2 });
    const { rows } = trades(4, 0);
    const bad = { ok: false, row: 3, line: 3, offset: 30, length: 9, rule: "blank_line", reason: "" } as const;
    const columns = new ArraySource(rows.map((row) => row.row === 3 ? bad : row), { columns: true });
    const batch = await (await columns.open()).next(10);
    assert.ok(batch?.events !== undefined);
    shared.nextSource()(batch);
    shared.nextSource()(trades(3, 0));
    assert.equal(shared.take(), 2);
  });
});

Deno.test("SharedIds says that it does not know if it cannot keep them", async () => {
  await withFolder((folder) => {
    const shared = new SharedIds({ file: join(folder, "no", "such", "folder"), sources: 2 });
    const add = shared.nextSource();
    for (let at = 0; at < 700_000; at += 10_000) add(batchOf(Array.from({ length: 10_000 }, (_, index) => at + index)));
    assert.equal(shared.take(), null);
  });
});

const MANY = Array.from({ length: 700_000 }, (_, number) => number);

Deno.test("SharedIds keeps its file from others", { ignore: Deno.build.os === "windows" }, async () => {
  await withFolder((folder) => {
    const file = join(folder, "ids");
    const shared = new SharedIds({ file, sources: 2 });
    shared.nextSource()(batchOf(MANY));
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
    shared.take();
  });
});

Deno.test("SharedIds says that it does not know if its file was cut or removed, and ends", async () => {
  for (const harm of [(file: string) => Deno.truncateSync(file, 5_000), (file: string) => Deno.removeSync(file)]) {
    await withFolder((folder) => {
      const file = join(folder, "ids");
      const shared = new SharedIds({ file, sources: 2 });
      shared.nextSource()(batchOf(MANY));
      harm(file);
      // A file that was removed can still be read.
      assert.ok([null, 0].includes(shared.take()));
      assert.equal(exists(file), false);
    });
  }
});
