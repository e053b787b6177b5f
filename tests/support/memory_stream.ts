/** A stream of text that keeps what is written to it. */
import type { TextStream } from "../../cli/shared/streams.ts";

/** Like {@link TextStream}, in memory. */
export class MemoryStream implements TextStream {
  text = "";
  constructor(readonly isTerminal = false, readonly width = 80) {}
  columns(): number {
    return this.width;
  }
  write(text: string): void {
    this.text += text;
  }
}
