/**
 * Names for what is made once of the same thing.
 *
 * @module
 */
import { join } from "node:path";

/** SHA-256 of some bytes, in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A short digest of the files of a folder. */
export async function digestOfFolder(dir: string): Promise<string> {
  const names = [...Deno.readDirSync(dir)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  const digests = await Promise.all(
    names.map(async (name) => `${name} ${await sha256(await Deno.readFile(join(dir, name)))}`),
  );
  return (await sha256(new TextEncoder().encode(digests.join("\n")))).slice(0, 12);
}
