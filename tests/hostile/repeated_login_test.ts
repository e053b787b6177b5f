/** A peer that refuses a log-in and repeats it: the program's output must not contain it. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../kernel/clock.ts";
import { createLogOutput } from "../../telemetry/log_output.ts";
import { addressText } from "../../transport/kafka/options.ts";
import { LogError } from "../../transport/log.ts";
import { KAFKA_CLIENTS } from "../real/kafka_clients.ts";
import { FakeBroker, type FakeRequest } from "./fake_broker.ts";
import { recordedAnswer } from "./recorded_answers.ts";

const SECRET = "cAn4ry/+ söcret";
const SASL_AUTHENTICATE = 36;
const SASL_AUTHENTICATION_FAILED = 58;

/** A refusal with a reason, in the form of each version. */
function refusal({ apiVersion }: FakeRequest, reason: string): Buffer {
  const text = Buffer.from(reason);
  const code = Buffer.from([0, SASL_AUTHENTICATION_FAILED]);
  if (apiVersion < 2) {
    const length = Buffer.alloc(2);
    length.writeInt16BE(text.length);
    return Buffer.concat([code, length, text, Buffer.alloc(4 + 8)]);
  }
  // Compact: the length plus one, then no bytes, no lifetime, no tagged fields.
  assert.ok(text.length < 127);
  return Buffer.concat([
    Buffer.from([0]),
    code,
    Buffer.from([text.length + 1]),
    text,
    Buffer.from([1]),
    Buffer.alloc(9),
  ]);
}

const REASONS: readonly (readonly [what: string, reason: string])[] = [
  ["as it is", `wrong: ${SECRET}`],
  ["in a URL", `/?password=${encodeURIComponent(SECRET)}`],
  ["in JSON", JSON.stringify({ user: "user", password: SECRET })],
  ["as PLAIN sends it, in base64", Buffer.from(`\0user\0${SECRET}`).toString("base64")],
];

for (const [client, openLog] of KAFKA_CLIENTS) {
  for (const [what, reason] of REASONS) {
    Deno.test(`${client} never reveals a password that a peer repeats ${what}`, async () => {
      await using peer = new FakeBroker((request) =>
        request.apiKey === SASL_AUTHENTICATE ? refusal(request, reason) : recordedAnswer(request)
      );
      const log = await openLog({
        brokers: [addressText(peer.address)],
        sasl: { mechanism: "plain", username: "user", password: SECRET },
        clientId: "test",
        requestTimeoutMs: 1_000,
        deliveryTimeoutMs: 1_000,
        connectionTimeoutMs: 1_000,
        clock: systemClock,
      });
      const error = await log.admin.clusterId().catch((cause: unknown) => cause);
      await log.close();
      assert.ok(error instanceof LogError);
      assert.equal(error.code, "unauthenticated", error.message);
      assert.match(error.message, /\*\*\*/);
      const lines: string[] = [];
      const { observer } = createLogOutput({ write: (line) => lines.push(line), level: "debug", format: "json" });
      observer({ type: "topic_parked", stage: "sending", topic: "t", cause: error });
      const told = [Deno.inspect(error, { depth: 20, strAbbreviateSize: 10_000 }), error.stack, ...lines].join("\n");
      const forms = [SECRET, ...REASONS.map(([, each]) => each), encodeURIComponent(SECRET), btoa(unescaped(SECRET))];
      for (const form of forms) assert.ok(!told.includes(form), told);
    });
  }
}

/** Each byte of the text's UTF-8 as a character. */
function unescaped(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
