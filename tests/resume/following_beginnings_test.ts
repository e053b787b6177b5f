/** Files that begin with the same rows, and are no copies of each other: each row of each is written once. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type Follow, following, type FollowScene, HEADER, numbersIn } from "../support/following_scene.ts";

const ENDS = ["stop", "kill"] as const;

/** Nothing has ended it before. */
async function end(follow: Follow, how: (typeof ENDS)[number]): Promise<void> {
  assert.deepEqual(follow.failures, []);
  await follow[how]();
  if (how === "stop") assert.deepEqual(follow.failures, []);
}

/** Enough for looks at everything that is known to be worth another one. */
async function nothingMore(scene: FollowScene): Promise<void> {
  await scene.caughtUp();
  await scene.pass(70_000);
}

/** The header and the first rows of a file. */
function beginningOf(scene: FollowScene, name: string, rows: number): string {
  return Deno.readTextFileSync(scene.path(name)).split("\n").slice(0, 1 + rows).map((line) => `${line}\n`).join("");
}

function createAs(scene: FollowScene, name: string, text: string): void {
  Deno.writeTextFileSync(scene.path(name), text);
  scene.watch.tell("named", scene.path(name));
}

function compress(scene: FollowScene, from: string, to: string): void {
  Deno.writeFileSync(scene.path(to), gzipSync(Deno.readFileSync(scene.path(from))));
  Deno.removeSync(scene.path(from));
  scene.watch.tell("named", scene.path(from), scene.path(to));
}

for (const rows of [1, 2]) {
  for (const when of ["stays", "is rotated", "is compressed", "is gone"] as const) {
    following(
      `a file that begins with ${rows} of another one's rows is one of its own when that ${when}`,
      async (scene) => {
        const follow = await scene.follow([""]);
        await scene.caughtUp();
        createAs(scene, "b.csv", beginningOf(scene, "a.csv", rows));
        await scene.until(() => follow.process.events.some(({ type }) => type === "copy_passed_over"));
        if (when === "is rotated") scene.rename("a.csv", "a.1.csv");
        if (when === "is compressed") compress(scene, "a.csv", "a.1.csv.gz");
        if (when === "is gone") Deno.removeSync(scene.path("a.csv"));
        await scene.pass(10_000);
        if (when !== "stays") scene.create("a.csv", 3);
        scene.rowsAgain("b.csv");
        scene.append("b.csv", 3);
        await nothingMore(scene);
        scene.append("b.csv", 2);
        await nothingMore(scene);
        await end(follow, "stop");
        scene.append("b.csv", 1);
        const again = await scene.follow([""]);
        await nothingMore(scene);
        await end(again, "stop");
      },
    );
  }
}

for (const rows of [1, 2, 5]) {
  for (const to of ["a.1.csv", "a.csv.1", "a.1.csv.gz"]) {
    for (const how of [null, ...ENDS]) {
      const when = how === null ? "while it is followed" : `after a ${how}`;
      following(
        `the next file of a name begins with ${rows} rows of the former one, ${to} by now, ${when}`,
        async (scene) => {
          const first = await scene.follow([""]);
          await scene.caughtUp();
          if (how !== null) await end(first, how);
          const text = beginningOf(scene, "a.csv", rows);
          if (to.endsWith(".gz")) compress(scene, "a.csv", to);
          else scene.rename("a.csv", to);
          createAs(scene, "a.csv", text);
          const second = how === null ? first : await scene.follow([""]);
          await scene.pass(10_000);
          scene.again.push(...numbersIn(text.slice(HEADER.length)));
          scene.append("a.csv", 3);
          await nothingMore(scene);
          await end(second, "stop");
          const third = await scene.follow([""]);
          scene.append("a.csv", 1);
          await nothingMore(scene);
          await end(third, "stop");
        },
      );
    }
  }
}
