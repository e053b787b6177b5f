/**
 * Contract cases: compatibility levels and what they refuse.
 *
 * @module
 */
import assert from "node:assert/strict";
import { COMPATIBILITY_LEVELS, type CompatibilityLevel } from "../../schemas/compatibility_level.ts";
import type { RegistryContractCase, RegistryContractEnv } from "./registry_env.ts";
import { FIELDS, freshRecord, hook, refusedWith, schemaOf, subjectWith, type TestField } from "./registry_helpers.ts";

const { symbol, price, venue, venueRequired, symbolAsLong } = FIELDS;

interface Change {
  readonly change: string;
  /** Versions that the subject has. */
  readonly earlier: readonly (readonly TestField[])[];
  readonly next: readonly TestField[];
  readonly acceptedBy: readonly CompatibilityLevel[];
}

const CHANGES: readonly Change[] = [
  {
    change: "a new field with a default",
    earlier: [[symbol]],
    next: [symbol, venue],
    acceptedBy: COMPATIBILITY_LEVELS,
  },
  {
    change: "a new field without a default",
    earlier: [[symbol]],
    next: [symbol, venueRequired],
    acceptedBy: ["NONE", "FORWARD", "FORWARD_TRANSITIVE"],
  },
  {
    change: "a field without a default removed",
    earlier: [[symbol, price]],
    next: [symbol],
    acceptedBy: ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE"],
  },
  { change: "another type", earlier: [[symbol]], next: [symbolAsLong], acceptedBy: ["NONE"] },
  {
    change: "a default taken away that only the first version's data need",
    earlier: [[symbol], [symbol, venue]],
    next: [symbol, venueRequired],
    acceptedBy: ["NONE", "BACKWARD", "FORWARD", "FORWARD_TRANSITIVE", "FULL"],
  },
];

/** The levels are those of Confluent's registry, and so are the verdicts. */
export const levelCases: readonly RegistryContractCase[] = [
  {
    name: "a subject without a level of its own has null; what is set is read back, and is its own",
    async run({ registry, freshSubject, noneIsNoLevel = false }) {
      const [subject, other] = [freshSubject(), freshSubject()];
      await registry.register(subject, schemaOf(freshRecord(), [symbol]));
      await registry.register(other, schemaOf(freshRecord(), [symbol]));
      assert.equal(await registry.compatibility(subject), null);
      for (const level of COMPATIBILITY_LEVELS) {
        await registry.setCompatibility(level, subject);
        assert.equal(await registry.compatibility(subject), noneIsNoLevel && level === "NONE" ? null : level);
      }
      assert.equal(await registry.compatibility(other), null);
    },
  },
  {
    name: "register never writes a level",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      const before = await registry.compatibility();
      await registry.register(subject, schemaOf(freshRecord(), [symbol]));
      assert.equal(await registry.compatibility(subject), null);
      assert.equal(await registry.compatibility(), before);
      assert.ok(
        before !== null && COMPATIBILITY_LEVELS.includes(before),
        `a registry always has a global level: ${before}`,
      );
    },
  },
  {
    name: "the global level holds for subjects without one",
    requires: ["setGlobalLevel"],
    async run(env) {
      const { registry } = env;
      const before = await registry.compatibility();
      try {
        await hook(env, "setGlobalLevel")("FORWARD");
        assert.equal(await registry.compatibility(), "FORWARD");
        const name = freshRecord();
        const subject = env.freshSubject();
        await registry.register(subject, schemaOf(name, [symbol, price]));
        await refusedWith(registry.register(subject, schemaOf(name, [symbol])), "incompatible");
        await registry.setCompatibility("BACKWARD", subject);
        await registry.register(subject, schemaOf(name, [symbol]));
      } finally {
        if (before !== null) await hook(env, "setGlobalLevel")(before);
      }
    },
  },
  ...CHANGES.map(({ change, earlier, next, acceptedBy }) => ({
    name: `${change} is accepted by ${acceptedBy.join(", ")} only, and the check says so before`,
    run: async (env: RegistryContractEnv) => {
      for (const level of COMPATIBILITY_LEVELS) {
        const name = freshRecord();
        const schemas = earlier.map((fields) => schemaOf(name, fields));
        const subject = await subjectWith(env, { level, schemas });
        const schema = schemaOf(name, next);
        const accepted = acceptedBy.includes(level);
        const verdict = await env.registry.checkCompatibility(subject, schema);
        assert.equal(verdict.compatible, accepted, `the check at ${level}`);
        assert.deepEqual((await env.registry.versions(subject)).length, schemas.length, "a check registers nothing");
        if (accepted) assert.ok(await env.registry.register(subject, schema), `register at ${level}`);
        else await refusedWith(env.registry.register(subject, schema), "incompatible");
      }
    },
  })),
  {
    name: "an incompatible schema is refused with subject and path, is not retriable, and is not registered",
    async run(env) {
      const name = freshRecord();
      const subject = await subjectWith(env, { level: "BACKWARD", schemas: [schemaOf(name, [symbol])] });
      const error = await refusedWith(
        env.registry.register(subject, schemaOf(name, [symbol, venueRequired])),
        "incompatible",
      );
      assert.equal(error.details.subject, subject);
      assert.ok(
        error.details.path?.startsWith("/fields/1"),
        `the path is that of the new field: ${error.details.path}`,
      );
      assert.ok(error.message.includes(subject), error.message);
      assert.equal(error.retriable, false);
      assert.deepEqual(await env.registry.versions(subject), [1]);
    },
  },
  {
    name: "a renamed record is incompatible at BACKWARD: v1 and v2 do not fit one subject",
    async run(env) {
      const subject = await subjectWith(env, { level: "BACKWARD", schemas: [schemaOf(freshRecord(), [symbol])] });
      const renamed = schemaOf(freshRecord(), [symbol]);
      assert.equal((await env.registry.checkCompatibility(subject, renamed)).compatible, false);
      await refusedWith(env.registry.register(subject, renamed), "incompatible");
    },
  },
  {
    name: "a check against a subject that is not there accepts any schema, and creates nothing",
    async run({ registry, freshSubject }) {
      const subject = freshSubject();
      const verdict = await registry.checkCompatibility(subject, schemaOf(freshRecord(), [symbol]));
      assert.equal(verdict.compatible, true);
      assert.ok(!(await registry.subjects()).includes(subject));
    },
  },
  {
    name: "a deleted subject takes any schema, and has no level of its own",
    async run(env) {
      const name = freshRecord();
      const subject = await subjectWith(env, { level: "FULL", schemas: [schemaOf(name, [symbol])] });
      await env.registry.deleteSubject(subject);
      await env.registry.register(subject, schemaOf(name, [symbolAsLong]));
      assert.equal(await env.registry.compatibility(subject), null);
    },
  },
];
