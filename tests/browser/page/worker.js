// The app's worker: where the client runs, and where the tests look into the private file system.
import init, { App } from "./pkg/heliograph_browser_tests.js";

const wasm = init();
let app;
let file;

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

const methods = {
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
  // Has the server hash a file that came.
  async hash(to) {
    const answer = await fetch("/hash", { method: "POST", body: await app.file(to) });
    return answer.text();
  },

  async names(path) {
    return (await Array.fromAsync((await folder(path)).keys())).sort();
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
};

onmessage = async ({ data: { call, method, args } }) => {
  try {
    await wasm;
    postMessage({ call, ok: await methods[method](...args) });
  } catch (error) {
    postMessage({ call, error: `${error.name}: ${error.message}` });
  }
};
