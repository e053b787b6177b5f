/**
 * The registry's contract suite: the promises of every adapter. Each adapter's tests run it in their own environment.
 *
 * @module
 */
import type { RegistryContractCase } from "./registry_env.ts";
import { registryFailureCases } from "./registry_failures.ts";
import { levelCases } from "./registry_levels.ts";
import { schemaCases } from "./registry_schemas.ts";

/** All cases, in any order; each is independent. */
export const registryContractCases: readonly RegistryContractCase[] = [
  ...schemaCases,
  ...levelCases,
  ...registryFailureCases,
];
