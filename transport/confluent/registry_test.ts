import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { requiredBy } from "../../tests/support/printed_json.ts";
import { RegistryError, type RegistryErrorCode, type SchemaRegistry } from "../registry.ts";
import type { ConfluentRegistryOptions } from "./options.ts";
import { openConfluentRegistry } from "./registry.ts";

const SCHEMA = `{ "type": "record",  "name": "Trade", "namespace": "a.b", "fields": [{"type":"string","name":"x"}] }`;
const SECRET = "s3cr3t-value";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

type Handler = (request: Seen) => Response | Promise<Response>;

/** Runs with a registry whose server gives the test's answers. */
async function withServer(
  answer: Handler,
  use: (registry: SchemaRegistry, seen: readonly Seen[], url: string) => Promise<void>,
  options: Partial<ConfluentRegistryOptions> = {},
): Promise<void> {
  const seen: Seen[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const each = { method, headers, path: pathname + search, body: await request.text() };
    seen.push(each);
    return await answer(each);
  });
  const url = `http://127.0.0.1:${server.addr.port}/api`;
  const registry = await openConfluentRegistry({ url, requestTimeoutMs: 5_000, clock: systemClock, ...options });
  try {
    await use(registry, seen, url);
  } finally {
    await registry.close();
    await server.shutdown();
  }
}

async function refused(promise: Promise<unknown>, code: RegistryErrorCode): Promise<RegistryError> {
  const error = await promise.then(() => null, (cause: unknown) => cause);
  assert.ok(error instanceof RegistryError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

const json = (value: unknown, status = 200) => Response.json(value, { status });

Deno.test("registry.ts loads no library, which only register.ts needs", async () => {
  const ofLibrary = (names: readonly string[]) => names.filter((name) => name.includes("confluent-schema-registry"));
  assert.deepEqual(ofLibrary(await requiredBy(import.meta.resolve("./registry.ts"))), []);
  // Proves that the names would show it.
  assert.notDeepEqual(ofLibrary(await requiredBy(import.meta.resolve("./register.ts"))), []);
});

Deno.test("register sends one request, with the text unchanged, and writes no level", async () => {
  await withServer(() => json({ id: 7 }), async (registry, seen) => {
    assert.equal(await registry.register("a/b value", SCHEMA), 7);
    assert.deepEqual(seen.map(({ method, path }) => [method, path]), [[
      "POST",
      "/api/subjects/a%2Fb%20value/versions",
    ]]);
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), { schema: SCHEMA });
  });
});

const STATUSES: readonly (readonly [number, RegistryErrorCode])[] = [
  [302, "malformed_answer"],
  [400, "invalid_schema"],
  [401, "unauthenticated"],
  [403, "unauthorized"],
  [404, "not_found"],
  [408, "timed_out"],
  [409, "incompatible"],
  [422, "invalid_schema"],
  [429, "server_error"],
  [500, "server_error"],
  [503, "server_error"],
];

for (const [status, code] of STATUSES) {
  Deno.test(`register calls an answer ${status} ${code}, once, with subject and status`, async () => {
    const headers = { location: "http://127.0.0.1:1/elsewhere" };
    const answer = () => Response.json({ error_code: status, message: "no" }, { status, headers });
    await withServer(answer, async (registry, seen) => {
      const { details } = await refused(registry.register("s", SCHEMA), code);
      assert.equal(details.subject, "s");
      assert.equal(details.status, status);
      assert.equal(seen.length, 1);
    });
  });
}

Deno.test("version and compatibility answered 400 are the server's error, as no schema was sent", async () => {
  await withServer(() => json({}, 400), async (registry) => {
    await refused(registry.version("s", 1), "server_error");
    await refused(registry.compatibility("s"), "server_error");
  });
});

