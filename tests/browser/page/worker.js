// The app's worker: where the client runs, and where the tests look into the private file system.
import init, { App, preview, probe } from "./pkg/heliograph_browser_tests.js";
import { phone } from "./phone.js";
import { seen, seenOn, take } from "./picture.js";
import { stores } from "./shelf.js";

const wasm = init();
let app;
let file;
let picture;

async function folder(path) {
  let found = await navigator.storage.getDirectory();
  for (const name of path.split("/").filter(Boolean)) {
    found = await found.getDirectoryHandle(name, { create: true });
  }
  return found;
}

async function fileHandle(path, create) {
  const at = path.lastIndexOf("/");
  return (await folder(path.slice(0, at))).getFileHandle(path.slice(at + 1), { create });
}

async function* files(of) {
  for await (const entry of of.values()) {
    if (entry.kind === "directory") {
      yield* files(entry);
    } else {
      yield entry.getFile();
    }
  }
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const methods = {
  ...phone,
  ...stores,
  async open(path) {
    const ask = async (action, body) => (await fetch(`/service/${action}`, { method: "POST", body })).text();
    const tell = (event) => postMessage({ told: JSON.parse(event) });
    app = await App.open(path, ask, tell);
  },
  run: () => void app.run(),
  close: () => app.free(),
  pending: () => app.pending(),
  cancel: (id) => app.cancel(id),
  download: (attachment, to) => app.download(JSON.stringify(attachment), to),

  // Makes a file of so many bytes one that the user chose: the browser has it, and this program has not.
  async choose(bytes) {
    file = await (await fetch(`/plain/${bytes}`)).blob();
  },
  upload: () => app.upload(file),
  async take(width, height, orientation) {
    picture = await take(width, height, orientation);
  },
  probe: () => JSON.parse(probe(picture)),
  preview: (side) => seen(JSON.parse(preview(picture, side))),
  // Gives the hash of what is made of the picture, and put.
  uploadPhoto: async () => hex(await crypto.subtle.digest("SHA-256", await app.uploadPhoto(picture))),
  look: async (path) => seenOn(await (await fileHandle(path, false)).getFile()),
  async lookAt(thumbnail) {
    // A message has it in the alphabet of addresses.
    const jpeg = thumbnail.replaceAll("-", "+").replaceAll("_", "/");
    return seenOn(await (await fetch(`data:;base64,${jpeg}`)).blob());
  },
  // Has the server hash a file that came.
  async hash(to) {
    const answer = await fetch("/hash", { method: "POST", body: await app.file(to) });
    return answer.text();
  },

  async names(path) {
    return (await Array.fromAsync((await folder(path)).keys())).sort();
  },
  // Finds the files of some folders that hold some words.
  async filesWith(paths, words) {
    const found = [];
    for (const path of paths) {
      for await (const file of files(await folder(path))) {
        const bytes = new Uint8Array(await file.arrayBuffer());
        if (new TextDecoder("latin1").decode(bytes).includes(words)) found.push(file.name);
      }
    }
    return found;
  },
  async text(path) {
    return (await (await fileHandle(path, false)).getFile()).text();
  },
  async size(path) {
    return (await (await fileHandle(path, false)).getFile()).size;
  },
  async write(path, text) {
    const file = await (await fileHandle(path, true)).createSyncAccessHandle();
    file.write(new TextEncoder().encode(text));
    file.close();
  },
  // Has this browser be one that is behind.
  readAnew() {
    self.ReadableStreamBYOBReader = function () {
      throw new TypeError("not here");
    };
  },
  memory: async () => (await wasm).memory.buffer.byteLength,
  // Gets a file without the client, as it comes, in as few lines as that takes: what the browser itself needs.
  async getPlainly(url, bytes, to) {
    const file = await (await fileHandle(to, true)).createSyncAccessHandle();
    let buffer = new ArrayBuffer(64 * 1024);
    for (let at = 0; at < bytes; at += 4 << 20) {
      const headers = { range: `bytes=${at}-${at + (4 << 20) - 1}` };
      const { body } = await fetch(url, { headers, cache: "no-store" });
      const reader = body.getReader({ mode: "byob" });
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(buffer));
        if (done) break;
        file.write(value);
        buffer = value.buffer;
      }
      // What ended gave the buffer back, too.
      buffer = new ArrayBuffer(64 * 1024);
    }
    file.close();
  },
};

onmessage = async ({ data: { call, method, args } }) => {
  try {
    await wasm;
    postMessage({ call, ok: await methods[method](...args) });
  } catch (error) {
    postMessage({ call, error: `${error.name}: ${error.message}` });
  }
};
