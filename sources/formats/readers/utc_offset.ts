/**
 * Offsets from UTC as sources write them.
 *
 * @module
 */

const ASCII = new TextDecoder("latin1");
const DAY_MINUTES = 24 * 60;

/**
 * Minutes of an offset in bytes: `Z`, `+11:00`, `+1100`, `+11`, `-5`, or hours with a fraction such as `5.5`. NaN for
 * anything else.
 */
export function offsetMinutes(buffer: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 1 && buffer[start] === 0x5a) return 0;
  if (length === 0 || length > 6) return NaN;
  const text = ASCII.decode(buffer.subarray(start, end));
  const match = /^([+-]?)([0-9]{1,2})(?::?([0-9]{2})|\.(0|00|25|5|50|75))?$/.exec(text);
  if (match === null) return NaN;
  const [, sign, hours, minutes = "0", part] = match;
  const past = part === undefined ? Number(minutes) : Number(`0.${part}`) * 60;
  const offset = Number(hours) * 60 + past;
  if (past >= 60 || offset >= DAY_MINUTES) return NaN;
  return sign === "-" ? -offset : offset;
}
