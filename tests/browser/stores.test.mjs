// The client's store in a browser: what holds of it natively holds of it there.
import assert from "node:assert/strict";
import { until } from "./browser.mjs";
import { browser, test } from "./setup.mjs";

test("what was put is there in the next page, and after a crash", async () => {
  let page = await browser.page();
  await page.call("openStore", "stores/kept", "correct horse");
  assert.equal(await page.call("value"), undefined);
  await page.call("put", "first");
  await page.crash();
  page = await browser.page();
  await until(() => page.call("openStore", "stores/kept", "correct horse").then(() => true));
  assert.equal(await page.call("value"), "first");
  await page.call("put", "second");
  await page.call("closeStore");
  // At once, in the worker that had it.
  await page.call("openStore", "stores/kept", "correct horse");
  assert.equal(await page.call("value"), "second");
});

test("a step that fails has not happened", async () => {
  const page = await browser.page();
  await page.call("openStore", "stores/steps");
  await page.call("put", "before");
  await assert.rejects(page.call("putInVain", "after"), /cannot be read/);
  assert.equal(await page.call("value"), "before");
});

test("of those who open a store at once one has it", async () => {
  const page = await browser.page();
  for (const time of [1, 2]) {
    const { open, errors } = await page.call("openAtOnce", "stores/race", 3);
    assert.equal(open, 1, `time ${time}`);
    assert.deepEqual(errors, Array(2).fill("store open elsewhere"));
  }
});

test("who gives up while it opens leaves it to the next", async () => {
  const page = await browser.page();
  await page.call("giveUpStore", "stores/given-up");
  await until(() => page.call("openStore", "stores/given-up").then(() => true));
  await page.call("put", "here");
  assert.equal(await page.call("value"), "here");
});

test("a store is one by whatever way its path is written", async () => {
  const page = await browser.page();
  await page.call("openStore", "stores/path");
  await page.call("put", "here");
  assert.equal((await page.call("openAtOnce", "/stores//path", 1)).open, 0);
  await page.call("closeStore");
  await page.call("openStore", "/stores/./path/");
  assert.equal(await page.call("value"), "here");
  await page.call("closeStore");
  for (const nowhere of ["", "/", "../path", "stores/.."]) {
    await assert.rejects(page.call("openStore", nowhere), /store not opened/, nowhere);
  }
});

test("another key opens nothing, and harms nothing", async () => {
  const page = await browser.page();
  await page.call("openStore", "stores/keys", "correct horse");
  await page.call("put", "here");
  await page.call("closeStore");
  await assert.rejects(page.call("openStore", "stores/keys", "correct house"), /wrong key/);
  await assert.rejects(page.call("openStore", "stores/keys"), /wrong key/);
  await page.call("openStore", "stores/keys", "correct horse");
  assert.equal(await page.call("value"), "here");
});
