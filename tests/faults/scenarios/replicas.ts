/**
 * Followers and leaders that hang while a load is given up, killed, or waits. Records that the leader has appended and
 * its followers have not are in the log, but readers do not see them.
 *
 * @module
 */
import type { SettingsInput } from "../../../config/settings.ts";
import { pause } from "../fault_stack.ts";
import type { Scenario, ScenarioSet } from "../scenario.ts";
import { type Scene, scriptedScenario } from "../scripted_scenario.ts";

const LEADER = 1;
const FOLLOWERS = [2, 3] as const;
const ROWS = 20_000;
const RATE = ["--rate", "3000"];
/** Records that are stored before the brokers freeze: the load must be in full flow. */
const FULL_FLOW = 5_000;
const FROZEN_BEFORE_KILL_MS = 700;
const THAWED_AFTER_KILL_MS = 5_000;

interface Freeze {
  readonly name: string;
  readonly what: string;
  readonly brokers: readonly number[];
  readonly minInsync: 2 | 3;
}

const FREEZES: readonly Freeze[] = [
  { name: "follower-frozen", what: "one of two followers is frozen", brokers: [FOLLOWERS[0]], minInsync: 2 },
  { name: "followers-frozen", what: "both followers are frozen", brokers: FOLLOWERS, minInsync: 2 },
  {
    name: "follower-frozen-min-3",
    what: "min.insync.replicas is 3 and a follower is frozen",
    brokers: [FOLLOWERS[1]],
    minInsync: 3,
  },
  { name: "leader-frozen", what: "the leader is frozen", brokers: [LEADER], minInsync: 2 },
];

interface Course {
  readonly name: string;
  readonly what: string;
  readonly settings?: SettingsInput;
  readonly set: (freeze: Freeze) => ScenarioSet;
  readonly run: (scene: Scene, brokers: readonly number[]) => Promise<void>;
}

/** A load that continues by itself while the brokers hang. */
function frozenFor(ms: number): Course["run"] {
  return async (scene, brokers) => {
    const { stack } = scene.bench;
    const load = scene.start({ flags: RATE });
    await load.whenStored(FULL_FLOW);
    await Promise.all(brokers.map((id) => stack.freeze(id)));
    await pause(ms, load.signal);
    await stack.heal();
    await load.ended;
    await scene.finish();
  };
}

async function killedWhileFrozen(scene: Scene, brokers: readonly number[]): Promise<void> {
  const { stack } = scene.bench;
  const load = scene.start({ flags: RATE });
  await load.whenStored(FULL_FLOW);
  await Promise.all(brokers.map((id) => stack.freeze(id)));
  await pause(FROZEN_BEFORE_KILL_MS, load.signal);
  load.kill();
  await load.ended;
  const next = scene.start();
  await pause(THAWED_AFTER_KILL_MS, next.signal);
  await stack.heal();
  await next.ended;
  await scene.finish();
}

const COURSES: readonly Course[] = [
  {
    name: "given-up",
    what: "for 12 s, sends are given up after 3 s",
    settings: { kafka: { deliveryTimeoutMs: 3_000, requestTimeoutMs: 1_500 } },
    set: ({ name }) => name === "followers-frozen" ? "short" : "long",
    run: frozenFor(12_000),
  },
  {
    name: "killed",
    what: "then load is killed -9 and started again, and 5 s later they go on",
    set: ({ name }) => name === "follower-frozen" ? "short" : "long",
    run: killedWhileFrozen,
  },
  {
    name: "outlasted",
    what: "for 135 s, longer than a send may take; nothing is killed",
    set: () => "long",
    run: frozenFor(135_000),
  },
];

export const REPLICA_SCENARIOS: readonly Scenario[] = FREEZES.flatMap((freeze) =>
  COURSES.map((course) =>
    scriptedScenario({
      name: `${freeze.name}-${course.name}`,
      what: `of three brokers ${freeze.what}: ${course.what}`,
      covers: ["F20"],
      set: course.set(freeze),
      brokers: 3,
      layout: { partitions: 1, minInsync: freeze.minInsync },
      rows: ROWS,
      symbols: 1,
      ...(course.settings === undefined ? {} : { settings: course.settings }),
      script: (scene) => course.run(scene, freeze.brokers),
    })
  )
);
