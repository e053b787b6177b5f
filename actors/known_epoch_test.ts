import assert from "node:assert/strict";
import { KnownEpoch } from "./known_epoch.ts";
import type { VersionChanged } from "./messages.ts";
import type { VersionFlag } from "../config/version_flag.ts";

const notice = (number: number, flag: VersionFlag): VersionChanged => ({ type: "version_changed", number, flag });

Deno.test("KnownEpoch hears what is newer, and nothing else", () => {
  const known = new KnownEpoch();
  assert.equal(known.hears({ type: "another notice" }), false);
  assert.deepEqual([known.hears(notice(3, "v1")), known.hears(notice(3, "v1"))], [true, false], "the same one twice");
  assert.equal(known.hears(notice(2, "v2")), false);
  assert.equal(known.isOver({ epoch: 1, version: "v2" }), true, "the older notice has changed nothing");
});

Deno.test("KnownEpoch.isOver() is true of earlier epochs whose version is not wanted any more", () => {
  const known = new KnownEpoch();
  assert.equal(known.isOver({ epoch: 1, version: "v2" }), false, "before any notice");
  known.hears(notice(3, "v1"));
  assert.deepEqual([1, 2, 3, 4].map((epoch) => known.isOver({ epoch, version: "v2" })), [true, true, false, false]);
  assert.equal(known.isOver({ epoch: 1, version: "v1" }), false);
  known.hears(notice(4, "both"));
  assert.equal(known.isOver({ epoch: 1, version: "v2" }), false);
});
