/**
 * How to reach a registry with Confluent's API.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";

/** A log-in at the registry. */
export type RegistryAuth =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "bearer"; readonly token: string };

/** Options of `openConfluentRegistry`. */
export interface ConfluentRegistryOptions {
  /** Base URL of the API, without a user name or password. */
  readonly url: string;
  readonly auth?: RegistryAuth;
  /** How long one request may take, including reading its answer. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  /** Sends the requests that do not go through the library. @default `fetch` of the JavaScript runtime */
  readonly fetch?: typeof fetch;
}

/** Value of the `authorization` header. */
export function authorizationOf(auth: RegistryAuth): string {
  if (auth.type === "bearer") return `Bearer ${auth.token}`;
  const bytes = new TextEncoder().encode(`${auth.username}:${auth.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
