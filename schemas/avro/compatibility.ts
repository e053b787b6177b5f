/**
 * Checks whether a registry would accept a new version of a schema, by the rules of Avro's schema resolution. The
 * answer names the place in the schema, and warns of allowed changes that change the meaning.
 *
 * @module
 */

import { parseSchema } from "./parse_schema.ts";
import type { AvroType } from "./schema_model.ts";
import type { CompatibilityLevel } from "../compatibility_level.ts";
import { type CompatibilityWarning, type Incompatibility, resolve } from "./resolution.ts";

export type { CompatibilityWarning, Incompatibility, IncompatibilityCode, WarningCode } from "./resolution.ts";

/** Where a finding belongs. */
export interface FindingContext {
  /** The reader: the new schema reads old data (backward), or the old schema reads new data (forward). */
  readonly direction: "backward" | "forward";
  /** Index of the earlier schema in the list given. */
  readonly version: number;
}

/** The answer. */
export interface CompatibilityReport {
  /** True if there are no incompatibilities. Always true at level NONE. */
  readonly compatible: boolean;
  /** Paths are in the reader's schema: the new one backward, the old one forward. */
  readonly incompatibilities: readonly (Incompatibility & FindingContext)[];
  /** Changes that resolution accepts but readers should know; with any verdict and at every level. */
  readonly warnings: readonly (CompatibilityWarning & FindingContext)[];
}

/** Options of {@link checkCompatibility}. */
export interface CompatibilityOptions {
  readonly level: CompatibilityLevel;
}

/**
 * Checks a new schema against the earlier versions.
 *
 * BACKWARD: the new schema reads data written with the old one. FORWARD: the old one reads data written with the new
 * one. FULL: both. These compare with the latest version only, the `_TRANSITIVE` ones with each. NONE refuses nothing,
 * but still warns, against the latest version.
 *
 * @param next Text of the new schema.
 * @param previous Text of the old schema, or the texts of all versions, oldest first. None: everything is compatible.
 * @throws {SchemaParseError} If a text is no Avro schema.
 */
export function checkCompatibility(
  next: string,
  previous: string | readonly string[],
  { level }: CompatibilityOptions,
): CompatibilityReport {
  const all = typeof previous === "string" ? [previous] : previous;
  const first = level.endsWith("_TRANSITIVE") ? 0 : Math.max(0, all.length - 1);
  const nextType = parseSchema(next);
  const incompatibilities: (Incompatibility & FindingContext)[] = [];
  const warnings: (CompatibilityWarning & FindingContext)[] = [];
  for (const [offset, text] of all.slice(first).entries()) {
    const version = first + offset;
    for (const direction of directionsOf(level)) {
      const [reader, writer] = ordered(direction, nextType, parseSchema(text));
      const found = resolve(reader, writer);
      warnings.push(...found.warnings.map((warning) => ({ ...warning, direction, version })));
      if (level === "NONE") continue;
      incompatibilities.push(...found.incompatibilities.map((reason) => ({ ...reason, direction, version })));
    }
  }
  return { compatible: incompatibilities.length === 0, incompatibilities, warnings };
}

function directionsOf(level: CompatibilityLevel): readonly FindingContext["direction"][] {
  if (level.startsWith("FULL")) return ["backward", "forward"];
  return level.startsWith("FORWARD") ? ["forward"] : ["backward"];
}

function ordered(
  direction: FindingContext["direction"],
  next: AvroType,
  previous: AvroType,
): readonly [AvroType, AvroType] {
  return direction === "backward" ? [next, previous] : [previous, next];
}
