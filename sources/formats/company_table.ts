/**
 * Company numbers and their symbols, from a reference file such as `company_info.csv`: comma-separated, with a header
 * that names at least `company_id` and `symbol`, in any case.
 *
 * @module
 */
import { splitTexts } from "./csv_row.ts";
import { DelimitedCells } from "./delimited_cells.ts";
import { LineReader } from "../files/line_reader.ts";
import { emptyCut } from "../files/row_cut.ts";
import type { RawRow } from "./row_parser.ts";
import { SourceError } from "../source.ts";
import { sourceErrorOf } from "../files/source_path.ts";

/** Finds the symbol of a company number. */
export class CompanyTable {
  /** For error messages. */
  readonly file: string;
  readonly #symbols: ReadonlyMap<string, string>;

  constructor(file: string, symbols: ReadonlyMap<string, string>) {
    this.file = file;
    this.#symbols = symbols;
  }

  /** The company's symbol; null if the company is not in the table. */
  symbolOf(companyId: string): string | null {
    return this.#symbols.get(companyId) ?? null;
  }
}

/**
 * Reads a table of companies.
 *
 * @throws {SourceError} If the file cannot be read, `bad_header`, or `bad_option` if a line does not describe a company.
 */
export async function readCompanyTable(file: string): Promise<CompanyTable> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(file);
  } catch (cause) {
    throw sourceErrorOf(cause, file);
  }
  return await parseCompanyTable(bytes, file);
}

/**
 * Reads a table of companies from the bytes of its file.
 *
 * @param file The path, for messages.
 * @throws {SourceError} `bad_header`, or `bad_option` if a line does not describe a company.
 */
export async function parseCompanyTable(bytes: Uint8Array, file: string): Promise<CompanyTable> {
  const lines = await splitLines(bytes, file);
  const [header, ...rows] = lines;
  const names = (header ?? []).map((name) => name.trim().toLowerCase());
  const idColumn = names.indexOf("company_id"), symbolColumn = names.indexOf("symbol");
  if (idColumn < 0 || symbolColumn < 0) {
    throw new SourceError("bad_header", `The first line of ${file} must name the columns company_id and symbol.`);
  }
  const symbols = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    const companyId = row[idColumn] ?? "", symbol = row[symbolColumn] ?? "";
    const other = symbols.get(companyId);
    if (row.length !== names.length || companyId === "" || symbol === "" || (other !== undefined && other !== symbol)) {
      const why = other !== undefined && other !== symbol
        ? `company ${companyId} is ${other} further up`
        : "incomplete";
      throw new SourceError("bad_option", `Company ${index + 1} in ${file} cannot be used: ${why}. Correct the file.`);
    }
    symbols.set(companyId, symbol);
  }
  return new CompanyTable(file, symbols);
}

async function splitLines(bytes: Uint8Array, file: string): Promise<string[][]> {
  let at = 0;
  const input = {
    read(buffer: Uint8Array): Promise<number | null> {
      const part = bytes.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
  const lines = new LineReader(input, { quoted: true, maxRowBytes: bytes.length });
  const cut = emptyCut();
  const csv = new DelimitedCells();
  const rows: string[][] = [];
  for (let line = 1;;) {
    const taken = lines.take(cut);
    if (taken === "more") {
      await lines.fill();
      continue;
    }
    if (taken !== "row") return rows;
    const { start, end, length } = cut;
    const raw: RawRow = { row: 0, line, offset: 0, buffer: lines.buffer, start, end, length };
    line += cut.lines;
    if (length === 0) continue;
    const texts = splitTexts(csv, raw);
    if (!Array.isArray(texts)) throw new SourceError("bad_option", `Line ${raw.line} of ${file}: ${texts.reason}`);
    rows.push(texts);
  }
}
