// What each file of tests has: a store, a browser, and a bound on how long a test may take.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test as anyTest } from "node:test";
import { Browser, until } from "./browser.mjs";
import { Store } from "./store.mjs";

export const MIB = 1 << 20;

const timeout = 120_000;

export let store, browser;

before(
  async () => {
    store = await Store.start(new URL("page", import.meta.url).pathname, process.env.MODULE);
    browser = await Browser.start(store.url);
  },
  { timeout },
);
after(
  async () => {
    try {
      await browser?.stop();
    } finally {
      // It would keep this process.
      store?.stop();
    }
  },
  { timeout },
);
beforeEach(() => store.reset());
afterEach(() => browser.closePages(), { timeout });

export const test = (name, body) => anyTest(name, { timeout }, body);

/// Nothing is left of any transfer.
export async function assertEmpty(app, folder) {
  await until(async () => (await app.call("pending")).length === 0);
  await until(async () => (await app.call("names", folder)).join() === "lock");
}
