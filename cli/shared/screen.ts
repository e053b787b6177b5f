/**
 * Standard error: lines, and on a terminal one status line below them.
 *
 * @module
 */
import { escapeControlsKeepingLines } from "../../telemetry/escape_controls.ts";
import type { TextStream } from "./streams.ts";
import { ClosedPipeError } from "./streams.ts";

const ERASE_LINE = "\r\x1b[2K";

/** Messages for people. A line never breaks the status line. A closed standard error does not stop the program. */
export class Screen {
  readonly #stream: TextStream;
  #status = "";

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTerminal;
  }

  columns(): number {
    return this.#stream.columns();
  }

  /** Writes a line, or several; control characters are written out. */
  line(text: string): void {
    this.#write(`${escapeControlsKeepingLines(text)}\n`);
  }

  /** Writes a text with its own line end; the caller has made it safe. */
  raw(text: string): void {
    this.#write(text);
  }

  /** Shows, changes or (empty) removes the status line; does nothing without a terminal. */
  status(text: string): void {
    if (!this.isTerminal || text === this.#status) return;
    this.#status = text;
    this.#put(`${ERASE_LINE}${text}`);
  }

  #write(text: string): void {
    this.#put(this.#status === "" ? text : `${ERASE_LINE}${text}${this.#status}`);
  }

  #put(text: string): void {
    try {
      this.#stream.write(text);
    } catch (error) {
      if (!(error instanceof ClosedPipeError)) throw error;
    }
  }
}
