/** Files that change during loads and between them: the written rows, the messages, and the later effects. */
import assert from "node:assert/strict";
import { START_OF_FILE } from "../../records/content/file_position.ts";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { assertOnce, FORMS, lines, scene } from "../support/changing_files_scene.ts";
import { HEADER, passTime, whileTimePasses } from "../support/resume_harness.ts";

Deno.test("a file that is changed between the look at it and its reading is not taken for what was loaded", async () => {
  const encoder = new TextEncoder();
  await scene({ suffix: "", bytes: (text) => encoder.encode(text) }, async (scene) => {
    const { broker, clock, path, write, load } = scene;
    // So late that the file's times are trusted.
    await clock.advance(Date.now() + 60_000 - clock.now());
    // More bytes than the reader checks again when it opens a file in its middle.
    const note = `,${"x".repeat(4_000)}\n`;
    write(HEADER.replace("\n", ",vendor_data.note\n") + lines(400).replaceAll("\n", note));
    assert.equal((await load({ limitRows: 350 })).acked, 350);
    const hung = broker.faults.next("leader_offsets", { type: "hang" }, { skip: 1 });
    const ended = await load({
      overlap: "skip",
      during: async () => {
        await whileTimePasses(clock, hung.reached);
        const file = await Deno.open(path, { write: true });
        await file.seek(500, Deno.SeekMode.Start);
        await file.write(encoder.encode("y"));
        file.close();
        hung.release();
      },
    });
    assert.deepEqual([ended.type, ended.error], ["stopped", "rewritten"]);
    assertOnce(scene, 400);
  });
});

