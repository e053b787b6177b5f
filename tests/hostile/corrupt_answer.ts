/**
 * Damages an answer in one of the ways in which broken, foreign or hostile peers are wrong.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Random } from "../fuzz/random.ts";

const HEADER_BYTES = 8;
const SPECIAL_NUMBERS = [-1, -2, -0x8000_0000, 0, 1, 0x7fff_ffff, 30_000_000, 0x0100_0000];
const TEXTS = [
  "HTTP/1.1 400 Bad Request\r\n\r\n",
  "SSH-2.0-x\r\n",
  "\x15\x03\x03\x00\x02\x02\x28",
  "r=a,s=b,i=c",
  "e=no",
];

type Corruption = (answer: { readonly correlation: number; readonly body: Buffer }, random: Random) => Buffer;

const CORRUPTIONS: readonly Corruption[] = [
  // Rubbish from the first byte on.
  (_, random) => randomBytes(random, 1 + random.below(200)),
  (_, random) => Buffer.from(random.pick(TEXTS).repeat(1 + random.below(3))),
  // Impossible lengths.
  ({ correlation, body }, random) => frame(correlation, body, random.pick(SPECIAL_NUMBERS)),
  ({ body }, random) => Buffer.concat([Buffer.alloc(4 * random.below(20)), body]),
  // A correct header, then anything.
  ({ correlation }, random) => frame(correlation, randomBytes(random, random.below(300))),
  ({ correlation, body }, random) => frame(correlation, body.subarray(0, random.below(body.length))),
  ({ correlation, body }, random) => frame(correlation, Buffer.concat([body, randomBytes(random, random.below(50))])),
  ({ correlation, body }, random) => frame(correlation, flipped(body, random)),
  ({ correlation, body }, random) => frame(correlation, overwritten(body, random)),
  ({ correlation }, random) => frame(correlation, Buffer.from(random.pick(TEXTS))),
  // Answers that match no request, and duplicate answers.
  ({ correlation, body }, random) => frame(correlation + 1 + random.below(9), body),
  ({ correlation, body }) => Buffer.concat([frame(correlation, body), frame(correlation, body)]),
  // It announces more than it sends.
  ({ correlation, body }, random) => frame(correlation, body, body.length + 4 + 1 + random.below(1_000)),
];

/** The bytes to send in place of the answer. */
export function corruptAnswer(answer: { readonly correlation: number; readonly body: Buffer }, random: Random): Buffer {
  return random.pick(CORRUPTIONS)(answer, random);
}

/** An answer with its header, which may lie about the length. */
export function frame(correlation: number, body: Buffer, length: number = body.length + 4): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  bytes.writeInt32BE(length, 0);
  bytes.writeInt32BE(correlation, 4);
  body.copy(bytes, HEADER_BYTES);
  return bytes;
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

function flipped(body: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(body);
  for (let left = 1 + random.below(8); left > 0; left--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
}

/** Numbers and variable-length numbers at places where counts and lengths may be. */
function overwritten(body: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(body);
  const value = Buffer.alloc(5, 0xff);
  if (random.oneIn(2)) value.writeInt32BE(random.pick(SPECIAL_NUMBERS));
  else value[4] = random.below(16);
  value.copy(bytes, random.below(bytes.length), 0, random.oneIn(2) ? 4 : 5);
  return bytes;
}
