/** Files that are followed: what comes to them, rotations of every kind, and processes that end meanwhile. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { following, type FollowScene, HEADER, numbersIn } from "../support/following_scene.ts";

/** How a file of ten rows is rotated. */
const KINDS = ["renamed", "cut", "cut and written anew"] as const;

following("rows are written as they come, without any more looks", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  for (const rows of [1, 1, 5]) {
    scene.append("a.csv", rows);
    await scene.writtenWithoutTime();
    // The next look is not made at once.
    await scene.pass(50);
  }
  await follow.stop();
});

following("rows are written also if no event tells of them", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  Deno.writeTextFileSync(scene.path("a.csv"), scene.rows(3), { append: true });
  await scene.caughtUp();
  await follow.stop();
});

following("a line is no row before it has its end", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  const row = scene.rows(1);
  scene.appendText("a.csv", row.slice(0, -12));
  await scene.pass(5_000);
  assert.equal(scene.written, 10);
  scene.appendText("a.csv", row.slice(-12));
  await scene.caughtUp();
  await follow.stop();
});

following("an empty line does not hold up the rows before it, and is a row when others follow", async (scene) => {
  const follow = await scene.follow();
  scene.appendText("a.csv", `${scene.rows(2)}\n`);
  await scene.caughtUp();
  scene.appendText("a.csv", scene.rows(1));
  await scene.caughtUp();
  await follow.stop();
  const { dead_letter_reasons } = follow.process.runtime.account().totals();
  assert.deepEqual(dead_letter_reasons, { blank_line: 1 });
});

following("of a file that is renamed the rest is read, then the new one", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  scene.append("a.csv", 4);
  scene.rename("a.csv", "a.csv.1");
  // Whoever writes has it open still.
  scene.append("a.csv.1", 3);
  scene.create("a.csv", 5);
  await scene.caughtUp();
  scene.append("a.csv", 2);
  await scene.caughtUp();
  assert.equal(follow.files.rotations, 1);
  await follow.stop();
});

following("what comes to a renamed file after the new one has begun is read, too", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  scene.rename("a.csv", "a.csv.1");
  scene.create("a.csv", 5);
  await scene.caughtUp();
  scene.append("a.csv.1", 3);
  await scene.caughtUp();
  scene.append("a.csv", 1);
  await scene.caughtUp();
  await follow.stop();
});

following("a rotation while none follows is caught up with from the renamed file on", async (scene) => {
  await scene.followOnce();
  scene.append("a.csv", 4);
  scene.rename("a.csv", "a.csv.1");
  scene.create("a.csv", 5);
  const second = await scene.follow();
  await scene.caughtUp();
  await second.stop();
});

following("several rotations while none follows are caught up with, also where files are compressed", async (scene) => {
  const first = await scene.follow();
  await scene.caughtUp();
  await first.kill();
  scene.append("a.csv", 4);
  scene.rename("a.csv", "a.csv.2");
  await Deno.writeFile(scene.path("a.csv.2.gz"), gzipSync(await Deno.readFile(scene.path("a.csv.2"))));
  const { mtime, atime } = await Deno.stat(scene.path("a.csv.2"));
  if (mtime !== null && atime !== null) await Deno.utime(scene.path("a.csv.2.gz"), atime, mtime);
  await Deno.remove(scene.path("a.csv.2"));
  scene.create("a.csv.1", 6);
  scene.create("a.csv", 5);
  const second = await scene.follow();
  await scene.caughtUp();
  await second.stop();
});

for (const isNamed of [true, false]) {
  const names = isNamed ? ["a.csv"] : [""], what = `a file ${isNamed ? "that is named" : "of a folder"}`;

  following(`${what}, and is moved to another folder while none follows, is a reason to stop`, async (scene) => {
    await scene.followOnce(names);
    Deno.mkdirSync(scene.path("moved"));
    scene.append("a.csv", 3);
    scene.rename("a.csv", "moved/a.csv");
    scene.create("a.csv", 4);
    const second = await scene.follow(names);
    await scene.until(() => second.failures.length > 0);
    await second.stop();
    const [failure] = second.failures;
    assert.equal(failure?.code, "changed");
    assert.match(failure.message, /10 rows .* were read, .* put it back beside it/);
    scene.rename("moved/a.csv", "a.csv.1");
    await scene.followOnce(names);
  });
}

