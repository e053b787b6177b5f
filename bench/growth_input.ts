/**
 * The input of the part `growth`: tick files of other sizes, and the same rows with few or many keys in one csv file.
 *
 * @module
 */
import { join } from "node:path";
import { generateSample } from "../cli/sample_data.ts";
import { daysOf, type InputOptions, madeOnce } from "./input.ts";
import { FILES } from "./workloads.ts";

/** Files of trades, and the table that gives tick files their symbols. */
export interface TradesInput {
  readonly trades: readonly string[];
  readonly reference: string;
}

/**
 * The requested number of trades, in {@link FILES} tick files of as many symbols: like the files of the whole bench, in
 * another size.
 */
export async function ensureTicks({ cache, rows, seed, say }: InputOptions): Promise<TradesInput> {
  const name = `trades-${rows}-seed-${seed}`;
  return await madeOnce({ cache, name, makers: ["../cli/sample_data.ts"], say }, async (dir) => {
    const each = rows / FILES;
    const { trades, companyInfo } = await generateSample({
      seed,
      dir,
      rows: each,
      symbols: FILES,
      days: daysOf(each),
      kinds: ["trades"],
      busy: true,
    });
    return { trades: trades.map(({ path }) => path), reference: companyInfo };
  });
}

/** A csv file of trades with this number of keys. */
export async function ensureKeys(
  { cache, rows, keys, say }: Omit<InputOptions, "seed"> & { readonly keys: number },
): Promise<string> {
  const name = `keys-${rows}-${keys}`;
  return await madeOnce({ cache, name, makers: ["growth_input.ts"], say }, async (dir) => {
    const path = join(dir, "trades.csv");
    await writeKeys(path, { rows, keys });
    return path;
  });
}

const FIRST_MICROS = 1_717_200_000_000_000;
const ROWS_OF_INSTANT = 3;
const MICROS_BETWEEN = 100_000;
/** A prime number, so that the keys come in mixed order, and each equally often. */
const STRIDE = 7_919;
const LINES_OF_CHUNK = 10_000;

/** Writes the rows; with any number of keys they differ only in the symbol. */
export async function writeKeys(
  path: string,
  { rows, keys }: { readonly rows: number; readonly keys: number },
): Promise<void> {
  await Deno.writeTextFile(path, ReadableStream.from(textOf(rows, keys)));
}

/** Lines in one write. */
function* textOf(rows: number, keys: number): Generator<string> {
  let lines = "symbol,timestamp,price,quantity\n";
  for (let row = 0; row < rows; row++) {
    const symbol = String(row * STRIDE % keys).padStart(5, "0");
    const micros = FIRST_MICROS + Math.floor(row / ROWS_OF_INSTANT) * MICROS_BETWEEN;
    const price = ((2_000 + row % 1_009) / 100).toFixed(2);
    lines += `K${symbol},${micros},${price},${1 + row % 503}\n`;
    if (row % LINES_OF_CHUNK === 0) {
      yield lines;
      lines = "";
    }
  }
  yield lines;
}
