import assert from "node:assert/strict";
import fc from "fast-check";
import { sipHashReference } from "../../tests/support/siphash_reference.ts";
import { WideInteger } from "../values/wide_integer.ts";
import { CanonicalForm } from "./canonical_form.ts";

const canonicalForm = new CanonicalForm();

const KEY = new TextEncoder().encode("tickflume.ids.v1");

/** The id of a form by its definition: the reference's hash of its bytes and what tells it from equal rows. */
function idOf(form: Uint8Array, ordinal: number): Uint8Array {
  const bytes = new Uint8Array(form.length + 9);
  bytes.set(form);
  new DataView(bytes.buffer).setBigInt64(form.length + 1, BigInt(ordinal), true);
  const id = sipHashReference(KEY, bytes);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id;
}

function assertIds(): void {
  const form = canonicalForm.copy();
  for (const ordinal of [0, 1]) {
    canonicalForm.hashByOrdinal(ordinal);
    assert.deepEqual(canonicalForm.id.slice(), idOf(form, ordinal), `${form.length} bytes`);
    assert.deepEqual(new Uint8Array(canonicalForm.words.slice().buffer), canonicalForm.id.slice());
  }
}

// 65,512 bytes are the first page of the hasher; with what tells it from equal rows a form is 9 bytes longer.
const LENGTHS = [0, 1, 65_502, 65_503, 65_504, 65_511, 65_512, 65_513, 131_063, 131_072, 3 * 2 ** 20, 7 * 2 ** 20 + 1];

Deno.test("CanonicalForm has the reference's id for every length, short ones after long ones too", () => {
  for (const length of [...LENGTHS, ...LENGTHS.toReversed()]) {
    canonicalForm.begin(Uint8Array.from({ length }, (_, at) => at % 253));
    assertIds();
  }
});

Deno.test("CanonicalForm begins with the bytes of each prefix, whichever came before, and after other parts of a row", () => {
  const prefixes = ["ASX BHP", "ASX CBA", "ASX BHP", "ASX"].map((text) => new TextEncoder().encode(text));
  for (const prefix of [...prefixes, ...prefixes, ...prefixes.toReversed()]) {
    canonicalForm.begin();
    canonicalForm.text("a form without a prefix");
    for (const part of ["one", "another"]) {
      canonicalForm.begin(prefix);
      canonicalForm.text(part);
      assert.deepEqual(canonicalForm.copy().slice(0, prefix.length), prefix);
      assertIds();
    }
  }
});

Deno.test("CanonicalForm keeps its bytes when any next part makes it grow", () => {
  for (const letter of ["x", "é"]) {
    canonicalForm.begin();
    for (let part = 0; part < 40; part++) {
      canonicalForm.byte(part);
      canonicalForm.integer(part - 2 ** 40);
      canonicalForm.text(letter.repeat(part * 9_000));
      canonicalForm.shortInteger(1 - part);
    }
    const [bytes, form] = [new TextEncoder().encode(letter.repeat(9_000)), canonicalForm.copy()];
    let at = 0;
    for (let part = 0; part < 40; part++) {
      const length = part * bytes.length;
      const view = new DataView(form.buffer, at, 13);
      assert.deepEqual(
        [form[at], view.getBigInt64(1, true), view.getUint32(9, true)],
        [part, BigInt(part - 2 ** 40), length],
      );
      at += 13;
      assert.deepEqual(form.subarray(at, at + Math.min(length, bytes.length)), bytes.subarray(0, length));
      at += length;
      assert.equal(new DataView(form.buffer).getInt32(at, true), 1 - part);
      at += 4;
    }
    assertIds();
  }
});

Deno.test("CanonicalForm is independent of others that are built meanwhile", () => {
  const [one, other] = [new CanonicalForm(), new CanonicalForm()];
  one.begin();
  one.text("one");
  other.begin();
  other.text("another");
  one.integer(7);
  one.hashByOrdinal(0);
  const id = idOf(one.copy(), 0);
  other.hashByOrdinal(0);
  assert.deepEqual(one.id.slice(), id);
  assert.deepEqual(other.id.slice(), idOf(other.copy(), 0));
});

Deno.test("CanonicalForm.event() puts what the single parts put, whatever rows came before and however they were told apart", () => {
  const bytes = (lengths: readonly number[]) => lengths.map((length) => new Uint8Array(length).fill(length + 1));
  const prefixes = bytes([0, 7, 18]), ends = bytes([1, 13]);
  const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const row = fc.record({
    prefix: fc.nat(prefixes.length - 1),
    end: fc.nat(ends.length - 1),
    micros: fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constant(1_714_946_234_754_000)),
    decimals: fc.array(integers, { maxLength: 4 }),
    ordinals: fc.array(fc.constantFrom(0, 0, 1, 2 ** 40), { minLength: 1, maxLength: 3 }),
    // In place of all that: a row that its venue's id identifies.
    text: fc.option(fc.string({ maxLength: 60 }), { freq: 4 }),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), (rows) => {
      const form = new CanonicalForm(), parts = new CanonicalForm();
      for (const { prefix, end, micros, decimals, ordinals, text } of rows) {
        form.begin(prefixes[prefix]);
        parts.begin();
        for (const byte of prefixes[prefix] ?? []) parts.byte(byte);
        if (text !== null) {
          form.text(text);
          parts.text(text);
        } else {
          const wide = decimals.map((value) => {
            const integer = new WideInteger();
            integer.setBig(value);
            return integer;
          });
          form.event(micros, wide, ends[end] ?? assert.fail());
          parts.integer(micros);
          for (const integer of wide) parts.wideInteger(integer);
          for (const byte of ends[end] ?? []) parts.byte(byte);
        }
        assert.deepEqual(form.copy(), parts.copy());
        for (const ordinal of ordinals) {
          form.hashByOrdinal(ordinal);
          assert.deepEqual(form.id.slice(), idOf(parts.copy(), ordinal));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
