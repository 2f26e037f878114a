// The client in a browser, over pages and servers that go in the middle of whatever they do.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { until } from "./browser.mjs";
import { Phone, texts, user } from "./phone.mjs";
import { Server } from "./server.mjs";
import { browser, test } from "./setup.mjs";

/// How often each page crashes.
const LIVES = 6;

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
  const bob = await register("crash/bob", { passphrase: "correct horse" });
  const people = [
    [alice, bob, seeded(1)],
    [bob, alice, seeded(2)],
  ];
  await Promise.all(
    people.map(async ([me, other, random]) => {
      for (let life = 0; life < LIVES; life += 1) {
        // One after another, so that the crash is in the middle of one.
        me.call("sayMore", user(other), `${life}`).catch(() => {});
        await new Promise((next) => setTimeout(next, 200 + random(1000)));
        await me.page.crash();
        await me.openAgain();
      }
      await me.call("say", user(other), "the end");
    }),
  );
  await Promise.all([alice.call("settled"), bob.call("settled")]);
  const histories = () => Promise.all(people.map(([me, other]) => me.call("messages", user(other))));
  const ends = (messages) => texts(messages).filter((text) => text === "the end").length === 2;
  await until(async () => (await histories()).every(ends));
  const [hers, his] = await histories();
  assert.deepEqual(texts(hers), texts(his));
  for (const [me] of people) {
    const own = texts(hers.filter(({ author }) => author === me.userId));
    // Each life has said all from 0 on up to where it ended.
    const expected = Array.from({ length: LIVES }, (_, life) => {
      const said = own.filter((text) => text.startsWith(`${life} `)).length;
      assert.ok(said > 0, `nothing was said in life ${life}`);
      return Array.from({ length: said }, (_, count) => `${life} ${count}`);
    });
    assert.deepEqual(own, [...expected.flat(), "the end"]);
  }
});

/// Random numbers below a bound, the same each time.
function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}
