import assert from "node:assert/strict";
import { LogError } from "../log.ts";
import { parseBrokerAddress } from "./options.ts";

Deno.test("parseBrokerAddress reads host and port, an IPv6 address in brackets", () => {
  assert.deepEqual(parseBrokerAddress("broker-1.example:9092"), { host: "broker-1.example", port: 9092 });
  assert.deepEqual(parseBrokerAddress(" 127.0.0.1:1 "), { host: "127.0.0.1", port: 1 });
  assert.deepEqual(parseBrokerAddress("[::1]:65535"), { host: "::1", port: 65_535 });
});

Deno.test("parseBrokerAddress names what is no address", () => {
  for (const text of ["", "host", "host:", "host:0", "host:65536", ":9092", "http://host:9092", "::1:9092", "a b:1"]) {
    assert.throws(
      () => parseBrokerAddress(text),
      (error) => error instanceof LogError && error.code === "invalid_request" && error.message.includes(`"${text}"`),
      text,
    );
  }
});
