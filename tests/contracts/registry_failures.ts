/**
 * Contract cases: closing, and calls that fail.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type RegistryErrorCode, RETRIABLE_REGISTRY_CODES } from "../../transport/registry.ts";
import type { RegistryContractCase } from "./registry_env.ts";
import { FIELDS, freshRecord, hook, refusedWith, schemaOf } from "./registry_helpers.ts";
import { within } from "./patience.ts";

const { symbol } = FIELDS;

const ANSWERS: readonly RegistryErrorCode[] = [
  "unauthenticated",
  "unauthorized",
  "not_found",
  "incompatible",
  "invalid_schema",
  "server_error",
  "malformed_answer",
];

/** Every failure has a code, and the code says whether waiting helps. */
export const registryFailureCases: readonly RegistryContractCase[] = [
  {
    name: "close is idempotent, and every later call is closed",
    async run(env) {
      const registry = await env.connect();
      await registry.close();
      await registry.close();
      const subject = env.freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      const calls = [
        registry.register(subject, schema),
        registry.lookup(subject, schema),
        registry.schemaById(1),
        registry.subjects(),
        registry.versions(subject),
        registry.version(subject, "latest"),
        registry.checkCompatibility(subject, schema),
        registry.compatibility(),
        registry.setCompatibility("NONE", subject),
        registry.deleteSubject(subject),
      ];
      for (const error of await Promise.all(calls.map((call) => refusedWith(call, "closed")))) {
        assert.equal(error.retriable, false);
      }
    },
  },
  ...ANSWERS.map((code): RegistryContractCase => ({
    name: `an answer that means ${code} rejects with it, and the next call goes through`,
    requires: ["answerNextWith"],
    async run(env) {
      const subject = env.freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      await hook(env, "answerNextWith")(code);
      const error = await refusedWith(env.registry.register(subject, schema), code);
      assert.equal(error.retriable, RETRIABLE_REGISTRY_CODES.has(code));
      assert.equal(await env.registry.lookup(subject, schema), null);
      assert.ok(await env.registry.register(subject, schema));
    },
  })),
  {
    name: "a registration whose answer is lost is retriable, and registering again gives the one id",
    requires: ["loseNextAnswer"],
    async run(env) {
      const subject = env.freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      await hook(env, "loseNextAnswer")();
      const error = await refusedWith(
        env.registry.register(subject, schema),
        "unreachable",
        "timed_out",
        "malformed_answer",
      );
      assert.ok(error.retriable);
      const id = await env.registry.register(subject, schema);
      assert.deepEqual(await env.registry.lookup(subject, schema), { subject, version: 1, id, schema });
    },
  },
  {
    name: "a call without an answer waits, and other calls proceed meanwhile",
    requires: ["holdNextAnswer"],
    async run(env) {
      const subject = env.freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      const held = await hook(env, "holdNextAnswer")();
      let settled = false;
      const registering = env.registry.register(subject, schema).finally(() => settled = true);
      assert.deepEqual(await within("another call", env.registry.versions(env.freshSubject())), []);
      assert.equal(settled, false);
      await held.end();
      assert.ok(await within("the held call", registering));
    },
  },
  {
    name: "a registry that cannot be reached is unreachable, which is retriable; afterwards everything works again",
    requires: ["cutOff"],
    async run(env) {
      const subject = env.freshSubject();
      const schema = schemaOf(freshRecord(), [symbol]);
      const cut = await hook(env, "cutOff")();
      try {
        const calls = [
          env.registry.register(subject, schema),
          env.registry.schemaById(1),
          env.registry.compatibility(),
        ];
        for (const call of calls) assert.ok((await refusedWith(call, "unreachable", "timed_out")).retriable);
      } finally {
        await cut.end();
      }
      assert.ok(await env.registry.register(subject, schema));
    },
  },
];
