/**
 * The order of the files of a run. In a topic that keeps only the latest record of each key it says which of two files is to
 * have the last word.
 *
 * @module
 */
import type { RowSource } from "../../sources/source.ts";
import type { LogRecord } from "../../transport/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import type { KnownOrigin } from "./origin_owners.ts";

/** Options of {@link PlacesInRun}. */
export interface PlacesInRunOptions {
  readonly files: () => readonly RowSource[];
  readonly known: () => Iterable<KnownOrigin>;
}

export class PlacesInRun {
  readonly #options: PlacesInRunOptions;

  constructor(options: PlacesInRunOptions) {
    this.#options = options;
  }

  /** The place of a source; null if it is not known. */
  of(source: string): number | null {
    const place = this.#options.files().findIndex(({ id }) => id === source);
    return place < 0 ? null : place;
  }

  /**
   * Tells which row of which file of the run a record holds, as far as checkpoints tell. As they are when the first record
   * is asked for.
   */
  ofRecords(): (record: Pick<LogRecord, "headers">) => { readonly place: number; readonly row: number } | null {
    let sources: ReadonlyMap<string, string> | null = null;
    return (record) => {
      const found = sourceOf(record);
      if (found === null) return null;
      sources ??= new Map(Array.from(this.#options.known(), ({ origin, source }) => [origin, source]));
      const source = sources.get(found.origin);
      const place = source === undefined ? null : this.of(source);
      return place === null ? null : { place, row: found.row };
    };
  }
}
