import assert from "node:assert/strict";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import { withDecimals } from "../../records/record_decimals.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { Format } from "../../sources/formats/format.ts";
import { formatNamed } from "../../sources/formats/formats.ts";
import type { SourceRow } from "../../sources/source.ts";
import { FIXED_CLOCK } from "./source_input.ts";

/** A file as a vendor names and writes it. */
export interface VendorFile {
  /** A name, or a mapping of one's own. */
  readonly format: string | Format;
  /** With which the format takes symbol and date. */
  readonly name: string;
  readonly lines: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

/** The rows of a file, and why reading stopped before its end. */
interface ReadFile {
  readonly rows: readonly SourceRow[];
  /** Null if it did not. */
  readonly error: unknown;
  /** What the lines say that are passed over, each behind its number. */
  readonly passedOver: readonly string[];
}

/** Reads a file as the vendor would name it. */
export async function readVendorFile({ format, name, lines, options = {} }: VendorFile): Promise<ReadFile> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, name);
    await Deno.writeTextFile(path, lines.map((line) => `${line}\n`).join(""));
    const about = typeof format === "string" ? formatNamed(format) : format;
    const [kind] = (["trade", "quote"] as const).filter((one) => one in about.rows);
    assert.ok(kind !== undefined);
    const passedOver: string[] = [];
    const source = openFileSource({
      onPassedOver: (line, proof) => passedOver.push(`${line}: ${proof ?? ""}`),
      path,
      format: about,
      kind,
      exchange: about.exchange ?? "NYSE",
      assetClass: about.assetClass ?? "equities",
      timeZone: "UTC",
      clock: { ...FIXED_CLOCK, now: () => Date.UTC(2027, 0, 1) },
      ...options,
    });
    const reader = await source.open();
    const rows: SourceRow[] = [];
    try {
      for (let batch = await reader.next(3); batch !== null; batch = await reader.next(3)) rows.push(...batch.rows);
      return { rows, error: null, passedOver };
    } catch (error) {
      return { rows, error, passedOver };
    } finally {
      await reader.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * What a row became, for a comparison with literals: the values of its record that say more than a default, or the rule
 * that it breaks. Ids that are derived are left out.
 */
export function shownValues(row: SourceRow): unknown {
  if (!row.ok) return row.rule;
  const { record } = row;
  assert.ok("price" in record || "bid_price" in record);
  const values = "price" in record ? withDecimals("trade", "v2", record) : withDecimals("quote", "v2", record);
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      if (key === "message_id" || key === "ingestion_timestamp" || key === "exchange" || key === "asset_class") {
        return [];
      }
      if (value === null || value === "UNKNOWN" || (Array.isArray(value) && value.length === 0)) return [];
      const isDerived = key.endsWith("_id") && String(value).endsWith(`-${record.message_id.slice(0, 8)}`);
      return isDerived ? [] : [[key, Array.isArray(value) || value.constructor === Object ? value : plain(value)]];
    }),
  );
}

function plain(value: unknown): string | number {
  if (value instanceof Decimal) return value.toFixed();
  return typeof value === "number" ? value : String(value);
}
