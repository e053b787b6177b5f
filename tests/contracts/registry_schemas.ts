/**
 * Contract cases: texts, ids, subjects and versions.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { RegistryContractCase } from "./registry_env.ts";
import { FIELDS, freshRecord, refusedWith, schemaOf, subjectWith } from "./registry_helpers.ts";

const { symbol, price, venue } = FIELDS;

/** The registry returns exactly what was registered. */
export const schemaCases: readonly RegistryContractCase[] = [
  {
    name: "register gives an id, and the same id for the same text, without a new version",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      const id = await registry.register(subject, schema);
      assert.ok(Number.isInteger(id) && id > 0 && id < 2 ** 31, `the id fits the wire format: ${id}`);
      for (let again = 0; again < 3; again++) assert.equal(await registry.register(subject, schema), id);
      assert.deepEqual(await registry.versions(subject), [1]);
    },
  },
  {
    name: "register of an older version's text gives its id, without a new version",
    async run(env) {
      const { registry } = env;
      const name = freshRecord();
      const [first, second] = [schemaOf(name, [symbol]), schemaOf(name, [symbol, venue])];
      const subject = await subjectWith(env, { level: "BACKWARD", schemas: [first, second] });
      const { id } = await registry.version(subject, 1);
      assert.equal(await registry.register(subject, first), id);
      assert.deepEqual(await registry.versions(subject), [1, 2]);
    },
  },
  {
    name: "the same text has the same id in every subject, another text has another",
    async run({ registry, freshSubject }) {
      const name = freshRecord();
      const schema = schemaOf(name, [symbol]);
      const id = await registry.register(freshSubject(), schema);
      assert.equal(await registry.register(freshSubject(), schema), id);
      assert.notEqual(await registry.register(freshSubject(), schemaOf(name, [symbol, venue])), id);
    },
  },
  {
    name: "the text comes back unchanged, byte for byte: white space, order of attributes, non-ASCII",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      const schema = `{\n  "name": "${freshRecord()}",\n\t"doc": "größer ≥ \\u00b5 \\"quoted\\"",\n` +
        `  "fields": [ {"type": "string",   "doc": "the symbol", "name": "symbol"} ],\n  "namespace": "tickflume.contract",\n` +
        `  "type": "record"}`;
      const id = await registry.register(subject, schema);
      assert.equal(await registry.schemaById(id), schema);
      assert.deepEqual(await registry.version(subject, 1), { subject, version: 1, id, schema });
      assert.deepEqual(await registry.lookup(subject, schema), { subject, version: 1, id, schema });
    },
  },
  {
    name: "lookup of an unknown subject, or of a text that the subject does not have, is null and registers nothing",
    async run({ registry, freshSubject }) {
      const [subject, other] = [freshSubject(), freshSubject()];
      const name = freshRecord();
      const schema = schemaOf(name, [symbol]);
      assert.equal(await registry.lookup(subject, schema), null);
      assert.deepEqual(await registry.versions(subject), []);
      await registry.register(other, schema);
      assert.equal(await registry.lookup(subject, schema), null);
      assert.equal(await registry.lookup(other, schemaOf(name, [symbol, venue])), null);
      assert.deepEqual(await registry.versions(other), [1]);
    },
  },
  {
    name: "versions are numbered from 1 in order, and latest is the last",
    async run(env) {
      const { registry } = env;
      const name = freshRecord();
      const schemas = [
        schemaOf(name, [symbol]),
        schemaOf(name, [symbol, venue]),
        schemaOf(name, [symbol, venue, price]),
      ];
      const subject = await subjectWith(env, { level: "NONE", schemas });
      assert.deepEqual(await registry.versions(subject), [1, 2, 3]);
      for (const [at, schema] of schemas.entries()) {
        assert.equal((await registry.version(subject, at + 1)).schema, schema);
      }
      const latest = await registry.version(subject, "latest");
      assert.deepEqual(latest, await registry.version(subject, 3));
      assert.ok((await registry.subjects()).includes(subject));
    },
  },
  {
    name: "what is not there is not_found; the versions of an unknown subject are none",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      await refusedWith(registry.schemaById(2 ** 31 - 2), "not_found");
      await refusedWith(registry.version(subject, 1), "not_found");
      await refusedWith(registry.version(subject, "latest"), "not_found");
      await refusedWith(registry.deleteSubject(subject), "not_found");
      assert.deepEqual(await registry.versions(subject), []);
      await registry.register(subject, schemaOf(freshRecord(), [symbol]));
      const error = await refusedWith(registry.version(subject, 2), "not_found");
      assert.equal(error.retriable, false);
    },
  },
  {
    name: "a text that is no schema is refused as invalid_schema by register, and registers nothing",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      const invalid = [
        "{",
        `{"type": "record", "name": "NoFields"}`,
        `{"type": "record", "name": "A", "fields": [{"name": "x", "type": "no_such_type"}]}`,
      ];
      for (const text of invalid) {
        const error = await refusedWith(registry.register(subject, text), "invalid_schema");
        assert.equal(error.retriable, false);
      }
      assert.deepEqual(await registry.versions(subject), []);
    },
  },
  {
    name: "a deleted subject is gone, its ids stay readable, and its version numbers continue",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      const id = await registry.register(subject, schema);
      await registry.deleteSubject(subject);
      assert.deepEqual(await registry.versions(subject), []);
      assert.equal(await registry.lookup(subject, schema), null);
      assert.ok(!(await registry.subjects()).includes(subject));
      assert.equal(await registry.schemaById(id), schema);
      assert.equal(await registry.register(subject, schema), id);
      assert.deepEqual(await registry.versions(subject), [2]);
    },
  },
  {
    name: "another connection sees what was registered",
    async run(env) {
      const subject = env.freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      const id = await env.registry.register(subject, schema);
      const other = await env.connect();
      try {
        assert.equal(await other.schemaById(id), schema);
        assert.equal(await other.register(subject, schema), id);
      } finally {
        await other.close();
      }
    },
  },
];
