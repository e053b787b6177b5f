/** The documents name only existing files and headings. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname ?? ".", "../..");

/** The Markdown files of the project. */
function documents(folder = ROOT): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (name.startsWith(".") || name === "node_modules") return [];
    const path = join(folder, name);
    if (isDirectory) return documents(path);
    return name.endsWith(".md") ? [path] : [];
  });
}

/** The anchor of a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");
}

function anchorsOf(path: string): string[] {
  return Array.from(Deno.readTextFileSync(path).matchAll(/^#+ (.*)$/gm), ([, heading = ""]) => anchorOf(heading));
}

Deno.test("every link of a document leads to an existing file and heading", () => {
  const broken: string[] = [];
  for (const document of documents()) {
    for (const [, target = ""] of Deno.readTextFileSync(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? document : join(dirname(document), path);
      const isThere = existsSync(file) && (anchor === undefined || anchorsOf(file).includes(anchor));
      if (!isThere) broken.push(`${document.slice(ROOT.length + 1)}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("every file that a document names by its path exists", () => {
  const missing: string[] = [];
  for (const document of documents()) {
    for (const [, path = ""] of Deno.readTextFileSync(document).matchAll(/`((?:[\w-]+\/)+[\w.-]+\.(?:ts|md|py))`/g)) {
      const isThere = existsSync(join(ROOT, path)) || existsSync(join(dirname(document), path));
      if (!isThere) missing.push(`${document.slice(ROOT.length + 1)}: ${path}`);
    }
  }
  assert.deepEqual(missing, []);
});
