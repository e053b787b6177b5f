/**
 * The registry's contract suite: what every adapter promises. Each adapter's tests run it in its own environment.
 *
 * @module
 */
import type { RegistryContractCase } from "./registry_env.ts";
import { registryFailureCases } from "./registry_failures.ts";
import { levelCases } from "./registry_levels.ts";
import { schemaCases } from "./registry_schemas.ts";

/** All cases, in no particular order; each stands alone. */
export const registryContractCases: readonly RegistryContractCase[] = [
  ...schemaCases,
  ...levelCases,
  ...registryFailureCases,
];
