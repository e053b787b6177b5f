/**
 * Dead letters as a source: the original bytes of rows that could not be written, parsed once more, perhaps with other
 * settings. Row numbers and message ids stay what they were.
 *
 * @module
 */
import type { Clock } from "../kernel/clock.ts";
import { ALL_BY_ROW, OpenInstant } from "../records/ids/open_instant.ts";
import type { FieldIdentity } from "../records/ids/identity.ts";
import { uuidToBytes } from "../records/ids/uuid_text.ts";
import type { ByteInput } from "./files/input_window.ts";
import { LineReader } from "./files/line_reader.ts";
import type { ReadHeader, RowSettings } from "./formats/format.ts";
import { type RowOptions, rowSettingsOf } from "./formats/row_options.ts";
import { blankRow, type RawRow, type RowParser, withExactFault } from "./formats/row_parser.ts";
import {
  type GoodRow,
  type RowBatch,
  type RowPlace,
  type RowReader,
  type RowSource,
  SourceError,
  type SourcePosition,
  type SourceRow,
} from "./source.ts";

/** A row that has dead letters. */
export interface LetterRow extends RowPlace {
  /** All of the row, as it stood in its source. */
  readonly bytes: Uint8Array;
  /** The id that the row had; null if its fields could not be read. */
  readonly messageId: string | null;
  /** The origin of the load that refused it: 16 hexadecimal digits. */
  readonly origin: string;
  /** The header of the csv file that it was read from; null if that is not known, or has none. */
  readonly header: string | null;
}

/** Where the rows come from, and what they are. */
export interface DeadLetterSourceOptions extends RowOptions {
  readonly id: string;
  /** Path of the file that the rows are from; `-` is standard input. */
  readonly path: string;
  /**
   * The header of csv rows of which it is not known. The file is not asked for it: another one may have its name by now.
   *
   * @default none: such rows are not read
   */
  readonly header?: string | undefined;
  readonly clock: Clock;
  /**
   * The next rows after one, by row number: as many as memory allows, and none at the end.
   *
   * @param after 0 at the start.
   */
  readonly rowsAfter: (after: number, limit: number) => readonly LetterRow[];
}

/**
 * Dead letters of one file as a source. A row keeps the message id that it had. One without is told apart by its row
 * number, so that its id is never that of an equal row that has been written. It can be read once: what is delivered is
 * no dead letter any more.
 *
 * @throws {SourceError} `bad_option` if a tick file's symbol is not known.
 * @throws {RecordError} `unknown_time_zone`.
 */
export function openDeadLetterSource(options: DeadLetterSourceOptions): RowSource {
  const { id, path, kind, assetClass } = options;
  const settings = rowSettingsOf(options, path);
  let opened = false;
  return {
    id,
    name: path,
    kind,
    exchange: settings.exchange,
    assetClass,
    bytes: null,
    resumable: false,
    // deno-lint-ignore require-await -- what cannot be opened must reject
    async open(from) {
      if (opened || (from !== undefined && from.row > 0)) {
        throw new SourceError("not_resumable", `The dead letters of ${path} are read once, from the first one.`);
      }
      opened = true;
      return new LetterReader(options, new LetterParsers(settings, options.header ?? null));
    },
  };
}

/** Gives a row the id that it had, else one by its row number. */
class LetterIds extends OpenInstant {
  /** The id of the row that is parsed. */
  known: string | null = null;

  constructor() {
    super(ALL_BY_ROW);
  }

  override identify(fields: FieldIdentity, row: number): string {
    return this.known ?? super.identify(fields, row);
  }

  override identifyForm(micros: number, row: number): void {
    if (this.known === null) super.identifyForm(micros, row);
    else this.form.id.set(uuidToBytes(this.known));
  }
}

/** The parsers of the rows: one for each header. */
class LetterParsers {
  readonly ids = new LetterIds();
  readonly #settings: RowSettings;
  /** For rows without one. */
  readonly #given: string | null;
  readonly #parsers = new Map<string | null, RowParser>();