following("a file of a folder that was closed, is removed and comes again is no reason to stop", async (scene) => {
  scene.maxOpen = 1;
  await scene.followOnce([""]);
  const follow = await scene.follow([""]);
  for (const pause of [0, 3_000]) {
    scene.append("a.csv", 1);
    await scene.caughtUp();
    scene.create("b.csv", 3);
    await scene.caughtUp();
    await scene.until(() => follow.files.openFiles === 1);
    Deno.removeSync(scene.path("a.csv"));
    scene.watch.tell("named", scene.path("a.csv"));
    await scene.pass(pause);
    scene.create("a.csv", 2);
    await scene.caughtUp();
    Deno.removeSync(scene.path("b.csv"));
    scene.watch.tell("named", scene.path("b.csv"));
    await scene.pass(10_000);
  }
  assert.deepEqual(follow.failures, []);
  await follow.stop();
});

following("a file that is replaced while none follows, and is gone, is a reason to stop", async (scene) => {
  await scene.followOnce();
  Deno.writeTextFileSync(scene.path(".new"), `${HEADER}9999,X,2024-05-09T00:00:00Z,1.5,1,AUD\n`);
  scene.rename(".new", "a.csv");
  const second = await scene.follow();
  await scene.until(() => second.failures.length > 0);
  await second.stop();
  const [failure] = second.failures;
  assert.equal(failure?.code, "changed");
  assert.match(failure.message, /10 rows .* were read, .* run the same command once without --follow/);
});

/** What has the name of a file by the next run, whose writer or mover has left nothing of that file. */
const REPLACEMENTS = {
  "another file with other rows": (_text: string, scene: FollowScene) => HEADER + scene.rows(12),
  "another file with the same first row": (text: string, scene: FollowScene) =>
    text.split("\n").slice(0, 2).join("\n") + `\n${scene.rows(10)}`,
  "a shorter text in its place": (_text: string, scene: FollowScene) => HEADER + scene.rows(3),
  "a longer text in its place": (_text: string, scene: FollowScene) => HEADER + scene.rows(12),
} as const;

for (const [what, textOf] of Object.entries(REPLACEMENTS)) {
  for (const end of ["stopped", "killed before its first checkpoint", "killed, and nothing was written"] as const) {
    following(`the command that is named for ${what} goes on, after a process that was ${end}`, async (scene) => {
      const lost = end === "killed, and nothing was written", path = scene.path("a.csv");
      const hung = end === "stopped"
        ? null
        : scene.bench.broker.faults.next("send", { type: "hang", lost }, { times: Infinity });
      const first = await scene.follow();
      await scene.pass(2_000);
      await (hung === null ? first.stop() : first.kill());
      hung?.release();
      const text = Deno.readTextFileSync(path), next = textOf(text, scene);
      if (lost) {
        for (const number of numbersIn(text)) if (!numbersIn(next).includes(number)) scene.numbers.delete(number);
      }
      if (what.startsWith("another")) {
        Deno.writeTextFileSync(`${path}.new`, next);
        scene.rename("a.csv.new", "a.csv");
      } else Deno.writeTextFileSync(path, next);
      const second = await scene.follow();
      await scene.until(() => second.failures.length > 0);
      await second.stop();
      const { message = "" } = second.failures[0] ?? {};
      assert.match(message, hung === null ? /of which 10 rows .* were read/ : /killed before its first checkpoint/);
      const isMissing = /run the same command once with --only-missing instead of --follow/.test(message);
      assert.ok(isMissing || (hung === null && /run the same command once without --follow/.test(message)), message);
      await scene.load("a.csv", isMissing ? "only_missing" : "resume");
      const third = await scene.follow();
      scene.append("a.csv", 1);
      await scene.caughtUp();
      await third.stop();
      assert.deepEqual(third.failures, []);
    });
  }
}

