// A deployment, and `heliograph` on it.
import { execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const program = (name) => join(process.env.PROGRAMS, name);

/// A number that nobody has yet.
export const freshNumber = () => `+4670${randomInt(1e6, 1e7)}`;

export class Server {
  /// Finds the stack that AWS_STACK tells of; where it tells of none, starts a `heliographd`.
  static async find() {
    if (!process.env.AWS_STACK) {
      return Server.start();
    }
    const { http, ws, sms } = JSON.parse(await readFile(process.env.AWS_STACK, "utf8"));
    return Object.assign(await Server.#new(), { http, ws, sms });
  }

  /// Starts a `heliographd` on a folder of its own.
  static async start() {
    const server = await Server.#new();
    await server.startAgain();
    return server;
  }

  static async #new() {
    return Object.assign(new Server(), { folder: await mkdtemp(join(tmpdir(), "heliograph-server-")) });
  }

  /// Starts it on what it left behind, at the same address.
  async startAgain() {
    const listen = this.address ?? "127.0.0.1:0";
    const args = ["--dev", "--no-limits", "--listen", listen, "--data", join(this.folder, "data")];
    const log = join(this.folder, "log");
    const stdio = ["ignore", "pipe", openSync(log, "a")];
    this.process = spawn(program("heliographd"), args, { stdio });
    this.exited = new Promise((exited) => this.process.once("exit", exited));
    const lines = createInterface({ input: this.process.stdout });
    const { value: ready } = await lines[Symbol.asyncIterator]().next();
    if (!ready) {
      throw new Error(`heliographd did not start: ${await readFile(log, "utf8")}`);
    }
    const { http, ws } = JSON.parse(ready);
    Object.assign(this, { http, ws, sms: `${http}/dev/sms`, address: new URL(http).host });
  }

  /// Ends it in the middle of whatever it does.
  async kill() {
    this.process.kill("SIGKILL");
    await this.exited;
  }

  async stop() {
    this.process?.kill();
    await this.exited;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /// The code that was sent to a number last.
  async code(number) {
    const answer = await fetch(`${this.sms}?phone_number=${encodeURIComponent(number)}`);
    return (await answer.json()).code;
  }

  /// Registers somebody with a terminal.
  async terminal(name) {
    const terminal = new Terminal(join(this.folder, name));
    const number = freshNumber();
    const register = ["register", number, "--server", this.http, "--socket", this.ws];
    const [{ registration_id: id }] = await terminal.says(...register);
    const code = await this.code(number);
    const [{ user_id: userId }] = await terminal.says(...register, "--registration", id, "--code", code);
    return Object.assign(terminal, { number, userId });
  }
}

/// `heliograph`, with a profile.
class Terminal {
  constructor(folder) {
    this.folder = folder;
  }

  /// Has it do something; gives what it says.
  async says(...args) {
    const all = ["--profile", this.folder, "--json", ...args];
    // No keyring of whoever runs the tests.
    const own = { HELIOGRAPH_PASSPHRASE: "a test's", DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
    const env = { ...process.env, ...own };
    const { stdout } = await promisify(execFile)(program("heliograph"), all, { env });
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /// Where a file of this name lies.
  file(name) {
    return join(this.folder, name);
  }

  read(name) {
    return readFile(this.file(name), "utf8");
  }
}
