import assert from "node:assert/strict";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { checkpointAt, letterOf } from "../../tests/support/checkpoints.ts";
import { startAlone } from "../../tests/support/actors.ts";
import { checkpointsActor, type CheckpointSink } from "./checkpoints.ts";
import { ReplyPort } from "../../kernel/obligation.ts";
import type { CheckpointAnswer, CheckpointSave } from "../messages.ts";

async function saved(sink: (told: readonly string[]) => CheckpointSink, save: CheckpointSave) {
  const events: RuntimeEvent[] = [];
  const told: string[] = [];
  await using actor = await startAlone(
    checkpointsActor({
      sink: sink(told),
      isRefusal: (cause) => cause instanceof RangeError,
      observe: (event) => events.push(event),
    }),
  );
  const debt = new ReplyPort<CheckpointAnswer>({
    reply: ({ type }) => told.push(type),
    fail: (cause) => told.push(cause instanceof Error ? cause.name : "?"),
  });
  await actor.ref.send({ type: "save_checkpoint", save, saved: debt });
  await actor.idle();
  return { told, events, alive: actor.alive };
}

Deno.test("the checkpoint actor answers when checkpoint and letters are stored, and says how many letters", async () => {
  const stored: [row: number, letters: number, answered: number][] = [];
  const { told, events } = await saved(
    (told) => ({
      save: async ({ position }, { deadLetters }) => {
        await Promise.resolve();
        stored.push([position.row, deadLetters.length, told.length]);
      },
    }),
    { checkpoint: checkpointAt(5), deadLetters: [letterOf(1), letterOf(2)], superseded: [] },
  );
  assert.deepEqual(stored, [[5, 2, 0]], "before it answers");
  assert.deepEqual(told, ["saved"]);
  assert.deepEqual(events, [{ type: "rows_dead_lettered", stage: "processing", source: "array", count: 2 }]);
});

Deno.test("the checkpoint actor says nothing of letters where there are none", async () => {
  const { told, events } = await saved(() => ({ save: () => Promise.resolve() }), {
    checkpoint: checkpointAt(5),
    deadLetters: [],
    superseded: [],
  });
  assert.deepEqual([told, events], [["saved"], []]);
});

Deno.test("the checkpoint actor gives back what it could not store, and continues", async () => {
  const sink = {
    save: () => Promise.reject(new Error("disk full")),
  };
  const { told, events, alive } = await saved(() => sink, {
    checkpoint: checkpointAt(5),
    deadLetters: [letterOf(1)],
    superseded: [],
  });
  assert.deepEqual([told, events, alive], [["ActorRestartedError"], [], true]);
});

Deno.test("the checkpoint actor tells of a checkpoint that the store refuses for good, and lives", async () => {
  const sink = {
    save: () => Promise.reject(new RangeError("it would go back")),
  };
  const { told, events, alive } = await saved(() => sink, {
    checkpoint: checkpointAt(5),
    deadLetters: [letterOf(1)],
    superseded: [],
  });
  assert.deepEqual([told, events, alive], [["refused"], [], true]);
});
