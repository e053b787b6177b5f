/**
 * What the kernel's tests share: a tree on a manual clock, a worker that follows orders, an obligation to watch.
 *
 * @module
 */
import { defineActor, defineSupervisor, startSystem } from "./mod.ts";
import { type EventRecorder, ManualClock, recordEvents } from "./testing.ts";
import { Obligation } from "./obligation.ts";
import type {
  ActorContext,
  ActorSlot,
  ActorSpec,
  ActorSystem,
  Behaviour,
  KernelObserver,
  OwnWork,
  Slot,
  SupervisorSlot,
  SupervisorSpec,
  TreeSnapshot,
} from "./types.ts";

/** What a worker can be told. */
export type Work =
  | { readonly type: "note"; readonly text: string; readonly owes?: Obligation }
  | { readonly type: "crash"; readonly cause?: Error; readonly owes?: Obligation }
  | { readonly type: "hold"; readonly until: Promise<void>; readonly text: string; readonly owes?: Obligation }
  | { readonly type: "finish" };

/** Told to notes, a worker writes `ID#INCARNATION TEXT` into the log; it notes its start, drain and end as well. */
export type Log = string[];

type WorkerOptions = Partial<Omit<ActorSpec<Work>, "id" | "start">> & {
  /** Adds to, or replaces, what a worker does. */
  readonly behave?: (context: ActorContext, say: (text: string) => void) => Partial<Behaviour<Work>>;
  /** Runs in `start`, before the behaviour is made. */
  readonly prepare?: (context: ActorContext) => void | Promise<void>;
};

export function workerSpec(id: string, log: Log, options: WorkerOptions = {}): ActorSpec<Work> {
  const { behave, prepare, ...spec } = options;
  return {
    id,
    capacity: 100,
    obligation: (work) => "owes" in work ? work.owes : undefined,
    ...spec,
    start: async (context) => {
      const say = (text: string) => void log.push(`${id}#${context.incarnation} ${text}`);
      await prepare?.(context);
      say("start");
      return {
        async receive(work) {
          if (work.type === "crash") throw work.cause ?? new Error("crash");
          if (work.type === "finish") return context.stop();
          if (work.type === "hold") await work.until;
          say(work.text);
        },
        drain: (purpose) => say(`drain ${purpose}`),
        end: (reason) => say(`end ${reason}`),
        ...behave?.(context, say),
      };
    },
  };
}

export function worker(id: string, log: Log, options: WorkerOptions = {}): ActorSlot<Work> {
  return defineActor(workerSpec(id, log, options));
}

/** Work that always waits and is never done: each failure of an actor that has it costs budget. */
export const BUSY: OwnWork = { waiting: () => true, done: () => 0 };

/** A worker whose starts fail as long as `broken` says so. */
export function fragile(
  id: string,
  log: Log,
  broken: (incarnation: number) => boolean,
  options: WorkerOptions = {},
): ActorSlot<Work> {
  return worker(id, log, {
    ...options,
    prepare: (context) => {
      if (broken(context.incarnation)) {
        log.push(`${id}#${context.incarnation} fails to start`);
        throw new Error("cannot start");
      }
    },
  });
}

/** Generous limits: restarts after 100, 200, 400 and then 800 ms. */
export const CALM: Pick<SupervisorSpec, "budget" | "backoff"> = {
  budget: { intensity: 5, periodMs: 60_000 },
  backoff: { minMs: 100, maxMs: 800, resetAfterMs: 10_000 },
};

/** A running tree; disposing of it stops it and proves that it left no timer behind (K14). */
export interface Tree extends AsyncDisposable {
  readonly root: SupervisorSlot;
  readonly system: ActorSystem;
  readonly clock: ManualClock;
  readonly events: EventRecorder;
  /** Incarnation by path. */
  incarnations(): Record<string, number>;
  /** The node at a path. */
  at(path: string): TreeSnapshot;
  /** Ids of the children of the root, or of the supervisor at a path, in start order. */
  children(path?: string): readonly string[];
}

type TreeOptions = Partial<Omit<SupervisorSpec, "children">> & {
  readonly random?: () => number;
  readonly observers?: readonly KernelObserver[];
  readonly clock?: ManualClock;
  readonly events?: EventRecorder;
};

/** Starts `root` with these children on a manual clock, without jitter unless `random` is given. */
export async function startTree(children: readonly Slot[], options: TreeOptions = {}): Promise<Tree> {
  const { random = () => 1, observers = [], clock = new ManualClock(), events = recordEvents(), ...spec } = options;
  const root = defineSupervisor({ id: "root", ...CALM, ...spec, children });
  const system = await startSystem(root, { clock, random, observers: [events.observer, ...observers] });
  const nodes = () => flatten(system.snapshot());
  const at = (path: string) => {
    const node = nodes().find((candidate) => candidate.path === path);
    if (node === undefined) throw new RangeError(`nothing at ${path}`);
    return node;
  };
  return {
    root,
    system,
    clock,
    events,
    incarnations: () => Object.fromEntries(nodes().map((node) => [node.path, node.incarnation])),
    at,
    children: (path = "root") => at(path).children.map(({ id }) => id),
    [Symbol.asyncDispose]: async () => {
      const stopped = system.stop();
      await clock.advance(60_000);
      await stopped;
      if (clock.pending > 0) throw new Error(`${clock.pending} timers outlived their tree`);
    },
  };
}

function flatten(node: TreeSnapshot): TreeSnapshot[] {
  return [node, ...node.children.flatMap(flatten)];
}

/** An obligation that remembers how it was settled. */
export class Debt extends Obligation {
  readonly failures: unknown[] = [];
  /** Of calls that an obligation has to ignore. */
  readonly lateFailures: unknown[] = [];

  settle(): void {
    this.settleOnce();
  }

  fail(cause: unknown): void {
    (this.settled ? this.lateFailures : this.failures).push(cause);
    this.settleOnce({ failed: true });
  }
}

/** A promise to open by hand. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
