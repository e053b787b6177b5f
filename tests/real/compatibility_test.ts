/**
 * The table of compatibility cases on a real registry. Set TICKFLUME_REGISTRY to the base URL of its Confluent API, such
 * as http://127.0.0.1:8081/apis/ccompat/v7; without it every case is skipped.
 */
import assert from "node:assert/strict";
import { COMPATIBILITY_CASES } from "../support/compatibility_cases.ts";

const registry = Deno.env.get("TICKFLUME_REGISTRY");
if (registry === undefined) {
  console.log("Skipped: TICKFLUME_REGISTRY is not set, so there is no registry to compare with.");
}

async function call(method: "GET" | "POST" | "PUT", path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${registry}${path}`, {
    method,
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

for (const { name, old, new: next, level, compatible } of COMPATIBILITY_CASES) {
  Deno.test({
    name: `registry agrees: ${name}`,
    ignore: registry === undefined,
    async fn() {
      const subject = `compatibility-${crypto.randomUUID()}`;
      // Sets the old versions without a check between them; the level applies to the question.
      await call("PUT", `/config/${subject}`, { compatibility: "NONE" }).catch(() => undefined); // 404: NONE already
      for (const schema of old) await call("POST", `/subjects/${subject}/versions`, { schema });
      await call("PUT", `/config/${subject}`, { compatibility: level });
      const versions = level.endsWith("_TRANSITIVE") ? "versions" : "versions/latest";
      const verdict = await call("POST", `/compatibility/subjects/${subject}/${versions}?verbose=true`, {
        schema: next,
      });
      assert.equal(verdict.is_compatible, compatible, JSON.stringify(verdict));
    },
  });
}
