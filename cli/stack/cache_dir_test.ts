import assert from "node:assert/strict";
import { cacheDir } from "./cache_dir.ts";
import { StackError } from "./stack_error.ts";

const from = (env: Record<string, string>) => cacheDir((name) => env[name]);

Deno.test("cacheDir is TICKFLUME_CACHE, else XDG_CACHE_HOME, else the home folder's cache", () => {
  const home = { HOME: "/home/me" };
  assert.equal(from({ ...home, XDG_CACHE_HOME: "/xdg", TICKFLUME_CACHE: "/own" }), "/own");
  assert.equal(from({ ...home, XDG_CACHE_HOME: "/xdg" }), "/xdg/tickflume");
  assert.equal(from(home), "/home/me/.cache/tickflume");
});

Deno.test("cacheDir takes a relative TICKFLUME_CACHE from the caller's folder, and no relative XDG_CACHE_HOME", () => {
  assert.equal(from({ TICKFLUME_CACHE: "cache", INIT_CWD: "/caller/folder" }), "/caller/folder/cache");
  assert.equal(from({ HOME: "/home/me", XDG_CACHE_HOME: "cache" }), "/home/me/.cache/tickflume");
});

Deno.test("cacheDir without any place says what to set", () => {
  assert.throws(() => from({}), (error) => error instanceof StackError && /TICKFLUME_CACHE/.test(error.message));
});
