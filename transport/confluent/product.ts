/**
 * Tells which registry answers: several have Confluent's API, and differ where the API says nothing.
 *
 * @module
 */
import { isObject, parseJson } from "./answers.ts";
import type { RegistryHttp } from "./http.ts";

/** Where Apicurio's Confluent API is, below its address. */
const APICURIO_PATH = "/apis/ccompat/";

/** True for the address of Apicurio's Confluent API. */
export function isApicurio(url: string): boolean {
  return url.includes(APICURIO_PATH);
}

/**
 * The registry's name, with its version if it tells one; null if none of its pages tells which registry it is.
 *
 * @throws {RegistryError} If it does not answer.
 */
export async function productOf(http: RegistryHttp): Promise<string | null> {
  const question = { what: "Asking which registry this is" };
  const get = async (path: string, base = http.url) => {
    const { status, text } = await http.request({ method: "GET", path, base }, question);
    return status === 200 ? versionIn(text) : null;
  };
  const apicurioAt = http.url.indexOf(APICURIO_PATH);
  if (apicurioAt >= 0) {
    const info = await get("/apis/registry/v3/system/info", http.url.slice(0, apicurioAt));
    return info ? `Apicurio Registry ${info}` : "Apicurio Registry";
  }
  const metadata = await get("/v1/metadata/version");
  if (metadata) return `Confluent Schema Registry ${metadata}`;
  return await get("/status/ready") === null ? null : "Redpanda Schema Registry";
}

/** The version in a text; empty if there is none. */
function versionIn(text: string): string {
  const body = parseJson(text);
  return isObject(body) && typeof body.version === "string" ? body.version : "";
}
