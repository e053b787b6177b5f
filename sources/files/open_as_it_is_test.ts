import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { SourceError } from "../source.ts";
import { openFileSource } from "./file_source.ts";
import { fileIdentity, Growth } from "./growth.ts";

const FIELDS = { format: "ndjson", kind: "trade", exchange: "ASX", assetClass: "equities" } as const;
const ZONE = { currency: "AUD", timeZone: "Australia/Sydney", clock: systemClock };

/** A file of three rows that is followed, and a source that knows no more than its first row. */
async function followed(
  body: (path: string, source: ReturnType<typeof openFileSource>) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, rows(["BHP", "CBA", "NAB"]));
    const growth = new Growth(fileIdentity(await Deno.stat(path)) ?? path);
    await body(path, openFileSource({ path, ...FIELDS, ...ZONE, growth }));
  } finally {
    await Deno.remove(path);
  }
}

function rows(symbols: readonly string[]): string {
  return symbols.map((symbol) =>
    `${JSON.stringify({ symbol, timestamp: "2024-05-06T00:00:00Z", price: "1.5", quantity: "1" })}\n`
  ).join("");
}

Deno.test("openAsItIs() of a file that is followed gives all rows, also where only the first one tells what it is", () =>
  followed(async (_path, source) => {
    const examined = await source.file?.examine();
    const start = await examined?.start();
    examined?.close();
    assert.equal(start?.at.content?.bytes, 0);
    assert.ok(start.at.content.samples.first !== null);
    const reader = await source.openAsItIs?.(start);
    try {
      assert.equal((await reader?.next(10))?.rows.length, 3);
    } finally {
      await reader?.close();
    }
  }));

Deno.test("openAsItIs() of a file that is followed opens no other one that has its name by now", () =>
  followed(async (path, source) => {
    await Deno.rename(path, `${path}.1`);
    await Deno.writeTextFile(path, rows(["BHP"]));
    try {
      await assert.rejects(
        async () => await source.openAsItIs?.(),
        (error) => error instanceof SourceError && error.code === "replaced",
      );
    } finally {
      await Deno.remove(`${path}.1`);
    }
  }));
