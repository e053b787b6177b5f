/**
 * Three registries share one API; these tests say what they answer where they differ, and what each answer means here.
 * The answers come from their documentation and sources; docs/schemas.md names them.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { RegistryError, type SchemaRegistry } from "../registry.ts";
import { openConfluentRegistry } from "./registry.ts";

const SCHEMA = `{"type":"record","name":"Trade","namespace":"a.b","fields":[{"name":"x","type":"string"}]}`;

interface Product {
  readonly name: string;
  /** Below the host. */
  readonly path: string;
  /** By method and path below the API's, `*` for every path: status, error code and words, or a body. */
  readonly answers: Readonly<Record<string, Answer>>;
}

type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

const refusal = (status: number, error_code: number, message: string): Answer => [status, { error_code, message }];

/** What all of them say. */
const COMMON: Product["answers"] = {
  "POST /subjects/absent": refusal(404, 40401, "Subject 'absent' not found."),
  "POST /subjects/other": refusal(404, 40403, "Schema not found"),
  "GET /subjects/absent/versions": refusal(404, 40401, "Subject 'absent' not found."),
  "GET /subjects/absent/versions/latest": refusal(404, 40401, "Subject 'absent' not found."),
  "GET /subjects/deleted/versions/latest": refusal(404, 40402, "Version -1 not found."),
  "GET /subjects/proto/versions/latest": [200, {
    subject: "proto",
    version: 1,
    id: 3,
    schemaType: "PROTOBUF",
    schema: 'syntax = "proto3"; message Trade {}',
  }],
  "GET /subjects/referring/versions/latest": [200, {
    subject: "referring",
    version: 1,
    id: 4,
    references: [{ name: "a.b.Side", subject: "side", version: 1 }],
    schema: `{"type":"record","name":"Trade","namespace":"a.b","fields":[{"name":"side","type":"a.b.Side"}]}`,
  }],
  "POST /subjects/invalid/versions": refusal(422, 42201, "Invalid schema"),
  "POST /subjects/clash/versions": refusal(409, 409, "Schema being registered is incompatible with an earlier schema"),
  "POST /subjects/clash40901/versions": refusal(409, 40901, "Incompatible Avro schema"),
  "POST /subjects/again/versions": [200, { id: 9 }],
  "GET /subjects/badversion/versions/1": refusal(422, 42202, "The specified version is not a valid version id."),
  "POST /subjects/locked/versions": refusal(422, 42205, "Subject locked is in read-only mode"),
  "POST /subjects/busy/versions": [429, { error_code: 429, message: "Too many requests" }, { "retry-after": "7" }],
  "POST /subjects/down/versions": [503, "<html>503</html>", { "retry-after": "2" }],
  "POST /subjects/guarded/versions": refusal(403, 40301, "User is denied operation Write on Subject: guarded"),
  "POST /subjects/stranger/versions": refusal(401, 401, "Unauthorized"),
};

const PRODUCTS: readonly Product[] = [
  {
    name: "Confluent Schema Registry 7.9.0",
    path: "",
    answers: {
      "GET /v1/metadata/version": [200, { version: "7.9.0", commitId: "0123456789abcdef" }],
      "GET /config/none": refusal(404, 40408, "Subject 'none' does not have subject-level compatibility configured"),
      "PUT /config/none": [200, { compatibility: "NONE" }],
    },
  },
  {
    name: "Redpanda Schema Registry",
    path: "",
    answers: {
      "GET /v1/metadata/version": [404, { message: "Not found", code: 404 }],
      "GET /status/ready": [200, ""],
      "GET /config/none": refusal(404, 40408, "Subject does not have subject-level compatibility configured"),
      "PUT /config/none": [200, { compatibility: "NONE" }],
    },
  },
  {
    name: "Apicurio Registry 3.0.9",
    path: "/apis/ccompat/v7",
    answers: {
      "GET /config/none": [200, { compatibilityLevel: "NONE" }],
      "PUT /config/none": refusal(404, 40401, "No artifact with ID 'none' in group 'null' was found."),
    },
  },
];