for (const form of FORMS) {
  const named = `a${form.suffix || " plain"} file`;

  Deno.test(`rows that are appended to ${named} while it drains are written by the same load`, async () => {
    await scene(form, async (scene) => {
      const { write, load, whileDraining } = scene;
      write(HEADER + lines(30));
      const first = await whileDraining(() => write(lines(12, { from: 30 }), { append: true }));
      assert.deepEqual([first.type, first.acked], ["completed", 42]);
      assert.equal((await load()).complete, true);
      assertOnce(scene, 42);
    });
  });

  Deno.test(`rows that are appended to ${named} after its load are written by the next one, and by the one after it`, async () => {
    await scene(form, async (scene) => {
      const { write, load } = scene;
      write(HEADER + lines(30));
      await load();
      for (const from of [30, 35, 40]) {
        write(lines(5, { from }), { append: true });
        assert.equal((await load()).acked, 5);
      }
      assertOnce(scene, 45);
    });
  });

  for (
    const [how, other] of [
      ["rows of equal lengths", HEADER + lines(30, { from: 5_000 })],
      ["longer rows", HEADER + lines(40, { from: 5_000, price: "145.55" })],
      ["fewer rows", HEADER + lines(3, { from: 5_000 })],
      ["nothing", ""],
    ] as const
  ) {
    Deno.test(`${named} into which ${how} are written while it is loaded stops its load, and is never "already loaded"`, async () => {
      await scene(form, async (scene) => {
        const { write, load, whileDraining, written } = scene;
        write(HEADER + lines(30));
        const first = await whileDraining(() => write(other));
        assert.deepEqual([first.type, first.error], ["stopped", "rewritten"]);
        assert.match(first.message, /written anew while it was read.* \d+ rows.*--only-missing.*--restart/);
        const rows = Number(/(\d+) rows/.exec(first.message)?.[1]);
        // A longer file may look as if it had grown, so the load reads on before it compares.
        assert.ok(rows === 30 || (how === "longer rows" && rows > 30), `${rows}`);
        for (let again = 0; again < 2; again++) {
          const next = await load();
          assert.deepEqual([next.type, next.error, next.acked], ["stopped", "LoadRefusedError", 0]);
        }
        // The row in which one text begins and the other ends is most likely no row.
        assert.ok(
          written().size === rows || (rows > 30 && written().size === rows - 1),
          `${written().size} of ${rows}`,
        );
        // A file that is cut before its end gives its own error.
        if ((how === "nothing" && form.suffix !== "") || rows > 30) return;
        assert.equal((await load({ start: "only_missing" })).type, "completed");
        assert.equal(written().size, 30 + other.split("\n").slice(1, -1).length);
        assert.equal((await load()).complete, true);
      });
    });
  }

  Deno.test(`${named} that is replaced by another one while it is loaded is written, and then the other one`, async () => {
    await scene(form, async (scene) => {
      const { write, load, whileDraining, path, folder } = scene;
      const other = join(folder, `other.csv${form.suffix}`);
      write(HEADER + lines(30));
      write(HEADER + lines(20, { from: 5_000 }), { to: other });
      const first = await whileDraining(() => Deno.rename(other, path));
      assert.equal(first.type, "completed");
      const second = await load();
      assert.deepEqual([second.acked, second.told.has("checkpoint_discarded")], [20, true]);
      assertOnce(scene, 50);
    });
  });

  Deno.test(`one byte in the middle of ${named} that is changed after its load is not passed over`, async () => {
    await scene(form, async (scene) => {
      const { write, load, written } = scene;
      write(HEADER + lines(30));
      await load();
      write(HEADER + lines(15) + lines(1, { from: 15, price: "95.5" }) + lines(14, { from: 16 }));
      const second = await load();
      assert.deepEqual([second.error, second.acked], ["LoadRefusedError", 0]);
      assert.match(second.message, /content was changed.*--only-missing.*--restart/);
      assert.equal((await load({ start: "only_missing" })).acked, 1);
      assert.equal(written().size, 31);
      assert.equal((await load()).complete, true);
      assert.equal((await load({ start: "restart" })).acked, 30);
    });
  });

  Deno.test(`${named} whose time was set, or that is a copy of what it was, is known`, async () => {
    await scene(form, async (scene) => {
      const { write, load, path } = scene;
      write(HEADER + lines(30));
      await load();
      Deno.utimeSync(path, 1_000, 1_000);
      const touched = await load();
      assert.deepEqual([touched.complete, touched.told.has("checkpoint_noted")], [true, true]);
      Deno.copyFileSync(path, `${path}.copy`);
      Deno.renameSync(`${path}.copy`, path);
      assert.equal((await load()).complete, true);
      assertOnce(scene, 30);
    });
  });

  for (
    const [how, added, rows, whole] of [
      ["its line end", "\n", 0, 30],
      ["the rest of its number and more rows", `000,AUD\n${lines(2, { from: 31 })}`, 3, 33],
      ["the rest of its number without a line end", "000,AUD", 0, 30],
      ["nothing", "", 0, 30],
    ] as const
  ) {
    Deno.test(`a last line of ${named} that is cut within a number is held back until it is complete: ${how}`, async () => {
      await scene(form, async (scene) => {
        const { write, load } = scene;
        const last = "BHP,2024-05-06T00:10:00.000Z,45.5,50";
        write(`${HEADER}${lines(30)}${last}`);
        for (let run = 0; run < 2; run++) {
          const { type, heldBack, told } = await load();
          assert.deepEqual([type, heldBack], ["completed", { line: 32, bytes: last.length }]);
          assert.equal(told.has("last_line_held_back"), run === 0, "the report has it, each time");
        }
        assertOnce(scene, 30);
        if (added !== "") write(added, { append: true });
        const next = await load();
        const isHeld = !added.includes("\n");
        assert.deepEqual([next.acked, next.heldBack !== null], [rows, isHeld]);
        const isRow = isHeld && rows === 0 && added !== "";
        const taken = await load({ takeLastLine: true });
        assert.equal(taken.acked, isRow ? 1 : 0);
        assert.equal(taken.heldBack, null);
        assertOnce(scene, whole + (isRow ? 1 : 0));
        assert.equal((await load()).complete, true);
      });
    });
  }

  Deno.test(`a last line of ${named} that was taken and grows is written whole, and only it`, async () => {
    await scene(form, async (scene) => {
      const { write, load, written } = scene;
      const row = (minute: number, quantity: string) => `BHP,2024-05-06T00:${minute}:00.000Z,45.5,AUD,${quantity}`;
      write(`symbol,timestamp,price,currency,quantity\n${row(10, "7")}\n${row(11, "5")}`);
      assert.equal((await load({ takeLastLine: true })).acked, 2);
      assert.equal((await load()).complete, true);
      write("\n", { append: true });
      assert.equal((await load()).acked, 0);
      assertOnce(scene, 2);
      write(`${row(12, "7")}\n${row(13, "50")}`, { append: true });
      assert.equal((await load({ takeLastLine: true })).acked, 2);
      write(`000\n${row(14, "1")}\n`, { append: true });
      const last = await load();
      assert.deepEqual([last.type, last.acked], ["completed", 2]);
      const told = last.told.get("row_superseded");
      assert.partialDeepStrictEqual(told, { row: 4 });
      const { messageIds: [half = ""] } = told as { messageIds: string[] };
      assert.equal(written().get(half), 1, "the record that is a part of a row is named");
      assertOnce(scene, 2 + 2 + 2);
      assert.equal((await load()).complete, true);
    });
  });
}

