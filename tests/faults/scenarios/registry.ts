/**
 * Registries that refuse, fail, hang and vanish.
 *
 * @module
 */
import { pause } from "../fault_stack.ts";
import { type Disturbance, loadScenario } from "../load_scenario.ts";
import { BASELINE_ROWS } from "../recipes.ts";
import type { RegistryTrouble } from "../registry_front.ts";
import type { Scenario } from "../scenario.ts";
import { topicsScenario } from "../topics_scenario.ts";

const ROWS = 20_000;
/** The first attempts follow each other quickly; later there is less than one a second. */
const START_MS = 5_000;
/** The sum of a request that hangs, the longest wait between two, and the creation of the topic. */
const RECOVERY_S = 20;

/** Requests a second, from a while after the first one. */
function noteRate({ bench, note, problem }: Disturbance, until: number): void {
  const times = bench.registry.requests.map(({ at }) => at).filter((at) => at <= until);
  const first = times[0];
  if (first === undefined) return problem("the registry was never asked");
  const from = first + START_MS;
  const rate = times.filter((at) => at > from).length / ((until - from) / 1_000);
  note(`${times.length} requests in ${Math.round((until - first) / 1_000)} s, then ${rate.toFixed(2)} a second`);
  if (rate >= 1) problem(`${rate.toFixed(2)} requests a second`);
}

/** The registry is in trouble from before the start, for a while; the load waits for it. */
function passing(
  name: string,
  options: {
    readonly what: string;
    readonly trouble: RegistryTrouble;
    readonly seconds: number;
    readonly set: "short" | "long";
  },
): Scenario {
  const { what, trouble, seconds, set } = options;
  return loadScenario({
    name,
    what,
    covers: ["F6"],
    set,
    registry: "up",
    rows: ROWS,
    settings: { registry: { requestTimeoutMs: 3_000 } },
    before({ registry }) {
      registry.answerWith(trouble);
      return Promise.resolve();
    },
    async fault(disturbance) {
      const { bench, load } = disturbance;
      while (bench.registry.requests.length === 0 && !load.signal.aborted) await pause(50, load.signal);
      await pause(seconds * 1_000, load.signal);
      noteRate(disturbance, performance.now());
      bench.registry.answerWith(null);
      load.faultEnded();
    },
    expect: { recoveryS: RECOVERY_S },
  });
}

/** The registry refuses the schema of the trades; the quotes continue. */
function refusing(name: string, trouble: RegistryTrouble, error: RegExp): Scenario {
  return topicsScenario({
    name,
    what: `the registry answers ${
      "status" in trouble ? trouble.status : ""
    } for the subject of the trades; the quotes flow`,
    covers: ["F6"],
    set: "long",
    rows: 5_000,
    registry: "up",
    before(bench) {
      bench.registry.answerWith(trouble, /trades/);
      return Promise.resolve();
    },
    error: (bench) => [new RegExp(bench.subject("v2").replaceAll(".", "\\.")), error],
    topicKept: true,
  });
}

const OTHER_SCHEMA = JSON.stringify({
  type: "record",
  name: "TradeV2",
  namespace: "com.k2.marketdata",
  fields: [{ name: "a", type: "int" }],
});

export const REGISTRY_SCENARIOS: readonly Scenario[] = [
  topicsScenario({
    name: "registry-409",
    what: "the subject of the trades holds another schema under BACKWARD (409); the quotes flow",
    covers: ["F6"],
    set: "short",
    rows: 5_000,
    async before(bench) {
      const { registry } = bench.transport;
      await registry.register(bench.subject("v2"), OTHER_SCHEMA);
      await registry.setCompatibility("BACKWARD", bench.subject("v2"));
    },
    error: (bench) => [new RegExp(bench.subject("v2").replaceAll(".", "\\.")), /field \w+ \(\/fields\/\d+/],
    topicKept: true,
  }),
  refusing("registry-422", { type: "status", status: 422 }, /422/),
  refusing("registry-401", { type: "status", status: 401 }, /401/),
  refusing("registry-404", { type: "status", status: 404 }, /404/),
  passing("registry-503", {
    what: "the registry answers 503 for 15 s",
    trouble: { type: "status", status: 503 },
    seconds: 15,
    set: "short",
  }),
  passing("registry-500", {
    what: "the registry answers 500 for 20 s",
    trouble: { type: "status", status: 500 },
    seconds: 20,
    set: "long",
  }),
  passing("registry-hangs", {
    what: "the registry takes requests and does not answer, for 20 s",
    trouble: { type: "hang" },
    seconds: 20,
    set: "long",
  }),
  passing("registry-html", {
    what: "something on the way answers 502 with a page of HTML, for 20 s",
    trouble: { type: "html", status: 502 },
    seconds: 20,
    set: "long",
  }),
  passing("registry-html-200", {
    what: "something on the way answers 200 with a page of HTML, for 20 s",
    trouble: { type: "html", status: 200 },
    seconds: 20,
    set: "long",
  }),
  passing("registry-huge", {
    what: "the registry answers 200 with 10 MB of no use, for 20 s",
    trouble: { type: "huge", status: 200 },
    seconds: 20,
    set: "long",
  }),
  loadScenario({
    name: "registry-down-30s",
    what: "no process listens at the registry's address for 30 s from the start on",
    covers: ["F5"],
    set: "long",
    registry: "down",
    rows: ROWS,
    async fault({ bench, load }) {
      await pause(30_000, load.signal);
      bench.registry.up();
      load.faultEnded();
    },
    expect: { recoveryS: RECOVERY_S },
  }),
  loadScenario({
    name: "registry-lost",
    what: "the registry ends in the middle of a load: no actor asks it",
    covers: ["F7"],
    set: "long",
    registry: "up",
    rows: BASELINE_ROWS,
    async fault({ bench, whenShare, load, note, problem }) {
      await whenShare(0.2);
      const before = bench.registry.requests.length;
      await bench.registry.down();
      await load.ended;
      note(`asked ${before} times`);
      // A look-up and a registration, in the subject of the settings and in the topic's.
      if (before > 4) problem(`${before} requests for one schema`);
    },
  }),
];
