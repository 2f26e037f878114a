// The DevTools protocol over a pipe, as far as these tests need it. Drivers of whole browsers have each
// page keep the bodies of what it fetches, which is no way to measure its memory.
import { spawn } from "node:child_process";
import { once } from "node:events";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-pipe",
];

const ANSWER_MS = 60_000;

export class DevTools {
  #asked = new Map();
  #waiting = new Set();
  #asks = 0;
  #rest = "";

  constructor(program, profile) {
    // It reads what is asked from 3 and answers to 4, both ended by a zero.
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
    this.process = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], { stdio });
    this.process.on("exit", () => this.#gone());
    this.process.stdio[4].setEncoding("utf8").on("data", (text) => this.#read(text));
  }

  get pid() {
    return this.process.pid;
  }

  ask(method, params = {}, sessionId) {
    this.#asks += 1;
    const id = this.#asks;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((ok, error) => {
      const late = setTimeout(() => error(new Error(`no answer to ${method}`)), ANSWER_MS);
      this.#asked.set(id, { ok, error, late });
    });
  }

  /// Waits for an event.
  event(method, isIt) {
    return new Promise((ok) => this.#waiting.add({ method, isIt, ok }));
  }

  async stop() {
    const exited = once(this.process, "exit");
    this.ask("Browser.close").catch(() => {});
    await exited;
  }

  #read(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    messages.map((message) => JSON.parse(message)).forEach((message) => this.#take(message));
  }

  #take({ id, result, error, method, params }) {
    if (id) {
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      clearTimeout(asked.late);
      return error ? asked.error(new Error(error.message)) : asked.ok(result);
    }
    for (const waiting of this.#waiting) {
      if (waiting.method === method && waiting.isIt(params)) {
        this.#waiting.delete(waiting);
        waiting.ok(params);
      }
    }
  }

  #gone() {
    for (const { error, late } of this.#asked.values()) {
      clearTimeout(late);
      error(new Error("the browser has gone"));
    }
    this.#asked.clear();
  }
}
