/**
 * SipHash-2-4 with a 128-bit result (Aumasson and Bernstein): a keyed hash that is fast on short input and is the same
 * on every machine. It runs as WebAssembly, whose 64-bit integers cost a fraction of JavaScript's. This file builds the
 * module, instruction by instruction, so that no binary has to be trusted.
 *
 * @module
 */

// Opcodes of WebAssembly 1.0.
const BLOCK = 0x02, LOOP = 0x03, END = 0x0b, BR = 0x0c, BR_IF = 0x0d, NO_RESULT = 0x40;
const LOCAL_GET = 0x20, LOCAL_SET = 0x21, I64_LOAD = 0x29, I64_STORE = 0x37, I32_CONST = 0x41, I64_CONST = 0x42;
const I32_GE_U = 0x4f, I32_ADD = 0x6a, I32_AND = 0x71;
const I64_ADD = 0x7c, I64_SUB = 0x7d, I64_AND = 0x83, I64_OR = 0x84, I64_XOR = 0x85, I64_SHL = 0x86, I64_ROTL = 0x89;
const I64_EXTEND_I32_U = 0xad;
const I32 = 0x7f, I64 = 0x7e;
/** Operands of a load or store: no alignment promised, no offset added. */
const UNALIGNED = [0, 0];

/** The place of the result, and that of the input. */
const RESULT = 0;
const INPUT = 16;
const PAGE_BYTES = 65_536;
/** Bytes after the input, since its last word is read whole. */
const SPARE = 8;

// Local variables of the function: its parameters, then the declared ones. AT begins as the input's place in the memory.
const LENGTH = 0, AT = 1, WORDS_END = 2, V0 = 3, V1 = 4, V2 = 5, V3 = 6, WORD = 7;

type Code = readonly number[];

/** A signed LEB128, for the operand of a constant. */
function signed(value: bigint): Code {
  const bytes: number[] = [];
  for (let rest = value;; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest >= -64n && rest < 64n) return [...bytes, low];
    bytes.push(low | 128);
  }
}

/** An unsigned LEB128. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [value & 127 | 128, ...unsigned(value >>> 7)];
}

const i32 = (value: number): Code => [I32_CONST, ...signed(BigInt(value))];
const i64 = (value: bigint): Code => [I64_CONST, ...signed(BigInt.asIntN(64, value))];
const get = (local: number): Code => [LOCAL_GET, local];
const set = (local: number, value: Code): Code => [...value, LOCAL_SET, local];
const xor = (local: number, value: Code): Code => set(local, [...get(local), ...value, I64_XOR]);
const add = (local: number, other: number): Code => set(local, [...get(local), ...get(other), I64_ADD]);
const rotl = (local: number, bits: bigint): Code => [...get(local), ...i64(bits), I64_ROTL];

const ROUND: Code = [
  ...add(V0, V1),
  ...set(V1, [...rotl(V1, 13n), ...get(V0), I64_XOR]),
  ...set(V0, rotl(V0, 32n)),
  ...add(V2, V3),
  ...set(V3, [...rotl(V3, 16n), ...get(V2), I64_XOR]),
  ...add(V0, V3),
  ...set(V3, [...rotl(V3, 21n), ...get(V0), I64_XOR]),
  ...add(V2, V1),
  ...set(V1, [...rotl(V1, 17n), ...get(V2), I64_XOR]),
  ...set(V2, rotl(V2, 32n)),
];
const COMPRESS: Code = [...xor(V3, get(WORD)), ...ROUND, ...ROUND, ...xor(V0, get(WORD))];
const FINISH: Code = [...ROUND, ...ROUND, ...ROUND, ...ROUND];
const ALL: Code = [...get(V0), ...get(V1), I64_XOR, ...get(V2), I64_XOR, ...get(V3), I64_XOR];

/**
 * The function's code: all words of the input but the last, the last with the length in its top byte, and the result.
 */
