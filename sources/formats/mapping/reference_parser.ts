/**
 * Parses rows of reference data, which happen at no instant and are few: each becomes a record.
 *
 * @module
 */
import type { OpenInstant } from "../../../records/ids/open_instant.ts";
import type { SourceRow } from "../../source.ts";
import type { Reading, RowSettings } from "../format.ts";
import { LocalDates } from "../local_dates.ts";
import { type Draft, draftReferenceData } from "../named_records.ts";
import { NamedRow } from "../named_row.ts";
import { badForm, decodeText, goodRow, NOT_UTF8, type RawRow, refusedRow, type RowParser } from "../row_parser.ts";
import type { LaterHeaders } from "./later_headers.ts";
import type { NamedCells } from "./named_plan.ts";

/** What rows are read with. */
export interface ReferenceReading extends Reading {
  readonly cells: NamedCells;
  /** Rows may be texts alone, so another header could pass as a record. Null of a file without a header. */
  readonly headers: LaterHeaders | null;
}

/** Makes records of rows by the names of their fields. */
export class ReferenceParser implements RowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  readonly #settings: RowSettings;
  readonly #cells: NamedCells;
  readonly #headers: LaterHeaders | null;
  readonly #dates: LocalDates;

  constructor(settings: RowSettings, { instant, cells, headers }: ReferenceReading) {
    this.instant = instant;
    this.#settings = settings;
    this.#cells = cells;
    this.#headers = headers;
    this.#dates = new LocalDates(settings.timeZone);
  }

  refusalOf(raw: RawRow): unknown {
    const fault = this.#cells.splitRow(raw);
    if (fault !== null) return fault;
    try {
      this.#draft(raw).finish(this.ingestionMicros);
      return null;
    } catch (error) {
      return error;
    }
  }

  parse(raw: RawRow): SourceRow {
    const cells = this.#cells, headers = this.#headers;
    const fault = cells.splitRow(raw);
    if (fault !== null) return headers === null ? fault : headers.refused(raw, fault);
    if (!cells.isPlain && decodeText(raw.buffer.subarray(raw.start, raw.end)) === null) {
      return badForm(raw, "invalid_utf8", NOT_UTF8);
    }
    const header = headers === null ? null : headers.named(raw);
    if (header !== null) return header;
    let messageId: string | null = null;
    try {
      const draft = this.#draft(raw);
      messageId = draft.messageId;
      return goodRow(raw, draft.finish(this.ingestionMicros), { messageId, tradeDate: draft.tradeDate });
    } catch (error) {
      const bad = refusedRow(raw, error);
      return messageId === null ? bad : { ...bad, messageId };
    }
  }

  #draft({ row }: RawRow): Draft {
    return draftReferenceData(new NamedRow(this.#cells.values()), {
      settings: this.#settings,
      dates: this.#dates,
      instant: this.instant,
      number: row,
      ingestionMicros: this.ingestionMicros,
    });
  }
}