const [PLAIN] = FORMS;
assert.ok(PLAIN);

Deno.test("a file that is compressed after its load is the same, under its new name", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, path } = scene;
    write(HEADER + lines(30));
    await load();
    await Deno.writeFile(`${path}.gz`, gzipSync(await Deno.readFile(path)));
    await Deno.remove(path);
    const next = await load({ path: `${path}.gz` });
    assert.deepEqual([next.complete, next.told.has("checkpoint_adopted")], [true, true]);
    assertOnce(scene, 30);
  });
});

Deno.test("a file that was copied and cut to nothing between loads is resumed as the copy, and begins anew", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, path } = scene;
    write(HEADER + lines(30));
    await load({ limitRows: 10 });
    Deno.copyFileSync(path, `${path}.1`);
    write(HEADER + lines(5, { from: 5_000 }));
    assert.equal((await load()).acked, 5);
    assert.equal((await load({ path: `${path}.1` })).acked, 20);
    assertOnce(scene, 35);
  });
});

Deno.test("other settings refuse a load, with their old values, and --restart writes with the new ones", async () => {
  await scene(PLAIN, async (scene) => {
    const { load, path } = scene;
    Deno.writeTextFileSync(path, "symbol,timestamp,price,quantity\nBHP,2024-05-06T00:00:00Z,45.5,1\n");
    await load();
    const refused = await load({ currency: "USD" });
    assert.deepEqual([refused.error, refused.acked], ["LoadRefusedError", 0]);
    assert.match(refused.message, /currency was "AUD", is "USD".*--restart/);
    assert.doesNotMatch(refused.message, /--only-missing/);
    assert.equal((await load()).complete, true);
    assert.equal((await load({ currency: "USD", start: "restart" })).acked, 1);
  });
});

Deno.test("a topic that has lost its end gets what it does not have, and nothing else", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, database } = scene;
    write(HEADER + lines(30));
    await load();
    const store = new CheckpointStore(database);
    const [entry] = store.list();
    assert.ok(entry?.ok);
    const { checkpoint } = entry;
    store.remove(checkpoint);
    store.begin({
      ...checkpoint,
      position: START_OF_FILE,
      counts: { ...checkpoint.counts, read: 0, acked: 0, versions: {} },
      finished: null,
    });
    store.save({
      ...checkpoint,
      topics: checkpoint.topics.map((topic) => ({ ...topic, next: topic.next.map((next) => next + 7n) })),
    });
    const next = await load();
    assert.deepEqual([next.type, next.told.has("checkpoint_doubted")], ["completed", true]);
    assertOnce(scene, 30);
  });
});

for (
  const [what, stale] of [
    ["became a file", (folder: string) => Deno.writeTextFileSync(folder, "now a file")],
    ["became a loop of links", (folder: string) => Deno.symlinkSync(folder, folder)],
  ] as const
) {
  Deno.test(`a checkpoint whose folder ${what} hinders no other file`, async () => {
    await scene(PLAIN, async (scene) => {
      const { write, load, folder } = scene;
      const day = join(folder, "day");
      Deno.mkdirSync(day);
      write(HEADER + lines(10), { to: join(day, "a.csv") });
      await load({ path: join(day, "a.csv") });
      // Before the other one is removed, so that it does not get its inode.
      write(HEADER + lines(10, { from: 500 }));
      Deno.removeSync(day, { recursive: true });
      stale(day);
      assert.deepEqual([(await load()).type], ["completed"]);
      assertOnce(scene, 20);
    });
  });
}

Deno.test("a row that was written whole after it was taken in part is found when that load was killed", async () => {
  await scene(PLAIN, async (scene) => {
    const { write, load, written, broker, clock } = scene;
    const row = (minute: number, quantity: string) => `BHP,2024-05-06T00:${minute}:00.000Z,45.5,AUD,${quantity}`;
    write(`symbol,timestamp,price,currency,quantity\n${row(10, "7")}\n${row(11, "50")}`);
    await load({ takeLastLine: true });
    write(`000\n${row(12, "1")}\n${row(13, "2")}\n`, { append: true });
    const before = broker.appends.length;
    await load({
      during: async (process) => {
        while (broker.appends.length === before) await passTime(clock, 50);
        process.kill();
      },
    });
    const last = await load();
    assert.equal(last.type, "completed", last.message);
    assert.deepEqual([...written().values()], [1, 1, 1, 1, 1]);
  });
});
