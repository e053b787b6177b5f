/**
 * Finds the elements of a file that is one JSON array, byte by byte: where each begins and ends, not what it is. Of what
 * was scanned nothing is kept but a few numbers.
 *
 * @module
 */

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;

/** Where in the array a scan stands. */
type Place =
  | "before" // the array has not begun
  | "first" // after its bracket
  | "after" // after an element
  | "next" // after the comma that follows one
  | "element" // within one
  | "ended"; // after the array

/** A scanner of one array. It stands at its start, or just after one of its elements. */
export class ArrayFrame {
  /** Bytes from where the last element ended to where the one begins that was found. */
  lead = 0;
  #place: Place;
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  constructor(isAtStart: boolean) {
    this.#place = isAtStart ? "before" : "after";
  }

  /** Whether a scan has met the end of the array, or nothing but space where one should begin. */
  get isWhole(): boolean {
    return this.#place === "ended" || this.#place === "before";
  }

  /** Whether an element has begun and not ended. */
  get isInElement(): boolean {
    return this.#place === "element";
  }

  /** Stands just after an element, as one that was found is taken. */
  take(): void {
    this.lead = 0;
    this.#place = "after";
  }

  /**
   * Scans on, from where the last scan ended: returns where the element ends, or -1 if it does not end there, or -2 if what
   * stands there is no array.
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    for (; !this.isInElement; this.lead++, at++) {
      if (at === to) return -1;
      const byte = bytes[at] ?? 0;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      if (!this.#step(byte)) return -2;
      if (this.isInElement) break;
    }
    for (; at < to; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#depth === 0) return at + 1;
        }
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++;
      } else if (this.#depth > 0) {
        if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --this.#depth === 0) return at + 1;
      } else if (byte === COMMA || byte === CLOSE_BRACKET || byte <= 0x20) {
        // A number or a word has ended before it.
        return at;
      }
    }
    return -1;
  }

  /** Takes a byte between elements; false if it cannot stand there. */
  #step(byte: number): boolean {
    switch (this.#place) {
      case "before":
        this.#place = "first";
        return byte === OPEN_BRACKET;
      case "after":
        this.#place = byte === COMMA ? "next" : "ended";
        return byte === COMMA || byte === CLOSE_BRACKET;
      case "first":
        this.#place = byte === CLOSE_BRACKET ? "ended" : "element";
        return byte !== COMMA;
      case "next":
        this.#place = "element";
        return byte !== COMMA && byte !== CLOSE_BRACKET;
      default:
        return false;
    }
  }
}
