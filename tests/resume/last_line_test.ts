/** Last lines that are taken before they are complete, and quotes that are open at the end of a file: judged by the topic. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { FORMS, type Scene, scene } from "../support/changing_files_scene.ts";

const HEADER = "symbol,timestamp,price,currency,vendor_data.note,quantity\n";
const NOTED_LAST = "symbol,timestamp,price,currency,quantity,vendor_data.note\n";
const KEY_LAST = "timestamp,price,currency,quantity,symbol\n";

const row = (minute: number, rest: string) =>
  `BHP,2024-05-06T00:${String(minute).padStart(2, "0")}:00.000Z,45.5,AUD,${rest}`;
const rows = (count: number) => Array.from({ length: count }, (_, at) => `${row(at % 60, `,${at + 1}`)}\n`).join("");

/** The records of one row, in the order of the topic. */
function recordsOf(scene: Scene, wanted: number): unknown[] {
  return scene.records().filter(([row]) => row === wanted).map(([, ...rest]) => rest);
}

/** Asserts that every row before the wanted one is there exactly once. */
function assertBefore(scene: Scene, wanted: number): void {
  const numbers = scene.records().flatMap(([row = 0]) => row < wanted ? [row] : []);
  assert.deepEqual(numbers, Array.from({ length: wanted - 1 }, (_, at) => at + 1));
}

const [PLAIN] = FORMS;
assert.ok(PLAIN);

for (const form of FORMS) {
  for (const before of [0, 2, 35]) {
    Deno.test(`a half row of a${form.suffix || " plain"} file that was sent before a kill, after ${before} rows, is followed by the whole row, once`, async () => {
      await scene(form, async (scene) => {
        const { write, load } = scene;
        const number = before + 1;
        write(`${HEADER}${rows(before)}${row(59, ",5")}`);
        await load({ takeLastLine: true, diesAtRow: number });
        assert.deepEqual(recordsOf(scene, number), [["5"]], "the half row was sent");
        write(`000\n${row(59, ",7")}\n`, { append: true });
        const next = await load({ takeLastLine: true });
        assert.deepEqual([next.type, next.error], ["completed", null], next.message);
        assert.deepEqual(recordsOf(scene, number), [["5"], ["5000"]]);
        assert.deepEqual(recordsOf(scene, number + 1), [["7"]]);
        assertBefore(scene, number);
        assert.partialDeepStrictEqual(next.told.get("row_superseded"), { row: number });
        assert.equal((await load()).complete, true);
        assert.equal(scene.records().length, before + 3);
      });
    });
  }
}

Deno.test("a half row that is the first row of a file seen without rows before is followed by the whole row after a kill", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    write(HEADER);
    await load();
    write(row(59, ",5"), { append: true });
    await load({ takeLastLine: true, diesAtRow: 1 });
    assert.deepEqual(recordsOf(scene, 1), [["5"]], "the half row was sent");
    write(`000\n${row(59, ",7")}\n`, { append: true });
    const next = await load();
    assert.deepEqual([next.type, next.error], ["completed", null], next.message);
    assert.deepEqual(recordsOf(scene, 1), [["5"], ["5000"]]);
    assert.deepEqual(recordsOf(scene, 2), [["7"]]);
    assert.equal((await load()).complete, true);
  });
});

Deno.test("a half row that was sent before a kill and has only got its line end is not written again", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    write(`${HEADER}${rows(3)}${row(59, ",5")}`);
    await load({ takeLastLine: true, diesAtRow: 4 });
    write("\n", { append: true });
    const next = await load();
    assert.deepEqual([next.type, next.told.has("row_superseded")], ["completed", false], next.message);
    assert.deepEqual(recordsOf(scene, 4), [["5"]]);
    assert.equal((await load()).complete, true);
  });
});

