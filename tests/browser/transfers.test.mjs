// Transfers in a browser: over pages that are closed and crash, and over what they leave behind.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { until } from "./browser.mjs";
import { assertEmpty, browser, MIB, store, test } from "./setup.mjs";
import { plain } from "./store.mjs";

const SEALED_CHUNK_BYTES = 64 * 1024 + 16;
const OLD = "00000000000000010000000000000001";

const hash = (bytes) => createHash("sha256").update(plain(bytes)).digest("hex");
const isNoted = (app, note, etags) => async () => (await app.call("text", note)).split("etag-").length > etags;

/// Puts a file of so many bytes; gives what a message says of it.
async function put(app, bytes) {
  await app.call("choose", bytes);
  await app.call("upload");
  await app.call("run");
  const { event, attachment } = await app.end();
  assert.equal(event, "uploaded");
  return attachment;
}

/// Gets a file, and finds it to be the one of so many bytes.
async function getAndCompare(app, attachment, to, bytes) {
  await app.call("download", attachment, to);
  await app.call("run");
  assert.equal((await app.end()).event, "downloaded");
  assert.equal(await app.call("hash", to), hash(bytes));
}

test("a file that is put in parts goes on after a crash, without those that are there", async () => {
  let app = await browser.app("parts");
  store.answers = (part) => part < 2;
  await app.call("choose", 36 * MIB);
  const id = await app.call("upload");
  await app.call("run");
  await until(isNoted(app, `parts/${id}.json`, 2));
  await app.crash();
  assert.deepEqual(store.put.sort(), [0, 1]);

  store.answers = () => true;
  app = await browser.app("parts");
  assert.deepEqual(await app.call("pending"), [id]);
  await app.call("run");
  const { event, id: ended, attachment } = await app.end();
  assert.deepEqual([event, ended], ["uploaded", id]);
  assert.deepEqual(store.put.sort(), [0, 1, 2, 3, 4]);
  assert.deepEqual(store.asked.filter(({ ask }) => ask).map(({ ask }) => ask), ["upload", "complete"]);
  await getAndCompare(app, attachment, "out/parts", 36 * MIB);
  await assertEmpty(app, "parts");
});

test("a file that is put whole goes on after its page was closed", async () => {
  let app = await browser.app("whole");
  store.answers = () => false;
  await app.call("choose", MIB + 1);
  const id = await app.call("upload");
  await app.call("run");
  await until(async () => store.asked.some(({ put }) => put !== undefined));
  await app.close();

  store.answers = () => true;
  app = await browser.app("whole");
  await app.call("run");
  const { event, id: ended, attachment } = await app.end();
  assert.deepEqual([event, ended], ["uploaded", id]);
  assert.deepEqual(store.asked.filter(({ ask }) => ask), [{ ask: "upload" }]);
  await getAndCompare(app, attachment, "out/whole", MIB + 1);
  await assertEmpty(app, "whole");
});

test("a file that comes goes on where it was after a crash, and has its name at its end only", async () => {
  let app = await browser.app("coming");
  const attachment = await put(app, 24 * MIB);
  store.stallsAt = 12 * MIB;
  const id = await app.call("download", attachment, "out/came");
  await until(async () => (await app.call("size", `coming/${id}.part`)) > 11 * MIB);
  await app.crash();

  store.reset();
  app = await browser.app("coming");
  assert.ok(!(await app.call("names", "out")).includes("came"), "it has a name already");
  await app.call("run");
  assert.deepEqual(await app.end(), { event: "downloaded", id, to: "out/came" });
  const gets = store.asked.filter(({ get }) => get !== undefined);
  const [{ from }] = gets;
  assert.ok(from > 11 * MIB && from % SEALED_CHUNK_BYTES === 0, `it went on at ${from}`);
  const got = gets.reduce((sum, { from, to }) => sum + to - from, 0);
  assert.equal(got, attachment.sealed_bytes - from, "nothing came twice");
  assert.equal(await app.call("hash", "out/came"), hash(24 * MIB));
  await assertEmpty(app, "coming");
});

test("one worker has a folder open, and a page that goes leaves it", async () => {
  const first = await browser.app("one");
  const second = await browser.page();
  await assert.rejects(second.call("open", "one"), /folder of transfers open elsewhere/);
  await second.call("open", "another");
  await second.close();
  await first.call("close");
  const third = await browser.app("one");
  await third.crash();
  await browser.app("one");
});

test("without a worker there is nothing to open", async () => {
  const page = await browser.page();
  const opened = page.evaluate(`(async () => {
    const { default: init, App } = await import("/pkg/heliograph_browser_tests.js");
    await init();
    await App.open("window", () => {}, () => {});
  })()`);
  await assert.rejects(opened, /no private file system here/);
});

