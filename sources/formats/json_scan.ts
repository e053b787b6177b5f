/**
 * Scans the strings and numbers of JSON (RFC 8259), on bytes.
 *
 * @module
 */

const QUOTE = 0x22, BACKSLASH = 0x5c, MINUS = 0x2d, PLUS = 0x2b, DOT = 0x2e, ZERO = 0x30, LOWER_U = 0x75;

/** What a byte of a string may do: nothing, end it, escape the next one, be no ASCII, or not be in a string at all. */
const PLAIN = 0, ENDS = 1, ESCAPES = 2, WIDE = 3;
const FORBIDDEN = 4;
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE) return ENDS;
  if (byte === BACKSLASH) return ESCAPES;
  return byte < 0x20 ? FORBIDDEN : byte >= 0x80 ? WIDE : PLAIN;
});

/** The characters of short escapes. */
const ESCAPED: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" })
    .map(([letter, character]) => [letter.charCodeAt(0), character.charCodeAt(0)]),
);

/** Scans one string after the other; holds what the last ones had. */
export class StringScanner {
  /** Whether the last string has escapes. */
  isEscaped = false;
  /** Whether a string had other bytes than ASCII. */
  isWide = false;

  /** Where the string ends that begins there, after its opening quote: the place of the closing one. -1 if it is none. */
  end(buffer: Uint8Array, start: number, limit: number): number {
    this.isEscaped = false;
    for (let at = start; at < limit; at++) {
      const type = CLASSES[buffer[at] ?? 0];
      if (type === PLAIN) continue;
      if (type === ENDS) return at;
      if (type === WIDE) this.isWide = true;
      else if (type === FORBIDDEN) return -1;
      else {
        this.isEscaped = true;
        const next = buffer[++at] ?? 0;
        if (at >= limit) return -1;
        if (next !== LOWER_U) {
          if (!ESCAPED.has(next)) return -1;
        } else {
          if (at + 4 >= limit || hexAt(buffer, at + 1) < 0) return -1;
          at += 4;
        }
      }
    }
    return -1;
  }
}

/** Where the number ends that begins there; -1 if there is none. */
export function numberEnd(buffer: Uint8Array, start: number, limit: number): number {
  let at = start;
  if (buffer[at] === MINUS) at++;
  const integer = digitsEnd(buffer, at, limit);
  if (integer === at || (buffer[at] === ZERO && integer > at + 1)) return -1;
  at = integer;
  if (at < limit && buffer[at] === DOT) {
    const fraction = digitsEnd(buffer, at + 1, limit);
    if (fraction === at + 1) return -1;
    at = fraction;
  }
  if (at < limit && ((buffer[at] ?? 0) | 0x20) === 0x65) {
    const sign = buffer[at + 1];
    const from = at + 1 < limit && (sign === PLUS || sign === MINUS) ? at + 2 : at + 1;
    const exponent = digitsEnd(buffer, from, limit);
    if (exponent === from) return -1;
    at = exponent;
  }
  return at;
}

function digitsEnd(buffer: Uint8Array, start: number, limit: number): number {
  let at = start;
  for (; at < limit; at++) {
    const digit = (buffer[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
  }
  return at;
}

/**
 * Writes a checked string without its escapes; returns where it ends there. An unpaired surrogate becomes three bytes,
 * which no UTF-8 has.
 */
export function unescape(from: Uint8Array, start: number, end: number, into: Uint8Array, position: number): number {
  let put = position;
  for (let at = start; at < end; at++) {
    const byte = from[at] ?? 0;
    if (byte !== BACKSLASH) {
      into[put++] = byte;
      continue;
    }
    const letter = from[++at] ?? 0;
    if (letter !== LOWER_U) {
      into[put++] = ESCAPED.get(letter) ?? letter;
      continue;
    }
    let code = hexAt(from, at + 1);
    at += 4;
    if (code >= 0xd800 && code < 0xdc00 && at + 6 < end + 1 && from[at + 1] === BACKSLASH && from[at + 2] === LOWER_U) {
      const low = hexAt(from, at + 3);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    put = writeUtf8(code, into, put);
  }
  return put;
}

function writeUtf8(code: number, into: Uint8Array, position: number): number {
  let put = position;
  if (code < 0x80) into[put++] = code;
  else if (code < 0x800) into[put++] = 0xc0 | code >> 6;
  else if (code < 0x10000) into[put++] = 0xe0 | code >> 12;
  else {
    into[put++] = 0xf0 | code >> 18;
    into[put++] = 0x80 | code >> 12 & 0x3f;
  }
  if (code >= 0x800) into[put++] = 0x80 | code >> 6 & 0x3f;
  if (code >= 0x80) into[put++] = 0x80 | code & 0x3f;
  return put;
}

/** The number of four hexadecimal digits; -1 if they are none. */
function hexAt(buffer: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) {
    const byte = buffer[index] ?? 0;
    const letter = (byte | 0x20) - 0x61;
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : letter >= 0 && letter < 6 ? letter + 10 : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}
