/**
 * Finds where the fields of a record stand in its body, without decoding them. Avro allows several bodies for one value:
 * only the one that our writers make is taken, so that equal bytes mean equal values and the other way round.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import avro from "avsc";
import { branchesOf, fieldsOf, notesOf } from "./schema_model.ts";
import { parseSchema } from "./parse_schema.ts";

/** Where a value ends that begins at a place of bytes; {@link OTHER} if it has to be decoded to say what it is. */
type Skip = (bytes: Uint8Array, at: number, end: number, isOurs: boolean) => number;

const OTHER = -1;

/** Where a body stands. */
export interface BodyRange {
  readonly from: number;
  readonly end: number;
  readonly isOurs: boolean;
}

/** Decimals of at most so many bytes have fewer digits than any of our schemas allows. */
const SHORT_DECIMAL = 7;
/** A number of so many groups of seven bits is exact. */
const EXACT_GROUPS = 7;
/** A map of more names is decoded: each name is compared with all before it. */
const MANY_NAMES = 64;

/** The fields of one record type. */
export class CanonicalFields {
  readonly #names: readonly string[];
  readonly #skips: readonly Skip[];
  /** Where each field begins, and where the last one ends, in the body that was found last. */
  readonly starts: Int32Array;

  /** @param schemaText a record */
  constructor(schemaText: string) {
    const schema = parseSchema(schemaText);
    const fields = fieldsOf(schema);
    if (fields === undefined) throw new TypeError(`${schema.typeName} is no record`);
    this.#names = fields.map(({ name }) => name);
    this.#skips = fields.map(({ type }) => skipOf(type));
    this.starts = new Int32Array(fields.length + 1);
  }

  /** The index of a field in {@link starts}; -1 if there is none of this name. */
  indexOf(name: string): number {
    return this.#names.indexOf(name);
  }

  /**
   * Finds the fields of a body that begins and ends in these bytes.
   *
   * @param isOurs the body is known to be one of our writers, and is not checked
   * @returns False if the body is not the one that our writers make, or none at all: decoding tells.
   */
  find(bytes: Uint8Array, { from, end, isOurs }: BodyRange): boolean {
    const skips = this.#skips, starts = this.starts;
    let at = from;
    for (let field = 0; field < skips.length; field++) {
      starts[field] = at;
      at = skips[field]?.(bytes, at, end, isOurs) ?? OTHER;
      if (at === OTHER) return false;
    }
    starts[skips.length] = at;
    return at === end;
  }
}

/** The long at a position of a body that was found: the nearest number, where none is exact. */
export function longAt(bytes: Uint8Array, at: number): number {
  let value = 0, unit = 1;
  for (let position = at;; position++) {
    const byte = bytes[position] ?? 0;
    value += (byte & 127) * unit;
    if (byte > 127) {
      unit *= 128;
      continue;
    }
    // Eight groups reach past 2^53 if the last one is above 15.
    if (position - at > EXACT_GROUPS || (position - at === EXACT_GROUPS && byte > 15)) return wideLongAt(bytes, at);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function wideLongAt(bytes: Uint8Array, at: number): number {
  let zigzag = 0n;
  for (let position = at, shift = 0n;; position++, shift += 7n) {
    const byte = bytes[position] ?? 0;
    zigzag |= BigInt(byte & 127) << shift;
    if (byte < 128) return Number(zigzag >> 1n ^ -(zigzag & 1n));
  }
}

/** Where the text at a position of a body begins: after its length. */
export function textStart(bytes: Uint8Array, at: number): number {
  let position = at;
  while ((bytes[position] ?? 0) > 127) position += 1;
  return position + 1;
}

function skipOf(type: avro.Type): Skip {
  const { ArrayType, EnumType, MapType } = avro.types;
  if (type instanceof EnumType) return indexBelow(type.symbols.length);
  if (type instanceof ArrayType) return items(skipOf(type.itemsType));
  if (type instanceof MapType) return entries(skipOf(type.valuesType));
  const branches = branchesOf(type);
  if (branches !== undefined) return oneOf(branches.map(skipOf));
  switch (type.typeName) {
    case "null":
      return (_, at) => at;
    case "boolean":
      return boolean;
    case "int":
      return int;
    case "long":
      return long;
    case "string":
      return text;
    case "bytes":
      if (notesOf(type).logical?.name === "decimal") return decimal;
  }
  return () => OTHER;
}

function boolean(bytes: Uint8Array, at: number, end: number): number {
  return at < end && (bytes[at] ?? 2) < 2 ? at + 1 : OTHER;
}

function long(bytes: Uint8Array, from: number, end: number, isOurs: boolean): number {
  for (let at = from; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 127) continue;
    const groups = at + 1 - from;
    // Of eight groups the last may have four bits; none but a single one may be zero.
    return isOurs || (groups < 8 || (groups === 8 && byte < 16)) && (byte > 0 || groups === 1) ? at + 1 : OTHER;
  }
  return OTHER;
}

function int(bytes: Uint8Array, from: number, end: number, isOurs: boolean): number {
  const next = long(bytes, from, end, isOurs);
  if (next === OTHER || isOurs) return next;
  const value = longAt(bytes, from);
  return value === (value | 0) ? next : OTHER;
}

/** Moves past a number that is not negative, in as few bytes as hold it: {@link countAt} says which. */
function count(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 255;
  if (at >= end || (first & 1) !== 0) return OTHER;
  if (first < 128) return at + 1;
  const next = long(bytes, at, end, false);
  return next - at > EXACT_GROUPS ? OTHER : next;
}

function countAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  return first < 128 ? first >> 1 : longAt(bytes, at);
}