test("of what is cancelled nothing is left", async () => {
  const app = await browser.app("cancelled");
  const attachment = await put(app, 24 * MIB);
  store.reset();
  store.answers = () => false;
  store.stallsAt = 12 * MIB;
  await app.call("choose", 9 * MIB);
  const up = await app.call("upload");
  const down = await app.call("download", attachment, "out/cancelled");
  await until(async () => store.asked.some(({ put }) => put !== undefined));
  await until(async () => (await app.call("size", `cancelled/${down}.part`)) > 11 * MIB);
  assert.deepEqual(await app.call("names", "cancelled"), [
    ...[`${up}.json`, `${up}.sealed`, `${down}.json`, `${down}.part`].sort(),
    "lock",
  ]);
  assert.deepEqual([await app.call("cancel", up), await app.call("cancel", down)], [true, true]);
  assert.deepEqual(await app.call("names", "cancelled"), ["lock"]);
  assert.ok(!(await app.call("names", "out")).includes("cancelled"));
  store.reset();
  await getAndCompare(app, attachment, "out/not-cancelled", 24 * MIB);
});

test("a forged file gets no name", async () => {
  const app = await browser.app("forged");
  const attachment = await put(app, 9 * MIB);
  store.places.at(-1).parts[1][1000] ^= 1;
  await app.call("download", attachment, "out/forged");
  const { event, error } = await app.end();
  assert.deepEqual([event, error], ["failed", "not the file that was sent"]);
  assert.ok(!(await app.call("names", "out")).includes("forged"));
  await assertEmpty(app, "forged");
});

test("what has no place to go does not come", async () => {
  const app = await browser.app("nowhere");
  const attachment = await put(app, MIB);
  store.reset();
  await app.call("write", "out/file", "");
  for (const to of ["out/../file", "out/file/within", ".."]) {
    await app.call("download", attachment, to);
    const { event, error } = await app.end();
    assert.deepEqual([event, error], ["failed", "file not written"], to);
  }
  assert.deepEqual(store.asked, []);
  await assertEmpty(app, "nowhere");
});

test("what a crash leaves of a note is not taken for one, nor what has none for a file", async () => {
  let app = await browser.page();
  const later = OLD.replace(/1$/, "2");
  await app.call("write", `left/${OLD}.json`, '{"ended":{"failed":"forged"}}');
  await app.call("write", `left/${OLD}.new`, '{"ended":{"fai');
  await app.call("write", `left/${later}.json`, '{"of a later version":1}');
  await app.call("write", `left/${OLD.replace(/1$/, "3")}.sealed`, "nobody's");
  await app.call("write", "left/of somebody else", "");
  await app.call("open", "left");
  assert.deepEqual(await app.call("pending"), [OLD]);
  const left = [`${OLD}.json`, `${later}.json`, "lock", "of somebody else"];
  assert.deepEqual(await app.call("names", "left"), left);
  await app.call("run");
  assert.deepEqual(await app.end(), { event: "failed", id: OLD, error: "not the file that was sent" });
  await until(async () => (await app.call("names", "left")).join() === left.slice(1).join());
});

test("a file that came before a crash gets its name after it, in place of what has it, and once", async () => {
  for (const there of ["new", null]) {
    const app = await browser.page();
    await app.call("write", "out/named", "old");
    await app.call("write", `named/${OLD}.json`, '{"ended":{"downloaded":"out/named"}}');
    if (there) {
      await app.call("write", `named/${OLD}.part`, there);
    }
    await app.call("open", "named");
    await app.call("run");
    assert.deepEqual(await app.end(), { event: "downloaded", id: OLD, to: "out/named" });
    assert.equal(await app.call("text", "out/named"), there ?? "old");
    await assertEmpty(app, "named");
    await app.close();
  }
});

test("a browser that reads into no memory of others reads into its own", async () => {
  const app = await browser.app("anew");
  await app.call("readAnew");
  await getAndCompare(app, await put(app, 9 * MIB), "out/anew", 9 * MIB);
});

test("a file of 96 MiB takes a few of memory", async (context) => {
  const app = await browser.app("large");
  // Once before it is measured, for what the browser makes of the program meanwhile.
  const small = await put(app, 32 * MIB);
  await getAndCompare(app, small, "out/large", 32 * MIB);
  await app.call("choose", 96 * MIB);
  await browser.forgetMemory();
  const before = { module: await app.call("memory"), process: await browser.memory() };
  const took = async (phase) => {
    const module = ((await app.call("memory")) - before.module) / MIB;
    const process = ((await browser.memory()) - before.process) / MIB;
    context.diagnostic(`${phase}: module ${module.toFixed(1)} MiB, process ${process.toFixed(1)} MiB above idle`);
    await browser.forgetMemory();
    return { module, process };
  };
  await app.call("upload");
  const seal = await took("seal");
  const { attachment } = await app.end();
  const sent = await took("put");
  await app.call("download", attachment, "out/large");
  await app.end();
  const got = await took("get");
  assert.equal(await app.call("hash", "out/large"), hash(96 * MIB));
  await browser.forgetMemory();
  const { url, size } = store._download(attachment);
  await app.call("getPlainly", url, size, "out/plain");
  // What a browser takes to fetch a file, and JavaScript has not collected yet, is not the client's.
  const alone = await took("get, without the client");
  for (const { module, process } of [seal, sent, { ...got, process: got.process - alone.process }]) {
    assert.ok(module <= 1 && process <= 8, `it took ${module} and ${process} MiB`);
  }
});
