/** `dlq` as a process of its own, with exactly the permissions of its task, on the embedded log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { runTask, taskProcess } from "../support/task_process.ts";

const TOPIC = "market.equities.trades.asx";
const FLAGS = [
  "--format",
  "asx-ticks",
  "--data-type",
  "trades",
  "--exchange",
  "ASX",
  "--reference",
  "company_info.csv",
];

Deno.test("the letters of a load are listed, exported, replayed with other flags, and found once by the audit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "company_info.csv"), "company_id,symbol\n7078,BHP\n3153,CBA\n");
    await Deno.mkdir(join(folder, "trades"));
    const twice = "04/06/2014,02:30:00.000,36.78,358,0,,";
    const good = "04/07/2014,10:00:00.000,36.79,100,0,,";
    await Deno.writeTextFile(join(folder, "trades", "7078.csv"), [twice, twice, good, "x", good, ""].join("\r\n"));
    // The second row has a local time that the clocks skipped.
    const skipped = "10/05/2014,02:30:00.000,1,1,0,,";
    await Deno.writeTextFile(join(folder, "trades", "3153.csv"), [twice, skipped, ""].join("\r\n"));

    const load = await runTask("load", ["trades", ...FLAGS, "--json"], folder);
    assert.equal(load.code, 4, load.stderr);
    assert.partialDeepStrictEqual(JSON.parse(load.stdout), { read: 7, acked: 2, dead_lettered: 5 });

    const list = await runTask("dlq", ["list"], folder);
    assert.deepEqual([list.code, list.stdout.split("\n").length], [0, 7]);
    assert.match(list.stdout, / trades\/7078\.csv:1 .* ambiguous_local_time /);
    const exported = await runTask("dlq", ["export", "letters", "--json"], folder);
    assert.equal(JSON.parse(exported.stdout).letters, 5);
    const [first = ""] = (await runTask("dlq", ["list", "--json", "--reason", "ambiguous_local_time"], folder)).stdout
      .split("\n");
    const show = await runTask("dlq", ["show", String(JSON.parse(first).id)], folder);
    assert.deepEqual([show.code, show.stdout.split("\n").at(-2)], [0, `  ${twice}`]);

    const fixed = [...FLAGS, "--ambiguous-time", "later"];
    const replay = await runTask("dlq", ["replay", ...fixed, "--json"], folder);
    assert.equal(replay.code, 4, replay.stderr);
    const { letters, replayed, still_refused, dead_letter_reasons } = JSON.parse(replay.stdout);
    assert.deepEqual({ letters, replayed, still_refused, dead_letter_reasons }, {
      letters: 5,
      replayed: 3,
      still_refused: 2,
      dead_letter_reasons: { nonexistent_local_time: 1, wrong_column_count: 1 },
    });

    const audit = await runTask("audit", ["trades", ...fixed, "--topic", TOPIC, "--json"], folder);
    const { expected, found, missing, twice: double, different, unexpected, bad_rows } = JSON.parse(audit.stdout);
    assert.deepEqual({ expected, found, missing, double, different, unexpected, bad_rows }, {
      expected: 5,
      found: 5,
      missing: 0,
      double: 0,
      different: 0,
      unexpected: 0,
      bad_rows: 2,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The number of letters that another process sees. */
function lettersIn(folder: string): number {
  using database = StateDatabase.openReadOnly(join(folder, ".tickflume"));
  return database === null ? 0 : new DeadLetterStore(database).count();
}

/** The number of records that another process sees. */
async function recordsIn(folder: string, topic = TOPIC): Promise<number> {
  const log = openEmbeddedLog({ dataDir: join(folder, ".tickflume"), clock: systemClock, readOnly: true });
  try {
    if (await log.admin.describeTopic(topic) === null) return 0;
    return (await log.admin.offsets(topic)).reduce((sum, { start, end }) => sum + Number(end - start), 0);
  } finally {
    await log.close();
  }
}

