/** Lines with several records at the command line: stopped after each record, refused ones replayed by themselves. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { codecFor } from "../../schemas/codec.ts";
import { TestProgram } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

const trade = (id: number, side = "buy") =>
  `{"symbol":"BTC/USD","side":"${side}","price":42283.50,"qty":1e-05,"ord_type":"limit","trade_id":${id},` +
  `"timestamp":"2024-01-01T00:00:00.1234${id}Z"}`;
const frame = (...trades: readonly string[]) => `{"channel":"trade","type":"update","data":[${trades.join()}]}\n`;
const TEXT = [
  '{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}\n',
  frame(trade(10), trade(11, "cross"), trade(12)),
  '{"channel":"heartbeat"}\n',
  frame(trade(13)),
  frame(trade(14, "cross"), trade(15), trade(16), trade(17)),
].join("");
const TOPIC = "market.crypto.trades.kraken";

/** The trade ids in the topic, and the message id of each. */
function recordsIn(program: TestProgram): ReadonlyMap<string, string> {
  const codec = codecFor("trade", "v2");
  const partitions = program.log.broker.topic(TOPIC)?.partitions ?? [];
  const records = partitions.flatMap(({ records }) =>
    records.map(({ value }) => codec.decode(parseFrame(value ?? new Uint8Array()).body))
  );
  const ids = new Map(records.map(({ trade_id, message_id }) => [trade_id, message_id]));
  assert.equal(ids.size, records.length, "no trade is there twice");
  return new Map([...ids].toSorted());
}

Deno.test("a load is stopped after each record of a line, and its refused records are replayed once", async () => {
  await inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    await Deno.writeTextFile(join(folder, "messages.ndjson"), TEXT);
    const flags = ["--format", "kraken-ws-trades", "--data-dir", "d"];
    for (const before of [1, 1, 2, 3, 3, 4, 5, 6]) {
      const { exitCode, stdout, stderr } = await program.run(
        "load",
        "messages.ndjson",
        ...flags,
        "--limit",
        "1",
        "--json",
      );
      assert.ok(exitCode === 0 || exitCode === 4, stderr);
      assert.equal(JSON.parse(stdout).read, 1);
      assert.equal(recordsIn(program).size, before);
    }
    const end = await program.run("load", "messages.ndjson", ...flags, "--json");
    assert.partialDeepStrictEqual(JSON.parse(end.stdout), { read: 0, dead_letters_open: 2 });
    assert.deepEqual([...recordsIn(program).keys()], ["10", "12", "13", "15", "16", "17"]);

    const list = await program.run("dlq", "list", "--data-dir", "d", "--json");
    const letters = list.stdout.trim().split("\n").map((line) => JSON.parse(line));
    const lines = TEXT.split("\n");
    for (
      const [index, { line, record, of }] of [{ line: 2, record: 2, of: 11 }, { line: 5, record: 1, of: 14 }].entries()
    ) {
      const letter = letters[index];
      assert.partialDeepStrictEqual(letter, { line, rule: "unknown_enum" });
      assert.match(letter.reason, new RegExp(`^Record ${record} of the line: data\\.side "cross"`));
      // The place is the record's own.
      assert.ok(TEXT.slice(letter.offset, letter.offset + letter.length) === trade(of, "cross"));
      const shown = await program.run("dlq", "show", String(letter.id), "--data-dir", "d");
      assert.ok(shown.stdout.includes(frame(trade(of, "cross")).trim()), shown.stdout);
      assert.ok(lines[line - 1]?.includes(trade(of, "cross")));
    }

    const { stdout: shown } = await program.run("formats", "show", "kraken-ws-trades");
    const mapping = JSON.parse(shown);
    const fields = {
      ...mapping.fields,
      side: { ...mapping.fields.side, as: { buy: "BUY", sell: "SELL", cross: "UNKNOWN" } },
    };
    await Deno.writeTextFile(join(folder, "mine.json"), JSON.stringify({ ...mapping, fields }));
    const replay = await program.run("dlq", "replay", "--format", "mine.json", "--data-dir", "d", "--json");
    assert.equal(replay.exitCode, 0, replay.stderr);
    assert.partialDeepStrictEqual(JSON.parse(replay.stdout), { letters: 2, replayed: 2, still_refused: 0 });
    const ids = recordsIn(program);
    assert.deepEqual([...ids.keys()], ["10", "11", "12", "13", "14", "15", "16", "17"]);

    // A line for each record has the same ids.
    const other = new TestProgram({ cwd: folder });
    const each = [10, 11, 12, 13, 14, 15, 16, 17].map((id) => frame(trade(id))).join("");
    await Deno.writeTextFile(join(folder, "lines.ndjson"), each);
    const load = await other.run("load", "lines.ndjson", "--format", "kraken-ws-trades", "--data-dir", "e");
    assert.equal(load.exitCode, 0, load.stderr);
    assert.deepEqual(recordsIn(other), ids);
  });
});

