/**
 * What rows are read with.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import type { ContentChain } from "../../records/content/content_chain.ts";
import type { FilePosition } from "../../records/content/file_position.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { RowParser } from "../formats/row_parser.ts";
import type { FirstRow } from "./first_row.ts";
import type { EarlierReads } from "./grown_rows.ts";
import type { LineReader } from "./line_reader.ts";

/** What a reader of row batches reads with. */
export interface RowBatchReaderOptions {
  readonly kind: RecordKind;
  /** For errors: what is being read. */
  readonly name: string;
  /** Stands at the first row to be read. */
  readonly lines: LineReader;
  readonly parser: RowParser;
  readonly from: FilePosition;
  /** The header of a csv file. @default none */
  readonly header?: string | undefined;
  /** Called with its line for a line that is the header once more, byte by byte, as in files that were joined: it is no row. */
  readonly onRepeatedHeader?: ((line: number) => void) | undefined;
  /** Called with its line for a row that the format passes over, and with what it proves of the rows before it. */
  readonly onPassedOver?: ((line: number, proof: string | null) => void) | undefined;
  /** Lines between `from` and the first row to be read: the header's, if there is one. @default 0 */
  readonly headerLines?: number;
  /** The chain that `lines` feeds; null where no later run resumes from the positions. @default null */
  readonly chain?: ContentChain | null;
  /** How rows were read that had no line end. @default null: there are none */
  readonly earlier?: EarlierReads | null;
  /** Looks at the first record of the source. @default null: not at the source's start */
  readonly firstRow?: FirstRow | null;
  /** Whether a last line without its line end is refused; else it is a row, unless `lines` holds it back. @default false */
  readonly refuseLastLine?: boolean;
  /** Rows of what is being written are given out as they come, without waiting until a batch is full. @default false */
  readonly eager?: boolean;
  /** Whether what was read to its end may have more some day, as a file that is followed. @default false */
  readonly mayGrow?: boolean;
  readonly clock: Clock;
  /** Releases the input. */
  readonly close: () => void;
}