  constructor(settings: RowSettings, given: string | null) {
    this.#settings = settings;
    this.#given = given;
  }

  /** @throws {SourceError} `bad_header` */
  async of({ row, header }: LetterRow): Promise<RowParser> {
    const known = this.#parsers.get(header);
    if (known !== undefined) return known;
    const settings = this.#settings, { layout } = settings;
    const fields = layout.readHeader === null ? [] : await this.#fieldsOf(layout.readHeader, row, header);
    const parser = layout.parser(settings, { instant: this.ids, fields });
    this.#parsers.set(header, parser);
    return parser;
  }

  async #fieldsOf(readHeader: ReadHeader, row: number, header: string | null): Promise<readonly string[]> {
    const settings = this.#settings, { path, layout: { quoted = false } } = settings;
    const read = async (text: string, about: RowSettings) => {
      const found = await readHeader(new LineReader(inputOf(text), { quoted }), about);
      if (found === null) throw new SourceError("bad_header", `${about.path} is empty.`);
      return found.fields;
    };
    const given = this.#given === null ? null : await read(this.#given, { ...settings, path: "--header" });
    if (header === null && given !== null) return given;
    if (header === null) {
      throw new SourceError(
        "bad_header",
        `The letter of row ${row} of ${path} does not say what its columns are. Give their names with --header.`,
      );
    }
    const fields = await read(header, settings);
    if (given === null || given.join() === fields.join()) return fields;
    throw new SourceError(
      "bad_header",
      `Row ${row} of ${path} was read with the columns ${header}. Leave --header out.`,
    );
  }
}

class LetterReader implements RowReader {
  readonly #options: DeadLetterSourceOptions;
  readonly #parsers: LetterParsers;
  #position: SourcePosition = { row: 0, at: null };
  #closed = false;

  constructor(options: DeadLetterSourceOptions, parsers: LetterParsers) {
    this.#options = options;
    this.#parsers = parsers;
  }

  async next(maxRows: number): Promise<RowBatch | null> {
    if (this.#closed) return null;
    const { rowsAfter, clock, kind } = this.#options;
    const from = this.#position;
    const letters = rowsAfter(from.row, maxRows);
    const last = letters.at(-1);
    if (last === undefined) return null;
    const ingestionMicros = clock.now() * 1000;
    const bytes = new Map<SourceRow, Uint8Array>();
    for (const letter of letters) {
      const parser = await this.#parsers.of(letter);
      parser.ingestionMicros = ingestionMicros;
      bytes.set(this.#parse(letter, parser), letter.bytes);
    }
    this.#position = { row: last.row, at: null };
    return {
      kind,
      rows: [...bytes.keys()],
      from,
      next: this.#position,
      raw: (row) => bytes.get(row) ?? new Uint8Array(0),
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #parse({ bytes, messageId, row, line, offset, length, origin }: LetterRow, parser: RowParser): SourceRow {
    const raw: RawRow = { row, line, offset, length, buffer: bytes, start: 0, end: bytes.length };
    this.#parsers.ids.known = messageId;
    const parsed = length === 0 ? blankRow(raw) : parser.parse(raw);
    if (!parsed.ok) return { ...withExactFault(raw, parsed), ...(messageId === null ? {} : { messageId }) };
    const replayOf = Uint8Array.fromHex(origin);
    return { ...(messageId === null ? parsed : withMessageId(parsed, messageId)), replayOf };
  }
}

/** A row that its venue has given an id does not ask for one; it keeps the one that it had all the same. */
function withMessageId(row: GoodRow, messageId: string): GoodRow {
  return row.messageId === messageId ? row : { ...row, messageId, record: { ...row.record, message_id: messageId } };
}

function inputOf(text: string): ByteInput {
  let rest = new TextEncoder().encode(text);
  return {
    read(buffer) {
      if (rest.length === 0) return Promise.resolve(null);
      const part = rest.subarray(0, buffer.length);
      buffer.set(part);
      rest = rest.subarray(part.length);
      return Promise.resolve(part.length);
    },
  };
}
