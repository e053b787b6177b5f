import assert from "node:assert/strict";
import { basename } from "node:path";
import { FILES } from "../workloads.ts";
import { type DoorFormat, ensureDoor } from "./door_files.ts";
import { unscaled } from "./tick_trades.ts";

Deno.test("ensureDoor() writes the same trades in each format, all of them, and says what a topic must have", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const rows = 3 * FILES;
    const door = async (format: DoorFormat) => {
      const { files, digest, whole } = await ensureDoor(format, { cache, rows, seed: 1, say: () => {} });
      const texts = await Promise.all(files.map((path) => Deno.readTextFile(path)));
      return { files, digest, whole, lines: texts.flatMap((text) => text.trim().split(/\r?\n/)) };
    };
    const [ticks, csv, json] = [await door("asx-ticks"), await door("csv"), await door("ndjson")];
    const [binance, massive] = [await door("binance-trades"), await door("massive-trades")];
    assert.equal(csv.digest, ticks.digest);
    assert.equal(json.digest, ticks.digest);
    assert.notEqual(massive.digest, ticks.digest);
    assert.deepEqual([ticks, csv, json, binance, massive].map(({ whole }) => whole), [true, true, true, false, false]);
    assert.deepEqual([csv, json, binance, massive].map(({ files }) => files.length), [FILES, FILES, FILES, 1]);
    // A header in each file of csv, and in that of Massive.
    assert.deepEqual(
      [ticks, csv, json, binance, massive].map(({ lines }) => lines.length),
      [rows, rows + FILES, rows, rows, rows + 1],
    );
    const [first = ""] = ticks.lines;
    const [, , price = "", quantity = ""] = first.split(",");
    const row: unknown = JSON.parse(json.lines[0] ?? "");
    assert.equal(csv.lines[1]?.split(",").slice(2, 4).join(), `${price},${quantity}`);
    assert.deepEqual([Reflect.get(Object(row), "price"), Reflect.get(Object(row), "quantity")], [
      Number(price),
      Number(quantity),
    ]);
    assert.match(binance.lines[0] ?? "", /^4358121000,\d+\.\d{8},\d+\.0{8},\d+\.\d{8},17\d{14},False,True$/);
    assert.match(
      massive.lines[1] ?? "",
      /^TFA,"12,37",0,4,\d+,171\d{16},\d+\.\d{6},3372,171\d{16},\d+\.0{6},1,202,\d+$/,
    );
    assert.equal(basename(binance.files[0] ?? ""), "TFAUSDT-trades-2025-01-01.csv");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("unscaled() never rounds", () => {
  assert.deepEqual(["36.78", "0.00000001", "7"].map(unscaled), [3_678_000_000, 1, 700_000_000]);
  assert.throws(() => unscaled("0.000000001"), /not exact/);
  assert.throws(() => unscaled("99999999999.5"), /not exact/);
});
