/**
 * `deno task test:fuzz [--inputs N] [--seed S] [PARSER…]`: feeds every parser of outside text with inputs made from its
 * corpus, a million each, and prints the outcomes. Exits with 1 at the first input that a parser handles wrongly, and
 * prints the seed and the input; add that input to tests/fuzz/corpus/PARSER.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { systemClock } from "../kernel/clock.ts";
import { type FuzzAnswer, type FuzzWork, IN_HAND_HEADER } from "../tests/fuzz/fuzz_worker.ts";
import { PARSERS } from "../tests/fuzz/parsers.ts";
import { type FuzzReport, shownInput } from "../tests/fuzz/run_fuzz.ts";
import { grouped } from "../cli/shared/progress.ts";
import { formatTable } from "../cli/shared/table.ts";

const INPUTS = 1_000_000;
/** A parser that needs longer for one input counts as hung. */
const HANG_MS = 20_000;
const POLL_MS = 500;
const IN_HAND_BYTES = 1 << 20;

/** Runs one parser in its own thread. */
async function fuzz(parser: string, { inputs, seed }: { inputs: number; seed: number }): Promise<FuzzAnswer> {
  const inHand = new SharedArrayBuffer(IN_HAND_HEADER + IN_HAND_BYTES);
  const workerData: FuzzWork = { parser, inputs, seed, inHand };
  const worker = new Worker(new URL("../tests/fuzz/fuzz_worker.ts", import.meta.url), { workerData });
  const ended = new AbortController();
  const answer = new Promise<FuzzAnswer>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  try {
    return await Promise.race([answer, hang({ inHand, parser, seed }, ended.signal)]);
  } finally {
    ended.abort();
    await worker.terminate();
  }
}

/** Resolves when a parser has worked on one input for too long. */
async function hang(
  { inHand, parser, seed }: Pick<FuzzWork, "inHand" | "parser" | "seed">,
  signal: AbortSignal,
): Promise<FuzzAnswer> {
  const header = new Int32Array(inHand, 0, 2);
  let begun = 0, since = systemClock.monotonic();
  while (!signal.aborted) {
    await systemClock.sleep(POLL_MS, signal).catch(() => {});
    const now = Atomics.load(header, 0);
    if (now !== begun || now === 0) [begun, since] = [now, systemClock.monotonic()];
    if (systemClock.monotonic() - since < HANG_MS) continue;
    const input = new Uint8Array(inHand, IN_HAND_HEADER, header[1]).slice();
    const failure = `${parser} does not come back from input ${now} of seed ${seed}, those of the corpus included`;
    return { failure: `${failure}\ninput in hex: ${shownInput(input)}`, input };
  }
  return { failure: "stopped", input: null };
}

/** Writes an input to its own file. */
async function keep(parser: string, input: Uint8Array): Promise<string> {
  const file = await Deno.makeTempFile({ prefix: `tickflume-fuzz-${parser}-` });
  await Deno.writeFile(file, input);
  return file;
}

function rowOf({ parser, inputs, accepted, refused, seconds, slowest }: FuzzReport): string[] {
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return [
    parser,
    grouped(inputs),
    grouped(accepted),
    seconds.toFixed(1),
    `${slowest.millis.toFixed(1)} ms (${grouped(slowest.bytes)} bytes)`,
    codes.map(([code, count]) => `${code} ${grouped(count)}`).join(", "),
  ];
}

const COLUMNS = [
  { title: "PARSER" },
  { title: "INPUTS", align: "right" },
  { title: "ACCEPTED", align: "right" },
  { title: "SECONDS", align: "right" },
  { title: "SLOWEST" },
  { title: "REFUSED" },
] as const;

function readArguments(args: readonly string[]) {
  const options = { inputs: { type: "string" }, seed: { type: "string" } } as const;
  // The task runner passes a leading "--" on.
  const given = args[0] === "--" ? args.slice(1) : [...args];
  const { values, positionals } = parseArgs({ args: given, options, allowPositionals: true });
  const number = (name: "inputs" | "seed", fallback: number) => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} needs a whole number.`);
    return value;
  };
  const unknown = positionals.find((name) => PARSERS.every((parser) => parser.name !== name));
  if (unknown !== undefined) {
    throw new TypeError(`There is no parser ${unknown}. There are ${PARSERS.map(({ name }) => name).join(", ")}.`);
  }
  const names = PARSERS.map(({ name }) => name).filter((name) =>
    positionals.length === 0 || positionals.includes(name)
  );
  const [fresh = 1] = crypto.getRandomValues(new Uint32Array(1));
  return { names, inputs: number("inputs", INPUTS), seed: number("seed", fresh) };
}

function usage(): string {
  return `usage: deno task test:fuzz [--inputs N] [--seed S] [PARSER…]\nParsers: ${
    PARSERS.map(({ name }) => name).join(", ")
  }`;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage());
    return 0;
  }
  let work;
  try {
    work = readArguments(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    return 2;
  }
  const { names, inputs, seed } = work;
  console.error(`Seed ${seed}, ${grouped(inputs)} inputs for each parser.`);
  const rows: string[][] = [];
  for (const parser of names) {
    const answer = await fuzz(parser, { inputs, seed });
    if ("failure" in answer) {
      console.error(answer.failure);
      if (answer.input !== null) console.error(`The whole input is in ${await keep(parser, answer.input)}`);
      return 1;
    }
    rows.push(rowOf(answer.report));
    console.error(`${parser}: ${answer.report.seconds.toFixed(1)} s`);
  }
  console.log(formatTable(COLUMNS, rows));
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
