/**
 * Standard error: lines, and on a terminal one status line below them.
 *
 * @module
 */
import { escapeControlsKeepingLines } from "../../telemetry/escape_controls.ts";
import type { TextStream } from "./streams.ts";
import { ClosedPipeError } from "./streams.ts";

const ERASE_LINE = "\r\x1b[2K";

/** Chatter for people. Lines never break the status line. Nobody listening is no reason to stop. */
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

  /** Writes a text that was made safe before, with its own line end. */
  raw(text: string): void {
    this.#write(text);
  }

  /** Shows, changes or (empty) removes the status line; does nothing elsewhere than on a terminal. */
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
