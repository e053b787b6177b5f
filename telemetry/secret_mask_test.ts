import assert from "node:assert/strict";
import { SecretMask } from "./secret_mask.ts";

const SECRET = 'p&s/"w ö\\+0rd';
const mask = new SecretMask([{ username: "tick", secret: SECRET }]);
const bytes = new TextEncoder();

const FORMS: Readonly<Record<string, string>> = {
  "as it is": SECRET,
  "in a URL": encodeURIComponent(SECRET),
  "in a URL, small letters": encodeURIComponent(SECRET).replace(/%../g, (each) => each.toLowerCase()),
  "in a form": new URLSearchParams({ p: SECRET }).toString().slice(2),
  "in JSON": JSON.stringify(SECRET).slice(1, -1),
  "in JSON for ASCII": JSON.stringify(SECRET).slice(1, -1).replace("ö", "\\u00F6").replace("&", "\\u0026"),
  "in HTML": SECRET.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("ö", "&#246;"),
  "in base64": bytes.encode(SECRET).toBase64(),
  "in base64 for URLs": bytes.encode(SECRET).toBase64({ alphabet: "base64url", omitPadding: true }),
  "as HTTP sends it": bytes.encode(`tick:${SECRET}`).toBase64(),
  "as SASL PLAIN sends it": bytes.encode(`\0tick\0${SECRET}`).toBase64(),
};

for (const [name, form] of Object.entries(FORMS)) {
  Deno.test(`SecretMask.text hides a secret ${name}, and nothing beside it`, () => {
    assert.equal(mask.text(`before ${form} after`), "before *** after");
  });
}

Deno.test("SecretMask.text hides a secret within any longer text in base64", () => {
  for (const before of ["", "a", "ab", "abc", "someone else:"]) {
    const encoded = bytes.encode(`${before}${SECRET} and more`).toBase64();
    const masked = mask.text(encoded);
    assert.match(masked, /\*\*\*/);
    for (const left of masked.split("***")) {
      const bits = left.replaceAll("=", "").slice(0, Math.floor(left.length / 4) * 4);
      assert.ok(!new TextDecoder().decode(Uint8Array.fromBase64(bits)).includes(SECRET.slice(0, 2)));
    }
  }
});

Deno.test("SecretMask leaves alone what holds no secret, and knows none without log-ins", () => {
  const error = new Error("tick is not allowed", { cause: new TypeError("why") });
  assert.equal(mask.text(error.message), error.message);
  assert.equal(mask.cause(error), error);
  assert.equal(new SecretMask([]).text(SECRET), SECRET);
});

Deno.test("SecretMask does not look for a secret that stands in ordinary words, but for its log-in", () => {
  const short = new SecretMask([{ username: "me", secret: "on" }]);
  assert.equal(short.text(`no connection, ${btoa("me:on")}`), "no connection, ***");
});

Deno.test("SecretMask.cause copies an error whose message, field, bytes, stack or cause tells a secret", () => {
  const bad = [
    new Error(`no ${SECRET}`),
    Object.assign(new Error("no"), { serverErrorMessage: SECRET }),
    Object.assign(new Error("no"), { raw: bytes.encode(SECRET) }),
    Object.assign(new Error("no"), { response: { headers: [SECRET] } }),
    new Error("no", { cause: new AggregateError([new Error(SECRET)], "many") }),
  ];
  for (const error of bad) {
    const copy = mask.cause(error);
    assert.notEqual(copy, error);
    assert.ok(copy instanceof Error);
    assert.ok(!Deno.inspect(copy).includes(SECRET), Deno.inspect(copy));
    assert.ok(!Deno.inspect(copy).includes(JSON.stringify(SECRET).slice(1, -1)));
  }
});

Deno.test("SecretMask.cause ends at errors that cause each other", () => {
  const [one, other] = [new Error("one"), new Error(SECRET)];
  Object.assign(one, { cause: other });
  Object.assign(other, { cause: one });
  assert.ok(!Deno.inspect(mask.cause(one)).includes(SECRET));
});
