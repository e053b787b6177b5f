/**
 * Checks whether the data folder can be used.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { type CheckLine, failed, ok } from "./check_line.ts";

/** Writes and removes a probe in the data folder, or in the closest folder above it that is there; creates nothing else. */
export function checkDataDir(dataDir: string): CheckLine {
  const name = "data folder";
  const nextStep = "Give this user read and write permission there, or name another folder with --data-dir.";
  const present = closestPresent(dataDir);
  try {
    if (!Deno.statSync(present).isDirectory) {
      return failed(name, `${present} is not a folder`, "Name another one with --data-dir.");
    }
    const probe = join(present, `.tickflume-check-${crypto.randomUUID()}`);
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
    Array.from(Deno.readDirSync(present));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : String(cause);
    return failed(name, `${present} cannot be read and written (${reason})`, nextStep);
  }
  return ok(name, `${dataDir} can be ${present === dataDir ? "read and written" : "created"}`);
}

function closestPresent(folder: string): string {
  let present = folder;
  while (present !== dirname(present)) {
    try {
      Deno.statSync(present);
      return present;
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) return present;
      present = dirname(present);
    }
  }
  return present;
}
