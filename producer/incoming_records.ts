/**
 * The records of one dataset as they come from callers: each is checked, and goes into columns if it fits in them.
 *
 * @module
 */
import type { EventColumns } from "../records/columns/event_columns.ts";
import { RecordEntry } from "../records/columns/record_entry.ts";
import { type Destination, prepareRecord } from "../records/prepare.ts";
import type { RecordV2, Unscaled } from "../schemas/record_types.ts";
import type { Dataset } from "../sources/source.ts";
import { recordBytes, rowBytes } from "./record_bytes.ts";

export class IncomingRecords {
  readonly dataset: Dataset;
  readonly #destination: Destination;
  /** Null for reference data, which no columns hold. */
  readonly #entry: RecordEntry | null;
  #record: Unscaled<RecordV2> | null = null;
  #busy = false;

  constructor(dataset: Dataset, destination: Destination) {
    this.dataset = dataset;
    this.#destination = destination;
    this.#entry = dataset.kind === "reference_data" ? null : new RecordEntry(dataset.kind, destination);
  }

  /**
   * Reads a record, which `take` gets at once; the properties and other methods are about it meanwhile. While it is read
   * and taken, another one may come by way of a getter or an observer of the program: that is read apart from it.
   *
   * @throws {RecordError} As `prepareRecord` does.
   */
  read<T>(value: unknown, take: (incoming: IncomingRecords) => T): T {
    if (this.#busy) return new IncomingRecords(this.dataset, this.#destination).read(value, take);
    this.#busy = true;
    try {
      const { kind } = this.dataset;
      this.#record = this.#entry === null ? prepareRecord(kind, value, this.#destination) : this.#entry.read(value);
      return take(this);
    } finally {
      this.#busy = false;
      this.#record = null;
    }
  }

  /** The record, if columns do not hold it. */
  get record(): Unscaled<RecordV2> | null {
    return this.#record;
  }

  get messageId(): string {
    return this.#record?.message_id ?? this.#entry?.messageId ?? "";
  }

  /** About how much memory it takes while its call is pending. */
  get bytes(): number {
    return this.#record === null ? rowBytes(this.#entry?.textLength ?? 0) : recordBytes(this.#record);
  }

  /** Columns for records like it; null if there are none for this kind. */
  columns(capacity: number): EventColumns | null {
    return this.#entry?.columns(capacity) ?? null;
  }

  /** Appends it to columns. */
  addTo(columns: EventColumns): void {
    if (this.#record === null) this.#entry?.addTo(columns);
    else columns.skip();
  }
}
