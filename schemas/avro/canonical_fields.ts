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

/** Moves past a value; false if it has to be decoded to say what it is. */
type Skip = (at: BodyPlace) => boolean;

interface BodyPlace {
  bytes: Uint8Array;
  position: number;
  end: number;
  /** The body is known to be one of our writers. */
  isOurs: boolean;
}

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
  readonly #place: BodyPlace = { bytes: new Uint8Array(0), position: 0, end: 0, isOurs: false };
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
    const place = this.#place, skips = this.#skips, starts = this.starts;
    place.isOurs = isOurs;
    place.bytes = bytes;
    place.position = from;
    place.end = end;
    for (let at = 0; at < skips.length; at++) {
      starts[at] = place.position;
      if (skips[at]?.(place) !== true) return false;
    }
    starts[skips.length] = place.position;
    return place.position === end;
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
      return () => true;
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
  return () => false;
}

function boolean(place: BodyPlace): boolean {
  place.position += 1;
  return place.position <= place.end && (place.bytes[place.position - 1] ?? 2) < 2;
}

/** A number that is not negative, in as few bytes as hold it; -1 if it is another one. */
function count(place: BodyPlace): number {
  const first = place.bytes[place.position] ?? 255;
  if (first < 128 && place.position < place.end) {
    place.position += 1;
    return (first & 1) === 0 ? first >> 1 : -1;
  }
  const from = place.position;
  if (!long(place) || place.position - from > EXACT_GROUPS) return -1;
  return Math.max(-1, longAt(place.bytes, from));
}

function long(place: BodyPlace): boolean {
  const { bytes } = place;
  for (let groups = 1; place.position < place.end; groups++) {
    const byte = bytes[place.position] ?? 0;
    place.position += 1;
    if (byte > 127) continue;
    // Of eight groups the last may have four bits; none but a single one may be zero.
    return place.isOurs || (groups < 8 || (groups === 8 && byte < 16)) && (byte > 0 || groups === 1);
  }
  return false;
}

function int(place: BodyPlace): boolean {
  const from = place.position;
  if (!long(place)) return false;
  const value = longAt(place.bytes, from);
  return place.isOurs || value === (value | 0);
}

function text(place: BodyPlace): boolean {
  const length = count(place), { bytes, position } = place, end = position + length;
  if (length < 0 || end > place.end) return false;
  place.position = end;
  if (place.isOurs) return true;
  for (let at = position; at < end; at++) if ((bytes[at] ?? 0) > 127) return isUtf8(bytes.subarray(position, end));
  return true;
}

function decimal(place: BodyPlace): boolean {
  const length = count(place), { bytes, position } = place;
  if (length < 1 || position + length > place.end) return false;
  place.position += length;
  if (length === 1 || place.isOurs) return true;
  if (length > SHORT_DECIMAL) return false;
  const first = bytes[position] ?? 0, second = bytes[position + 1] ?? 0;
  return !(first === 0 && second < 128) && !(first === 255 && second > 127);
}

function indexBelow(limit: number): Skip {
  return (place) => {
    const index = count(place);
    return index >= 0 && index < limit;
  };
}

function oneOf(branches: readonly Skip[]): Skip {
  return (place) => branches[count(place)]?.(place) ?? false;
}

function items(skip: Skip): Skip {
  return (place) => {
    let left = count(place);
    if (left === 0) return true;
    if (left < 0) return false;
    for (; left > 0; left--) if (!skip(place)) return false;
    return count(place) === 0;
  };
}

/** Names that look like numbers have an order of their own in JavaScript, and of two equal ones the last one counts. */
function entries(skip: Skip): Skip {
  return (place) => {
    let left = count(place);
    if (left === 0) return true;
    if (left < 0) return false;
    let names: number[] | null = null;
    for (; left > 0; left--) {
      const from = textStart(place.bytes, place.position);
      if (!text(place)) return false;
      if (!place.isOurs) {
        if (place.position > from && isDigit(place.bytes[from] ?? 0)) return false;
        if (left > 1 || names !== null) {
          names ??= [];
          if (!isNewName(place, from, names)) return false;
        }
      }
      if (!skip(place)) return false;
    }
    return count(place) === 0;
  };
}

/** Whether the name that ends here is none of those before it, which are not too many; notes where it is. */
function isNewName({ bytes, position }: BodyPlace, from: number, names: number[]): boolean {
  if (names.length === MANY_NAMES * 2) return false;
  for (let at = 0; at < names.length; at += 2) {
    const other = names[at] ?? 0;
    if ((names[at + 1] ?? 0) - other === position - from && equal(bytes, from, other, position - from)) return false;
  }
  names.push(from, position);
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function equal(bytes: Uint8Array, from: number, other: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (bytes[from + at] !== bytes[other + at]) return false;
  return true;
}
