import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { FrameLengths, MAX_FRAME_BYTES, MAX_UNTRUSTED_FRAME_BYTES } from "./frame_lengths.ts";

function announced(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(length);
  return bytes;
}

function frame(length: number): Uint8Array {
  return Buffer.concat([announced(length), Buffer.alloc(length)]);
}

Deno.test("FrameLengths takes frames however they are cut", () => {
  const bytes = Buffer.concat([frame(4), frame(5), frame(300), frame(4)]);
  for (const piece of [1, 2, 3, 4, 5, 7, 64, bytes.length]) {
    const lengths = new FrameLengths();
    for (let at = 0; at < bytes.length; at += piece) {
      assert.equal(lengths.problemOf(bytes.subarray(at, at + piece)), null);
    }
    assert.match(lengths.problemOf(announced(-1)) ?? "", /a frame of -1 bytes/, `pieces of ${piece}`);
  }
});

Deno.test("FrameLengths takes 4 bytes, which are a request's number, up to its limit, and nothing else", () => {
  for (const length of [-0x8000_0000, -1, 0, 3, MAX_UNTRUSTED_FRAME_BYTES + 1, 0x7fff_ffff]) {
    assert.match(new FrameLengths().problemOf(announced(length)) ?? "", new RegExp(`a frame of ${length} bytes`));
  }
  for (const length of [4, MAX_UNTRUSTED_FRAME_BYTES]) {
    assert.equal(new FrameLengths().problemOf(announced(length)), null);
  }
  const lengths = new FrameLengths();
  lengths.limit = MAX_FRAME_BYTES;
  assert.equal(lengths.problemOf(announced(MAX_FRAME_BYTES)), null);
});

Deno.test("FrameLengths sees a wrong length behind a right frame in the same chunk", () => {
  assert.notEqual(new FrameLengths().problemOf(Buffer.concat([frame(10), announced(0)])), null);
});

Deno.test("FrameLengths tells a text as a text, cut to its first line, and TLS as TLS", () => {
  const told = (text: string) => new FrameLengths().problemOf(Buffer.from(text, "latin1"));
  assert.equal(told("SSH-2.0-OpenSSH_9.6\r\nmore"), 'does not speak Kafka: it answers "SSH-2.0-OpenSSH_9.6"');
  assert.equal(told(`HTTP${"x".repeat(100)}`), `does not speak Kafka: it answers "HTTP${"x".repeat(40)}"`);
  assert.match(told("\x15\x03\x03\0\x02\x02\x28") ?? "", /without TLS: set kafka\.tls/);
  assert.match(told("\x7f\xff\xff\xff\x1b[2J") ?? "", /a frame of 2147483647 bytes/);
});
