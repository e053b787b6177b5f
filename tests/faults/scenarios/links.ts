/**
 * Network faults, caused by a proxy before the broker.
 *
 * @module
 */
import { loadScenario } from "../load_scenario.ts";
import type { Scenario } from "../scenario.ts";
import { BASELINE_ROWS, EQUAL_BATCHES, SHORT_TIMES, strikeEvery } from "../recipes.ts";
import { pause } from "../fault_stack.ts";

const EVERY_MS = 2_000;
/** Slows the load down, so that faults hit many of its sends. */
const SLOWED = { latencyMs: 25, bytesPerSecond: Infinity };

/** A fault every two seconds of a load whose sends are all of 500 rows. */
function repeated(
  name: string,
  options: Pick<Scenario, "what" | "covers" | "set"> & { readonly faults: Parameters<typeof strikeEvery>[1]["faults"] },
): Scenario {
  const { faults, ...rest } = options;
  return loadScenario({
    ...rest,
    name,
    proxied: true,
    rows: BASELINE_ROWS,
    symbols: 1,
    settings: { ...EQUAL_BATCHES, ...SHORT_TIMES },
    async fault(disturbance) {
      disturbance.bench.proxy.shape = SLOWED;
      await strikeEvery(disturbance, { everyMs: EVERY_MS, faults });
    },
  });
}

function slow(
  name: string,
  options: {
    readonly what: string;
    readonly latencyMs: number;
    readonly bytesPerSecond: number;
    readonly rows: number;
  },
): Scenario {
  const { what, rows, ...shape } = options;
  return loadScenario({
    name,
    what,
    covers: ["F8"],
    set: "long",
    proxied: true,
    rows,
    fault({ bench }) {
      bench.proxy.shape = shape;
      return Promise.resolve();
    },
  });
}

export const LINK_SCENARIOS: readonly Scenario[] = [
  repeated("reset-before", {
    what: "every 2 s a connection is reset (RST) before the broker gets the request",
    covers: ["F9"],
    set: "long",
    faults: [{ type: "lose_request", reset: true }],
  }),
  repeated("reset-after-stored", {
    what: "every 2 s a connection is reset (RST) after the broker has stored the batch; all batches are equally large",
    covers: ["F9", "F11"],
    set: "short",
    faults: [{ type: "lose_answer", reset: true }],
  }),
  repeated("swallowed-answers", {
    what: "every 2 s the answer to a stored batch never comes, and the connection stays; all batches are equally large",
    covers: ["F9", "F11"],
    set: "short",
    faults: [{ type: "swallow_answer" }],
  }),
  repeated("mixed-losses", {
    what: "every 2 s in turn: reset after storing, swallowed answer, reset before, connection closed; equal batches",
    covers: ["F9", "F11"],
    set: "long",
    faults: [
      { type: "lose_answer", reset: true },
      { type: "swallow_answer" },
      { type: "lose_request", reset: true },
      { type: "lose_answer" },
    ],
  }),
  repeated("given-up-sends", {
    what: "every 2 s a producer hears nothing any more until its send is given up, and reading tells what was stored",
    covers: ["F9", "F11"],
    set: "long",
    faults: [{ type: "swallow_answers" }],
  }),
  repeated("lost-producer-state", {
    what:
      "every 2 s the broker answers OUT_OF_ORDER_SEQUENCE_NUMBER or UNKNOWN_PRODUCER_ID, before or after it has stored",
    covers: ["F11"],
    set: "long",
    faults: [
      { type: "answer", errorCode: 45 },
      { type: "answer_after_storing", errorCode: 45 },
      { type: "answer", errorCode: 59 },
      { type: "answer_after_storing", errorCode: 59 },
    ],
  }),
  repeated("doubtful-errors", {
    what:
      "every 2 s an error that leaves open whether the batch is stored: time-out, not enough replicas after append, " +
      "not leader, storage error, server error",
    covers: ["F10", "F11"],
    set: "long",
    faults: [7, 20, 6, 56, -1].flatMap((errorCode) => [
      { type: "answer_after_storing" as const, errorCode },
      { type: "answer" as const, errorCode },
    ]),
  }),
  loadScenario({
    name: "black-hole",
    what: "nothing passes for 15 s on any connection, and none is ended; old ones never live again",
    covers: ["F9"],
    set: "long",
    proxied: true,
    rows: BASELINE_ROWS,
    settings: { kafka: { requestTimeoutMs: 3_000, deliveryTimeoutMs: 6_000, connectionTimeoutMs: 3_000 } },
    async fault({ bench: { proxy }, load, whenShare }) {
      await whenShare(0.3);
      proxy.openHole();
      await pause(15_000, load.signal);
      proxy.fillHole();
      load.faultEnded();
    },
    // The sum of the longest wait between two attempts, a pending attempt, and the reading of the sends' outcomes.
    expect: { recoveryS: 15 },
  }),
  loadScenario({
    name: "cut-off",
    what: "all connections end for 10 s and new ones are refused, three times",
    covers: ["F9"],
    set: "long",
    proxied: true,
    rows: BASELINE_ROWS,
    async fault({ bench: { proxy }, load, whenShare }) {
      for (const share of [0.2, 0.4, 0.6]) {
        await whenShare(share);
        proxy.cutOff();
        await pause(10_000, load.signal);
        await proxy.restore();
        load.faultEnded();
      }
    },
    expect: { recoveryS: 10 },
  }),
  slow("round-trip-200ms", {
    what: "a round trip of 200 ms",
    latencyMs: 100,
    bytesPerSecond: Infinity,
    rows: BASELINE_ROWS,
  }),
  slow("round-trip-1s", { what: "a round trip of 1 s", latencyMs: 500, bytesPerSecond: Infinity, rows: BASELINE_ROWS }),
  slow("link-100kB", {
    what: "100 kB a second in each direction",
    latencyMs: 0,
    bytesPerSecond: 100_000,
    rows: 20_000,
  }),
];
