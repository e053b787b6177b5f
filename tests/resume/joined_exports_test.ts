/**
 * Exports that were joined into one file, the second with its columns in another order: no row of it is read by the
 * first one's header, and following the advice in a shell loads every row once with its own values.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { TestProgram } from "../support/cli.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { inFolder } from "../support/temp_folder.ts";

const FLAGS = ["--format", "csv", "--exchange", "NYSE", "--currency", "USD", "--data-dir", "d"];
const HEADER = "symbol,timestamp,price,quantity\n";
const SWAPPED = "symbol,timestamp,quantity,price\n";
const instant = (minute: number) => `2024-01-02T10:${String(minute).padStart(2, "0")}:00Z`;
/** For each minute the price is the minute in hundreds, and the quantity is the minute. */
const rows = (from: number, count: number, isSwapped = false) =>
  Array.from({ length: count }, (_, index) => {
    const minute = from + index, values = [String(minute * 100), String(minute)];
    return `X,${instant(minute)},${(isSwapped ? values.reverse() : values).join(",")}\n`;
  }).join("");

/** Price and quantity of each record, by its minute. */
function valuesIn(program: TestProgram): readonly string[] {
  const codec = codecFor("trade", "v2");
  const partitions = program.log.broker.topic("market.equities.trades.nyse")?.partitions ?? [];
  return partitions.flatMap(({ records }) =>
    records.map(({ value }) => codec.decode(parseFrame(value ?? new Uint8Array()).body))
  )
    .map(({ timestamp, price, quantity }) => `${new Date(timestamp / 1000).getUTCMinutes()} ${price} ${quantity}`);
}

const expected = (count: number) =>
  Array.from({ length: count }, (_, index) => `${index + 1} ${(index + 1) * 100} ${index + 1}`);

const bytesOf = (name: string, bytes: Uint8Array) => name.endsWith(".gz") ? gzipSync(bytes) : bytes;

for (const name of ["day's.csv", "NEW.csv", "day.csv.gz"]) {
  Deno.test(`a second header in another order ends the load of ${name}, and the rest is loaded once by its own`, async () => {
    await inFolder(async (folder) => {
      const text = `${HEADER}${rows(1, 3)}${HEADER}${rows(4, 2)}${SWAPPED}${rows(6, 4, true)}`;
      const bytes = new TextEncoder().encode(text);
      await Deno.writeFile(join(folder, name), bytesOf(name, bytes));
      const program = new TestProgram({ cwd: folder });
      const load = (...paths: readonly string[]) => program.run("load", ...paths, "--data-type", "trades", ...FLAGS);
      let command = "";
      for (let round = 0; round < 2; round++) {
        const { exitCode, stderr } = await load(name);
        assert.equal(exitCode, 5, stderr);
        assert.match(
          stderr,
          /Line 8 of .* names its columns anew.*line 1: symbol,timestamp,price,quantity\n.*line 8: symbol,timestamp,quantity,price\n/s,
        );
        assert.deepEqual(valuesIn(program).toSorted(), expected(5), "no row after it is written");
        command = /^ *(.*tail -n .8.*)$/m.exec(stderr)?.[1] ?? "";
      }
      const letters = await program.run("dlq", "list", "--data-dir", "d", "--json");
      assert.equal(letters.stdout.trim(), "");
      const { success, stderr } = await new Deno.Command("sh", { args: ["-c", command], cwd: folder }).output();
      assert.ok(success, `${command}\n${new TextDecoder().decode(stderr)}`);
      const rest = /> (NEW\S*)$/.exec(command)?.[1] ?? "";
      for (let round = 0; round < 2; round++) {
        const { exitCode, stderr } = await load(rest);
        assert.equal(exitCode, 0, stderr);
        assert.deepEqual(valuesIn(program).toSorted(), expected(9));
      }
      // Without the rows that the other file has now, it is a loaded file.
      await Deno.writeFile(join(folder, "first"), bytesOf(name, bytes.subarray(0, text.indexOf(SWAPPED))));
      await Deno.rename(join(folder, "first"), join(folder, name));
      const { exitCode, stderr: told } = await load(name, rest);
      assert.equal(exitCode, 0, told);
      assert.deepEqual(valuesIn(program).toSorted(), expected(9));
    });
  });
}
