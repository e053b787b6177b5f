/**
 * Values as topics hold them: the frame, bodies of this project's schemas, bodies of any schema, and schemas.
 *
 * @module
 */
import { codecFor, DecodeError, type RecordCodec } from "../../../schemas/codec.ts";
import { checkCompatibility } from "../../../schemas/avro/compatibility.ts";
import { decoderFor } from "../../../schemas/avro/generic.ts";
import { RECORD_KINDS, SCHEMA_VERSIONS } from "../../../schemas/load.ts";
import { parseSchema, SchemaParseError } from "../../../schemas/avro/parse_schema.ts";
import { diffSchemas } from "../../../schemas/avro/schema_diff.ts";
import { frame, parseFrame, WireError } from "../../../schemas/avro/wire.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText, type Outcome } from "../fuzz_target.ts";

export const wireFrame: FuzzTarget = {
  name: "wire_frame",
  run(input) {
    try {
      const { schemaId, body } = parseFrame(input);
      expect(frame(schemaId, body).toHex() === input.toHex(), () => "the frame does not come back");
      return ACCEPTED;
    } catch (error) {
      if (error instanceof WireError) return "wire_error";
      throw error;
    }
  },
};

interface BodyTarget {
  readonly codec: RecordCodec<unknown>;
  readonly generic: (body: Uint8Array) => unknown;
}

const BODIES: readonly BodyTarget[] = RECORD_KINDS.flatMap((kind) =>
  SCHEMA_VERSIONS.map((version) => {
    // Only for their common part: bytes in, a record out, and back.
    const codec = codecFor(kind, version) as RecordCodec<unknown>;
    return { codec, generic: decoderFor(codec.schemaText) };
  })
);

/** The first byte chooses the schema. */
export const avroBody: FuzzTarget = {
  name: "avro_body",
  run(input) {
    const [choice = 0] = input;
    const { codec, generic } = BODIES[choice % BODIES.length] ?? BODIES[0] ?? unreachable();
    const body = input.subarray(1);
    const record = decoded(() => codec.decode(body));
    const unscaled = decoded(() => codec.decodeUnscaled(body));
    expect((record === REFUSED) === (unscaled === REFUSED), () => "the two forms of a record disagree");
    const shown = decoded(() => generic(body));
    if (record === REFUSED) return "decode_error";
    expect(shown !== REFUSED, () => "it is a record, and cannot be shown");
    JSON.stringify(shown);
    // A value may have several encodings; from here on it has one.
    const bytes = codec.encode(record);
    expect(codec.encode(codec.decode(bytes)).toHex() === bytes.toHex(), () => "the record does not come back");
    expect(codec.encode(codec.decodeUnscaled(body)).toHex() === bytes.toHex(), () => "the two forms differ");
    return ACCEPTED;
  },
};

const REFUSED = Symbol("refused");

function decoded<T>(decode: () => T): T | typeof REFUSED {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return REFUSED;
    throw error;
  }
}

function unreachable(): never {
  throw new Error("there are schemas");
}

/** Schemas that are hard for a reader: empty values, recursion, many paths to the same place. */
const HOSTILE = [
  `{"type":"array","items":"null"}`,
  `{"type":"map","values":"string"}`,
  `{"type":"map","values":{"type":"map","values":["null","long"]}}`,
  `{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"v","type":"int"}]}`,
  `{"type":"record","name":"E","fields":[{"name":"a","type":{"type":"array","items":{"type":"record","name":"N","fields":[]}}}]}`,
  `{"type":"record","name":"P","fields":[{"name":"__proto__","type":"string"},{"name":"b","type":"bytes"}]}`,
  `{"type":"fixed","name":"F","size":16,"logicalType":"decimal","precision":38,"scale":10}`,
  `{"type":"bytes","logicalType":"decimal","precision":400,"scale":400}`,
  `{"type":"array","items":{"type":"array","items":"double"}}`,
  `["null","boolean","float",{"type":"enum","name":"C","symbols":["A","B"]}]`,
].map((text) => decoderFor(text));

/** The first byte chooses the schema. */
export const avroGeneric: FuzzTarget = {
  name: "avro_generic",
  run(input) {
    const [choice = 0] = input;
    const decode = HOSTILE[choice % HOSTILE.length] ?? unreachable();
    const value = decoded(() => decode(input.subarray(1)));
    if (value === REFUSED) return "decode_error";
    JSON.stringify(value);
    return ACCEPTED;
  },
};

/** Bodies for a schema that was accepted. */
const SMALL_BODIES = [new Uint8Array(0), new Uint8Array(32), new Uint8Array(64).fill(2), new Uint8Array(8).fill(255)];

export const schemaText: FuzzTarget = {
  name: "schema_text",
  run(input): Outcome {
    const text = looseText(input);
    try {
      parseSchema(text);
    } catch (error) {
      if (error instanceof SchemaParseError) return "schema_parse_error";
      throw error;
    }
    const decode = decoderFor(text);
    for (const body of SMALL_BODIES) decoded(() => decode(body));
    const { compatible } = checkCompatibility(text, text, { level: "FULL" });
    expect(compatible, () => "it cannot read itself");
    expect(diffSchemas(text, text).length === 0, () => "it differs from itself");
    return ACCEPTED;
  },
  tokens: [
    '{"type":"record","name":"A","fields":[',
    '{"name":"f","type":["null","A"],"default":null}',
    '"default":{}',
    '"logicalType":"decimal","precision":1e9,"scale":1e9',
    '{"type":"array","items":',
    '{"type":"map","values":',
    '"aliases":["a"]',
    '"enum"',
    '"fixed"',
    '"size":0',
    '"symbols":[]',
  ],
};
