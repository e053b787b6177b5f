import assert from "node:assert/strict";
import type { z } from "zod";
import { settingsFrom } from "./load_settings.ts";
import type { Settings, SettingsInput } from "./settings.ts";
import type { settingsSchema } from "./settings_schema.ts";

/** A type without `readonly`, intersections and `undefined` of absent members, which say nothing of a setting. */
type Plain<T> = T extends readonly (infer Item)[] ? Plain<Item>[]
  : T extends object ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
  : T;

/** True only for types that are the same: assignability alone overlooks an optional member that one of them lacks. */
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends (<T>() => T extends Plain<B> ? 1 : 2) ? true : false;

/** The schema takes the object; the URL alone is made one before it. */
type SchemaInput = z.input<typeof settingsSchema>;
type InputOfSchema = Omit<SchemaInput, "registry"> & {
  readonly registry?: NonNullable<SchemaInput["registry"]> | string;
};

// A setting that the types or the schema alone have, or have otherwise, fails the type check here.
const complete: Same<Settings, z.output<typeof settingsSchema>> = true;
const given: Same<SettingsInput, InputOfSchema> = true;

Deno.test("types and schema have the same settings", () => {
  assert.ok(complete && given);
  const settings: Settings = settingsFrom({}, { cwd: "/" });
  assert.equal(settings.schemaVersion, "v2");
});
