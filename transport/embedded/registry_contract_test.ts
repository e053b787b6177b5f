import { systemClock } from "../../kernel/clock.ts";
import type { RegistryContractEnv } from "../../tests/contracts/registry_env.ts";
import { registryContractCases } from "../../tests/contracts/registry_cases.ts";
import { testContract } from "../../tests/contracts/run_cases.ts";
import { openEmbeddedRegistry } from "./registry.ts";

async function open(): Promise<RegistryContractEnv> {
  const dataDir = await Deno.makeTempDir();
  const connect = () => openEmbeddedRegistry({ dataDir, clock: systemClock });
  const registry = connect();
  let subjects = 0;
  return {
    registry,
    connect: () => Promise.resolve(connect()),
    freshSubject: () => `subject-${++subjects}`,
    faults: { setGlobalLevel: (level) => registry.setCompatibility(level) },
    async dispose() {
      await registry.close();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

testContract(registryContractCases, { adapter: "EmbeddedRegistry", open });