Deno.test("register tells subject, path and version of an incompatible schema in the words of either registry", async () => {
  const words: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["Incompatible artifact: s [AVRO], list of diff types: [venue at /fields/1]", "/fields/1", undefined],
    ["reader type: LONG not compatible with writer type: STRING at /fields/0/type]", "/fields/0/type", undefined],
    [
      "Schema being registered is incompatible; details: [{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', " +
      "description:'The field 'v' at path '/fields/2' in the new schema has no default value'}, {oldSchemaVersion: 3}]",
      "/fields/2",
      "3",
    ],
    ["It does not fit", undefined, undefined],
  ];
  for (const [message, path, version] of words) {
    await withServer(() => json({ error_code: 409, message }, 409), async (registry) => {
      const error = await refused(registry.register("s", SCHEMA), "incompatible");
      assert.deepEqual([error.details.path, error.details.version], [path, version]);
      assert.ok(error.message.includes(message));
    });
  }
});

const NONSENSE: readonly (readonly [string, Response])[] = [
  ["HTML", new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } })],
  ["nothing", new Response("")],
  ["another shape", json({ identifier: 1 })],
  ["an array", json([1])],
  ["a text for a number", json({ id: "1" })],
  ["a negative id", json({ id: -1 })],
  ["an id of more than 31 bits", json({ id: 2 ** 31 })],
];

for (const [what, response] of NONSENSE) {
  Deno.test(`register calls ${what} with status 200 malformed_answer`, async () => {
    await withServer(() => response, async (registry) => {
      assert.equal((await refused(registry.register("s", SCHEMA), "malformed_answer")).retriable, true);
    });
  });
}

Deno.test("an answer without end is malformed_answer, and is not read to its end", async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(32);
  const endless = () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
  await withServer(endless, async (registry) => {
    // One after the other: a call that fails before the test awaits it would be an unhandled rejection.
    await refused(registry.register("s", SCHEMA), "malformed_answer");
    await refused(registry.subjects(), "malformed_answer");
  });
});

Deno.test("a registry that does not answer is timed_out after the request time-out, also in the middle of an answer", async () => {
  const held: (() => void)[] = [];
  const silent = () => new Promise<Response>((resolve) => held.push(() => resolve(new Response("late"))));
  await withServer(silent, async (registry) => {
    await Promise.all([registry.register("s", SCHEMA), registry.subjects()].map((call) => refused(call, "timed_out")));
    for (const release of held) release();
  }, { requestTimeoutMs: 100 });
  const halfway = () =>
    new Response(new ReadableStream({ start: (out) => out.enqueue(new TextEncoder().encode("[")) }));
  await withServer(halfway, async (registry) => {
    await refused(registry.subjects(), "timed_out");
  }, { requestTimeoutMs: 100 });
});

Deno.test("close ends calls that wait for an answer with closed", async () => {
  const held: (() => void)[] = [];
  const arrived = Promise.withResolvers<void>();
  const silent = () => {
    arrived.resolve();
    return new Promise<Response>((resolve) => held.push(() => resolve(new Response("late"))));
  };
  await withServer(silent, async (registry) => {
    const call = refused(registry.subjects(), "closed");
    await arrived.promise;
    await registry.close();
    await call;
    for (const release of held) release();
  });
});

Deno.test("a registry that is not there is unreachable, for register as for the other calls", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const registry = await openConfluentRegistry({ url, requestTimeoutMs: 5_000, clock: systemClock });
  await refused(registry.register("s", SCHEMA), "unreachable");
  await refused(registry.schemaById(1), "unreachable");
  await registry.close();
});

const AUTHS = [
  [{ type: "basic", username: "me", password: SECRET }, `Basic ${btoa(`me:${SECRET}`)}`],
  [{ type: "bearer", token: SECRET }, `Bearer ${SECRET}`],
] as const;

for (const [auth, header] of AUTHS) {
  Deno.test(`${auth.type} auth goes with every request, and no error tells it`, async () => {
    await withServer(() => json({ message: "no" }, 401), async (registry, seen) => {
      const calls = [registry.register("s", SCHEMA), registry.lookup("s", SCHEMA), registry.subjects()];
      for (const call of calls) {
        const error = await refused(call, "unauthenticated");
        assert.ok(!JSON.stringify([error.message, error.details, error.stack]).includes(SECRET));
        assert.equal(error.retriable, false);
      }
      assert.deepEqual(seen.map(({ headers }) => headers.get("authorization")), [header, header, header]);
    }, { auth });
  });
}