Deno.test("a row that was sent as three halves, each before a kill, is written whole, and only it", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    write(`${HEADER}${rows(3)}${row(59, ",5")}`);
    await load({ takeLastLine: true, diesAtRow: 4 });
    for (let half = 0; half < 2; half++) {
      write("0", { append: true });
      await load({ takeLastLine: true, diesAtRow: 4 });
    }
    assert.deepEqual(recordsOf(scene, 4), [["5"], ["50"], ["500"]]);
    write(`0\n${row(59, ",7")}\n`, { append: true });
    // The whole row is sent before another kill, and the next run recognises it.
    await load({ diesAtRow: 4 });
    const last = await load();
    assert.deepEqual([last.type, last.error], ["completed", null], last.message);
    assert.deepEqual(recordsOf(scene, 4), [["5"], ["50"], ["500"], ["5000"]]);
    assert.deepEqual(recordsOf(scene, 5), [["7"]]);
    assertBefore(scene, 4);
  });
});

Deno.test("half rows of several loads that were killed are each followed by the whole row", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    write(`${HEADER}${rows(3)}${row(40, ",5")}`);
    await load({ takeLastLine: true, diesAtRow: 4 });
    write(`0\n${row(41, ",1")}\n${row(42, ",6")}`, { append: true });
    await load({ takeLastLine: true, diesAtRow: 6 });
    write(`0\n`, { append: true });
    const next = await load();
    assert.deepEqual([next.type, next.error], ["completed", null], next.message);
    assert.deepEqual([4, 5, 6].map((number) => recordsOf(scene, number)), [[["5"], ["50"]], [["1"]], [["6"], ["60"]]]);
  });
});

Deno.test("a row whose half has the same id is written whole after a kill: the id does not tell its content", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, written } = scene;
    write(`${NOTED_LAST}${row(1, "5,ha")}`);
    await load({ takeLastLine: true, diesAtRow: 1 });
    write("lf\n", { append: true });
    const next = await load();
    assert.equal(next.type, "completed", next.message);
    assert.deepEqual(recordsOf(scene, 1), [["5", "ha"], ["5", "half"]]);
    assert.deepEqual([...written().values()], [2], "under one id");
    assert.equal((await load()).complete, true);
  });
});

Deno.test("a half row with another key is found after a kill, though its partition is another one", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    const line = (minute: number) => `2024-05-06T00:${minute}:00.000Z,45.5,AUD,5,`;
    write(`${KEY_LAST}${line(10)}BHP\n${line(11)}BH`);
    await load({ takeLastLine: true, diesAtRow: 2 });
    assert.equal(scene.records().length, 2);
    write("P\n", { append: true });
    const next = await load();
    assert.equal(next.type, "completed", next.message);
    assert.deepEqual([1, 2].map((number) => recordsOf(scene, number).length), [1, 2]);
  });
});

Deno.test("a row that was changed after a kill is a conflict, also if a row without its line end was noted", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, path } = scene;
    write(`${HEADER}${rows(3)}${row(59, ",5")}`);
    await load({ takeLastLine: true, diesAtRow: 4 });
    Deno.writeTextFileSync(path, `${HEADER}${rows(3)}${row(58, ",5000")}\n`);
    const next = await load();
    assert.equal(next.error, "RowConflictError");
    assert.deepEqual(recordsOf(scene, 4), [["5"]]);
    assert.equal((await load({ start: "only_missing" })).type, "completed");
    assert.deepEqual(scene.records().map(([, quantity]) => quantity), ["1", "2", "3", "5", "5000"]);
  });
});

for (const overlap of ["write", "skip"] as const) {
  Deno.test(`a last line that was taken and grows is written whole with --overlap ${overlap}, also by a load that begins anew`, async () => {
    await scene(PLAIN, async (scene) => {
      const { write, load, database } = scene;
      write(`${HEADER}${rows(3)}${row(59, ",5")}`);
      await load({ takeLastLine: true, overlap });
      write(`0\n`, { append: true });
      assert.equal((await load({ overlap, diesAtRow: 4 })).acked, 0);
      const store = new CheckpointStore(database);
      for (const entry of store.list()) if (entry.ok) store.doubt(entry.checkpoint);
      const next = await load({ overlap });
      assert.equal(next.type, "completed", next.message);
      assert.deepEqual(recordsOf(scene, 4), [["5"], ["50"]]);
      assertBefore(scene, 4);
    });
  });
}

