import assert from "node:assert/strict";
import type { DeadLetter } from "../../state/dead_letters.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { startAlone } from "../../tests/support/actors.ts";
import { deadLettersActor, type DeadLetterSink } from "./dead_letters.ts";
import { ReplyPort } from "../../kernel/obligation.ts";

function letter(row: number): DeadLetter {
  return {
    source: "trades:/a.csv",
    file: "a.csv",
    dataType: "trades",
    row,
    line: row,
    offset: 0,
    length: 1,
    bytes: new Uint8Array([1]),
    stage: "receiving",
    rule: "not_a_number",
    reason: "no number",
    messageId: null,
    recordedAt: 0,
    schemaVersion: null,
    versions: "v2",
  };
}

async function stored(sink: DeadLetterSink, letters: readonly DeadLetter[]) {
  const events: RuntimeEvent[] = [];
  await using actor = await startAlone(deadLettersActor({ sink, observe: (event) => events.push(event) }));
  const told: string[] = [];
  const debt = new ReplyPort<void>({
    reply: () => told.push("stored"),
    fail: (cause) => told.push((cause as Error).name),
  });
  await actor.ref.send({ type: "store_dead_letters", letters, stored: debt });
  await actor.idle();
  return { told, events, alive: actor.alive };
}

Deno.test("the dead-letter actor answers when the letters are stored, and says how many", async () => {
  const kept: DeadLetter[] = [];
  const { told, events } = await stored({ add: (letters) => void kept.push(...letters) }, [letter(1), letter(2)]);
  assert.deepEqual([kept.length, told], [2, ["stored"]]);
  assert.deepEqual(events, [
    { type: "rows_dead_lettered", stage: "processing", source: "trades:/a.csv", count: 2 },
  ]);
});

Deno.test("the dead-letter actor gives letters back that it could not store", async () => {
  for (
    const add of [
      () => {
        throw new Error("disk full");
      },
      () => Promise.reject(new Error("disk full")),
    ]
  ) {
    const { told, events, alive } = await stored({ add }, [letter(1)]);
    assert.deepEqual([told, events, alive], [["ActorRestartedError"], [], true]);
  }
});

Deno.test("the dead-letter actor answers for no letters as well", async () => {
  const { told, events } = await stored({ add: () => {} }, []);
  assert.deepEqual([told, events], [["stored"], []]);
});
