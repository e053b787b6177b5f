/**
 * Turns contract cases into tests of `deno test`.
 *
 * @module
 */

/** What all contract cases have in common. */
export interface ContractCase<Env> {
  readonly name: string;
  readonly requires?: readonly string[];
  run(env: Env): Promise<void>;
}

/** An environment that says what it can provoke and can be disposed of. */
export interface ContractEnv {
  readonly faults: object;
  dispose(): Promise<void>;
}

/** No timer, socket or file may be left open; Deno looks only when asked. */
const CLEAN = { sanitizeOps: true, sanitizeResources: true };

/** Options of {@link testContract}. */
export interface ContractOptions<Env> {
  /** Name of the adapter, the first words of each test's name. */
  readonly adapter: string;
  /** Makes an environment for one case. */
  readonly open: () => Promise<Env>;
}

/**
 * Registers a test for each case, each in an environment of its own. A case whose faults the environment cannot provoke
 * says so and ends.
 */
export function testContract<Env extends ContractEnv>(
  cases: readonly ContractCase<Env>[],
  { adapter, open }: ContractOptions<Env>,
): void {
  for (const { name, requires = [], run } of cases) {
    Deno.test(`${adapter}: ${name}`, CLEAN, async () => {
      const env = await open();
      try {
        const missing = requires.filter((fault) => !(fault in env.faults));
        if (missing.length > 0) console.log(`skipped: this adapter's tests cannot provoke ${missing.join(", ")}`);
        else await run(env);
      } finally {
        await env.dispose();
      }
    });
  }
}
