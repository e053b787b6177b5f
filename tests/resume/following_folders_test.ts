/** Folders and links that are followed: what comes, goes, and takes the place of something else in them. */
import assert from "node:assert/strict";
import { following, followingSlowly, type FollowScene, fullError, HEADER } from "../support/following_scene.ts";

/** A link that leads to another file from now on, as runtimes of containers do it. */
function link(scene: FollowScene, name: string, to: string): void {
  Deno.symlinkSync(scene.path(to), scene.path(`${name}.new`));
  Deno.renameSync(scene.path(`${name}.new`), scene.path(name));
  scene.watch.tell("named", scene.path(`${name}.new`), scene.path(name));
}

following("more files than may be open are read, each row once, and no more are open", async (scene) => {
  scene.maxOpen = 2;
  const names = Array.from({ length: 7 }, (_, at) => `${at}.csv`);
  for (const name of names) scene.create(name, 2);
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  assert.equal(follow.files.openFiles, 2);
  for (const turn of [1, 2]) {
    for (const name of turn === 1 ? names : names.toReversed()) scene.append(name, turn);
    await scene.caughtUp();
    assert.equal(follow.files.openFiles, 2);
  }
  // Of three one is closed at least: it is opened again as soon as it is written to.
  for (const name of ["4.csv", "5.csv", "6.csv"]) scene.append(name, 1);
  await scene.writtenWithoutTime();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

following("a process that cannot open another file closes some, and all rows are read", async (scene) => {
  scene.descriptors = 6;
  const names = Array.from({ length: 20 }, (_, at) => `${at}.csv`);
  for (const name of names) scene.create(name, 2);
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  // Of six that were open when an opening failed, a quarter is closed for what else is to be opened.
  assert.ok(follow.files.openFiles <= 4, `${follow.files.openFiles} are open`);
  for (const name of names) scene.append(name, 1);
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

following("a look at a folder waits until the folder can be opened", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  let failed = 0;
  const fail = () => {
    if (++failed < 3) scene.just.beforeList = fail;
    throw fullError();
  };
  scene.just.beforeList = fail;
  scene.create("b.csv", 3);
  await scene.caughtUp();
  assert.equal(failed, 3);
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

following("a copy that cannot be opened now is no new file", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  let failed = 0;
  scene.just.beforeExamine = () => {
    failed += 1;
    throw fullError();
  };
  scene.copy("a.csv", "b.csv");
  await scene.until(() => failed > 0);
  await scene.pass(5_000);
  assert.ok(follow.process.events.some(({ type }) => type === "copy_passed_over"));
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

following("a line is completed that was half when its file was closed to make room", async (scene) => {
  scene.maxOpen = 1;
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  const row = scene.rows(1);
  scene.appendText("a.csv", row.slice(0, 20));
  await scene.pass(500);
  scene.create("b.csv", 3);
  await scene.until(() => follow.files.openFiles === 1 && follow.files.followed >= 2);
  await scene.pass(2_000);
  scene.appendText("a.csv", row.slice(20));
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

for (const rows of [10, 4, 25]) {
  following(`a file that was closed is cut, and has ${rows} rows instead of 10`, async (scene) => {
    scene.maxOpen = 1;
    const follow = await scene.follow([""]);
    await scene.caughtUp();
    scene.create("b.csv", 3);
    await scene.caughtUp();
    scene.append("b.csv", 1);
    await scene.caughtUp();
    scene.truncate("a.csv");
    scene.append("a.csv", rows);
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
  });
}

for (const how of ["replaced by another one", "written anew"] as const) {
  following(`a file is ${how} that has as many bytes`, async (scene) => {
    // From here on all numbers have two digits.
    scene.create("b.csv", 10);
    const follow = await scene.follow([""]);
    await scene.caughtUp();
    const { size } = await Deno.stat(scene.path("b.csv"));
    const text = HEADER + scene.rows(10);
    assert.equal(text.length, size);
    if (how === "written anew") {
      Deno.writeTextFileSync(scene.path("b.csv"), text);
      scene.watch.tell("written", scene.path("b.csv"));
    } else {
      Deno.writeTextFileSync(scene.path(".b.csv"), text);
      scene.rename(".b.csv", "b.csv");
    }
    await scene.caughtUp();
    scene.append("b.csv", 2);
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
    assert.equal(follow.files.truncations.length, how === "written anew" ? 1 : 0);
  });
}

following("a file that is removed is done, and another one of its name is another file", async (scene) => {
  scene.create("b.csv", 3);
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  for (let turn = 0; turn < 2; turn++) {
    await Deno.remove(scene.path("b.csv"));
    scene.watch.tell("named", scene.path("b.csv"));
    await scene.until(() => follow.files.openFiles === 1);
    scene.create("b.csv", 2);
    await scene.caughtUp();
  }
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

following("a folder is removed and made again", async (scene) => {
  const follow = await scene.follow([""]);
  await scene.caughtUp();
  await Deno.remove(scene.path(""), { recursive: true });
  scene.watch.tell("named", scene.path(""));
  await scene.until(() => follow.files.openFiles === 0);
  await Deno.mkdir(scene.path(""));
  scene.create("a.csv", 3);
  scene.create("b.csv", 2);
  await scene.caughtUp();
  scene.append("b.csv", 2);
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

for (const isNamed of [true, false]) {
  following(`a link leads to another file, ${isNamed ? "and is named" : "in a folder"}`, async (scene) => {
    await Deno.remove(scene.path("a.csv"));
    scene.numbers.clear();
    await Deno.mkdir(scene.path("pod"));
    scene.create("pod/0.csv", 3);
    link(scene, "app.csv", "pod/0.csv");
    const follow = await scene.follow([isNamed ? "app.csv" : ""]);
    await scene.caughtUp();
    scene.append("pod/0.csv", 2);
    scene.create("pod/1.csv", 4);
    link(scene, "app.csv", "pod/1.csv");
    await scene.caughtUp();
    // What had it open goes on for a while.
    scene.append("pod/0.csv", 1);
    scene.append("pod/1.csv", 1);
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
    const again = await scene.follow([isNamed ? "app.csv" : ""]);
    scene.append("pod/1.csv", 1);
    await scene.caughtUp();
    await again.stop();
    assert.deepEqual(again.failures, []);
  });
}

following("two writers append to a file", async (scene) => {
  const follow = await scene.follow([""]);
  using one = await Deno.open(scene.path("a.csv"), { append: true });
  using other = await Deno.open(scene.path("a.csv"), { append: true });
  const utf8 = new TextEncoder();
  for (const rows of [1, 3, 2, 1, 5]) {
    for (const file of [one, other]) file.writeSync(utf8.encode(scene.rows(rows)));
    scene.watch.tell("written", scene.path("a.csv"));
    await scene.pass(50);
  }
  await scene.caughtUp();
  await follow.stop();
});

for (const isNamed of [true, false]) {
  const what = isNamed ? "a named file" : "a folder", names = isNamed ? ["a.csv"] : [""];

  // The rotated file is read for long.
  followingSlowly(`rows of ${what} that was rotated while none followed come first`, async (scene) => {
    // More than are begun at the same time, and between the rotated file and the one that has its name.
    for (const name of isNamed ? [] : ["3.csv", "4.csv", "5.csv", "6.csv", "7.csv"]) scene.create(name, 1);
    await scene.followOnce(names);
    scene.append("a.csv", 170);
    scene.rename("a.csv", "20260101_a.csv");
    scene.create("a.csv", 3);
    const hung = scene.bench.broker.faults.next("send", { type: "hang" });
    const follow = await scene.follow(names);
    await scene.pass(3_000);
    hung.release();
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
    scene.assertOrdered("20260101_a.csv", "a.csv");
  });
}

for (const names of [["a.csv"], ["*.csv"], [""]]) {
  for (const how of ["has another name", "is removed"] as const) {
    following(`the folder of what is named as "${names}" ${how} for a moment, after a rotation`, async (scene) => {
      const follow = await scene.follow(names);
      await scene.caughtUp();
      scene.rename("a.csv", "a.csv.1");
      scene.create("a.csv", 2);
      await scene.caughtUp();
      const told = () => follow.process.events.filter(({ type }) => type === "folder_missing");
      for (let turn = 0; turn < 2; turn++) {
        if (how === "is removed") Deno.removeSync(scene.path(""), { recursive: true });
        else Deno.renameSync(scene.path(""), `${scene.folder}/away`);
        scene.watch.tell("named", scene.path(""));
        await scene.until(() => told().length > turn);
        await scene.pass(turn === 0 ? 0 : 15_000);
        if (how === "is removed") Deno.mkdirSync(scene.path(""));
        else Deno.renameSync(`${scene.folder}/away`, scene.path(""));
        if (how === "is removed") scene.create("a.csv", 3);
        else scene.append("a.csv", 3);
        await scene.caughtUp();
        // A look must find it there again, and looks that took long are made less often.
        scene.watch.tell("named", scene.path(""));
        await scene.pass(30_000);
      }
      assert.equal(told().length, 2);
      await follow.stop();
      assert.deepEqual(follow.failures, []);
    });
  }

  following(`the folder of what is named as "${names}" is not there when a follow begins`, async (scene) => {
    await scene.followOnce(names);
    scene.append("a.csv", 2);
    Deno.renameSync(scene.path(""), `${scene.folder}/away`);
    const second = await scene.follow(names);
    await scene.pass(3_000);
    Deno.renameSync(`${scene.folder}/away`, scene.path(""));
    scene.append("a.csv", 2);
    await scene.caughtUp();
    await second.stop();
    assert.deepEqual(second.failures, []);
  });
}
