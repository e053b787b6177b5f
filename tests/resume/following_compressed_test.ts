/** Rotations that follow each other quickly, with programs that compress what was rotated at once. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { following, type FollowScene, HEADER } from "../support/following_scene.ts";

/** As programs do it: what they make has the time of the last change. */
function compress(scene: FollowScene, name: string): void {
  const path = scene.path(name), { atime, mtime } = Deno.statSync(path);
  Deno.writeFileSync(`${path}.gz`, gzipSync(Deno.readFileSync(path)));
  if (atime !== null && mtime !== null) Deno.utimeSync(`${path}.gz`, atime, mtime);
  Deno.removeSync(path);
  scene.watch.tell("named", path, `${path}.gz`);
}

const NAMINGS = [
  ["a.1.csv", "a.2.csv", "a.3.csv"],
  ["a.csv.1", "a.csv.2", "a.csv.3"],
  ["a-20260101.csv", "a-20260102.csv", "a-20260103.csv"],
  ["20260101_a.csv", "20260102_a.csv", "20260103_a.csv"],
] as const;

for (const [first, second, third] of NAMINGS) {
  for (const followed of ["a.csv", ""]) {
    const what = `${second}, followed as "${followed}"`;

    for (const compressed of [[first], [first, second]]) {
      following(`a file between two looks is read as ${what}, with ${compressed.length} compressed`, async (scene) => {
        const follow = await scene.follow([followed]);
        await scene.caughtUp();
        scene.rename("a.csv", first);
        scene.create("a.csv", 20);
        scene.rename("a.csv", second);
        for (const name of compressed) compress(scene, name);
        scene.create("a.csv", 5);
        await scene.caughtUp();
        await follow.stop();
        assert.deepEqual(follow.failures, []);
        await scene.followOnce([followed]);
      });
    }

    for (const isSeen of [false, true]) {
      const when = isSeen ? "after it was read under its own name" : "at once";
      following(`a file that was seen without a row and is compressed ${when} is read as ${what}`, async (scene) => {
        await scene.followOnce([followed]);
        scene.rename("a.csv", first);
        compress(scene, first);
        Deno.writeTextFileSync(scene.path("a.csv"), "");
        const follow = await scene.follow([followed]);
        await scene.pass(5_000);
        scene.appendText("a.csv", HEADER + scene.rows(4));
        scene.rename("a.csv", second);
        scene.create("a.csv", 3);
        scene.rename("a.csv", third);
        if (isSeen) await scene.pass(300);
        compress(scene, second);
        compress(scene, third);
        scene.create("a.csv", 2);
        await scene.caughtUp();
        await follow.stop();
        assert.deepEqual(follow.failures, []);
        await scene.followOnce([followed]);
      });
    }
  }
}

following("a file that is rotated, written to and compressed while it is opened is read", async (scene) => {
  scene.just.beforeExamine = () => {
    scene.append("a.csv", 3);
    const { atime } = Deno.statSync(scene.path("a.csv"));
    scene.rename("a.csv", "a.csv.1");
    if (atime !== null) Deno.utimeSync(scene.path("a.csv.1"), atime, new Date(Date.now() + 2_000));
    compress(scene, "a.csv.1");
    scene.create("a.csv", 4);
  };
  const follow = await scene.follow();
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
  await scene.followOnce();
});

following("a file whose predecessor is gone is told if only its name says that it had the name", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  scene.rename("a.csv", "a.1.csv");
  scene.create("a.csv", 20);
  scene.rename("a.csv", "a.2.csv");
  Deno.removeSync(scene.path("a.1.csv"));
  scene.create("a.csv", 5);
  await scene.until(() => follow.failures.length > 0);
  await follow.stop();
  const [failure] = follow.failures;
  assert.equal(failure?.code, "changed");
  assert.match(failure?.message ?? "", /a\.2\.csv may have had the name of/);
  await scene.load("a.2.csv");
  await scene.followOnce();
});
