/** Copies in a followed folder: whatever becomes of the original, its rows are written once, and those that only the copy has. */
import assert from "node:assert/strict";
import { type Follow, following, type FollowScene, HEADER } from "../support/following_scene.ts";

/** The copy is noticed, and nothing of it is written. */
async function passedOver(scene: FollowScene, { process: { events } }: Follow): Promise<void> {
  const { written } = scene, { length } = events;
  await scene.until(() => events.slice(length).some(({ type }) => type === "copy_passed_over"));
  await scene.pass(3_000);
  assert.equal(scene.written, written);
}

/** Enough for looks at everything that is known to be worth another one. */
async function nothingMore(scene: FollowScene): Promise<void> {
  await scene.caughtUp();
  await scene.pass(70_000);
}

const ENDS = ["stop", "kill"] as const;

/** Nothing has ended it before. */
async function end(follow: Follow, how: (typeof ENDS)[number]): Promise<void> {
  assert.deepEqual(follow.failures, []);
  await follow[how]();
  if (how === "stop") assert.deepEqual(follow.failures, []);
}

following(
  "a file of a folder that begins as another one, and has rows of its own at once, is another file",
  async (scene) => {
    const follow = await scene.follow([""]);
    await scene.caughtUp();
    Deno.writeTextFileSync(scene.path("b.csv"), HEADER + scene.rowsAgain("a.csv") + scene.rows(4));
    scene.watch.tell("named", scene.path("b.csv"));
    const began = scene.bench.clock.monotonic();
    await scene.caughtUp();
    // Not only once the other one is closed.
    const took = scene.bench.clock.monotonic() - began;
    assert.ok(took < 200_000, `${took} ms`);
    scene.append("b.csv", 2);
    scene.append("a.csv", 2);
    await scene.caughtUp();
    await end(follow, "stop");
    const again = await scene.follow([""]);
    scene.append("b.csv", 1);
    await nothingMore(scene);
    await end(again, "stop");
  },
);

for (const half of [false, true]) {
  for (const how of ENDS) {
    following(
      `rows that a copy ${half ? "that was half made " : ""}gets later are written alone, before and after a ${how}`,
      async (scene) => {
        const follow = await scene.follow([""]);
        await scene.caughtUp();
        const text = Deno.readTextFileSync(scene.path("a.csv")), length = half ? text.length >> 1 : text.length;
        Deno.writeTextFileSync(scene.path("b.csv"), text.slice(0, length));
        scene.watch.tell("named", scene.path("b.csv"));
        await passedOver(scene, follow);
        scene.appendText("b.csv", text.slice(length) + scene.rows(4));
        await scene.caughtUp();
        scene.append("b.csv", 2);
        scene.append("a.csv", 2);
        await scene.caughtUp();
        await end(follow, how);
        scene.append("b.csv", 1);
        const again = await scene.follow([""]);
        scene.append("b.csv", 1);
        await nothingMore(scene);
        await end(again, "stop");
      },
    );
  }
}

for (const when of ["while it is followed", "after a stop", "after a kill"] as const) {
  for (const rows of [0, 3]) {
    following(`a copy stays one when its original, with ${rows} rows more, is rotated ${when}`, async (scene) => {
      const first = await scene.follow([""]);
      await scene.caughtUp();
      scene.copy("a.csv", "b.csv");
      await passedOver(scene, first);
      if (rows > 0) scene.append("a.csv", rows);
      await scene.caughtUp();
      if (when === "after a stop") await end(first, "stop");
      if (when === "after a kill") await end(first, "kill");
      scene.rename("a.csv", "a.1.csv");
      scene.create("a.csv", 4);
      const second = when === "while it is followed" ? first : await scene.follow([""]);
      await nothingMore(scene);
      await end(second, "kill");
      const third = await scene.follow([""]);
      await nothingMore(scene);
      // Of one that its original has left behind, nothing is known but that.
      if (rows === 0) scene.append("b.csv", 2);
      await nothingMore(scene);
      scene.rename("a.csv", "a.2.csv");
      scene.create("a.csv", 4);
      await nothingMore(scene);
      await end(third, "stop");
    });
  }
}

following("a copy is one that was made while none followed, also if its original was rotated then", async (scene) => {
  await scene.followOnce([""]);
  scene.append("a.csv", 3);
  scene.copy("a.csv", "b.csv");
  const first = await scene.follow([""]);
  await nothingMore(scene);
  await end(first, "kill");
  scene.append("a.csv", 3);
  scene.copy("a.csv", "c.csv");
  scene.rename("a.csv", "a.1.csv");
  scene.create("a.csv", 4);
  const second = await scene.follow([""]);
  await nothingMore(scene);
  scene.append("c.csv", 2);
  await nothingMore(scene);
  await end(second, "stop");
});

following("files that are equal when the first follow begins are files of their own", async (scene) => {
  scene.copy("a.csv", "b.csv");
  scene.rowsAgain("b.csv");
  const first = await scene.follow([""]);
  await nothingMore(scene);
  await end(first, "kill");
  scene.append("b.csv", 1);
  const second = await scene.follow([""]);
  await nothingMore(scene);
  await end(second, "stop");
});

following("a copy with a name like that of a rotated file stays one as long as it is known", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  scene.copy("a.csv", "a.csv.9");
  await passedOver(scene, follow);
  for (const name of ["a.csv.1", "a.csv.2"]) {
    scene.rename("a.csv", name);
    scene.create("a.csv", 4);
    await nothingMore(scene);
  }
  await end(follow, "stop");
});

following("a file of a folder that is cut is not taken for shorter than its copy", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  // A look between the copy and the cut, and one after it.
  Deno.writeTextFileSync(scene.path("a.csv"), scene.rows(4), { append: true });
  scene.copy("a.csv", "a.csv.1");
  await scene.pass(3_000);
  scene.truncate("a.csv");
  scene.append("a.csv", 2);
  await scene.caughtUp();
  await scene.pass(70_000);
  await end(follow, "stop");
});

following("a copy of a file that is closed is no file of its own", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  await scene.until(() => follow.files.openFiles === 0);
  scene.copy("a.csv", "a.csv.1");
  await scene.until(() => follow.process.events.some(({ type }) => type === "copy_passed_over"));
  await scene.pass(3_000);
  assert.equal(scene.written, 10);
  scene.truncate("a.csv");
  scene.append("a.csv", 2);
  await scene.caughtUp();
  await end(follow, "stop");
});

for (const name of ["a.csv.0", "copy.csv"]) {
  for (const rows of [0, 5, 25]) {
    following(
      `in a folder, ${name} of a file of which no row is settled, and that is cut to ${rows}, is no file of its own`,
      async (scene) => {
        const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
        const follow = await scene.follow([""]);
        await scene.pass(2_000);
        scene.copy("a.csv", name);
        scene.truncate("a.csv");
        scene.append("a.csv", rows);
        await scene.until(() => follow.process.events.some(({ type }) => type === "copy_passed_over"));
        hung.release();
        await scene.caughtUp();
        await follow.stop();
        assert.deepEqual(follow.failures, []);
      },
    );
  }
}

for (const rows of [0, 5, 25]) {
  following(
    `in a folder, the copy of a file that is cut to ${rows} after a process was killed before its first checkpoint is none of its own`,
    async (scene) => {
      const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
      const first = await scene.follow([""]);
      await scene.pass(2_000);
      await first.kill();
      hung.release();
      const second = await scene.follow([""]);
      scene.copy("a.csv", "a.csv.0");
      scene.truncate("a.csv");
      scene.append("a.csv", rows);
      await nothingMore(scene);
      await end(second, "stop");
    },
  );
}
