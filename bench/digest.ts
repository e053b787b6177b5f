/**
 * Short names for things that are made once from the same input.
 *
 * @module
 */
import { join } from "node:path";

/** SHA-256 of some bytes, in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A short digest of the files of a folder and of the folders in it. */
export async function digestOfFolder(dir: string): Promise<string> {
  const digests = await Promise.all(
    filesOf(dir).toSorted().map(async (name) => `${name} ${await sha256(await Deno.readFile(join(dir, name)))}`),
  );
  return (await sha256(new TextEncoder().encode(digests.join("\n")))).slice(0, 12);
}

function filesOf(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isFile, isDirectory }) =>
    isDirectory ? filesOf(join(dir, name)).map((path) => `${name}/${path}`) : isFile ? [name] : []
  );
}
