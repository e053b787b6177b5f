/**
 * The input of the scenarios: real sample ticks if there are some, else generated ones.
 *
 * @module
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../kernel/clock.ts";
import { generateSample } from "../../cli/sample_data.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import type { JudgedFile } from "./judge.ts";

const REAL_TICKS = fileURLToPath(import.meta.resolve("../../../shared/data/asx/"));
const FIRST_COMPANY = 7078;

/** A trades file of one symbol. */
export interface InputFile {
  readonly path: string;
  readonly symbol: string;
  readonly companyId: string;
}

/** Files to load. */
export interface Input {
  readonly files: readonly InputFile[];
  /** Company table with all their symbols. */
  readonly reference: string;
  readonly rows: number;
  /** The rows as sources, for the audit and for loads in this process. */
  sources(): RowSource[];
  /** The files for the independent judge. */
  judged(): JudgedFile[];
}

/** Writes files with this many rows in total. Symbols after the first one have the same trades under other names. */
export async function prepareInput(
  options: { readonly dir: string; readonly rows: number; readonly symbols: number },
): Promise<Input> {
  const { dir, rows, symbols } = options;
  const each = Math.floor(rows / symbols);
  const lines = await tickLines("trades", dir, each);
  await Deno.mkdir(join(dir, "trades"), { recursive: true });
  const files: InputFile[] = [];
  for (let at = 0; at < symbols; at++) {
    const companyId = String(FIRST_COMPANY + at);
    const path = join(dir, "trades", `${companyId}.csv`);
    await Deno.writeTextFile(path, lines);
    files.push({ path, companyId, symbol: at === 0 ? "BHP" : `BHP${at}` });
  }
  const reference = join(dir, "company_info.csv");
  const table = files.map(({ companyId, symbol }) => `${companyId},${symbol},NAME,AU000000,05/07/2008,05/31/2024\r\n`);
  await Deno.writeTextFile(reference, `company_id,symbol,company_name,ISIN,start_date,end_date\r\n${table.join("")}`);
  return {
    files,
    reference,
    rows: lines.split("\n").length * symbols - symbols,
    sources: () => files.map((file) => tickSource(file, "trade")),
    judged: () => files.map((file) => ({ ...file, name: basename(file.path), contents: [file.path] })),
  };
}

async function tickLines(kind: "trades" | "quotes", dir: string, rows: number): Promise<string> {
  const real = await Deno.readTextFile(join(REAL_TICKS, kind, "7078.csv")).catch(() => null);
  if (real !== null) return firstLines(real, rows);
  const sample = await generateSample({ seed: 41, dir: join(dir, "generated"), rows, symbols: 1, kinds: [kind] });
  const [file] = sample[kind];
  return file === undefined ? "" : await Deno.readTextFile(file.path);
}

function firstLines(text: string, count: number): string {
  let end = 0;
  for (let line = 0; line < count; line++) {
    const next = text.indexOf("\n", end);
    if (next < 0) return text;
    end = next + 1;
  }
  return text.slice(0, end);
}

/** A file of quotes, as a source. */
export async function prepareQuotes(
  dir: string,
  rows: number,
): Promise<{ rows: number; judged: JudgedFile; source(): RowSource }> {
  await Deno.mkdir(dir, { recursive: true });
  const lines = await tickLines("quotes", dir, rows);
  const file: InputFile = { path: join(dir, "7078.csv"), symbol: "BHP", companyId: "7078" };
  await Deno.writeTextFile(file.path, lines);
  return {
    rows: lines.split("\n").length - 1,
    judged: { ...file, name: "quotes", format: "asx-ticks quotes", contents: [file.path] },
    source: () => tickSource(file, "quote"),
  };
}

/** A tick file as a source. */
export function tickSource({ path, symbol, companyId }: InputFile, kind: RecordKind): RowSource {
  return openFileSource({
    path,
    kind,
    format: "asx-ticks",
    exchange: "ASX",
    assetClass: "equities",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    symbol,
    companyId,
    clock: systemClock,
  });
}
