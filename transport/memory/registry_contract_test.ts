import type { RegistryContractEnv, RegistryFaultHooks } from "../../tests/contracts/registry_env.ts";
import { registryContractCases } from "../../tests/contracts/registry_cases.ts";
import { testContract } from "../../tests/contracts/run_cases.ts";
import { MemoryRegistry, MemoryRegistryServer } from "./registry.ts";

function hooks(registry: MemoryRegistry): Required<RegistryFaultHooks> {
  const { faults } = registry.server;
  const ongoing = (armed: { release(): void }) => ({ end: () => Promise.resolve(armed.release()) });
  const armed = (_: unknown) => Promise.resolve();
  return {
    setGlobalLevel: (level) => registry.setCompatibility(level),
    answerNextWith: (code) => armed(faults.next("any", { type: "fail", code })),
    loseNextAnswer: () => armed(faults.next("any", { type: "fail", code: "timed_out", done: true })),
    holdNextAnswer: () => Promise.resolve(ongoing(faults.next("any", { type: "hang" }))),
    cutOff: () => Promise.resolve(ongoing(faults.unreachable())),
  };
}

function open(): Promise<RegistryContractEnv> {
  const server = new MemoryRegistryServer({ firstId: 4_711 });
  const registry = new MemoryRegistry(server);
  let subjects = 0;
  return Promise.resolve({
    registry,
    connect: () => Promise.resolve(new MemoryRegistry(server)),
    freshSubject: () => `subject-${++subjects}`,
    faults: hooks(registry),
    dispose: () => registry.close(),
  });
}

testContract(registryContractCases, { adapter: "MemoryRegistry", open });