for (const form of FORMS) {
  for (const takeLastLine of [true, false]) {
    Deno.test(`a row of a${form.suffix || " plain"} file that is cut within its quotes is held back and joined, ${takeLastLine ? "also with" : "without"} --take-last-line`, async () => {
      for (const cut of ['"one\n', '"one\ntw', '"', '"one,""', '"one\n\n']) {
        await scene(form, async (scene) => {
          const { write, load } = scene;
          write(`${HEADER}${rows(3)}${row(59, cut)}`);
          for (let again = 0; again < 2; again++) {
            const { type, acked, heldBack } = await load({ takeLastLine });
            assert.deepEqual([type, acked, heldBack], [
              "completed",
              again === 0 ? 3 : 0,
              { line: 5, bytes: row(59, cut).length, openQuote: true },
            ]);
          }
          write(`""end",7\n${row(59, ",8")}\n`, { append: true });
          const next = await load({ takeLastLine });
          assert.deepEqual([next.type, next.acked, next.heldBack], ["completed", 2, null]);
          const note = `${cut}""end`.slice(1).replaceAll('""', '"');
          assert.deepEqual([4, 5].map((number) => recordsOf(scene, number)), [[["7", note]], [["8"]]]);
          assertBefore(scene, 4);
        });
      }
    });
  }
}

Deno.test("a quote that is open from the middle of a file on is held back with its line; once it is closed, all is written", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, path } = scene;
    write(`${HEADER}${rows(3)}${row(4, '"never closed,4')}\n${rows(30)}`);
    const first = await load({ takeLastLine: true });
    assert.partialDeepStrictEqual(first.heldBack, { line: 5, openQuote: true });
    assert.equal(scene.records().length, 3);
    Deno.writeTextFileSync(path, `${HEADER}${rows(3)}${row(4, '"never closed",4')}\n${rows(30)}`);
    const next = await load();
    assert.deepEqual([next.type, next.acked, next.heldBack], ["completed", 31, null]);
    assertBefore(scene, 35);
  });
});

const letters = ({ database }: Scene) => new DeadLetterStore(database).list().map(({ row, rule }) => [row, rule]);

for (const form of FORMS) {
  Deno.test(`a last line of a${form.suffix || " plain"} file that is over the limit is held back while it grows, and one bad row once it ends`, async () => {
    await scene(form, async (scene) => {
      const { write, load } = scene;
      const start = row(59, `${"x".repeat(1_100_000)}`);
      write(`${HEADER}${rows(3)}${start}`);
      for (let growth = 0; growth < 3; growth++) {
        const { type, acked, heldBack } = await load();
        assert.deepEqual([type, acked, heldBack], [
          "completed",
          growth === 0 ? 3 : 0,
          { line: 5, bytes: start.length + growth * 300_000 },
        ]);
        assert.deepEqual(letters(scene), []);
        write("y".repeat(300_000), { append: true });
      }
      write(`,5\n${row(4, ",7")}\n`, { append: true });
      const { type, acked, heldBack, message } = await load();
      assert.deepEqual([type, acked, heldBack], ["completed", 1, null], message);
      assert.deepEqual(letters(scene), [[4, "row_too_long"]]);
      assert.deepEqual(recordsOf(scene, 5), [["7"]]);
      assert.equal((await load()).complete, true);
      assertBefore(scene, 4);
    });
  });
}

Deno.test("a last line that is over the limit is a bad row with --take-last-line, one while it grows", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    write(`${HEADER}${rows(3)}${row(59, `${"x".repeat(1_100_000)}`)}`);
    for (let growth = 0; growth < 3; growth++) {
      assert.deepEqual((await load({ takeLastLine: true })).heldBack, null);
      assert.deepEqual(letters(scene).filter(([, rule]) => rule === "row_too_long").length, 1);
      write("y".repeat(300_000), { append: true });
    }
    write(`\n${row(4, ",7")}\n`, { append: true });
    await load();
    assert.deepEqual(recordsOf(scene, 5), [["7"]]);
    assert.deepEqual(letters(scene), [[4, "row_too_long"]]);
  });
});

Deno.test("a quote that stays open while the file grows over the limit is one bad row, counted once", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load } = scene;
    write(`${NOTED_LAST}${row(4, '4,"never closed')}\n`);
    let acked = 0;
    for (let growth = 0; growth < 14; growth++) {
      acked += (await load()).acked;
      write(`${row(5, "1,")}${"x".repeat(100_000)}\n`, { append: true });
    }
    acked += (await load()).acked;
    assert.deepEqual([acked, letters(scene)], [14, [[1, "unterminated_quote"]]]);
    assert.equal((await load()).complete, true);
  });
});

