import assert from "node:assert/strict";
import { type ActorRef, assertNever, defineActor, type ReplyPort } from "./mod.ts";
import { probe } from "./testing.ts";
import { startTree } from "./_support.ts";

type Command = { readonly type: "add"; readonly n: number } | {
  readonly type: "total";
  readonly replyTo: ReplyPort<number>;
};
type Internal = { readonly type: "tick" };

/** Wrong uses that must not compile; `deno check` fails where one of them does. The function is never called. */
function wrongUses(ref: ActorRef<Command>): void {
  // @ts-expect-error a type that is not in the union
  void ref.send({ type: "subtract", n: 1 });
  // @ts-expect-error a field of the wrong type
  void ref.send({ type: "add", n: "1" });
  // @ts-expect-error a missing field
  void ref.send({ type: "add" });
  // @ts-expect-error internal messages are not for outside
  void ref.send({ type: "tick" });
  // @ts-expect-error a ref of fewer messages does not pass for one of more
  const wider: ActorRef<Command | Internal> = ref;
  // A ref of more messages passes for one of fewer: its holder can send less.
  const narrower: ActorRef<{ readonly type: "add"; readonly n: number }> = ref;
  void [wider, narrower];

  defineActor<Command, Internal>({
    id: "a",
    capacity: 1,
    start: (context) => {
      context.tellSelf({ type: "tick" });
      // @ts-expect-error an internal message of another type
      context.tellSelf({ type: "tock" });
      return {
        receive: (message) => {
          switch (message.type) {
            case "add":
            case "tick":
              return;
            default:
              // @ts-expect-error "total" is not handled
              assertNever(message);
          }
        },
      };
    },
  });
  defineActor<Command>({
    id: "a",
    capacity: 1,
    // @ts-expect-error an obligation needs all of its methods
    obligation: () => ({ settled: true }),
    start: () => ({ receive() {} }),
  });
}

Deno.test("K16 wrong messages do not compile", () => {
  assert.equal(typeof wrongUses, "function");
});

Deno.test("K16 public and internal messages are different unions: receive gets both, a ref takes the public ones", async () => {
  const seen: string[] = [];
  const slot = defineActor<Command, Internal>({
    id: "a",
    capacity: 10,
    start: (context) => {
      context.tellSelf({ type: "tick" });
      return {
        receive: (message) => {
          switch (message.type) {
            case "add":
            case "total":
            case "tick":
              seen.push(message.type);
              return;
            default:
              assertNever(message);
          }
        },
      };
    },
  });
  await using tree = await startTree([slot]);
  void slot.ref.send({ type: "add", n: 1 });
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["tick", "add"]);
});

Deno.test("K16 assertNever() throws a TypeError that names the message", () => {
  const unknown: unknown = { type: "surprise" };
  assert.throws(() => assertNever(unknown as never), {
    name: "TypeError",
    message: 'Message type "surprise" is not handled: add a case for it',
  });
  assert.throws(() => assertNever(null as never), /"null" is not handled/);
});

Deno.test("K16 a probe's ref has the message type of what it stands in for", async () => {
  const stand = probe<Command>();
  // @ts-expect-error not one of the messages
  await stand.ref.send({ type: "nothing" });
  assert.equal(stand.received.length, 1);
});