Deno.test("a replay that is killed between writing rows and removing their letters writes no row twice", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = Array.from({ length: 2_000 }, (_, at) => `04/06/2014,02:30:00.000,36.78,${at % 7 + 1},0,,\n`);
    await Deno.writeTextFile(join(folder, "7078.csv"), rows.join(""));
    await Deno.writeTextFile(join(folder, "company_info.csv"), "company_id,symbol\n7078,BHP\n");
    await Deno.writeTextFile(join(folder, "tickflume.json"), '{"pipeline": {"batchRows": 20, "windowRows": 100}}');
    await runTask("load", ["7078.csv", ...FLAGS, "--max-dead-letters", "100%"], folder);
    assert.equal(lettersIn(folder), rows.length);
    const fixed = [...FLAGS, "--ambiguous-time", "later", "--json"];
    // The rows are in the topic, and their letters still exist.
    let between = 0;
    for (let kills = 0; kills < 3; kills++) {
      await killBetween(taskProcess("dlq", ["replay", ...fixed], folder), { folder });
      between = await recordsIn(folder) + lettersIn(folder) - rows.length;
      assert.ok(between > 0, `${between} rows are in the topic and in the letters`);
    }
    const { letters, replayed, found_in_topic } = JSON.parse(
      (await runTask("dlq", ["replay", ...fixed], folder)).stdout,
    );
    assert.deepEqual([replayed + found_in_topic, found_in_topic], [letters, between]);
    const audit = await runTask("audit", ["7078.csv", ...fixed, "--topic", TOPIC], folder);
    assert.equal(audit.code, 0, audit.stdout);
    assert.partialDeepStrictEqual(JSON.parse(audit.stdout), { expected: 2_000, found: 2_000, twice: 0 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Kills a process that has written records and cannot note that, because another process has locked the state file. */
async function killBetween(
  command: Deno.Command,
  { folder, topic }: { readonly folder: string; readonly topic?: string },
): Promise<void> {
  using database = StateDatabase.open(join(folder, ".tickflume"));
  // An earlier process, which was killed too, has left its note.
  const noted = database.prepare("SELECT max(body) AS note FROM marks");
  const before = noted.get()?.note;
  const child = command.spawn();
  const output = Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  let ended = false;
  const status = child.status.finally(() => ended = true);
  while (!ended && noted.get()?.note === before) await systemClock.sleep(1);
  database.prepare("BEGIN IMMEDIATE").run();
  const records = await recordsIn(folder, topic);
  while (!ended && await recordsIn(folder, topic) === records) await systemClock.sleep(1);
  if (!ended) child.kill("SIGKILL");
  await status;
  database.prepare("ROLLBACK").run();
  await output;
}

Deno.test("an export to a topic that is killed between a send and its note writes no letter twice", async () => {
  const topic = "market.dead-letters";
  const folder = await Deno.makeTempDir();
  try {
    const bytes = (row: number) => new TextEncoder().encode(`row ${row}\u0000\u00ff`);
    const count = 5_000;
    {
      using database = StateDatabase.open(join(folder, ".tickflume"));
      new DeadLetterStore(database).add(Array.from({ length: count }, (_, index) => ({
        source: "trades:/data/7078.csv",
        dataType: "trades",
        row: index + 1,
        schemaVersion: null,
        versions: null,
        file: "/data/7078.csv",
        line: index + 1,
        offset: index * 10,
        length: bytes(index + 1).length,
        stage: "receiving",
        rule: "bad_date",
        reason: "It was so.",
        bytes: bytes(index + 1),
        messageId: null,
        recordedAt: 1_700_000_000_000,
      })));
    }
    const exportAll = ["export", "--to-topic", topic, "--json"];
    let written = 0;
    for (let kills = 0; kills < 3; kills++) {
      await killBetween(taskProcess("dlq", exportAll, folder), { folder, topic });
      const now = await recordsIn(folder, topic);
      assert.ok(now > written && now < count, `${now} letters are in the topic`);
      written = now;
    }
    const last = await runTask("dlq", exportAll, folder);
    assert.equal(last.code, 0, last.stderr);
    const { letters, found_in_topic, complete } = JSON.parse(last.stdout);
    assert.deepEqual([letters, complete], [count - written, true]);
    assert.ok(found_in_topic > 0, "the page that was not noted");
    const log = openEmbeddedLog({ dataDir: join(folder, ".tickflume"), clock: systemClock, readOnly: true });
    try {
      let row = 0;
      for await (const chunk of log.read(topic, 0, { from: 0n, to: BigInt(count) })) {
        for (const { value } of chunk) assert.deepEqual(new Uint8Array(value ?? []), bytes(++row));
      }
      assert.deepEqual([row, await recordsIn(folder, topic)], [count, count]);
    } finally {
      await log.close();
    }
    const again = await runTask("dlq", exportAll, folder);
    assert.deepEqual([again.code, JSON.parse(again.stdout).letters], [0, 0]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