async function withProduct(
  { path, answers }: Pick<Product, "path" | "answers">,
  use: (registry: SchemaRegistry) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/apis/registry/v3/system/info") return Response.json({ name: "Apicurio", version: "3.0.9" });
    const key = `${request.method} ${pathname.slice(path.length)}`;
    const [status, body, headers = {}] = { ...COMMON, ...answers }[key] ?? refusal(500, 50001, `unexpected ${key}`);
    if (typeof body === "string") return new Response(body, { status, headers });
    return Response.json(body, { status, headers });
  });
  const url = `http://127.0.0.1:${server.addr.port}${path}`;
  const registry = await openConfluentRegistry({ url, requestTimeoutMs: 5_000, clock: systemClock });
  try {
    await use(registry);
  } finally {
    await registry.close();
    await server.shutdown();
  }
}

async function failure(call: Promise<unknown>): Promise<RegistryError> {
  const error = await call.then((value) => value, (cause: unknown) => cause);
  assert.ok(error instanceof RegistryError, Deno.inspect(error));
  return error;
}

for (const product of PRODUCTS) {
  Deno.test(`${product.name}: it is known by its answers`, async () => {
    await withProduct(product, async (registry) => assert.equal(await registry.product(), product.name));
  });

  Deno.test(`${product.name}: what is not there is not there, and a deleted subject may be registered in again`, async () => {
    await withProduct(product, async (registry) => {
      assert.equal(await registry.lookup("absent", SCHEMA), null);
      assert.equal(await registry.lookup("other", SCHEMA), null);
      assert.deepEqual(await registry.versions("absent"), []);
      for (const subject of ["absent", "deleted"]) {
        assert.equal((await failure(registry.version(subject, "latest"))).code, "not_found");
      }
      assert.equal(await registry.register("again", SCHEMA), 9);
    });
  });

  Deno.test(`${product.name}: a schema of another type, or one that refers to others, is given as it is`, async () => {
    await withProduct(product, async (registry) => {
      assert.match((await registry.version("proto", "latest")).schema, /^syntax/);
      assert.match((await registry.version("referring", "latest")).schema, /a\.b\.Side/);
    });
  });

  for (
    const [subject, code, retriable] of [
      ["invalid", "invalid_schema", false],
      ["clash", "incompatible", false],
      ["clash40901", "incompatible", false],
      ["locked", "read_only", false],
      ["busy", "server_error", true],
      ["down", "server_error", true],
      ["guarded", "unauthorized", false],
      ["stranger", "unauthenticated", false],
    ] as const
  ) {
    Deno.test(`${product.name}: the refusal of subject ${subject} is ${code}`, async () => {
      await withProduct(product, async (registry) => {
        const error = await failure(registry.register(subject, SCHEMA));
        assert.deepEqual([error.code, error.retriable], [code, retriable]);
        assert.equal(error.details.retryAfterMs, { busy: 7_000, down: 2_000 }[String(subject)]);
      });
    });
  }

  Deno.test(`${product.name}: a subject without a level has none, and NONE can be set where it has none`, async () => {
    await withProduct(product, async (registry) => {
      assert.equal(await registry.compatibility("none"), null);
      await registry.setCompatibility("NONE", "none");
    });
  });

  Deno.test(`${product.name}: a page that is not there, or a gateway's 404, is no answer on a subject`, async () => {
    const strangers: readonly Answer[] = [
      [404, "<html><h1>404 Not Found</h1></html>"],
      [404, { error_code: 404, message: "HTTP 404 Not Found" }],
      [404, { code: 404, message: "Not found" }],
    ];
    for (const answer of strangers) {
      const lost = { "POST /subjects/lost": answer, "GET /subjects/lost/versions": answer, "GET /config/lost": answer };
      await withProduct({ ...product, answers: lost }, async (registry) => {
        const calls = [
          () => registry.lookup("lost", SCHEMA),
          () => registry.versions("lost"),
          () => registry.compatibility("lost"),
        ];
        for (const call of calls) assert.equal((await failure(call())).code, "not_found");
      });
    }
  });
}

Deno.test("a registry that tells no product is none of the three", async () => {
  const answers = {
    "GET /v1/metadata/version": [404, ""],
    "GET /status/ready": [404, ""],
  } as const;
  await withProduct({ path: "", answers }, async (registry) => assert.equal(await registry.product(), null));
});
