/**
 * The version flag: which schema versions are written.
 *
 * @module
 */
import type { SchemaVersion } from "../schemas/record_types.ts";

/** Which schema versions are written: one of them, or each row in both. */
export type VersionFlag = "v1" | "v2" | "both";

/** All values of the flag. */
export const VERSION_FLAGS = ["v1", "v2", "both"] as const satisfies readonly VersionFlag[];

/** The versions that are written under a flag. */
export function versionsUnder(flag: VersionFlag): readonly SchemaVersion[] {
  return flag === "both" ? ["v1", "v2"] : [flag];
}
