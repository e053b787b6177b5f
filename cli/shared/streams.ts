/**
 * Standard output and standard error. `console.log` never notices that the reader has gone, so these streams write
 * themselves.
 *
 * @module
 */

/** The reader of a stream has gone, as `head` does when it has seen enough. The program then ends quietly. */
export class ClosedPipeError extends Error {
  override readonly name = "ClosedPipeError";
  constructor() {
    super("the reader of the output has closed it");
  }
}

/** A destination for text. */
export interface TextStream {
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 if unknown. */
  columns(): number;
  /** @throws {ClosedPipeError} */
  write(text: string): void;
}

/** The part of `Deno.stdout` that is needed. */
export interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** How long to wait before the next write to a full pipe that does not block. */
const FULL_PIPE_WAIT_MS = 5;

const encoder = new TextEncoder();

/** A stream over `Deno.stdout` or `Deno.stderr`. */
export function textStream(writer: SyncWriter): TextStream {
  const isTerminal = writer.isTerminal();
  return {
    isTerminal,
    columns: () => isTerminal ? terminalColumns() : 80,
    write(text) {
      let bytes = encoder.encode(text);
      while (bytes.length > 0) bytes = bytes.subarray(writeSome(writer, bytes));
    },
  };
}

function writeSome(writer: SyncWriter, bytes: Uint8Array): number {
  try {
    return writer.writeSync(bytes);
  } catch (cause) {
    if (cause instanceof Deno.errors.BrokenPipe) throw new ClosedPipeError();
    if (!(cause instanceof Deno.errors.WouldBlock)) throw cause;
    blockFor(FULL_PIPE_WAIT_MS);
    return 0;
  }
}

function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function terminalColumns(): number {
  try {
    return Math.max(20, Deno.consoleSize().columns);
  } catch {
    return 80;
  }
}
