/**
 * Reads what peers print.
 *
 * @module
 */
import { z } from "zod";
import type { JobResult } from "../contestant.ts";
import { jsonOf, type MeasuredProcess } from "../measured_process.ts";

const line = z.object({ rows: z.int().min(0), seconds: z.number().positive() });

/** The result in the last line of a peer's output. */
export function peerResult(name: string, ended: MeasuredProcess): JobResult {
  return { ...line.parse(jsonOf(name, ended)), cost: ended.cost };
}

/** The peers' words for what they must write. */
export function peerKind({ kind, version }: { readonly kind: "trade" | "quote"; readonly version: string }): string {
  return `${kind}s-${version}`;
}
