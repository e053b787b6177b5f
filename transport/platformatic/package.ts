/**
 * Loads @platformatic/kafka in the way of load_hooks.ts, and re-exports the used part.
 *
 * The order of the imports matters: the hooks are set before the library is evaluated, and taken back after it, without
 * other code in between.
 *
 * @module
 */
import { takeBackHooks } from "./load_hooks.ts";
export {
  apiVersionsV3,
  AuthenticationError,
  ConfigResourceTypes,
  Connection,
  createTopicsV6,
  deleteTopicsV5,
  describeConfigsV3,
  initProducerIdV4,
  NetworkError,
  SASLMechanisms,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UnsupportedApiError,
  UnsupportedError,
  Writer,
} from "@platformatic/kafka";

takeBackHooks();