Deno.test("a line that has got more records, or another one, is no other file", async () => {
  for (
    const { limit, changed } of [
      { limit: [], changed: frame(trade(10), trade(11), trade(12), trade(13)) },
      { limit: ["--limit", "2"], changed: frame(trade(10), trade(11), trade(12), trade(13)) },
      { limit: ["--limit", "2"], changed: frame(trade(14), trade(11), trade(12)) },
    ]
  ) {
    await inFolder(async (folder) => {
      const program = new TestProgram({ cwd: folder }), file = join(folder, "messages.ndjson");
      const load = (...flags: readonly string[]) =>
        program.run("load", "messages.ndjson", "--format", "kraken-ws-trades", "--data-dir", "d", ...flags);
      await Deno.writeTextFile(file, frame(trade(10), trade(11), trade(12)));
      const first = await load(...limit);
      assert.equal(first.exitCode, 0, first.stderr);
      const before = [...recordsIn(program).keys()];
      await Deno.writeTextFile(file, changed);
      const { exitCode, stderr } = await load();
      assert.equal(exitCode, 5, stderr);
      assert.deepEqual([...recordsIn(program).keys()], before);
      const rest = await load("--only-missing");
      assert.equal(rest.exitCode, 0, rest.stderr);
      recordsIn(program);
    });
  }
});

Deno.test("a line with a key twice, and one over the limit, is one letter; corrected, --only-missing writes its records", async () => {
  await inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder }), file = join(folder, "messages.ndjson");
    const load = (...flags: readonly string[]) =>
      program.run("load", "messages.ndjson", "--format", "kraken-ws-trades", "--data-dir", "d", "--json", ...flags);
    const twice = frame(trade(11), trade(12).replace("{", '{"trade_id":0,'), trade(13));
    const long = frame(trade(14), trade(15).replace("{", `{"note":"${"x".repeat(1_048_576)}",`));
    await Deno.writeTextFile(file, [frame(trade(10)), twice, long, frame(trade(16))].join(""));
    const first = await load();
    assert.deepEqual([first.exitCode, [...recordsIn(program).keys()]], [4, ["10", "16"]], first.stderr);
    const list = await program.run("dlq", "list", "--data-dir", "d", "--json");
    const letters = list.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(letters.map(({ line, rule }) => [line, rule]), [[2, "duplicate_key"], [3, "row_too_long"]]);
    assert.deepEqual(letters.map(({ original_text }) => original_text), [twice.trim(), long.slice(0, 65_536)]);
    const replay = await program.run("dlq", "replay", "--format", "kraken-ws-trades", "--data-dir", "d", "--json");
    assert.partialDeepStrictEqual(JSON.parse(replay.stdout), { letters: 2, replayed: 0 });
    const corrected = [frame(trade(10)), frame(trade(11), trade(12), trade(13)), frame(trade(14)), frame(trade(15))];
    await Deno.writeTextFile(file, [...corrected, frame(trade(16))].join(""));
    const rest = await load("--only-missing");
    assert.partialDeepStrictEqual(JSON.parse(rest.stdout), { acked: 5, dead_letters_open: 0, dead_letters_retired: 2 });
    assert.deepEqual([rest.exitCode, [...recordsIn(program).keys()]], [0, ["10", "11", "12", "13", "14", "15", "16"]]);
  });
});
