import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { frame, parseFrame } from "../../schemas/avro/wire.ts";
import { recordsOf } from "./arbitraries.ts";
import { allCodecs, anyCodec, fromJson, type JsonRecord, toJson, withDecimals } from "./json_records.ts";
import golden from "./vectors.json" with { type: "json" };

interface Vector {
  readonly kind: RecordKind;
  readonly version: SchemaVersion;
  readonly name: string;
  /** fastavro wrote a decimal with more bytes than necessary. */
  readonly padded: boolean;
  readonly record: JsonRecord;
  readonly body: string;
  readonly framed: string;
}

// The import's own type has each kind as `string` and a separate shape for each record.
const list: readonly unknown[] = golden.vectors;
const vectors = list as readonly Vector[];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

for (const { kind, version, name, padded, record, body, framed } of vectors) {
  const codec = anyCodec(kind, version);
  const bytes = Buffer.from(body, "hex");

  Deno.test(`decode reads what fastavro wrote: ${kind} ${version}, ${name}`, () => {
    const decoded = codec.decode(bytes);
    assert.deepEqual(toJson(codec, decoded), toJson(codec, fromJson(codec, record)));
    assert.deepEqual(Object.keys(decoded), Object.keys(record));
    assert.deepEqual(toJson(codec, codec.decodeUnscaled(bytes)), toJson(codec, decoded));
  });

  Deno.test(`encode writes what fastavro wrote: ${kind} ${version}, ${name}`, () => {
    const encoded = codec.encode(fromJson(codec, record));
    assert.equal(hex(codec.encode(codec.decodeUnscaled(bytes))), hex(encoded));
    if (padded) return assert.ok(encoded.length < bytes.length);
    assert.equal(hex(encoded), body);
    const { schemaId } = parseFrame(Buffer.from(framed, "hex"));
    assert.equal(hex(frame(schemaId, encoded)), framed, "as AvroSerializer frames it");
  });
}

Deno.test("vectors cover all six schemas", () => {
  const covered = new Set(vectors.map(({ kind, version }) => `${kind} ${version}`));
  assert.deepEqual(covered, new Set(allCodecs().map(({ kind, version }) => `${kind} ${version}`)));
});

for (const codec of allCodecs()) {
  const title = `${codec.kind} ${codec.version}`;
  const records = recordsOf(codec.kind, codec.version);

  Deno.test(`decode undoes encode: ${title}`, () => {
    fc.assert(fc.property(records, (record) => {
      assert.deepEqual(codec.decodeUnscaled(codec.encode(record)), record);
    }));
  });

  Deno.test(`encode undoes decode: ${title}`, () => {
    fc.assert(fc.property(records, (record) => {
      const body = codec.encode(record);
      assert.equal(hex(codec.encode(codec.decode(body))), hex(body));
    }));
  });

  Deno.test(`encode takes Decimals and unscaled bigints alike: ${title}`, () => {
    fc.assert(fc.property(records, (record) => {
      assert.equal(hex(codec.encode(withDecimals(codec, record))), hex(codec.encode(record)));
    }));
  });

  Deno.test(`decode refuses every truncation and any byte more: ${title}`, () => {
    fc.assert(
      fc.property(records, (record) => {
        const body = codec.encode(record);
        for (let end = 0; end < body.length; end++) {
          assert.throws(() => codec.decode(body.subarray(0, end)), { name: "DecodeError" });
        }
        assert.throws(() => codec.decode(Buffer.concat([body, Buffer.of(0)])), { name: "DecodeError" });
      }),
      { numRuns: 10 },
    );
  });

  Deno.test(`decode of any bytes throws nothing but a DecodeError: ${title}`, () => {
    fc.assert(fc.property(records, fc.nat(), fc.integer({ min: 0, max: 255 }), (record, at, byte) => {
      const body = codec.encode(record);
      body[at % body.length] = byte;
      try {
        codec.decode(body);
      } catch (cause) {
        assert.equal(cause instanceof Error && cause.name, "DecodeError");
      }
    }));
  });
}
