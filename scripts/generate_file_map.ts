/**
 * Writes docs/file_map.md: every file of the product with the first sentence of its own description and the names that it
 * exports, so that the map cannot go stale without a test noticing.
 *
 * @module
 */
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "..");
const SKIPPED = new Set(["node_modules", "coverage", "examples", "tests", "testdata", "docs"]);

/** Folders in the order in which data flows, each with its job. */
const FOLDERS: readonly (readonly [folder: string, job: string])[] = [
  [".", "the doors: what other programs import"],
  ["resuming", "where a source goes on after the process has ended"],
  ["producing", "the parts of the embedded producer"],
  ["schemas", "the Avro schemas, their codecs and compatibility; pure"],
  ["records", "builders, conversions, exact decimals and instants, stable ids; pure"],
  ["config", "settings, the exchange catalogue, topic names"],
  ["sources", "the source port and what rows are read from"],
  ["transport", "the log and registry ports and their adapters"],
  ["state", "what the data folder keeps"],
  ["actors", "the actors and what they share"],
  ["actors/kernel", "the domain-free actor kernel"],
  ["telemetry", "events and log output"],
  ["scripts", "the command line, the local stack, the gate"],
  ["bench", "what is measured"],
];

/** The first sentence of a file's module comment, else of its first export; the empty text if both have none. */
export function firstSentence(source: string): string {
  const module = /^\/\*\*([^]*?)\*\//.exec(source)?.[1];
  const comment = module ?? /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport /.exec(source)?.[1] ?? "";
  const text = comment.replaceAll(/^\s*\* ?/gm, "").split(/\n\s*\n|@module/)[0]?.replaceAll(/\s+/g, " ").trim() ?? "";
  return /^\S+\s.*?[.:?](?=\s|$)/.exec(text)?.[0].replace(/[.:]$/, "") ?? text;
}

const MOST_NAMES = 5;

/** The names that a file exports of its own, in order; of many, the first ones. */
export function exportedNames(source: string): string {
  const declared = source.matchAll(/^export (?:async |abstract )?(?:class|const|function\*?|interface|type) (\w+)/gm);
  const names = Array.from(declared, ([, name]) => `\`${name}\``);
  return names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(", ")} …` : names.join(", ");
}

/** Product files below a folder, by path from the root; tests and helpers of tests are not part of the map. */
function productFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (name.startsWith(".") || name.startsWith("_") || SKIPPED.has(name)) return [];
    if (isDirectory) return productFiles(path);
    return name.endsWith(".ts") && !name.endsWith("_test.ts") ? [relative(ROOT, path)] : [];
  }).sort();
}

function sectionOf(path: string): string {
  const folders = FOLDERS.map(([folder]) => folder).filter((folder) => path.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? ".";
}

/** The page. */
export function fileMap(): string {
  const files = productFiles(ROOT);
  const sections = FOLDERS.flatMap(([folder, job]) => {
    const rows = files.filter((path) => sectionOf(path) === folder).map((path) => {
      const shown = folder === "." ? path : path.slice(folder.length + 1);
      const source = Deno.readTextFileSync(join(ROOT, path));
      const sentence = firstSentence(source).replaceAll("|", "\\|");
      return `| [${shown}](../${path}) | ${sentence} | ${exportedNames(source)} |`;
    });
    if (rows.length === 0) return [];
    const title = folder === "." ? "Top level" : `${folder}/`;
    return `## ${title}\n\n${job[0]?.toUpperCase()}${job.slice(1)}.\n\n| File | Job | Names |\n| --- | --- | --- |\n${
      rows.join("\n")
    }\n`;
  });
  return `# File map\n\nMade by \`deno task docs:map\` from the files' own first sentences and exports.\n\n${
    sections.join("\n")
  }`;
}

if (import.meta.main) Deno.writeTextFileSync(join(ROOT, "docs", "file_map.md"), fileMap());
