/**
 * Loads @platformatic/kafka without its optional native module for checksums, and re-exports the used part.
 *
 * The library tries that module first. Deno would then ask for the permission to call foreign code: in a terminal the
 * program would stop at the prompt. Other files make and check the checksums of records (record_batch_encoder.ts), and
 * without the module the library uses its own WebAssembly.
 *
 * @module
 */
import Module from "node:module";

const NATIVE_CHECKSUM = "@node-rs/crc32";

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

// The untyped edge: the function by which Node and Deno load the modules of `require`.
const load: Load = Reflect.get(Module, "_load");
const loadAllButOne: Load = function (request, ...rest) {
  if (request === NATIVE_CHECKSUM) throw new Error(`${NATIVE_CHECKSUM} is not used`);
  return load.call(this, request, ...rest);
};
Reflect.set(Module, "_load", loadAllButOne);

export const {
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
} = await import("@platformatic/kafka");

Reflect.set(Module, "_load", load);
