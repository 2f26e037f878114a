// Chromium, with a profile that outlives its pages.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevTools } from "./devtools.mjs";
import { forgetPeaks, highestPeak } from "./memory.mjs";

const WAIT_MS = 20_000;
/// A transfer may be large, and the machine busy.
const END_MS = 60_000;

export class Browser {
  pages = [];

  static async start(url) {
    const profile = await mkdtemp(join(tmpdir(), "heliograph-browser-"));
    const devtools = new DevTools(process.env.CHROMIUM, profile);
    const browser = Object.assign(new Browser(), { url, profile, devtools });
    try {
      await devtools.ask("Target.setDiscoverTargets", { discover: true });
    } catch (error) {
      await browser.stop();
      throw error;
    }
    return browser;
  }

  async stop() {
    await this.devtools.stop();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /// Opens a page, whose worker has nothing open yet.
  async page() {
    const { targetId } = await this.devtools.ask("Target.createTarget", { url: this.url });
    const { sessionId } = await this.devtools.ask("Target.attachToTarget", { targetId, flatten: true });
    const page = Object.assign(new Page(), { devtools: this.devtools, targetId, sessionId });
    this.pages.push(page);
    await until(() => page.evaluate("Boolean(window.call)"));
    return page;
  }

  /// Opens a page, and in its worker a folder of transfers, as soon as a page that goes has left it.
  async app(folder) {
    const page = await this.page();
    await until(() => page.call("open", folder).then(() => true));
    return page;
  }

  /// Closes what is open.
  async closePages() {
    await Promise.all(this.pages.splice(0).map((page) => page.close()));
  }

  /// How much memory a process that runs pages took at most since `forgetMemory`, in bytes.
  memory() {
    return highestPeak(this.devtools.pid);
  }

  forgetMemory() {
    return forgetPeaks(this.devtools.pid);
  }
}

class Page {
  async evaluate(expression) {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.devtools.ask("Runtime.evaluate", asked, this.sessionId);
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /// Has the worker do something; see `page/worker.js`.
  call(method, ...args) {
    return this.evaluate(`window.call(...${JSON.stringify([method, ...args])})`);
  }

  /// Waits for the end of a transfer, and takes all that was told by then.
  async end() {
    const isEnd = ({ event }) => ["uploaded", "downloaded", "failed", "broken"].includes(event);
    let end;
    await until(async () => (end = (await this.evaluate("window.told.splice(0)")).find(isEnd)), END_MS);
    return end;
  }

  /// Waits for something that is told, and gives it; what was told before is passed over.
  async event(isIt) {
    let found;
    await until(async () => (found = await this.evaluate(`window.heard(${isIt})`)));
    return found;
  }

  /// Closes it, if it is open.
  async close() {
    await this.devtools.ask("Target.closeTarget", { targetId: this.targetId }).catch(() => {});
  }

  /// Ends the process that the page is in, with whatever it is doing.
  async crash() {
    const crashed = this.devtools.event("Target.targetCrashed", ({ targetId }) => targetId === this.targetId);
    this.devtools.ask("Page.crash", {}, this.sessionId).catch(() => {});
    await crashed;
    await this.close();
  }
}

/// Waits until something is so; for a file that is not there yet or just changing, too, and for a folder
/// that somebody still has.
export async function until(isSo, withinMs = WAIT_MS) {
  const end = Date.now() + withinMs;
  const notYet = (error) => {
    if (!/NotFoundError|NotReadableError|open elsewhere/.test(error.message)) {
      throw error;
    }
  };
  while (!(await isSo().catch(notYet))) {
    if (Date.now() > end) {
      throw new Error(`not so after ${withinMs} ms: ${isSo}`);
    }
    await new Promise((next) => setTimeout(next, 20));
  }
}
