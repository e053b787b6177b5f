import type { Mutation } from "../../scripts/mutations/mutation.ts";

const KERNEL = "kernel";
const kernel = (file: string, entry: Omit<Mutation, "file" | "tests"> & { readonly tests: readonly string[] }) => ({
  ...entry,
  file: `${KERNEL}/${file}`,
  tests: entry.tests.map((test) => `${KERNEL}/${test}_test.ts`),
  flags: [],
});

/** Which children restart, and when the supervisor forgets a dynamic one. */
const restartShapes: readonly Mutation[] = [
  kernel("supervisor_node.ts", {
    name: "restarts a child that has ended by itself",
    find: `if (ending.reason === "normal") {`,
    replace: `if (Object.is(ending.reason, 1)) {`,
    tests: ["restart"],
  }),
  kernel("supervisor_node.ts", {
    name: "takes the crash of a dynamic child for a first start that failed",
    find: `if (node.runningSince === undefined) {
      if (child.introduction`,
    replace: `if (node.runningSince !== -1) {
      if (child.introduction`,
    tests: ["dynamic_children"],
  }),
  kernel("supervisor_node.ts", {
    name: "lets a new child start before its namesake has released what it held",
    find: `      await this.#leave(child);
    }`,
    replace: `      this.#forget(child);
    }`,
    tests: ["dynamic_children"],
  }),
];

const budgetAndBackoff: readonly Mutation[] = [
  kernel("restart_budget.ts", {
    name: "never forgets a failure",
    find: `now - time < this.#budget.periodMs`,
    replace: `now - time >= 0`,
    tests: ["restart_limits"],
  }),
  kernel("restart_budget.ts", {
    name: "allows one failure too many",
    find: `return this.#times.length <= this.#budget.intensity;`,
    replace: `return this.#times.length <= this.#budget.intensity + 1;`,
    tests: ["restart_limits"],
  }),
  kernel("restart_budget.ts", {
    name: "counts on although work was done",
    find: `  restore(): void {
    this.#times = [];`,
    replace: `  restore(): void {`,
    tests: ["restart_limits"],
  }),
  kernel("supervisor_node.ts", {
    name: "has one budget for all its children",
    find: `const failure = child.spend(now, { work, cause });`,
    replace: `const failure = (this.#children[0] ?? child).spend(now, { work, cause });`,
    tests: ["restart_limits"],
  }),
  kernel("supervised_child.ts", {
    name: "counts the failures of who holds nothing up",
    find: `if (waiting === 0 || this.#budget`,
    replace: `if (this.#budget`,
    tests: ["restart_limits"],
  }),
  kernel("supervised_child.ts", {
    name: "takes no work for done",
    find: `    if (done) this.#budget?.restore();
`,
    replace: ``,
    tests: ["restart_limits"],
  }),
  kernel("cell.ts", {
    name: "takes what was given back for done",
    find: `if (!obligation.failed) this.#worked = true;`,
    replace: `this.#worked = true;`,
    tests: ["restart_limits"],
  }),
  kernel("actor_node.ts", {
    name: "does not count who waits for room",
    find: `this.mailbox.waiting + (work`,
    replace: `0 * this.mailbox.waiting + (work`,
    tests: ["restart_limits"],
  }),
  kernel("supervisor_node.ts", {
    name: "gives up with a child that is to end alone",
    find: `if (significant) this.#collapse({`,
    replace: `if (significant || child.pending === false) this.#collapse({`,
    tests: ["restart_limits"],
  }),
  kernel("supervisor_node.ts", {
    name: "never forgets a child that has ended alone",
    find: `else if (child.dynamic) this.#leave(child);
    return { failure`,
    replace: `return { failure`,
    tests: ["restart_limits"],
  }),
  kernel("actor_node.ts", {
    name: "does not tell that it has ended alone",
    find: `if (over && givenUp !== undefined) this.#reportFailure(givenUp.failure);`,
    replace: ``,
    tests: ["restart_limits"],
  }),
  kernel("supervisor_node.ts", {
    name: "goes into its next incarnation with the budget spent",
    find: `    for (const child of this.#children) child.renew(this.#spec, this.environment);
    const started`,
    replace:
      `    if (this.#incarnation === 1) for (const child of this.#children) child.renew(this.#spec, this.environment);
    const started`,
    tests: ["supervisor"],
  }),
  kernel("backoff.ts", {
    name: "does not grow",
    find: `2 ** attempt`,
    replace: `1`,
    tests: ["restart_limits"],
  }),
  kernel("backoff.ts", {
    name: "grows without bound",
    find: `Math.min(maxMs, minMs * 2 ** attempt)`,
    replace: `(void maxMs, minMs * 2 ** attempt)`,
    tests: ["restart_limits"],
  }),
  kernel("backoff.ts", {
    name: "has no jitter",
    find: `return random() * requestDelayMs`,
    replace: `return requestDelayMs`,
    tests: ["restart_limits"],
  }),
  kernel("backoff.ts", {
    name: "starts over after every start that succeeded",
    find: `healthyMs >= this.#policy.resetAfterMs`,
    replace: `healthyMs >= 0`,
    tests: ["restart_limits"],
  }),
  kernel("backoff.ts", {
    name: "never starts over",
    find: `healthyMs >= this.#policy.resetAfterMs`,
    replace: `false`,
    tests: ["restart_limits"],
  }),
  kernel("supervised_child.ts", {
    name: "restarts at once, whatever the delay it announced",
    find: `clock.schedule(delayMs, () => {`,
    replace: `clock.schedule(0, () => {`,
    tests: ["restart_limits"],
  }),
  kernel("supervisor_node.ts", {
    name: "gives up without ending its children",
    find: `this.#ending.then(() => this.#stopChildren("restart")).then(() => {`,
    replace: `this.#ending.then(() => {`,
    tests: ["supervisor"],
  }),
  kernel("supervisor_node.ts", {
    name: "gives up without telling the supervisor above",
    find: `const verdict = this.owner.childEnded(this, failure);`,
    replace: `const verdict = Object.is(1, 2) ? this.owner.childEnded(this, failure) : "restart";`,
    tests: ["supervisor"],
  }),
  kernel("system.ts", {
    name: "does not end when the root gives up",
    find: `this.#resolveDone(ending);`,
    replace: `void ending;`,
    tests: ["supervisor"],
  }),
];