function hashCode(k0: bigint, k1: bigint): Code {
  return [
    ...set(V0, i64(k0 ^ 0x736f6d6570736575n)),
    ...set(V1, i64(k1 ^ 0x646f72616e646f6dn ^ 0xeen)),
    ...set(V2, i64(k0 ^ 0x6c7967656e657261n)),
    ...set(V3, i64(k1 ^ 0x7465646279746573n)),
    ...set(WORDS_END, [...get(LENGTH), ...i32(-8), I32_AND, ...get(AT), I32_ADD]),
    BLOCK,
    NO_RESULT,
    LOOP,
    NO_RESULT,
    ...get(AT),
    ...get(WORDS_END),
    I32_GE_U,
    BR_IF,
    1,
    ...set(WORD, [...get(AT), I64_LOAD, ...UNALIGNED]),
    ...COMPRESS,
    ...set(AT, [...get(AT), ...i32(8), I32_ADD]),
    BR,
    0,
    END,
    END,
    ...set(WORD, [
      ...[...get(WORDS_END), I64_LOAD, ...UNALIGNED],
      // The mask of the bytes that count: (1 << 8 * (length & 7)) - 1.
      ...[...i64(1n), ...get(LENGTH), ...i32(7), I32_AND, I64_EXTEND_I32_U, ...i64(3n), I64_SHL, I64_SHL],
      ...[...i64(1n), I64_SUB, I64_AND],
      ...[...get(LENGTH), I64_EXTEND_I32_U, ...i64(56n), I64_SHL, I64_OR],
    ]),
    ...COMPRESS,
    ...xor(V2, i64(0xeen)),
    ...FINISH,
    ...[...i32(RESULT), ...ALL, I64_STORE, ...UNALIGNED],
    ...xor(V1, i64(0xddn)),
    ...FINISH,
    ...[...i32(RESULT + 8), ...ALL, I64_STORE, ...UNALIGNED],
    END,
  ];
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const name = (text: string): Code => [text.length, ...new TextEncoder().encode(text)];

/** A module with a function `hash` of an input's length and place, and the memory `memory`, which may grow. */
function moduleOf(k0: bigint, k1: bigint): Uint8Array<ArrayBuffer> {
  const locals = [2, 1, I32, 5, I64];
  const body = [...locals, ...hashCode(k0, k1)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("memory"), 2, 0, ...name("hash"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** Compiled once for each key: each further hasher costs its memory only. */
const modules = new Map<string, WebAssembly.Module>();

function compiled(key: Uint8Array): WebAssembly.Module {
  const name = key.toHex();
  const known = modules.get(name);
  if (known !== undefined) return known;
  const view = new DataView(key.buffer, key.byteOffset, 16);
  const module = new WebAssembly.Module(moduleOf(view.getBigUint64(0, true), view.getBigUint64(8, true)));
  modules.set(name, module);
  return module;
}

/** A hasher with an input and a result of its own. */
export class SipHasher {
  readonly #memory: WebAssembly.Memory;
  readonly #hash: (length: number, at: number) => void;
  #input: Uint8Array;
  #result: Uint8Array;
  #words: Uint32Array;

  /** @param key 16 bytes */
  constructor(key: Uint8Array) {
    const { memory, hash } = new WebAssembly.Instance(compiled(key)).exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof hash !== "function") throw new TypeError("The module is odd");
    this.#memory = memory;
    this.#hash = hash as (length: number, at: number) => void;
    this.#input = inputOf(memory);
    this.#result = new Uint8Array(memory.buffer, RESULT, 16);
    this.#words = new Uint32Array(memory.buffer, RESULT, 4);
  }

  /** Fill it before {@link hash}. {@link reserve} replaces the array, with the same bytes. */
  get input(): Uint8Array {
    return this.#input;
  }

  /** The 16 bytes of the latest result. {@link reserve} replaces the array. */
  get result(): Uint8Array {
    return this.#result;
  }

  /** The latest result as four words. {@link reserve} replaces the array. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** Makes lasting room for an input of `length` bytes. At least doubles the room, since growing copies the content. */
  reserve(length: number): void {
    if (length <= this.#input.length) return;
    const wanted = Math.max(INPUT + length + SPARE, 2 * this.#memory.buffer.byteLength);
    this.#memory.grow(Math.ceil((wanted - this.#memory.buffer.byteLength) / PAGE_BYTES));
    this.#input = inputOf(this.#memory);
    this.#result = new Uint8Array(this.#memory.buffer, RESULT, 16);
    this.#words = new Uint32Array(this.#memory.buffer, RESULT, 4);
  }

  /** Hashes so many bytes of the input, the first ones, or those from a place on. */
  hash(length: number, start = 0): void {
    this.#hash(length, INPUT + start);
  }

  /** Hashes these bytes: the four words of the result, which the next hash overwrites. */
  digest(bytes: Uint8Array): Uint32Array {
    this.reserve(bytes.length);
    this.#input.set(bytes);
    this.hash(bytes.length);
    return this.#words;
  }
}

function inputOf({ buffer }: WebAssembly.Memory): Uint8Array {
  return new Uint8Array(buffer, INPUT, buffer.byteLength - INPUT - SPARE);
}
