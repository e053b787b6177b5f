/**
 * The version flag: which schema versions are written.
 *
 * @module
 */
import type { SchemaVersion } from "../schemas/record_types.ts";

/** All settings of the flag. `both` writes each row as v1 and as v2. */
export const VERSION_FLAGS = ["v1", "v2", "both"] as const;

/** Which schema versions are written. */
export type VersionFlag = typeof VERSION_FLAGS[number];

/** The versions that are written under a flag. */
export function versionsUnder(flag: VersionFlag): readonly SchemaVersion[] {
  return flag === "both" ? ["v1", "v2"] : [flag];
}
