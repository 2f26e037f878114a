// The client in a browser, with others: on one machine, and on the AWS stack.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { until } from "./browser.mjs";
import { Phone, texts, user } from "./phone.mjs";
import { Server } from "./server.mjs";
import { browser, test } from "./setup.mjs";

let server;
before(async () => (server = await Server.find()));
after(() => server?.stop());

const register = (...how) => Phone.register(browser, server, ...how);

test("two people talk", async () => {
  const alice = await register("talk/alice");
  const bob = await register("talk/bob", { passphrase: "correct horse" });
  assert.equal(await alice.call("find", bob.number), bob.userId);
  await alice.call("say", user(bob), "good morning");
  await bob.hears("good morning");
  await bob.call("say", user(alice), "and to you");
  await alice.hears("and to you");
  const said = ["good morning", "and to you"];
  assert.deepEqual(texts(await alice.call("messages", user(bob))), said);
  assert.deepEqual(texts(await bob.call("messages", user(alice))), said);
  assert.deepEqual(await bob.call("search", "morn"), ["good morning"]);
});

test("a page talks with a terminal, and both have one safety number", async () => {
  const alice = await register("terminal/alice");
  const bob = await server.terminal("bob");
  await alice.call("say", { user_id: bob.userId }, "are you there?");
  // He was not: it waits for him.
  await alice.call("settled");
  const heard = await bob.says("listen", "--messages", "1");
  assert.equal(heard.find(({ event }) => event === "message").text, "are you there?");
  await bob.says("send", alice.userId, "now I am");
  await alice.hears("now I am");
  const [{ safety_number: digits }] = await bob.says("safety-number", alice.userId);
  assert.equal((await alice.call("safetyNumber", bob.userId)).replaceAll(/\s/g, ""), digits);
});

test("files go from a page to a terminal and back", async () => {
  const alice = await register("files/alice");
  const bob = await server.terminal("bob-of-files");
  await alice.call("sendFile", { user_id: bob.userId }, "plan.txt", "all of the plan", "the plan");
  await alice.event(({ event }) => event === "uploaded");
  await alice.call("settled");
  await bob.says("listen", "--messages", "1");
  const [message] = await bob.says("messages", alice.userId);
  assert.deepEqual(message.file, { name: "plan.txt", mime: "application/octet-stream", bytes: 15 });
  await bob.says("media", "get", alice.userId, message.message_id, bob.file("plan.txt"));
  assert.equal(await bob.read("plan.txt"), "all of the plan");

  await bob.says("media", "send", alice.userId, bob.file("plan.txt"));
  await alice.event(({ event, message }) => event === "message" && message.text === null);
  await alice.call("getFile", { user_id: bob.userId }, "files/got.txt");
  await alice.event(({ event }) => event === "downloaded");
  assert.equal(await alice.call("text", "files/got.txt"), "all of the plan");
});

test("whoever was taken out of a group does not read on", async () => {
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map((name) => register(`group/${name}`)),
  );
  const chat = await alice.call("createGroup", "friends", [bob.userId, carol.userId]);
  await alice.call("say", chat, "to both");
  await Promise.all([bob.hears("to both"), carol.hears("to both")]);
  await alice.call("remove", chat.group_id, carol.userId);
  await alice.call("say", chat, "to bob");
  await bob.hears("to bob");
  await bob.call("say", chat, "to alice");
  await alice.hears("to alice");
  // Whatever went to her by mistake would be there before this.
  await alice.call("say", user(carol), "to you alone");
  await carol.hears("to you alone");
  assert.deepEqual(texts(await bob.call("messages", chat)), ["to both", "to bob", "to alice"]);
  assert.deepEqual(texts(await carol.call("messages", chat)), ["to both"]);
});

test("a further device in a page gets what was said in another", async () => {
  const alice = await register("link/alice");
  const bob = await register("link/bob");
  await alice.call("say", user(bob), "before");
  await bob.hears("before");
  const tablet = await Phone.link(browser, server, "link/tablet", await alice.call("linkToken"));
  assert.equal(tablet.userId, alice.userId);
  await tablet.event(({ event }) => event === "history");
  assert.deepEqual(texts(await tablet.call("messages", user(bob))), ["before"]);
  await bob.call("say", user(alice), "after");
  await Promise.all([alice.hears("after"), tablet.hears("after")]);
  await tablet.call("say", user(bob), "from the tablet");
  await Promise.all([alice.hears("from the tablet"), bob.hears("from the tablet")]);
});

test("a store is open once, for who has its key", async () => {
  const alice = await register("open/alice", { passphrase: "correct horse" });
  const page = await browser.page();
  await assert.rejects(page.call("openPhone", alice.config), /store open elsewhere/);
  await assert.rejects(alice.call("openPhone", alice.config), /store open elsewhere/);
  await assert.rejects(page.call("prepare", alice.config), /store open elsewhere/);
  await alice.call("closePhone");
  const wrong = { ...alice.config, passphrase: "correct house" };
  await until(() => assert.rejects(page.call("openPhone", wrong), /wrong key/).then(() => true, () => false));
  await assert.rejects(page.call("prepare", alice.config), /registered already/);
  // And in the page that had it before.
  await alice.open();
  await assert.rejects(page.call("openPhone", { ...alice.config, file: "../alice" }), /store not opened/);
  await assert.rejects(page.call("openPhone", { ...alice.config, file: "open/nobody" }), /not registered/);
});

test("what is kept is not to be read", async () => {
  const alice = await register("sealed/alice");
  const bob = await register("sealed/bob");
  await alice.call("say", user(bob), "a very secret sentence");
  await bob.hears("a very secret sentence");
  await Promise.all([alice.call("closePhone"), bob.call("closePhone")]);
  // Their stores, and the folders of their transfers.
  const folders = ["sealed"];
  for (const words of ["a very secret sentence", "secret", alice.number, alice.userId, "CREATE TABLE"]) {
    assert.deepEqual(await alice.call("filesWith", folders, words), [], words);
  }
  // The pool's own name of the file is.
  assert.notDeepEqual(await alice.call("filesWith", folders, "store"), []);
});