following("of a file that is copied and cut the rest is read in the copy, then it begins anew", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  // No event tells of these before the copy is made.
  Deno.writeTextFileSync(scene.path("a.csv"), scene.rows(4), { append: true });
  Deno.copyFileSync(scene.path("a.csv"), scene.path("a.csv.1"));
  scene.truncate("a.csv");
  scene.append("a.csv", 5);
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.files.truncations.map(({ copy }) => copy), [scene.path("a.csv.1")]);
});

following("a file that was cut and is longer than before by the next look is not read on", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  Deno.copyFileSync(scene.path("a.csv"), scene.path("a.csv.1"));
  Deno.writeTextFileSync(scene.path("a.csv"), `company_id,symbol,timestamp,price,quantity,currency\n${scene.rows(30)}`);
  scene.watch.tell("written", scene.path("a.csv"));
  await scene.caughtUp();
  await follow.stop();
  assert.equal(follow.files.truncations.length, 1);
});

following("a cut without a copy is told, and the file begins anew", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  scene.truncate("a.csv");
  scene.append("a.csv", 5);
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.files.truncations.map(({ rows, copy }) => [rows, copy]), [[10, null]]);
});

following("the copy of a file that was cut while none followed is read from where it was", async (scene) => {
  const first = await scene.follow();
  await scene.caughtUp();
  await first.kill();
  scene.append("a.csv", 4);
  scene.copy("a.csv", "a.csv.1");
  scene.truncate("a.csv");
  scene.append("a.csv", 25);
  const second = await scene.follow();
  await scene.caughtUp();
  await second.stop();
});

following("a process that is killed between the cut and the copy's rest leaves nothing out", async (scene) => {
  const first = await scene.follow();
  await scene.caughtUp();
  const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
  Deno.writeTextFileSync(scene.path("a.csv"), scene.rows(4), { append: true });
  Deno.copyFileSync(scene.path("a.csv"), scene.path("a.csv.1"));
  scene.truncate("a.csv");
  scene.append("a.csv", 5);
  await scene.until(() => first.files.truncations.length > 0);
  await scene.pass(500);
  await first.kill();
  hung.release();
  await scene.followOnce();
});

following(
  "files that are added to a folder are followed; rows of copies and of compressed ones are not written",
  async (scene) => {
    const follow = await scene.follow([""]);
    await scene.caughtUp();
    scene.create("b.csv", 3);
    scene.append("a.csv", 2);
    Deno.writeTextFileSync(scene.path(".hidden.csv"), "nothing\n");
    await Deno.writeFile(scene.path("a.csv.9.gz"), gzipSync(await Deno.readFile(scene.path("a.csv"))));
    scene.copy("a.csv", "c.csv");
    await scene.until(() => follow.process.events.some(({ type }) => type === "copy_passed_over"));
    await scene.caughtUp();
    scene.append("b.csv", 1);
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
  },
);

following("in a folder, files that are rotated are the files they were", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  for (const turn of [1, 2, 3]) {
    if (turn > 1) scene.rename("a.csv.1", `a.csv.${turn}`);
    scene.rename("a.csv", "a.csv.1");
    scene.create("a.csv", 4);
    await scene.caughtUp();
  }
  scene.copy("a.csv", "a.csv.0");
  scene.truncate("a.csv");
  scene.append("a.csv", 6);
  await scene.caughtUp();
  await follow.stop();
  const again = await scene.follow([""]);
  scene.append("a.csv", 1);
  await scene.caughtUp();
  await again.stop();
  assert.deepEqual(again.failures, []);
});

