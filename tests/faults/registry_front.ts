/**
 * Stands before a real registry and simulates a registry in trouble, until it passes requests on again.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";

/** The answer of the registry. */
export type RegistryTrouble =
  | { readonly type: "status"; readonly status: number; readonly body?: string }
  | { readonly type: "hang" }
  /** The answer of some proxy in between. */
  | { readonly type: "html"; readonly status: number }
  | { readonly type: "huge"; readonly status: number };

const HUGE_BYTES = 10 * 1024 * 1024;

/** A request that arrived. */
export interface RegistryRequest {
  readonly path: string;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** The front; disposing of it ends it. */
export class RegistryFront implements AsyncDisposable {
  readonly #upstream: string;
  readonly #port: number;
  readonly requests: RegistryRequest[] = [];
  #server: Deno.HttpServer | null = null;
  #trouble: RegistryTrouble | null = null;
  #only: RegExp = /^/;
  #closing = new AbortController();

  /** @param upstream URL of the real registry's API */
  constructor(upstream: string) {
    this.#upstream = upstream;
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#port = listener.addr.port;
    listener.close();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${new URL(this.#upstream).pathname}`;
  }

  /** Starts to listen. */
  up(): void {
    this.#closing = new AbortController();
    const { signal } = this.#closing;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: this.#port, onListen: () => {}, onError: gone },
      (request) => this.#answer(request, signal),
    );
  }

  /** Stops listening. */
  async down(): Promise<void> {
    this.#closing.abort(new Error("The registry is down"));
    await this.#server?.shutdown();
    this.#server = null;
  }

  /** Answers requests for these paths with the trouble, or (`null`) passes everything on. */
  answerWith(trouble: RegistryTrouble | null, only = /^/): void {
    this.#trouble = trouble;
    this.#only = only;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  async #answer(request: Request, signal: AbortSignal): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.requests.push({ path: pathname, at: systemClock.monotonic() });
    const trouble = this.#only.test(decodeURIComponent(pathname)) ? this.#trouble : null;
    const { method, headers } = request;
    const body = method === "GET" ? null : await request.text();
    if (trouble === null) {
      return await fetch(new URL(`${pathname}${search}`, this.#upstream), { method, headers, body });
    }
    switch (trouble.type) {
      case "status": {
        const { status, body: text = `{"error_code":${status},"message":"trouble ${status}"}` } = trouble;
        return new Response(text, { status, headers: { "content-type": "application/json" } });
      }
      case "html":
        return new Response("<html><body>Bad gateway</body></html>", { status: trouble.status });
      case "huge":
        return new Response(new Uint8Array(HUGE_BYTES).fill(0x61), { status: trouble.status });
      case "hang": {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        return gone();
      }
    }
  }
}

/** The client has left. */
function gone(): Response {
  return new Response(null, { status: 503 });
}
