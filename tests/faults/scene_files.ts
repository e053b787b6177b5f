/**
 * Files of scripted scenarios: cut in two, appended to, and kept as they once were.
 *
 * @module
 */
import { join } from "node:path";
import type { Scene } from "./scripted_scenario.ts";

/** The path of the only file of a scene. */
export const BHP = { symbol: "BHP", companyId: "7078" };

/** Cuts the lines of the scene's only file in two; leaves the first part in the file. */
export async function halves(scene: Scene, first: number): Promise<{ path: string; lines: string[]; rest: string[] }> {
  const [file] = scene.bench.input.files;
  if (file === undefined) throw new Error("the scene has no file");
  const { path } = file;
  const all = (await Deno.readTextFile(path)).split("\n").slice(0, -1).map((line) => `${line}\n`);
  const [lines, rest] = [all.slice(0, first), all.slice(first)];
  await Deno.writeTextFile(path, lines.join(""));
  return { path, lines, rest };
}

/** Writes a former text of a file, for the judge. */
export async function keep(scene: Scene, name: string, lines: readonly string[]): Promise<string> {
  const path = join(scene.bench.dir, name);
  await Deno.writeTextFile(path, lines.join(""));
  return path;
}

/** Adds lines at the end. */
export function append(path: string, lines: readonly string[]): Promise<void> {
  return Deno.writeTextFile(path, lines.join(""), { append: true });
}
