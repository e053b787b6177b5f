/** Loads of lines that have several records each, killed at every one of them: none is lost, and none is there twice. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openFileSource } from "../../sources/files/file_source.ts";
import { formatOf } from "../../sources/formats/mapping/mapped_format.ts";
import { checkMapping } from "../../sources/formats/mapping/parse_mapping.ts";
import { MortalProcess } from "../support/mortal_process.ts";
import { assertWhole, resumeBench, timeUntil, whileTimePasses } from "../support/resume_harness.ts";
import { inFolder } from "../support/temp_folder.ts";

const FORMAT = formatOf([checkMapping({
  name: "frames",
  summary: "frames",
  dataType: "trades",
  rows: { form: "json", each: "data", only: [{ from: "ch", keep: ["trade"], skip: ["heartbeat"] }] },
  fields: {
    symbol: "data.0",
    timestamp: { as: "epoch", from: "data.1", unit: "ms" },
    price: "data.2",
    quantity: "data.3",
    currency: { constant: "AUD" },
  },
}, "frames.json")]);

// The same trade more than once, so that only its number among the equal ones tells it.
const TRADES = [0, 0, 1, 1, 1, 0, 2, 2, 3, 3, 3, 3].map((ms) => `["BHP",171495360000${ms},45.5,1]`);
const frame = (...trades: readonly string[]) => `{"ch":"trade","data":[${trades.join()}]}\n`;
const TEXT = [
  frame(...TRADES.slice(0, 3)),
  '{"ch":"heartbeat"}\n',
  frame(...TRADES.slice(3, 4)),
  frame(...TRADES.slice(4, 8), "[]"),
  frame(),
  frame(...TRADES.slice(8)),
].join("");
const ROWS = 13, GOOD_ROWS = 12, BAD_ROW = 9;

Deno.test("a load that dies at any record of a line is resumed after the last one that was written", async () => {
  for (let atRow = 1; atRow <= ROWS; atRow++) {
    await inFolder(async (folder) => {
      const path = join(folder, "frames.ndjson");
      await Deno.writeTextFile(path, TEXT);
      using plain = resumeBench(folder, { pipeline: { batchRows: 2, windowRows: 4, checkpointRows: 2 } });
      const { broker, clock, settings, around } = plain;
      const bench = {
        ...plain,
        sourceOf: (path: string) =>
          openFileSource({
            path,
            format: FORMAT,
            kind: "trade",
            exchange: "ASX",
            assetClass: "equities",
            timeZone: "UTC",
            clock,
          }),
      };
      const first = await MortalProcess.start(around, {
        settings,
        random: () => 0.5,
        death: { atRow, stored: atRow % 3 > 0 },
      });
      const { done } = await first.runtime.addSource(bench.sourceOf(path));
      let isDone = false;
      done.catch(() => undefined).finally(() => isDone = true);
      await timeUntil(clock, () => isDone || !first.alive);
      assert.equal(first.alive, atRow === BAD_ROW);
      await whileTimePasses(clock, first.remove());
      const last = await MortalProcess.start(around, { settings, random: () => 0.5 });
      const ended = (await last.runtime.addSource(bench.sourceOf(path))).done;
      assert.equal((await whileTimePasses(clock, ended)).type, "completed");
      await whileTimePasses(clock, last.remove());
      await assertWhole(bench, [path]);
      const written = broker.appends.flatMap(({ records }) => records);
      assert.equal(written.length, GOOD_ROWS, `dead at row ${atRow}`);
    });
  }
});
