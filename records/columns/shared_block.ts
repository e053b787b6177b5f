/**
 * The Avro bytes of the fields that rows share, as one block for WebAssembly: numbers tell where its parts are, the bytes
 * follow them. The block may be copied to any place.
 *
 * @module
 */

/** The parts of a block. */
export interface SharedParts {
  /** `{exchange}-{symbol}-`, with which the rows' own ids begin. */
  readonly eventIdPrefix: Uint8Array;
  /** The bytes between own fields, in the schema's order. */
  readonly runs: readonly Uint8Array[];
  /** `vendor_data`, of a layout with vendor keys. */
  readonly vendorData: VendorBytes | null;
}

/** The Avro bytes of a shared `vendor_data`. */
export interface VendorBytes {
  /** The whole field. */
  readonly field: Uint8Array;
  /** Its entries alone, and how many they are. */
  readonly entries: Uint8Array;
  readonly count: number;
}

const WORD_BYTES = 4;
/** Number of bytes; begin and length of the prefix, the field and the entries; number of entries. */
const HEAD_WORDS = 8;
const NOTHING = new Uint8Array(0);

/** Where a block tells of a run, in bytes from its beginning. */
export function placeOfRun(index: number): number {
  return (HEAD_WORDS + 2 * index) * WORD_BYTES;
}

/** A block, and where it stands in the scratch space. */
export class SharedBlock {
  readonly bytes: Uint8Array;
  /** The call that {@link place} is of. */
  call = 0;
  place = 0;

  constructor({ eventIdPrefix, runs, vendorData }: SharedParts) {
    const { field = NOTHING, entries = NOTHING, count = 0 } = vendorData ?? {};
    const start = placeOfRun(runs.length);
    const parts = [eventIdPrefix, field, entries, ...runs];
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.bytes = new Uint8Array(start + length);
    const words = new Uint32Array(this.bytes.buffer, 0, start / WORD_BYTES);
    let at = start;
    const places = parts.flatMap((part) => {
      this.bytes.set(part, at);
      at += part.length;
      return [at - part.length, part.length];
    });
    words.set([length, ...places.slice(0, 6), count, ...places.slice(6)]);
  }
}
