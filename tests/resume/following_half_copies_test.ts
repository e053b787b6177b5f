/** Copies that have not all that was read of their original, or get rows of their own: each row is written once. */
import assert from "node:assert/strict";
import { type Follow, following, type FollowScene, HEADER } from "../support/following_scene.ts";

async function nothingMore(scene: FollowScene): Promise<void> {
  await scene.caughtUp();
  await scene.pass(70_000);
}

function isPassedOver({ process: { events } }: Follow): boolean {
  return events.some(({ type }) => type === "copy_passed_over");
}

async function end(follow: Follow): Promise<void> {
  assert.deepEqual(follow.failures, []);
  await follow.stop();
  assert.deepEqual(follow.failures, []);
}

for (const names of [["a.csv"], [""]]) {
  for (const rows of [10, 129]) {
    following(
      `of ${
        names.join() || "a folder"
      }: rows that come between the copy and the cut do not have the ${rows} of the copy written again`,
      async (scene) => {
        if (rows > 10) scene.append("a.csv", rows - 10);
        const follow = await scene.follow(names);
        await scene.caughtUp();
        Deno.copyFileSync(scene.path("a.csv"), scene.path("a.csv.1"));
        scene.append("a.csv", 2);
        await scene.writtenWithoutTime();
        scene.truncate("a.csv");
        scene.append("a.csv", 3);
        await nothingMore(scene);
        await end(follow);
        const again = await scene.follow(names);
        scene.append("a.csv", 1);
        await nothingMore(scene);
        await end(again);
      },
    );
  }
}

for (const rows of [0, 7]) {
  following(
    `a copy is no file of its own while the cut of its original, whose next file has ${rows} rows by then, is not noticed`,
    async (scene) => {
      const follow = await scene.follow([""]), path = (name: string) => scene.path(name);
      await scene.caughtUp();
      Deno.copyFileSync(path("a.csv"), path("a.csv.2"));
      Deno.writeTextFileSync(path("a.csv"), HEADER + scene.rows(12));
      Deno.renameSync(path("a.csv"), path("a.csv.1"));
      Deno.writeTextFileSync(path("a.csv"), rows === 0 ? "" : HEADER + scene.rows(rows));
      scene.watch.tell("named", path("a.csv.2"));
      await nothingMore(scene);
      await end(follow);
    },
  );
}

/** The beginning of a file, with so many rows. */
function beginningOf(scene: FollowScene, name: string, rows: number): string {
  return Deno.readTextFileSync(scene.path(name)).split("\n").slice(0, rows + 1).join("\n") + "\n";
}

following("a second copy of a file does not go on behind the first one", async (scene) => {
  const first = await scene.follow([""]);
  await scene.caughtUp();
  await scene.pass(6_000);
  scene.copy("a.csv", "1.csv");
  await scene.pass(5_000);
  await end(first);
  const second = await scene.follow([""]);
  scene.append("a.csv", 5);
  await scene.caughtUp();
  await scene.pass(6_000);
  Deno.writeTextFileSync(scene.path("2.csv"), beginningOf(scene, "a.csv", 12));
  scene.watch.tell("named", scene.path("2.csv"));
  await scene.pass(3_000);
  // It is copied still.
  Deno.writeTextFileSync(scene.path("2.csv"), beginningOf(scene, "a.csv", 14));
  scene.watch.tell("written", scene.path("2.csv"));
  await nothingMore(scene);
  await end(second);
});

following(
  "a copy that gets rows of its own goes on behind all that its original has, not behind its checkpoint",
  async (scene) => {
    const follow = await scene.follow([""]);
    await scene.caughtUp();
    await scene.pass(6_000);
    scene.append("a.csv", 2);
    await scene.pass(500);
    scene.copy("a.csv", "b.csv");
    await scene.until(() => isPassedOver(follow));
    scene.append("b.csv", 4);
    await nothingMore(scene);
    await end(follow);
  },
);

following("a copy that is half made before its first row ends is no file of its own", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  const text = Deno.readTextFileSync(scene.path("a.csv")), length = HEADER.length + 9;
  Deno.writeTextFileSync(scene.path("b.csv"), text.slice(0, length));
  scene.watch.tell("named", scene.path("b.csv"));
  await scene.pass(3_000);
  scene.appendText("b.csv", text.slice(length));
  await scene.until(() => isPassedOver(follow));
  await nothingMore(scene);
  await end(follow);
});

following("a copy that is removed while it is compared does not end the load", async (scene) => {
  Deno.writeTextFileSync(scene.path("0.csv"), beginningOf(scene, "a.csv", 5));
  scene.again.push(1, 2, 3, 4, 5);
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  await scene.pass(6_000);
  Deno.writeTextFileSync(scene.path("b.csv"), "");
  scene.watch.tell("named", scene.path("b.csv"));
  await scene.pass(2_000);
  scene.just.beforeExamine = () => scene.just.beforeExamine = () => Deno.removeSync(scene.path("b.csv"));
  Deno.writeTextFileSync(scene.path("b.csv"), Deno.readTextFileSync(scene.path("a.csv")));
  scene.watch.tell("written", scene.path("b.csv"));
  await nothingMore(scene);
  await end(follow);
});