function text(bytes: Uint8Array, at: number, end: number, isOurs: boolean): number {
  const from = count(bytes, at, end);
  if (from === OTHER) return OTHER;
  const next = from + countAt(bytes, at);
  if (next > end) return OTHER;
  if (isOurs) return next;
  for (let index = from; index < next; index++) {
    if ((bytes[index] ?? 0) > 127) return isUtf8(bytes.subarray(from, next)) ? next : OTHER;
  }
  return next;
}

function decimal(bytes: Uint8Array, at: number, end: number, isOurs: boolean): number {
  const from = count(bytes, at, end);
  if (from === OTHER) return OTHER;
  const length = countAt(bytes, at), next = from + length;
  if (length < 1 || next > end) return OTHER;
  if (length === 1 || isOurs) return next;
  if (length > SHORT_DECIMAL) return OTHER;
  const first = bytes[from] ?? 0, second = bytes[from + 1] ?? 0;
  return !(first === 0 && second < 128) && !(first === 255 && second > 127) ? next : OTHER;
}

function indexBelow(limit: number): Skip {
  return (bytes, at, end) => {
    const next = count(bytes, at, end);
    return next !== OTHER && countAt(bytes, at) < limit ? next : OTHER;
  };
}

function oneOf(branches: readonly Skip[]): Skip {
  return (bytes, at, end, isOurs) => {
    const from = count(bytes, at, end);
    if (from === OTHER) return OTHER;
    return branches[countAt(bytes, at)]?.(bytes, from, end, isOurs) ?? OTHER;
  };
}

/** Items are in one block, or there are none. */
function items(skip: Skip): Skip {
  return (bytes, at, end, isOurs) => {
    let next = count(bytes, at, end);
    if (next === OTHER) return OTHER;
    let left = countAt(bytes, at);
    if (left === 0) return next;
    for (; left > 0; left--) {
      next = skip(bytes, next, end, isOurs);
      if (next === OTHER) return OTHER;
    }
    return afterBlock(bytes, next, end);
  };
}

/** Names that look like numbers have an order of their own in JavaScript, and of two equal ones the last one counts. */
function entries(skip: Skip): Skip {
  return (bytes, at, end, isOurs) => {
    let next = count(bytes, at, end);
    if (next === OTHER) return OTHER;
    let left = countAt(bytes, at);
    if (left === 0) return next;
    const names: number[] | null = isOurs || left === 1 ? null : [];
    for (; left > 0; left--) {
      const from = textStart(bytes, next);
      next = text(bytes, next, end, isOurs);
      if (next === OTHER) return OTHER;
      if (!isOurs && next > from && isDigit(bytes[from] ?? 0)) return OTHER;
      if (names !== null && !isNewName(bytes, { from, end: next }, names)) return OTHER;
      next = skip(bytes, next, end, isOurs);
      if (next === OTHER) return OTHER;
    }
    return afterBlock(bytes, next, end);
  };
}

/** No other block follows. */
function afterBlock(bytes: Uint8Array, at: number, end: number): number {
  return at < end && bytes[at] === 0 ? at + 1 : OTHER;
}

/** Whether a name is none of those before it, which are not too many; notes where it is. */
function isNewName(bytes: Uint8Array, { from, end }: { from: number; end: number }, names: number[]): boolean {
  if (names.length === MANY_NAMES * 2) return false;
  for (let at = 0; at < names.length; at += 2) {
    const other = names[at] ?? 0;
    if ((names[at + 1] ?? 0) - other === end - from && equal(bytes, from, other, end - from)) return false;
  }
  names.push(from, end);
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function equal(bytes: Uint8Array, from: number, other: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (bytes[from + at] !== bytes[other + at]) return false;
  return true;
}
