/**
 * Reads the project's own TypeScript files and their imports.
 *
 * @module
 */
import { dirname, join, relative, sep } from "node:path";

/** One import of a file. */
export interface ImportEdge {
  /** Path of the importing file, from the root, with slashes. */
  readonly from: string;
  readonly line: number;
  /** Path of the imported file, or a bare specifier such as `kafkajs`. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** A file. */
export interface SourceFile {
  /** Path from the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

const SKIPPED_FOLDERS = new Set(["node_modules", "coverage"]);

/** All TypeScript files below a folder, sorted by path. */
export function readSourceTree(root: string): readonly SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (folder: string) => {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (isDirectory && !name.startsWith(".") && !SKIPPED_FOLDERS.has(name)) visit(path);
      if (isFile && name.endsWith(".ts")) {
        files.push({ path: relative(root, path).replaceAll(sep, "/"), text: Deno.readTextFileSync(path) });
      }
    }
  };
  visit(root);
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** `import … from "x"`, `export … from "x"`, `import "x"`; the formatter puts each at the beginning of a line. */
const STATIC = /^(?:import|export)\s+(?<what>type\s[^;"']*?from\s*|[^;"']*?\bfrom\s*)?"(?<to>[^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"(?<to>[^"]+)"/g;

/** The imports of a file, in order; comments do not count. */
export function importsOf({ path, text }: SourceFile): readonly ImportEdge[] {
  const code = withoutComments(text);
  const edges: ImportEdge[] = [];
  const add = (match: RegExpExecArray, typeOnly: boolean) => {
    const to = match.groups?.to ?? "";
    const line = code.slice(0, match.index).split("\n").length;
    edges.push({ from: path, line, to: resolved(path, to), typeOnly });
  };
  for (const match of code.matchAll(STATIC)) add(match, isTypeOnly(match.groups?.what ?? ""));
  for (const match of code.matchAll(DYNAMIC)) add(match, false);
  return edges;
}

/** `type …`, or braces in which `type` precedes every name. */
function isTypeOnly(what: string): boolean {
  if (/^type\s/.test(what)) return true;
  const names = /^\{([^}]*)\}/.exec(what)?.[1]?.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith("type "));
}

function resolved(from: string, to: string): string {
  return to.startsWith(".") ? join(dirname(from), to).replaceAll(sep, "/") : to;
}

/** The text with comments blanked out: lines that start with `*` or `/*`, and what follows `//` after a space. */
export function withoutComments(text: string): string {
  return text.split("\n").map((line) => /^\s*(\*|\/\*|\/\/)/.test(line) ? "" : line.replace(/(^|\s)\/\/\s.*$/, "$1"))
    .join("\n");
}
