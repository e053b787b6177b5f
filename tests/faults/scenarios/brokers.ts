/**
 * Brokers that die, hang, and hand over.
 *
 * @module
 */
import { type LoadScenario, loadScenario } from "../load_scenario.ts";
import type { Scenario } from "../scenario.ts";
import { pause } from "../fault_stack.ts";
import { BASELINE_ROWS, SHORT_TIMES } from "../recipes.ts";

const RECOVERY = { recoveryS: 10 };
/** Rows a second, for loads that must last a while. */
const SLOWLY = ["--rate", "6000"];
const LEADERS = [1, 2] as const;

/** Tests load fewer rows, but the load must not end before the fault begins. */
function flagsOf({ set }: Pick<LoadScenario, "set">): readonly string[] {
  return set === "short" ? SLOWLY : [];
}

/** The only broker is killed in the middle of the load, and comes back. */
function killedFor(
  seconds: number,
  options:
    & Pick<LoadScenario, "name" | "what" | "set">
    & Partial<Pick<LoadScenario, "settings" | "versions" | "covers">>,
): Scenario {
  return loadScenario({
    covers: ["F1"],
    ...options,
    flags: flagsOf(options),
    rows: BASELINE_ROWS,
    async fault({ bench: { stack }, load, whenShare }) {
      await whenShare(0.3);
      await stack.kill(1);
      await pause(seconds * 1_000, load.signal);
      await stack.restart(1);
      load.faultEnded();
    },
    expect: RECOVERY,
  });
}

function hung(
  options: Pick<LoadScenario, "name" | "what" | "set"> & Pick<Required<LoadScenario>, "settings">,
): Scenario {
  return loadScenario({
    ...options,
    covers: ["F1", "F9"],
    flags: flagsOf(options),
    rows: BASELINE_ROWS,
    async fault({ bench: { stack }, load, whenShare }) {
      for (const share of [0.2, 0.6]) {
        await whenShare(share);
        load.faultBegins();
        await stack.freeze(1);
        await pause(10_000, load.signal);
        await stack.thaw(1);
        load.faultEnded();
      }
    },
    expect: RECOVERY,
  });
}

/** Kills at random moments, each followed by the broker's return. */
function killedOften(times: number, options: Pick<LoadScenario, "name" | "what" | "set">): Scenario {
  return loadScenario({
    ...options,
    covers: ["F2"],
    rows: BASELINE_ROWS,
    async fault({ bench: { stack }, load, random, whenShare, note }) {
      const shares = Array.from({ length: times }, () => random() * 0.95).sort((a, b) => a - b);
      let kills = 0;
      for (const share of shares) {
        await whenShare(share);
        await pause(random() * 200, load.signal);
        if (load.signal.aborted) break;
        load.faultBegins();
        await stack.kill(1);
        kills++;
        await stack.restart(1);
        load.faultEnded();
      }
      note(`${kills} kills`);
    },
  });
}

export const BROKER_SCENARIOS: readonly Scenario[] = [
  loadScenario({
    name: "no-fault",
    what: "nothing goes wrong: what the other rows are to be compared with",
    covers: [],
    set: "long",
    versions: ["v2", "both"],
    rows: BASELINE_ROWS,
    fault: () => Promise.resolve(),
  }),
  killedFor(5, { name: "broker-killed-5s", what: "the only broker is killed -9 and back after 5 s", set: "short" }),
  killedFor(5, {
    name: "broker-killed-5s-both",
    what: "the same while both versions are written",
    set: "long",
    versions: ["both"],
  }),
  killedFor(5, {
    name: "broker-killed-5s-given-up",
    what: "the same with sends that are given up after 2 s, so that reading tells what was stored",
    covers: ["F1", "F11"],
    set: "long",
    settings: { kafka: { requestTimeoutMs: 1_000, deliveryTimeoutMs: 2_000, connectionTimeoutMs: 1_000 } },
  }),
  killedFor(60, { name: "broker-killed-60s", what: "the only broker is killed -9 and back after 60 s", set: "long" }),
  killedFor(600, {
    name: "broker-killed-10min",
    what: "the only broker is killed -9 and back after 10 minutes",
    set: "soak",
  }),
  killedOften(6, {
    name: "broker-killed-often",
    what: "the only broker is killed -9 at 6 random moments",
    set: "long",
  }),
  killedOften(20, { name: "broker-killed-20", what: "the only broker is killed -9 at 20 random moments", set: "soak" }),
  hung({
    name: "broker-hung",
    what: "the only broker stands still (SIGSTOP) for 10 s, twice; requests are given up after 2 s, sends are not",
    set: "short",
    settings: { kafka: { requestTimeoutMs: 2_000 } },
  }),
  hung({
    name: "broker-hung-given-up",
    what: "the same with sends that are given up after 4 s, and requests that the broker still has when it goes on",
    set: "long",
    settings: SHORT_TIMES,
  }),
  loadScenario({
    name: "leader-killed",
    what:
      "of three brokers two are killed -9 in turn, each while it leads; then leaders move back by preferred election",
    covers: ["F10"],
    set: "long",
    brokers: 3,
    rows: BASELINE_ROWS,
    flags: SLOWLY,
    async fault({ bench, load, whenShare, note }) {
      const { stack } = bench;
      for (const at of LEADERS) {
        await whenShare(at * 0.2);
        // All keys of these files are in few partitions; any broker that leads one will do.
        const leader = await stack.leaderOf(bench.topic("v2"), await bench.partitionOf("BHP"));
        load.faultBegins();
        await stack.kill(leader);
        load.faultEnded();
        await pause(15_000, load.signal);
        await stack.restart(leader);
        await stack.electPreferredLeaders();
        note(`broker ${leader}`);
      }
    },
    // A broker that says no good-bye is missed only when its session ends: 9 s.
    expect: { recoveryS: 20 },
  }),
  loadScenario({
    name: "all-brokers-killed",
    what: "three brokers are killed -9 at the same moment and back after 5 s",
    covers: ["F1", "F10"],
    set: "long",
    brokers: 3,
    rows: BASELINE_ROWS,
    flags: SLOWLY,
    async fault({ bench: { stack }, load, whenShare }) {
      await whenShare(0.3);
      await Promise.all([1, 2, 3].map((id) => stack.kill(id)));
      await pause(5_000, load.signal);
      await Promise.all([1, 2, 3].map((id) => stack.restart(id)));
      load.faultEnded();
    },
    expect: { recoveryS: 20 },
  }),
  loadScenario({
    name: "replicas-missing",
    what: "min.insync.replicas is 3 and one of three brokers is gone for 30 s: NOT_ENOUGH_REPLICAS, then enough again",
    covers: ["F10"],
    set: "long",
    brokers: 3,
    rows: BASELINE_ROWS,
    flags: SLOWLY,
    async before(bench) {
      const config = { "min.insync.replicas": "3" };
      await bench.transport.log.admin.createTopic({ name: bench.topic("v2"), partitions: 30, config });
    },
    async fault({ bench: { stack }, load, whenShare, note, problem }) {
      await whenShare(0.3);
      await stack.kill(3);
      await pause(15_000, load.signal);
      const before = load.stored;
      await pause(15_000, load.signal);
      if (load.stored > before) problem(`${load.stored - before} records were acknowledged by too few replicas`);
      note(`${before} acknowledged before`);
      await stack.restart(3);
      load.faultEnded();
    },
    expect: { recoveryS: 20 },
  }),
];
