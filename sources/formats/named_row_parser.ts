/**
 * Parses rows with named fields into records: the common part of all such formats.
 *
 * @module
 */
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { SourceRow } from "../source.ts";
import type { Reading, RowSettings } from "./format.ts";
import type { JsonRowValue } from "./json_row.ts";
import { LocalDates } from "./local_dates.ts";
import { draftOf } from "./named_records.ts";
import { NamedRow } from "./named_row.ts";
import { goodRow, type RawRow, refusedRow } from "./row_parser.ts";

/** Makes records from rows by the names of their fields. */
export abstract class NamedRowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  protected readonly kind: RecordKind;
  readonly #settings: RowSettings;
  readonly #dates: LocalDates;

  constructor(settings: RowSettings, { instant }: Reading) {
    this.kind = settings.kind;
    this.instant = instant;
    this.#settings = settings;
    this.#dates = new LocalDates(settings.timeZone);
  }

  protected parseValues(raw: RawRow, values: ReadonlyMap<string, JsonRowValue>): SourceRow {
    let messageId: string | null = null;
    try {
      const draft = draftOf(new NamedRow(values), {
        settings: this.#settings,
        dates: this.#dates,
        instant: this.instant,
        number: raw.row,
        ingestionMicros: this.ingestionMicros,
      });
      messageId = draft.messageId;
      return goodRow(raw, draft.finish(this.ingestionMicros), { messageId, tradeDate: draft.tradeDate });
    } catch (error) {
      const bad = refusedRow(raw, error);
      return messageId === null ? bad : { ...bad, messageId };
    }
  }
}
