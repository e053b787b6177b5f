/** A source of rows in memory, for tests: resumable, with hooks. */
import { EventColumns, SharedFields } from "../../records/columns/event_columns.ts";
import { uuidToWords } from "../../records/ids/uuid_text.ts";
import { WideInteger } from "../../records/values/wide_integer.ts";
import type { AssetClass, RecordKind } from "../../schemas/record_types.ts";
import type { RowBatch, RowReader, RowSource, SourcePosition, SourceRow } from "../../sources/source.ts";
import { positionAt } from "./trades.ts";

export interface ArraySourceOptions {
  readonly id?: string;
  readonly kind?: RecordKind;
  /** Whether its trades also have columns. @default false */
  readonly columns?: boolean;
  /** Called before each read. */
  readonly beforeRead?: (row: number) => void | Promise<void>;
}

export class ArraySource implements RowSource {
  readonly id: string;
  readonly name: string;
  readonly kind: RecordKind;
  readonly exchange = "ASX";
  readonly assetClass: AssetClass = "equities";
  readonly bytes: number;
  readonly resumable = true;
  readonly bytesRead = (position: SourcePosition | null): number => (position?.row ?? 0) * 10;
  readonly #rows: readonly SourceRow[];
  readonly #beforeRead: (row: number) => void | Promise<void>;
  readonly #columns: boolean;

  constructor(rows: readonly SourceRow[], options: ArraySourceOptions = {}) {
    this.id = options.id ?? "array";
    this.name = this.id;
    this.kind = options.kind ?? "trade";
    this.bytes = rows.length * 10;
    this.#rows = rows;
    this.#beforeRead = options.beforeRead ?? (() => {});
    this.#columns = options.columns ?? false;
  }

  open(from?: SourcePosition): Promise<RowReader> {
    let at = from?.row ?? 0;
    return Promise.resolve({
      next: async (maxRows: number): Promise<RowBatch | null> => {
        await this.#beforeRead(at);
        const rows = this.#rows.slice(at, at + maxRows);
        if (rows.length === 0) return null;
        const from = positionAt(at);
        at += rows.length;
        const raw = ({ row }: { row: number }) => new TextEncoder().encode(`row ${row}`);
        const batch = { kind: this.kind, rows, from, next: positionAt(at), raw };
        // A copied batch has no columns, because it may have other rows.
        return this.#columns ? Object.assign(Object.create({ events: columnsOf(rows) }), batch) : batch;
      },
      close: () => Promise.resolve(),
    });
  }
}

/** Trades in columns; of their shared fields only the symbol differs. */
function columnsOf(rows: readonly SourceRow[]): EventColumns {
  const columns = new EventColumns("trade", 1_700_000_000_000_000, rows.length);
  const shared = new Map<string, SharedFields>();
  for (const row of rows) {
    if (!row.ok || !("price" in row.record)) {
      columns.skip();
      continue;
    }
    const { record } = row;
    const fields = shared.get(record.symbol) ?? new SharedFields("trade", record, row.tradeDate);
    shared.set(record.symbol, fields);
    columns.add(fields, {
      micros: record.timestamp,
      id: uuidToWords(row.messageId),
      decimals: [halvesOf(record.price), halvesOf(record.quantity)],
    });
  }
  return columns;
}

function halvesOf(value: number | bigint): WideInteger {
  const whole = BigInt(value);
  const halves = new WideInteger();
  halves.high = Number(whole >> 32n);
  halves.low = Number(BigInt.asIntN(32, whole));
  return halves;
}
