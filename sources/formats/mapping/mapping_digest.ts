/**
 * The digest of a mapping, by which a checkpoint knows that rows still mean the same.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Mapping } from "./language.ts";

/** 16 hexadecimal digits of all that decides what rows mean: another order of keys, or another summary, is no other mapping. */
export function digestOf(mapping: Mapping): string {
  const { $schema: _schema, name: _name, summary: _summary, endings: _endings, ...meaning } = mapping;
  return createHash("sha256").update(canonical(meaning)).digest("hex").slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, part]) => part !== undefined).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join()}}`;
}