const stopping: readonly Mutation[] = [
  kernel("supervisor_node.ts", {
    name: "stops children in start order",
    find: `for (const child of this.#children.toReversed()) {`,
    replace: `for (const child of [...this.#children]) {`,
    tests: ["stop"],
  }),
  kernel("supervisor_node.ts", {
    name: "kills children in start order",
    find: `for (const child of this.#children.toReversed()) child.node.kill();`,
    replace: `for (const child of [...this.#children]) child.node.kill();`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "lets a hung incarnation hang",
    find: `() => this.fail(new ActorHungError(this.#host.path, hungMs))`,
    replace: `() => {}`,
    tests: ["cell"],
  }),
  kernel("cell.ts", {
    name: "stops without handling its queue",
    find: `(this.#stopping === "stop" && this.#host.mailbox.size === 0)`,
    replace: `this.#stopping === "stop"`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "does not drain",
    find: `const drained = behaviour.drain?.(purpose);`,
    replace: `const drained = Promise.resolve();`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "does not wait for the drain",
    find: `else drained.then(onDrained, (cause) => this.fail(cause));`,
    replace: `else {
      onDrained();
      drained.catch((cause) => this.fail(cause));
    }`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "takes a drain that failed for one that is done",
    find: `drained.then(onDrained, (cause) => this.fail(cause));`,
    replace: `drained.then(onDrained, onDrained);`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "handles nothing internal while it drains",
    find: `this.#drain === "not_begun" && this.#mayDrain() ? undefined`,
    replace: `this.#mayDrain() && this.#drain !== "done" ? undefined`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "never comes to its drain while it keeps itself busy",
    find: `this.#drain === "not_begun" && this.#mayDrain() ? undefined : mailbox.takeSystem()`,
    replace: `mailbox.takeSystem()`,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "has no limit for an ordered stop",
    find: `else this.#deadline = this.#environment.clock.schedule(this.#host.shutdownMs, () => this.#runOutOfTime());`,
    replace: ``,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "loses what is sent to it while it drains",
    find: `if (purpose === "stop") this.#host.mailbox.close();`,
    replace: ``,
    tests: ["stop"],
  }),
  kernel("cell.ts", {
    name: "does not tell a start that it is no longer wanted",
    find: `if (this.#state === "starting") this.#abort.abort(`,
    replace: `if (this.#state === "ended") this.#abort.abort(`,
    tests: ["system"],
  }),
  kernel("supervisor_node.ts", {
    name: "restarts a child while it stops",
    find: `if (child === undefined || this.#ordered === "stop") return "ended";
    // This supervisor ends too, and its own supervisor will decide for all its children.
    if (!this.#active) return "restart";`,
    replace: `if (child === undefined) return "ended";`,
    tests: ["stop"],
  }),
  kernel("supervisor_node.ts", {
    name: "leaves scheduled restarts in place when it stops",
    find: `for (const child of this.#children) child.cancel();
  }`,
    replace: `}`,
    tests: ["stop"],
  }),
  kernel("system.ts", {
    name: "has no overall deadline",
    find: `      this.#root.kill();
`,
    replace: ``,
    tests: ["stop"],
  }),
  kernel("system.ts", {
    name: "stops again for every caller",
    find: `this.#stopping ??= this.#root`,
    replace: `this.#stopping = this.#root`,
    tests: ["stop"],
  }),
  kernel("system.ts", {
    name: "lets an impatient caller wait for the first deadline",
    find: `if (deadlineMs === undefined) return this.#stopping;`,
    replace: `if (deadlineMs === undefined || deadlineMs < 1_000) return this.#stopping;`,
    tests: ["stop"],
  }),
];