/** What gateways say of a log-in that they refuse. */
const ECHOES: readonly (readonly [string, (header: string) => Response])[] = [
  ["the header, in JSON", (header) => json({ error_code: 401, message: `Unauthorized: header ${header}` }, 401)],
  ["the secret, decoded", () => json({ error_code: 401, message: `me:${SECRET} is not allowed` }, 401)],
  ["the secret, in HTML", () => new Response(`<p>${SECRET}</p>`, { status: 403 })],
  ["the secret, in a URL", () => new Response(`/login?p=${encodeURIComponent(SECRET)}`, { status: 500 })],
  ["the header, with status 200", (header) => json({ header })],
  ["the header, in its own headers", (header) => new Response("no", { status: 302, headers: { location: header } })],
];

for (const [auth] of AUTHS) {
  for (const [what, answer] of ECHOES) {
    Deno.test(`no error tells the ${auth.type} log-in when a server repeats ${what}`, async () => {
      const repeat: Handler = ({ headers }) => answer(headers.get("authorization") ?? "");
      await withServer(repeat, async (registry) => {
        const calls = [
          () => registry.register("s", SCHEMA),
          () => registry.checkCompatibility("s", SCHEMA),
          () => registry.subjects(),
        ];
        for (const call of calls) {
          const error = await call().then(() => null, (cause: unknown) => cause);
          assert.ok(error instanceof RegistryError);
          const told = Deno.inspect(error, { depth: 20 }) + JSON.stringify(error.details);
          for (const secret of [SECRET, btoa(`me:${SECRET}`)]) assert.ok(!told.includes(secret), told);
        }
      }, { auth });
    });
  }
}

Deno.test("a verdict on a schema does not repeat the log-in, and the schemas of a registry stay as they are", async () => {
  const answer: Handler = ({ path }) => {
    if (path.includes("/config")) return json({ compatibilityLevel: "FULL" });
    if (path.includes("/schemas/ids")) return json({ schema: `{"doc":"${SECRET}"}` });
    return json({ is_compatible: false, messages: [`not for ${SECRET}`] });
  };
  await withServer(answer, async (registry) => {
    assert.deepEqual((await registry.checkCompatibility("s", SCHEMA)).messages, ["not for ***"]);
    assert.equal(await registry.schemaById(1), `{"doc":"${SECRET}"}`);
  }, { auth: { type: "bearer", token: SECRET } });
});

Deno.test("openConfluentRegistry refuses an address that holds a log-in, without telling it, or is none", async () => {
  const open = (url: string) => openConfluentRegistry({ url, requestTimeoutMs: 1_000, clock: systemClock });
  const error = await refused(open(`http://me:${SECRET}@127.0.0.1:1`), "unauthenticated");
  assert.ok(!error.message.includes(SECRET));
  await refused(open("not a url"), "unreachable");
  await refused(open("ftp://127.0.0.1"), "unreachable");
});

Deno.test("compatibility takes a 404 of a subject as no level, and an unknown level as malformed", async () => {
  await withServer(
    ({ path }) =>
      path.endsWith("/config/s")
        ? json({ error_code: 40408, message: "none" }, 404)
        : json({ compatibilityLevel: "ODD" }),
    async (registry) => {
      assert.equal(await registry.compatibility("s"), null);
      await refused(registry.compatibility(), "malformed_answer");
    },
  );
});

Deno.test("checkCompatibility asks for all versions only at a transitive level, and keeps the registry's messages", async () => {
  for (const [level, path] of [["FULL", "versions/latest"], ["FULL_TRANSITIVE", "versions"]] as const) {
    const answer: Handler = ({ path }) => {
      if (path.includes("/config")) return json({ compatibilityLevel: level });
      return json({ is_compatible: false, messages: ["why"] });
    };
    await withServer(answer, async (registry, seen) => {
      assert.deepEqual(await registry.checkCompatibility("s", SCHEMA), { compatible: false, messages: ["why"] });
      assert.equal(seen.at(-1)?.path, `/api/compatibility/subjects/s/${path}?verbose=true`);
    });
  }
});
