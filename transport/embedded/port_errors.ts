/**
 * Turns errors of the embedded log's and registry's files into errors of the ports.
 *
 * @module
 */
import { StorageError, storageErrorOf } from "../../storage/storage_error.ts";
import { LogError } from "../log.ts";
import { RegistryError } from "../registry.ts";

/** The log's form of any error: a `LogError` unchanged, a busy file as `timed_out`, any other as `client`. */
export function logErrorOf(error: unknown, file: string): LogError {
  if (error instanceof LogError) return error;
  const cause = storageErrorOf(error, file);
  const isBusy = cause instanceof StorageError && cause.code === "busy";
  return new LogError(isBusy ? "timed_out" : "client", messageOf(cause, file), { cause });
}

/** The registry's form of any error: a `RegistryError` unchanged, anything else as `server_error`, as from a server. */
export function registryErrorOf(error: unknown, file: string): RegistryError {
  if (error instanceof RegistryError) return error;
  const cause = storageErrorOf(error, file);
  return new RegistryError("server_error", messageOf(cause, file), { cause });
}

function messageOf(cause: unknown, file: string): string {
  if (cause instanceof StorageError) return cause.message;
  return `${file} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
}
