// The tests' own means: a browser that dies ends a test, and not the tests' end.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { access } from "node:fs/promises";
import { test } from "node:test";
import { Browser } from "./browser.mjs";
import { forgetPeak } from "./memory.mjs";

const timeout = 30_000;

test("a browser that dies is told of, at once and from then on, and stopped", { timeout }, async () => {
  const browser = await Browser.start("about:blank");
  const { devtools, profile } = browser;
  const event = devtools.event("never", () => true);
  process.kill(devtools.pid, "SIGKILL");
  await assert.rejects(event, /the browser has gone/);
  await assert.rejects(devtools.ask("Browser.getVersion"), /the browser has gone/);
  await browser.stop();
  await assert.rejects(access(profile), { code: "ENOENT" });
});

test("a browser that is not there is told of, and stopped", { timeout }, async () => {
  const there = process.env.CHROMIUM;
  process.env.CHROMIUM = "/no/browser";
  await assert.rejects(Browser.start("about:blank"), /the browser has gone/);
  process.env.CHROMIUM = there;
});

test("what does not happen is not waited for for ever", { timeout }, async () => {
  const browser = await Browser.start("about:blank");
  await assert.rejects(browser.devtools.event("never", () => true, 1), /no never/);
  await browser.stop();
});

test("the memory of a process that has gone is none to be forgotten", { timeout }, async () => {
  const { pid } = spawnSync("true");
  await forgetPeak(pid);
  await assert.rejects(forgetPeak("version"), { code: "ENOTDIR" });
});