const asking: readonly Mutation[] = [
  kernel("obligation.ts", {
    name: "takes a second answer",
    find: `    if (this.#settled) return false;
    this`,
    replace: `    this`,
    tests: ["obligation"],
  }),
  kernel("obligation.ts", {
    name: "takes a failure for an answer",
    find: `this.settleOnce({ failed: true })`,
    replace: `this.settleOnce()`,
    tests: ["obligation"],
  }),
  kernel("context.ts", {
    name: "loses an answer to a dead incarnation without a word",
    find: `reply: (value) => alive() ? post(() => onValue(value)) : port.late(value),`,
    replace: `reply: (value) => post(() => onValue(value)),`,
    tests: ["obligation"],
  }),
];

const mailboxes: readonly Mutation[] = [
  kernel("mailbox.ts", {
    name: "has no bound",
    find: `if (this.#user.size >= this.#capacity) return false;`,
    replace: ``,
    tests: ["mailbox"],
  }),
  kernel("mailbox.ts", {
    name: "lets the last sender in first",
    find: `for (const waiting of this.#waiting) {
      this`,
    replace: `for (const waiting of [...this.#waiting].reverse()) {
      this`,
    tests: ["mailbox"],
  }),
  kernel("mailbox.ts", {
    name: "keeps the message of an aborted sender",
    find: `        this.#waiting.delete(waiting);
        reject(signal?.reason);`,
    replace: `        reject(signal?.reason);`,
    tests: ["mailbox"],
  }),
  kernel("mailbox.ts", {
    name: "lets no sender in when a place falls free",
    find: `if (queued !== undefined) this.#admitNext();`,
    replace: ``,
    tests: ["mailbox"],
  }),
  kernel("cell.ts", {
    name: "handles the user lane before the system lane",
    find: `const entry = this.#drain === "not_begun" && this.#mayDrain() ? undefined : mailbox.takeSystem();`,
    replace: `const entry = mailbox.size > 0 || (this.#drain === "not_begun" && this.#mayDrain())
        ? undefined
        : mailbox.takeSystem();`,
    tests: ["mailbox"],
  }),
  kernel("cell.ts", {
    name: "takes the next message before the last one is handled",
    find: `if (handled !== undefined) await this.#watched(handled);
        if (this.#inHand`,
    replace: `if (handled !== undefined) handled.catch((cause) => this.fail(cause));
        if (this.#inHand`,
    tests: ["cell"],
  }),
  kernel("cell.ts", {
    name: "never lets the event loop turn",
    find: `if (turn.due()) await turn.next();`,
    replace: ``,
    tests: ["cell"],
  }),
];

const obligations: readonly Mutation[] = [
  kernel("actor_node.ts", {
    name: "loses the obligations of a failed incarnation",
    find: `    cell.failOpen(
      unknown`,
    replace: `    if (Object.is(1, 2)) cell.failOpen(
      unknown`,
    tests: ["actor_node"],
  }),
  kernel("cell.ts", {
    name: "forgets an obligation when receive returns",
    find: `        if (handled !== undefined) await this.#watched(handled);
        if (this.#inHand`,
    replace: `        if (handled !== undefined) await this.#watched(handled);
        this.#open.clear();
        if (this.#inHand`,
    tests: ["actor_node"],
  }),
  kernel("cell.ts", {
    name: "keeps obligations that others have settled",
    find: `      this.#open.delete(obligation);
`,
    replace: ``,
    tests: ["actor_node"],
  }),
  kernel("cell.ts", {
    name: "takes a message with an obligation for lost when it dies",
    find: `    this.#inHand = undefined;
    if (obligation.settled) return;`,
    replace: `    if (obligation.settled) return;`,
    tests: ["actor_node"],
  }),
  kernel("cell.ts", {
    name: "loses the message in hand without a word",
    find: `if (this.#inHand !== undefined) this.#host.deadLetter("in_hand", this.#inHand.message);`,
    replace: ``,
    tests: ["actor_node"],
  }),
  kernel("actor_node.ts", {
    name: "fails the queue at every restart",
    find: `else if (givenUp !== undefined) this.discard("budget_exhausted");`,
    replace: `else this.discard("budget_exhausted");`,
    tests: ["actor_node"],
  }),
  kernel("actor_node.ts", {
    name: "keeps the queue when the budget is spent",
    find: `else if (givenUp !== undefined) this.discard("budget_exhausted");`,
    replace: ``,
    tests: ["supervisor"],
  }),
  kernel("actor_node.ts", {
    name: "loses leftovers without failing their obligations",
    find: `if (obligation?.settled === false) {`,
    replace: `if (Object.is(obligation?.settled, 1)) {`,
    tests: ["actor_node"],
  }),
  kernel("actor_node.ts", {
    name: "loses leftovers without a dead letter",
    find: `    this.deadLetter(reason, message);
  }`,
    replace: `}`,
    tests: ["actor_node"],
  }),
  kernel("actor_node.ts", {
    name: "starts the next incarnation before the last one has released what it held",
    find: `await this.#cell?.released;`,
    replace: `await Promise.resolve();`,
    tests: ["actor_node"],
  }),
];

