// Stores alone: one is open at a time.
import { Shelf } from "./pkg/heliograph_browser_tests.js";

let shelf;

export const stores = {
  async openStore(file, passphrase) {
    shelf = await Shelf.open(file, passphrase);
  },
  // Tells how many of some that are opened at once are open, and closes all of them.
  async openAtOnce(file, times) {
    const opened = await Promise.allSettled(Array.from({ length: times }, () => Shelf.open(file)));
    const open = opened.filter(({ status }) => status === "fulfilled");
    open.forEach(({ value }) => value.free());
    return { open: open.length, errors: opened.flatMap(({ reason }) => (reason ? [reason.message] : [])) };
  },
  giveUpStore: (file) => Shelf.giveUp(file),
  closeStore: () => shelf.free(),
  put: (value) => shelf.put(value),
  putInVain: (value) => shelf.putInVain(value),
  value: () => shelf.value(),
};
