// How large the client is, and how fast a page takes what waits for it: from opening the client until all is
// opened, stored and acked. Prints a line of JSON for each figure.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Browser } from "./browser.mjs";
import { Phone, user } from "./phone.mjs";
import { Server } from "./server.mjs";
import { Store } from "./store.mjs";

const MESSAGES = 10_000;
/// A page is asked for no longer than a minute at a time.
const AT_ONCE = 1_000;

const say = (name, value, unit) => console.log(JSON.stringify({ name, unit, value: Math.round(value) }));

const module = await readFile(join(process.env.MODULE, "heliograph_browser_tests_bg.wasm"));
say("browser: module", module.length / 1024, "KiB");
say("browser: module, gzip", gzipSync(module, { level: 9 }).length / 1024, "KiB");

const pages = await Store.start(new URL("page", import.meta.url).pathname, process.env.MODULE);
const browser = await Browser.start(pages.url);
const server = await Server.start();
try {
  const alice = await Phone.register(browser, server, "drain/alice");
  const bob = await Phone.register(browser, server, "drain/bob");
  await alice.call("say", user(bob), "hello");
  await bob.hears("hello");
  await bob.call("say", user(alice), "hello");
  await alice.hears("hello");
  await bob.call("settled");
  await bob.page.close();

  let begun = performance.now();
  for (let said = 0; said < MESSAGES; said += AT_ONCE) {
    await alice.call("sayOften", user(bob), "x".repeat(200), AT_ONCE);
    await alice.call("settled");
  }
  say("browser: send", (MESSAGES * 1000) / (performance.now() - begun), "messages/s");
  await alice.page.close();

  bob.page = await browser.page();
  begun = performance.now();
  await bob.open();
  await bob.call("settled");
  say("browser: drain", (MESSAGES * 1000) / (performance.now() - begun), "messages/s");
  const messages = await bob.call("messages", user(alice));
  if (messages.length !== MESSAGES + 2) {
    throw new Error(`${messages.length} messages came`);
  }
} finally {
  await server.stop();
  await browser.stop();
  pages.stop();
}
