// The page: hands calls to the worker and keeps what it is told.
const worker = new Worker("worker.js", { type: "module" });
const waiting = new Map();
let calls = 0;

window.told = [];
window.call = (method, ...args) =>
  new Promise((ok, error) => {
    waiting.set((calls += 1), { ok, error });
    worker.postMessage({ call: calls, method, args });
  });

// Finds what was told first of such, and forgets it with all that was told before.
window.heard = (isIt) => {
  const at = window.told.findIndex(isIt);
  return at < 0 ? null : window.told.splice(0, at + 1)[at];
};

// What panicked has ended, and is not to keep the store: an app would begin another worker.
worker.onerror = ({ message }) => {
  worker.terminate();
  window.told.push({ event: "broken", message });
};
worker.onmessage = ({ data: { call, told, ok, error } }) => {
  if (told) {
    window.told.push(told);
  } else if (error) {
    waiting.get(call).error(new Error(error));
  } else {
    waiting.get(call).ok(ok);
  }
};
