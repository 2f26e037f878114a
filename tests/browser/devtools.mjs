// The DevTools protocol over a pipe, as far as these tests need it. Drivers of whole browsers have each
// page keep the bodies of what it fetches, which is no way to measure its memory.
import { spawn } from "node:child_process";

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

const GONE = "the browser has gone";
const ANSWER_MS = 60_000;
const STOP_MS = 10_000;

export class DevTools {
  #waiting = new Set();
  #asks = 0;
  #rest = "";
  #hasGone = false;
  #exited;

  constructor(program, profile) {
    // It reads what is asked from 3 and answers to 4, both ended by a zero.
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
    this.process = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], { stdio });
    this.#exited = new Promise((exited) => this.process.on("exit", exited).on("error", exited));
    this.#exited.then(() => this.#gone());
    // Who asks one that has gone is told so.
    this.process.stdio[3].on("error", () => {});
    this.process.stdio[4].setEncoding("utf8").on("data", (text) => this.#read(text));
  }

  get pid() {
    return this.process.pid;
  }

  async ask(method, params = {}, sessionId) {
    this.#asks += 1;
    const id = this.#asks;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const isIt = (message) => message.id === id;
    const { result, error } = await this.#wait(isIt, `no answer to ${method}`, ANSWER_MS);
    if (error) {
      throw new Error(error.message);
    }
    return result;
  }

  /// Waits for an event.
  event(method, isIt, withinMs = ANSWER_MS) {
    return this.#wait((message) => message.method === method && isIt(message.params), `no ${method}`, withinMs);
  }

  /// Has it close, if it has not gone by itself, and in time.
  async stop() {
    const late = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
    this.ask("Browser.close").catch(() => {});
    await this.#exited;
    clearTimeout(late);
  }

  #wait(isIt, otherwise, withinMs) {
    return new Promise((ok, error) => {
      if (this.#hasGone) {
        throw new Error(GONE);
      }
      const waiting = { isIt, ok, error };
      const isLate = () => this.#waiting.delete(waiting) && error(new Error(otherwise));
      waiting.late = setTimeout(isLate, withinMs);
      this.#waiting.add(waiting);
    });
  }

  #read(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    messages.map((message) => JSON.parse(message)).forEach((message) => this.#take(message));
  }

  #take(message) {
    for (const waiting of this.#waiting) {
      if (waiting.isIt(message)) {
        this.#waiting.delete(waiting);
        clearTimeout(waiting.late);
        waiting.ok(message);
      }
    }
  }

  #gone() {
    this.#hasGone = true;
    for (const { error, late } of this.#waiting) {
      clearTimeout(late);
      error(new Error(GONE));
    }
    this.#waiting.clear();
  }
}
