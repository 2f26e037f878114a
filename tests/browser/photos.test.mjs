// Photos in a browser: made ready, put out of memory, and got.
import assert from "node:assert/strict";
import { assertEmpty, browser, MIB, test } from "./setup.mjs";

test("a photo is made upright, and put with its thumbnail; who gets it sees it", async () => {
  const app = await browser.app("photo");
  // Taken with the camera on its right side: what was left on top is to be seen on the right.
  await app.call("take", 2000, 1000, 6);
  const { mime, dimensions } = await app.call("probe");
  assert.deepEqual([mime, dimensions], ["image/jpeg", [1000, 2000]]);
  const [red, small] = [["right top"], { width: 25, height: 50 }];
  assert.deepEqual(await app.call("preview", 50), { ...small, red });
  const put = await app.call("uploadPhoto");
  await app.call("run");
  const { event, attachment } = await app.end();
  const { kind, width, height, thumbhash, thumbnail } = attachment;
  assert.deepEqual([event, kind, width, height], ["uploaded", "image", 800, 1600]);
  assert.ok(thumbhash.length > 20);
  assert.deepEqual(await app.call("lookAt", thumbnail), { width: 80, height: 160, red });
  await app.call("download", attachment, "out/photo");
  assert.equal((await app.end()).event, "downloaded");
  assert.equal(await app.call("hash", "out/photo"), put);
  assert.deepEqual(await app.call("look", "out/photo"), { width, height, red });
  await assertEmpty(app, "photo");
});

test("a photo of 12 megapixels takes memory that the next one takes again", async (context) => {
  const app = await browser.app("twelve");
  await app.call("run");
  await app.call("take", 4000, 3000, 6);
  const before = await app.call("memory");
  const took = [];
  for (const _ of ["first", "next"]) {
    await app.call("uploadPhoto");
    assert.equal((await app.end()).event, "uploaded");
    took.push(((await app.call("memory")) - before) / MIB);
  }
  context.diagnostic(`module ${took.map((took) => took.toFixed(1)).join(" and ")} MiB above idle`);
  // What it has when decoded, 34.3 MiB, twice, as it is turned.
  assert.ok(took[0] <= 76 && took[1] <= took[0] + 1, `it took ${took} MiB`);
});
