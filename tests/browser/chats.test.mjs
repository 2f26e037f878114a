// The client in a browser: on a server, with others, over pages that are closed and crash.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Phone } from "./phone.mjs";
import { Server } from "./server.mjs";
import { test } from "./setup.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

const user = ({ userId }) => ({ user_id: userId });
const texts = (messages) => messages.map(({ text }) => text);

test("two people talk", async () => {
  const alice = await Phone.register(server, "talk/alice");
  const bob = await Phone.register(server, "talk/bob", { passphrase: "correct horse" });
  assert.equal(await alice.call("find", bob.number), bob.userId);
  await alice.call("say", user(bob), "good morning");
  await bob.event(({ event, message }) => event === "message" && message.text === "good morning");
  await bob.call("say", user(alice), "and to you");
  await alice.event(({ event, message }) => event === "message" && message.text === "and to you");
  assert.deepEqual(texts(await alice.call("messages", user(bob))), ["good morning", "and to you"]);
  assert.deepEqual(texts(await bob.call("messages", user(alice))), ["good morning", "and to you"]);
});
