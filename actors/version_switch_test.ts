import assert from "node:assert/strict";
import type { RuntimeEvent } from "../telemetry/events.ts";
import type { Notice } from "../kernel/types.ts";
import { VersionSwitch } from "./version_switch.ts";

function flagOf() {
  const events: RuntimeEvent[] = [];
  const notices: Notice[] = [];
  const flag = new VersionSwitch("v1", (event) => events.push(event));
  return { flag, events, notices, system: { notify: (notice: Notice) => void notices.push(notice) } };
}

Deno.test("VersionSwitch opens a new epoch with each change, and tells the tree", () => {
  const { flag, events, notices, system } = flagOf();
  assert.deepEqual(flag.epoch, { number: 1, flag: "v1" });
  flag.attach(system);
  assert.deepEqual(flag.set("both"), { number: 2, flag: "both" });
  assert.deepEqual(flag.set("v2"), { number: 3, flag: "v2" });
  assert.deepEqual(flag.epoch, { number: 3, flag: "v2" });
  assert.deepEqual(notices, [
    { type: "version_changed", number: 2, flag: "both" },
    { type: "version_changed", number: 3, flag: "v2" },
  ]);
  assert.deepEqual(events.map((event) => event.type === "version_changed" && event.version), ["both", "v2"]);
});

Deno.test("VersionSwitch stays in its epoch if it is set to what it is", () => {
  const { flag, events, notices, system } = flagOf();
  flag.attach(system);
  assert.deepEqual(flag.set("v1"), { number: 1, flag: "v1" });
  assert.deepEqual([events, notices], [[], []]);
});

Deno.test("VersionSwitch can be set before there is a tree", () => {
  const { flag } = flagOf();
  flag.set("v2");
  assert.equal(flag.epoch.flag, "v2");
});
