// The service and its store, as far as the client sees them, and the server of the page; one process, so
// that a test looks into what was asked and holds back what it wants.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const PART_BYTES = 8 << 20;
const LIFE_MS = 15 * 60 * 1000;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const base64 = (bytes) => bytes.toString("base64").replaceAll("=", "");

/// Bytes of which every piece tells where it is from.
export function plain(bytes) {
  const words = new BigUint64Array(Math.ceil(bytes / 8));
  for (let word = 0n, at = 0; at < words.length; word += 0x9e3779b97f4a7c15n, at += 1) {
    words[at] = word;
  }
  return Buffer.from(words.buffer, 0, bytes);
}

export class Store {
  /// What was asked, in order: `{ask}`, `{put, part, status}`, `{get, from, to}`.
  asked = [];
  places = [];
  /// Tells whether a part is answered; one that is not waits for ever.
  answers = () => true;
  /// At which byte of a file no more of it comes.
  stallsAt = Infinity;
  #server = createServer((request, answer) => this.#answer(request, answer).catch((error) => answer.destroy(error)));
  // Files lie at another origin than the page, as they do where it matters.
  #files = createServer((request, answer) => this.#file(request, answer).catch((error) => answer.destroy(error)));

  static async start(folder, module) {
    const store = new Store();
    Object.assign(store, { folder, module });
    for (const server of [store.#server, store.#files]) {
      await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    }
    return store;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    for (const server of [this.#server, this.#files]) {
      server.closeAllConnections();
      server.close();
    }
  }

  /// Begins a test: nothing was asked, everything is answered.
  reset() {
    this.asked = [];
    this.answers = () => true;
    this.stallsAt = Infinity;
  }

  /// Which parts were put and answered.
  get put() {
    return this.asked.filter(({ status }) => status === 200).map(({ part }) => part);
  }

  async #answer(request, answer) {
    const [, first, second] = request.url.split("/");
    if (first === "service") {
      const asked = JSON.parse(await body(request));
      this.asked.push({ ask: second });
      answer.end(JSON.stringify(this[`_${second}`](asked)));
    } else if (first === "plain") {
      answer.end(plain(Number(second)));
    } else if (first === "hash") {
      answer.end(await hash(request));
    } else {
      await this.#page(request.url === "/" ? "/index.html" : request.url, answer);
    }
  }

  async #page(path, answer) {
    const file = path.startsWith("/pkg/") ? join(this.module, path.slice(5)) : join(this.folder, path);
    const bytes = await readFile(file).catch(() => null);
    answer.writeHead(bytes ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "text/plain" });
    answer.end(bytes);
  }

  _upload({ size, sha256, parts_sha256 = [sha256] }) {
    const place = this.places.length;
    this.places.push({ size, sha256, hashes: parts_sha256, parts: [], isWhole: false });
    const signed = (part) => ({
      method: "PUT",
      url: `http://127.0.0.1:${this.#files.address().port}/${place}/${part}`,
      headers: { "content-type": "application/octet-stream", "x-signed": "yes" },
    });
    const parts = parts_sha256.map((_, part) => ({ part_number: part + 1, ...signed(part) }));
    const upload = size > PART_BYTES ? { part_size: PART_BYTES, parts } : signed(0);
    return { media_id: `media-${place}`, upload, expires_at: Date.now() + LIFE_MS };
  }

  _complete({ media_id, parts }) {
    const place = this.#place(media_id);
    const isEach = parts.every(({ etag }, part) => etag === `etag-${part}` && place.parts[part]);
    place.isWhole = isEach && parts.length === place.hashes.length;
    return place.isWhole ? { size: place.size, sha256: place.sha256, expires_at: 0 } : {};
  }

  _download({ media_id }) {
    const { size, sha256 } = this.#place(media_id);
    const url = `http://127.0.0.1:${this.#files.address().port}/${media_id.split("-")[1]}`;
    return { url, size, sha256, expires_at: Date.now() + LIFE_MS };
  }

  #place(media_id) {
    return this.places[Number(media_id.split("-")[1])];
  }

  async #file(request, answer) {
    answer.setHeader("access-control-allow-origin", "*");
    answer.setHeader("access-control-allow-headers", "*");
    answer.setHeader("access-control-allow-methods", "PUT, GET");
    answer.setHeader("access-control-expose-headers", "etag, content-range");
    const [, place, part] = request.url.split("/").map(Number);
    if (request.method === "PUT") {
      await this.#put(request, answer, place, part);
    } else if (request.method === "GET") {
      this.#get(request, answer, place);
    } else {
      answer.end();
    }
  }

  /// Takes what was signed and nothing else.
  async #put(request, answer, place, part) {
    if (!this.answers(part)) {
      return void this.asked.push({ put: place, part });
    }
    const bytes = await body(request);
    const isSigned = request.headers["x-signed"] === "yes" && request.headers["content-length"] === `${bytes.length}`;
    const isRight = isSigned && base64(sha256(bytes)) === this.places[place].hashes[part];
    const status = isRight ? 200 : 405;
    if (isRight) {
      this.places[place].parts[part] = bytes;
      this.places[place].isWhole ||= this.places[place].size <= PART_BYTES;
    }
    this.asked.push({ put: place, part, status });
    answer.writeHead(status, { etag: `etag-${part}` }).end();
  }

  #get(request, answer, place) {
    const all = Buffer.concat(this.places[place].parts);
    const [, first, last] = request.headers.range?.match(/^bytes=(\d+)-(\d*)$/) ?? [null, 0, ""];
    const [from, to] = [Number(first), last === "" ? all.length : Math.min(Number(last) + 1, all.length)];
    this.asked.push({ get: place, from, to });
    answer.writeHead(request.headers.range ? 206 : 200, {
      "content-length": to - from,
      "content-range": `bytes ${from}-${to - 1}/${all.length}`,
    });
    if (to > this.stallsAt) {
      return void answer.write(all.subarray(from, this.stallsAt));
    }
    answer.end(all.subarray(from, to));
  }
}

async function body(request) {
  return Buffer.concat(await request.toArray());
}

async function hash(request) {
  const hashing = createHash("sha256");
  for await (const piece of request) {
    hashing.update(piece);
  }
  return hashing.digest("hex");
}
