/** A push source that a program hands to the runtime itself: what has settled makes room, and is read no more. */
import assert from "node:assert/strict";
import { startRuntime } from "../../runtime.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import { RecordError } from "../../records/errors.ts";
import { PushSource } from "../../sources/push_source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { MemoryLog, MemoryRegistry } from "../../testing.ts";
import { trade } from "../support/trades.ts";

for (const schemaVersion of ["v2", "both"] as const) {
  Deno.test(`a push source has room again as its rows settle, written or refused, under ${schemaVersion}`, async () => {
    const letters: DeadLetter[] = [];
    await using runtime = await startRuntime(settingsFrom({ schemaVersion }, { cwd: Deno.cwd() }), {
      log: new MemoryLog(),
      registry: new MemoryRegistry(),
      deadLetters: { add: (refused) => void letters.push(...refused) },
      observe: () => {},
    });
    const source = new PushSource({ id: "own", kind: "trade", exchange: "ASX", assetClass: "equities", capacity: 3 });
    const reading = await runtime.addSource(source);
    const late = setTimeout(() => source.fail(new Error("no row settles")), 10_000);
    for (let number = 1; number <= 50; number++) {
      await source.room();
      source.pushRaw(`row ${number}`, () => {
        if (number % 10 === 0) throw new RecordError("empty", { field: "price", value: "" });
        return trade(number);
      });
    }
    source.close();
    clearTimeout(late);
    assert.deepEqual(await reading.done, { type: "completed" });
    assert.equal(source.idle(), true);
    const { acked, dead_lettered } = reading.account.totals();
    assert.deepEqual([acked, dead_lettered], [45, 5]);
    const originals = new Set(letters.map(({ bytes }) => new TextDecoder().decode(bytes)));
    assert.deepEqual([...originals], ["row 10", "row 20", "row 30", "row 40", "row 50"]);
  });
}
