import assert from "node:assert/strict";
import { loadSchema, RECORD_KINDS } from "../load.ts";
import { recordNameOf } from "./record_name.ts";

Deno.test("recordNameOf gives the full name that the schemas of the contract have", () => {
  for (const kind of RECORD_KINDS) {
    for (const version of ["v1", "v2"] as const) {
      const { text, fullName } = loadSchema(kind, version);
      assert.equal(recordNameOf(text), fullName);
    }
  }
});

Deno.test("recordNameOf needs no type that is defined elsewhere, and joins name and namespace as Avro does", () => {
  const record = { type: "record", fields: [{ name: "side", type: "com.other.Side" }] };
  const names = [
    { ...record, name: "T", namespace: "a.b" },
    { ...record, name: "c.T", namespace: "a.b" },
    { ...record, name: "T", namespace: "" },
    { ...record, name: "T" },
  ].map((schema) => recordNameOf(JSON.stringify(schema)));
  assert.deepEqual(names, ["a.b.T", "c.T", "T", "T"]);
});

Deno.test("recordNameOf names types without a name, and nothing that is no Avro schema", () => {
  const texts = ['"string"', '{"type":"map","values":"long"}', '["null","long"]'];
  assert.deepEqual(texts.map(recordNameOf), ["string", "map", "union"]);
  const others = ['syntax = "proto3";', "", "17", "null", '{"title":"JSON schema"}', '{"type":{}}'];
  assert.deepEqual(others.map(recordNameOf), others.map(() => null));
});