Deno.test("a quote that stays open beyond the maximum length of a row is one bad row, and the rows after it are written", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, database } = scene;
    const filler = `${row(5, `${"x".repeat(100_000)},1`)}\n`.repeat(11);
    write(`${HEADER}${row(4, '"never closed,4')}\n${filler}`);
    const { type, heldBack, acked } = await load({ takeLastLine: true });
    assert.deepEqual([type, heldBack, acked], ["completed", null, 11]);
    assert.deepEqual(new DeadLetterStore(database).list().map(({ row, rule }) => [row, rule]), [[
      1,
      "unterminated_quote",
    ]]);
  });
});

Deno.test("the letter of a half row is retired when the same load writes the whole row, and that of a bad whole row stays", async () => {
  for (const [rest, open, written] of [["0\n", 0, [["50"]]], ["x\n", 1, []]] as const) {
    await scene(PLAIN, async (scene) => {
      const { write, load, database } = scene;
      write(`${HEADER}${rows(3)}BHP,2024-05-06T00:59:00.000Z,45.5,AUD,`);
      const end = await load({ takeLastLine: true, atEnd: () => write(`,5${rest}`, { append: true }) });
      assert.equal(end.type, "completed", end.message);
      const letters = new DeadLetterStore(database);
      assert.equal(letters.count({ state: "open" }), open);
      assert.deepEqual(recordsOf(scene, 4), written);
      if (open > 0) assert.match(letters.list({ state: "open" })[0]?.reason ?? "", /5x/);
      else assert.match(letters.list({ state: "retired" })[0]?.retired?.why ?? "", /read again, whole/);
      assert.equal((await load()).complete, true);
    });
  }
});

for (const [first, then] of [["write", "skip"], ["skip", "write"]] as const) {
  Deno.test(`files of a folder that were loaded with --overlap ${first} and have grown resume with ${then}, each by its flag`, async () => {
    await scene(PLAIN, async (scene) => {
      const { write, load, folder } = scene;
      const paths = ["a.csv", "b.csv"].map((name) => join(folder, name));
      const shared = rows(3);
      // Takes the last line of each file as it is; later it grows.
      for (const to of paths) write(`${HEADER}${shared}${row(58, ",5")}`, { to });
      for (const path of paths) await load({ path, takeLastLine: true, overlap: first });
      assert.equal(scene.records().length, first === "write" ? 8 : 4);
      const before = scene.records().length;
      for (const to of paths) write(`0\n${row(59, ",7")}\n`, { append: true, to });
      for (const path of paths) {
        const { type, message } = await load({ path, overlap: then });
        assert.equal(type, "completed", message);
      }
      assert.deepEqual(
        scene.records().slice(before).map(([number, quantity]) => [number, quantity]),
        [[4, "50"], [5, "7"], ...(then === "write" ? [[4, "50"], [5, "7"]] : [])],
      );
      for (const path of paths) {
        for (const overlap of [first, then]) {
          assert.equal((await load({ path, overlap })).complete, true);
        }
      }
    });
  });
}

Deno.test("an open quote of one line that reaches the end of a file holds back everything after it, until it is closed", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, path } = scene;
    const line = (at: number, note: string) => `X,2024-01-02T10:00:${String(at).padStart(2, "0")}Z,1,1,AUD,${note}\n`;
    const text = "symbol,timestamp,price,quantity,currency,vendor_data.note\n" + line(0, '"never closed') +
      Array.from({ length: 40 }, (_, at) => line(at + 1, "ok")).join("");
    write(text);
    for (const takeLastLine of [false, true]) {
      const { type, acked, heldBack } = await load({ takeLastLine });
      assert.deepEqual([type, acked], ["completed", 0]);
      assert.partialDeepStrictEqual(heldBack, { line: 2, openQuote: true });
    }
    Deno.writeTextFileSync(path, text.replace('"never closed', '"never closed"'));
    assert.equal((await load()).acked, 41);
  });
});
