// The client in a browser, over pages and servers that go in the middle of whatever they do.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { until } from "./browser.mjs";
import { Phone, texts, user } from "./phone.mjs";
import { Server } from "./server.mjs";
import { browser, test } from "./setup.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

const register = (...how) => Phone.register(browser, server, ...how);

test("what was written without a server goes out when it is back", async () => {
  const alice = await register("away/alice");
  const bob = await register("away/bob");
  await alice.call("say", user(bob), "with a server");
  await bob.hears("with a server");
  await server.kill();
  await alice.call("say", user(bob), "without one");
  await alice.openAgain({ isOnline: false });
  await alice.call("say", user(bob), "nor now");
  await server.startAgain();
  await bob.hears("nor now");
  const said = ["with a server", "without one", "nor now"];
  assert.deepEqual(texts(await bob.call("messages", user(alice))), said);
});

test("pages that crash lose nothing, and show nothing twice", async () => {
  const alice = await register("crash/alice");
  const bob = await register("crash/bob");
  const random = seeded(1);
  const kept = { alice: [], bob: [] };
  const people = [
    [alice, bob, "alice"],
    [bob, alice, "bob"],
  ];
  await Promise.all(
    people.map(async ([me, other, name]) => {
      for (let life = 0; life < 6; life += 1) {
        const crash = new Promise((next) => setTimeout(next, random(1500))).then(() => me.page.crash());
        // Each crash ends one of these in between; what it has written may be there or not.
        const writing = (async () => {
          for (let count = 0; ; count += 1) {
            const text = `${name} ${life} ${count}`;
            await me.call("say", user(other), text);
            kept[name].push(text);
          }
        })();
        writing.catch(() => {});
        await crash;
        await me.openAgain();
      }
      await me.call("say", user(other), `${name} ends`);
    }),
  );
  await Promise.all([alice.call("settled"), bob.call("settled")]);
  const histories = () => Promise.all(people.map(([me, other]) => me.call("messages", user(other))));
  const ends = (messages) => texts(messages).filter((text) => text.endsWith("ends")).length === 2;
  await until(async () => (await histories()).every(ends));
  const [hers, his] = await histories();
  assert.deepEqual(texts(hers), texts(his));
  assert.equal(new Set(texts(hers)).size, hers.length);
  for (const [me, , name] of people) {
    const own = hers.filter(({ author }) => author === me.userId).map(({ text }) => text);
    assert.deepEqual(own.filter((text) => kept[name].includes(text)), kept[name]);
  }
  assert.ok(hers.length > 100, `${hers.length} messages`);
});

/// Random numbers below a bound, the same each time.
function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}
