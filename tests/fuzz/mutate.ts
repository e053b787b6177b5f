/**
 * Makes new inputs from old ones: flips bits, cuts and repeats parts, swaps in parts of another input, and inserts
 * tokens that often trouble parsers.
 *
 * @module
 */
import type { Random } from "./random.ts";

const encoder = new TextEncoder();

/** Tokens that have troubled parsers of text, numbers, times and JSON, here or elsewhere. */
const TOKENS: readonly Uint8Array[] = [
  ...[
    '"',
    '""',
    "'",
    "\\",
    ",",
    ";",
    "|",
    ":",
    "/",
    ".",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    " ",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "\u202e",
    "é",
    "😀",
    "０",
    "-",
    "+",
    "0",
    "-0",
    "-1",
    "00",
    "1e400",
    "1e-400",
    "1e3",
    "0e99999999999",
    "NaN",
    "Infinity",
    "-Infinity",
    "1,234.5",
    "1_000",
    "0x10",
    "9999999999",
    "10000000000",
    "999999999999999999",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9007199254740993",
    "2147483648",
    "0.00000001",
    "0.000000001",
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[",
    "{",
    "]",
    "}",
    '{"a":',
    '"\\ud800"',
    '"\\u0000"',
    "\\ud800",
    "__proto__",
    '"__proto__"',
    "constructor",
    "toString",
    "02/29/2014",
    "10/05/2014",
    "04/06/2014",
    "02:30:00.000",
    "24:00:00.000",
    "23:59:60.000",
    "2014-02-30",
    "1684-01-01",
    "2255-06-06",
    "T10:00:00",
    "Z",
    "+11:00",
    "-23:59",
    "+24:00",
    ".123456",
    ".1234567",
  ].map((text) => encoder.encode(text)),
  // A lone surrogate, an overlong slash, a byte that UTF-8 never has, varints without an end.
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xc0, 0xaf),
  Uint8Array.of(0xff),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f),
];

/** The surroundings of {@link mutate}. */
export interface MutateOptions {
  readonly random: Random;
  /** Other inputs, as sources of parts. Not empty. */
  readonly others: readonly Uint8Array[];
  /** Tokens for this parser only. */
  readonly tokens: readonly Uint8Array[];
  /** Longer inputs are cut. */
  readonly maxBytes: number;
}

/** An input that differs from another one in a few places; rarely a very long one. */
export function mutate(input: Uint8Array, options: MutateOptions): Uint8Array {
  const { random, maxBytes } = options;
  let mutated = input;
  for (let left = 1 + random.below(random.oneIn(4) ? 8 : 2); left > 0; left--) mutated = change(mutated, options);
  if (random.oneIn(4_000)) mutated = repeated(mutated, options);
  return mutated.subarray(0, maxBytes);
}

type Change = (input: Uint8Array, options: MutateOptions) => Uint8Array;

const CHANGES: readonly Change[] = [flipBit, setByte, insertToken, insertToken, replaceByToken, cut, duplicate, splice];

function change(input: Uint8Array, options: MutateOptions): Uint8Array {
  return options.random.pick(CHANGES)(input, options);
}

function flipBit(input: Uint8Array, { random }: MutateOptions): Uint8Array {
  const at = random.below(input.length);
  return withByte(input, { at, byte: (input[at] ?? 0) ^ 1 << random.below(8) });
}

function setByte(input: Uint8Array, { random }: MutateOptions): Uint8Array {
  // Most fields consist of digits.
  const byte = random.oneIn(2) ? 0x30 + random.below(10) : random.below(256);
  return withByte(input, { at: random.below(input.length), byte });
}

function insertToken(input: Uint8Array, options: MutateOptions): Uint8Array {
  const at = placeIn(input, options.random);
  return replaced(input, { from: at, to: at, by: tokenOf(options) });
}

function replaceByToken(input: Uint8Array, options: MutateOptions): Uint8Array {
  return replaced(input, { ...partOf(input, options), by: tokenOf(options) });
}

function cut(input: Uint8Array, options: MutateOptions): Uint8Array {
  const part = partOf(input, options);
  return options.random.oneIn(4) ? input.slice(0, part.from) : replaced(input, { ...part, by: new Uint8Array(0) });
}

function duplicate(input: Uint8Array, options: MutateOptions): Uint8Array {
  const { from, to } = partOf(input, options);
  return replaced(input, { from: to, to, by: input.slice(from, to) });
}

function splice(input: Uint8Array, options: MutateOptions): Uint8Array {
  const other = options.random.pick(options.others);
  const { from, to } = partOf(other, options);
  return replaced(input, { ...partOf(input, options), by: other.slice(from, to) });
}

/** Repeats one part so often that the input is very long: deep nesting, long numbers, many columns. */
function repeated(input: Uint8Array, options: MutateOptions): Uint8Array {
  const { random, maxBytes } = options;
  const { from, to } = random.oneIn(2) ? partOf(input, options) : { from: 0, to: 0 };
  const part = from === to ? tokenOf(options) : input.slice(from, to);
  const times = Math.floor(random.below(maxBytes) / part.length);
  const long = new Uint8Array(times * part.length);
  for (let at = 0; at < long.length; at += part.length) long.set(part, at);
  return replaced(input, { from: to, to, by: long });
}

/** A position in an input, its end included; more often in the second half, because a broken header hides the rest. */
function placeIn(input: Uint8Array, random: Random): number {
  const from = random.oneIn(2) ? input.length >> 1 : 0;
  return from + random.below(input.length - from + 1);
}

/** A part of an input, usually a short one. */
function partOf(input: Uint8Array, { random }: MutateOptions): { readonly from: number; readonly to: number } {
  const from = placeIn(input, random);
  const longest = random.oneIn(4) ? input.length : 8;
  return { from, to: Math.min(input.length, from + random.below(longest + 1)) };
}

function tokenOf({ random, tokens }: MutateOptions): Uint8Array {
  return tokens.length > 0 && random.oneIn(3) ? random.pick(tokens) : random.pick(TOKENS);
}

function withByte(input: Uint8Array, { at, byte }: { readonly at: number; readonly byte: number }): Uint8Array {
  const changed = input.slice();
  changed[at] = byte;
  return changed;
}

function replaced(
  input: Uint8Array,
  { from, to, by }: { readonly from: number; readonly to: number; readonly by: Uint8Array },
): Uint8Array {
  const changed = new Uint8Array(from + by.length + input.length - to);
  changed.set(input.subarray(0, from));
  changed.set(by, from);
  changed.set(input.subarray(to), from + by.length);
  return changed;
}