following("a file that is empty is looked at again once it has a line", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  const header = "company_id,symbol,timestamp,price,quantity,currency\n";
  Deno.writeTextFileSync(scene.path("b.csv"), "");
  scene.watch.tell("named", scene.path("b.csv"));
  await scene.pass(2_000);
  scene.appendText("b.csv", header.slice(0, 20));
  await scene.pass(2_000);
  scene.appendText("b.csv", header.slice(20) + scene.rows(2));
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

following("after an end in order nothing is read again, and the mark of the end does not end it", async (scene) => {
  for (const rows of [0, 3, 0, 2]) {
    const follow = await scene.follow();
    if (rows > 0) scene.append("a.csv", rows);
    await scene.caughtUp();
    await follow.stop();
    assert.equal(follow.process.runtime.account().totals().read, rows === 0 && scene.numbers.size === 10 ? 10 : rows);
    assert.equal(follow.files.followed, 1, "it is not begun again and again");
  }
});

for (const when of ["beforeExamine", "beforeOpen"] as const) {
  for (const how of when === "beforeOpen" ? KINDS : KINDS.slice(0, 2)) {
    following(`a file that is ${how} ${when} leaves no mark that another load stumbles over`, async (scene) => {
      const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
      scene.just[when] = () => rotate(scene, how);
      const first = await scene.follow();
      await scene.pass(3_000);
      // Before that, nothing is known of what had the name.
      await scene.until(() => scene.hasCheckpoint);
      await first.kill();
      hung.release();
      for (let turn = 0; turn < 2; turn++) {
        const next = await scene.follow();
        await scene.caughtUp();
        rotate(scene, how);
        await scene.caughtUp();
        await next.kill();
      }
      await scene.followOnce();
    });
  }
}

function rotate(scene: FollowScene, how: (typeof KINDS)[number]): void {
  if (existsSync(scene.path("a.csv.2"))) scene.rename("a.csv.2", "a.csv.3");
  if (existsSync(scene.path("a.csv.1"))) scene.rename("a.csv.1", "a.csv.2");
  if (how === "renamed") {
    scene.rename("a.csv", "a.csv.1");
    scene.create("a.csv", 5);
  } else {
    scene.copy("a.csv", "a.csv.1");
    scene.truncate("a.csv");
    scene.append("a.csv", how === "cut" ? 5 : 25);
  }
}

for (const when of ["beforeExamine", "beforeOpen"] as const) {
  for (const how of KINDS) {
    following(`a file that was read before and is ${how} ${when} is read to its end first`, async (scene) => {
      const first = await scene.follow();
      await scene.caughtUp();
      await first.kill();
      scene.append("a.csv", 4);
      scene.just[when] = () => rotate(scene, how);
      await scene.followOnce();
    });
  }
}

for (const how of KINDS) {
  following(
    `a file that is ${how} before its rows are looked for in the topics is read to its end first`,
    async (scene) => {
      await scene.followOnce();
      const second = await scene.follow();
      await scene.caughtUp();
      const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
      scene.append("a.csv", 4);
      await scene.pass(2_000);
      await second.kill();
      hung.release();
      let looked = false;
      scene.just.beforeOpenAsItIs = () => {
        looked = true;
        rotate(scene, how);
      };
      const third = await scene.follow();
      await scene.until(() => looked);
      await scene.caughtUp();
      await third.stop();
      assert.deepEqual(third.failures, []);
    },
  );
}

following("what comes late to a file is read also after it was renamed once more", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  rotate(scene, "renamed");
  await scene.caughtUp();
  scene.append("a.csv.1", 3);
  await scene.caughtUp();
  rotate(scene, "renamed");
  await scene.caughtUp();
  scene.append("a.csv.2", 3);
  await scene.caughtUp();
  await follow.stop();
});

following("a file is read on that was renamed while it was caught up with", async (scene) => {
  await scene.followOnce();
  scene.append("a.csv", 4);
  rotate(scene, "renamed");
  scene.just.beforeOpen = () => rotate(scene, "renamed");
  await scene.followOnce();
});

for (const name of ["a.csv.1", "a.csv.2"]) {
  following(`a copy that is compressed at once, as ${name}, is read all the same`, async (scene) => {
    const follow = await scene.follow();
    await scene.caughtUp();
    Deno.writeTextFileSync(scene.path("a.csv"), scene.rows(4), { append: true });
    Deno.copyFileSync(scene.path("a.csv"), scene.path("a.csv.1"));
    // Just before what is left of the copy is opened.
    scene.just.beforeExamine = () => {
      const path = scene.path("a.csv.1"), { mtime, atime } = Deno.statSync(path);
      Deno.writeFileSync(scene.path(`${name}.gz`), gzipSync(Deno.readFileSync(path)));
      if (mtime !== null && atime !== null) Deno.utimeSync(scene.path(`${name}.gz`), atime, mtime);
      Deno.removeSync(path);
    };
    scene.truncate("a.csv");
    scene.append("a.csv", 5);
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
  });
}
