/**
 * Brokers and registry belong together: consumers can read a topic only with the registry that gave its schema ids.
 * One of them alone is refused, unless the user names the embedded one in place of the other.
 *
 * @module
 */
import type { ConfigProblem } from "./config_error.ts";

/** Stands in the place of an address: the log or registry in the data folder. */
export const EMBEDDED = "embedded";

/** The servers as the settings give them. */
interface GivenServers {
  readonly brokers: readonly string[];
  readonly registry: { readonly url?: string };
}

/**
 * The problem of a missing server beside a given one; null if both are given, or neither, or the embedded one by name.
 */
export function pairProblem(
  { brokers, registry: { url } }: GivenServers,
  originOf: (path: readonly string[]) => string,
): ConfigProblem | null {
  if (brokers.length > 0 && brokers[0] !== EMBEDDED && url === undefined) {
    return {
      key: "registry.url",
      origin: "not set",
      reason: `there are brokers (${originOf(["brokers"])}) and no registry: only this data folder would know the ` +
        "schema ids of the records written to them.",
      nextStep: "Give it with --registry http://HOST:PORT, TICKFLUME_REGISTRY or registry.url; " +
        `for the embedded one give its name: --registry ${EMBEDDED}, registry: "${EMBEDDED}".`,
    };
  }
  if (brokers.length === 0 && url !== undefined && url !== EMBEDDED) {
    return {
      key: "brokers",
      origin: "not set",
      reason:
        `there is a registry (${originOf(["registry", "url"])}) and no brokers: records would go to the embedded ` +
        "log, where consumers of that registry do not look.",
      nextStep: "Give them with --brokers HOST:PORT,…, TICKFLUME_BROKERS or brokers; " +
        `for the embedded log give its name: --brokers ${EMBEDDED}, brokers: ["${EMBEDDED}"].`,
    };
  }
  return null;
}

/** The settings as the rest of the program reads them: an embedded server has no address. */
export function withoutNames<S extends GivenServers>(settings: S): S {
  const { brokers, registry } = settings;
  const { url, ...others } = registry;
  return {
    ...settings,
    brokers: brokers[0] === EMBEDDED ? [] : brokers,
    registry: url === EMBEDDED ? others : registry,
  };
}
