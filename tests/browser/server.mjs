// A `heliographd`, and `heliograph` on it.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const program = (name) => join(process.env.PROGRAMS, name);

let numbers = 0;

/// A number that nobody has yet.
export const freshNumber = () => `+4670174${String((numbers += 1)).padStart(4, "0")}`;

export class Server {
  static async start() {
    const folder = await mkdtemp(join(tmpdir(), "heliograph-server-"));
    const server = Object.assign(new Server(), { folder });
    await server.startAgain();
    return server;
  }

  /// Starts it on what it left behind.
  async startAgain() {
    const args = ["--dev", "--listen", "127.0.0.1:0", "--data", join(this.folder, "data")];
    this.process = spawn(program("heliographd"), args, { stdio: ["ignore", "pipe", "ignore"] });
    this.exited = new Promise((exited) => this.process.once("exit", exited));
    const lines = createInterface({ input: this.process.stdout });
    const { http, ws } = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
    Object.assign(this, { http, ws });
  }

  async stop() {
    this.process.kill();
    await this.exited;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /// The code that was sent to a number last.
  async code(number) {
    const answer = await fetch(`${this.http}/dev/sms?phone_number=${encodeURIComponent(number)}`);
    return (await answer.json()).code;
  }

  /// Has the terminal client do something, in a profile of its own; gives the lines it says.
  async terminal(profile, ...args) {
    const all = ["--profile", join(this.folder, profile), "--json", ...args];
    const env = { ...process.env, HELIOGRAPH_PASSPHRASE: "correct horse" };
    const { stdout } = await promisify(execFile)(program("heliograph"), all, { env });
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }
}
