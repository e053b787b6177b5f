/**
 * Small things that the registry's contract cases share.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type CompatibilityLevel, RegistryError, type RegistryErrorCode } from "../../transport/registry.ts";
import type { RegistryContractEnv, RegistryFaultHooks, RegistryFaultName } from "./registry_env.ts";
import { within } from "./patience.ts";

/** A field of a test schema; without a default it is required. */
export interface TestField {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** The fields that the cases evolve. */
export const FIELDS = {
  symbol: { name: "symbol", type: "string" },
  price: { name: "price", type: "long" },
  venue: { name: "venue", type: "string", default: "" },
  venueRequired: { name: "venue", type: "string" },
  symbolAsLong: { name: "symbol", type: "long" },
} as const satisfies Record<string, TestField>;

/** A record name that no other case uses, because registries share ids between equal texts. */
export function freshRecord(): string {
  return `Case${crypto.randomUUID().replaceAll("-", "")}`;
}

/** The text of a record schema. */
export function schemaOf(name: string, fields: readonly TestField[]): string {
  return JSON.stringify({ type: "record", name, namespace: "tickflume.contract", fields });
}

/** A new subject with its own level that holds the given versions. */
export async function subjectWith(
  env: RegistryContractEnv,
  { level, schemas }: { readonly level: CompatibilityLevel; readonly schemas: readonly string[] },
): Promise<string> {
  const subject = env.freshSubject();
  for (const [at, schema] of schemas.entries()) {
    await env.registry.register(subject, schema);
    // Only existing subjects take a level; the versions before the last are not under test.
    if (at === 0) await env.registry.setCompatibility("NONE", subject);
  }
  await env.registry.setCompatibility(level, subject);
  return subject;
}

/** The promise must reject with a {@link RegistryError} of one of these codes, which is returned. */
export async function refusedWith(
  promise: Promise<unknown>,
  ...codes: readonly RegistryErrorCode[]
): Promise<RegistryError> {
  const settled = await within(
    `a rejection with ${codes.join(" or ")}`,
    promise.then(() => null, (error: unknown) => error),
  );
  assert.ok(settled instanceof RegistryError, `expected a RegistryError ${codes.join(" or ")}, got ${String(settled)}`);
  assert.ok(codes.includes(settled.code), `expected ${codes.join(" or ")}, got ${settled.code}: ${settled.message}`);
  return settled;
}

/** A hook that the case requires, so the environment has it. */
export function hook<Name extends RegistryFaultName>(
  env: RegistryContractEnv,
  name: Name,
): NonNullable<RegistryFaultHooks[Name]> {
  const found = env.faults[name];
  if (!found) throw new Error(`The case uses "${name}" without requiring it`);
  return found;
}
