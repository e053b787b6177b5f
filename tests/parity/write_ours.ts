/**
 * Prints random records and their bodies, one JSON object a line, for check_ours.py.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { recordsOf } from "./arbitraries.ts";
import { allCodecs, toJson } from "./json_records.ts";

const RECORDS_PER_SCHEMA = 200;

/** Lines for check_ours.py. */
export function ourLines(): readonly string[] {
  return allCodecs().flatMap((codec) =>
    fc.sample(recordsOf(codec.kind, codec.version), RECORDS_PER_SCHEMA).map((record) => {
      const body = Buffer.from(codec.encode(record)).toString("hex");
      return JSON.stringify({ kind: codec.kind, version: codec.version, record: toJson(codec, record), body });
    })
  );
}

if (import.meta.main) { for (const line of ourLines()) console.log(line); }