const staleIncarnations: readonly Mutation[] = [
  kernel("cell.ts", {
    name: "lets the late results of a dead incarnation into the lane of the next",
    find: `if (!this.ended) host.mailbox.post({ type: "internal", make });`,
    replace: `host.mailbox.post({ type: "internal", make });`,
    tests: ["cell"],
  }),
  kernel("cell.ts", {
    name: "leaves the lane of a dead incarnation to the next",
    find: `    mailbox.clearSystem();
`,
    replace: ``,
    tests: ["cell"],
  }),
  kernel("cell.ts", {
    name: "leaves timers behind",
    find: `for (const timer of this.#timers) timer.cancel();`,
    replace: ``,
    tests: ["cell"],
  }),
  kernel("context.ts", {
    name: "sets timers for a dead incarnation",
    find: `if (!alive()) return DEAD_TIMER;`,
    replace: ``,
    tests: ["cell"],
  }),
  kernel("cell.ts", {
    name: "takes the late failure of a dead incarnation for one of its own",
    find: `  #end(ending: Ending): void {
    if (this.ended) return;`,
    replace: `  #end(ending: Ending): void {`,
    tests: ["cell"],
  }),
  kernel("cell.ts", {
    name: "does not abort the signal of a dead incarnation",
    find: `this.#abort.abort(new ActorStoppedError(path, ending.reason, { cause: ending.cause }));`,
    replace: ``,
    tests: ["cell"],
  }),
];

const notices: readonly Mutation[] = [
  kernel("system.ts", {
    name: "keeps no notice for later incarnations",
    find: `notices.set(notice.type, notice);`,
    replace: ``,
    tests: ["notices"],
  }),
  kernel("system.ts", {
    name: "tells live actors nothing",
    find: `    this.#root.notify(notice);
`,
    replace: ``,
    tests: ["notices"],
  }),
  kernel("cell.ts", {
    name: "gives a notice twice to an actor that starts",
    find: `if (this.#state === "running") this.#host.mailbox.post({ type: "notice", notice });`,
    replace: `this.#host.mailbox.post({ type: "notice", notice });`,
    tests: ["notices"],
  }),
  kernel("cell.ts", {
    name: "keeps from the next incarnation what came while none ran",
    find: `for (const notice of this.#environment.notices.values()) this.notice(notice);`,
    replace:
      `if (this.incarnation === 1) for (const notice of this.#environment.notices.values()) this.notice(notice);`,
    tests: ["notices"],
  }),
];

const isolation: readonly Mutation[] = [
  kernel("event_hub.ts", {
    name: "lets a promise of an observer go unhandled",
    find: `if (result instanceof Promise) result.catch(onFailure);`,
    replace: ``,
    tests: ["system"],
  }),
  kernel("event_hub.ts", {
    name: "lets an observer throw into the kernel",
    find: `    } catch (cause) {
      onFailure(cause);`,
    replace: `    } catch (cause) {
      onFailure(cause);
      throw cause;`,
    tests: ["system"],
  }),
  kernel("system.ts", {
    name: "hides why the tree could not start",
    find: `throw ActorStartError.of(root.path, cause);`,
    replace: `throw new ActorStartError(root.path, { cause: undefined });`,
    tests: ["system"],
  }),
];

/** The faults that the kernel's tests must notice. */
export const mutations: readonly Mutation[] = [
  ...restartShapes,
  ...budgetAndBackoff,
  ...stopping,
  ...asking,
  ...mailboxes,
  ...obligations,
  ...staleIncarnations,
  ...notices,
  ...isolation,
];
