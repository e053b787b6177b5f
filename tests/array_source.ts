/** A source of rows that are in memory, for tests: resumable, with hooks. */
import { NO_OPEN_INSTANT } from "../records/open_instant.ts";
import type { AssetClass, RecordKind } from "../schemas/record_types.ts";
import type { RowBatch, RowReader, RowSource, SourcePosition, SourceRow } from "../sources/source.ts";

export interface ArraySourceOptions {
  readonly id?: string;
  readonly kind?: RecordKind;
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
  readonly #rows: readonly SourceRow[];
  readonly #beforeRead: (row: number) => void | Promise<void>;

  constructor(rows: readonly SourceRow[], options: ArraySourceOptions = {}) {
    this.id = options.id ?? "array";
    this.name = this.id;
    this.kind = options.kind ?? "trade";
    this.bytes = rows.length * 10;
    this.#rows = rows;
    this.#beforeRead = options.beforeRead ?? (() => {});
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
        return { kind: this.kind, rows, from, next: positionAt(at), raw };
      },
      close: () => Promise.resolve(),
    });
  }
}

function positionAt(row: number): SourcePosition {
  return { row, line: row, offset: row * 10, openInstant: NO_OPEN_INSTANT };
}
