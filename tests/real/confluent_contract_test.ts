import { systemClock } from "../../kernel/clock.ts";
import { openConfluentRegistry } from "../../transport/confluent/registry.ts";
import { registryContractCases } from "../contracts/registry_cases.ts";
import type { RegistryContractEnv } from "../contracts/registry_env.ts";
import { testContract } from "../contracts/run_cases.ts";
import { realStack } from "../support/real_stack.ts";

const stack = realStack();
if (stack !== null) {
  const connect = () => openConfluentRegistry({ url: stack.registry, requestTimeoutMs: 15_000, clock: systemClock });
  testContract(registryContractCases, {
    adapter: "ConfluentRegistry",
    async open(): Promise<RegistryContractEnv> {
      const registry = await connect();
      return {
        registry,
        connect,
        freshSubject: () => `contract-${crypto.randomUUID()}`,
        // The global level stays as it is: other tests use the same registry at the same time.
        faults: {},
        noneIsNoLevel: stack.registry.includes("/apis/ccompat/"),
        dispose: () => registry.close(),
      };
    },
  });
}
