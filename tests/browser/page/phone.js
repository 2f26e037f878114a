// What a phone is asked to do: a client, with a store of its own.
import { Newcomer, Phone } from "./pkg/heliograph_browser_tests.js";

let newcomer;
let it;

const tell = (event) => postMessage({ told: JSON.parse(event) });

self.addEventListener("online", () => it?.networkIsBack());

export const phone = {
  async prepare(config) {
    newcomer = await Newcomer.prepare(JSON.stringify(config));
  },
  askForCode: (number) => newcomer.askForCode(number),
  async verify(id, code) {
    await newcomer.verify(id, code);
    newcomer.free();
  },
  async link(token) {
    await newcomer.link(token);
    newcomer.free();
  },
  async openPhone(config) {
    it = await Phone.open(JSON.stringify(config), tell);
    return it.id();
  },
  closePhone() {
    it.free();
    it = undefined;
  },
  find: (number) => it.find(number),
  say: (chat, text) => it.say(JSON.stringify(chat), text),
  // For ever.
  async sayMore(chat, text) {
    for (let count = 0; ; count += 1) {
      await it.say(JSON.stringify(chat), `${text} ${count}`);
    }
  },
  async sayOften(chat, text, times) {
    for (let time = 0; time < times; time += 1) {
      await it.say(JSON.stringify(chat), text);
    }
  },
  messages: async (chat) => JSON.parse(await it.messages(JSON.stringify(chat))),
  search: async (words) => JSON.parse(await it.search(words)),
  settled: () => it.settled(),
  linkToken: () => it.linkToken(),
  safetyNumber: (userId) => it.safetyNumber(userId),
  createGroup: async (name, members) => JSON.parse(await it.createGroup(name, members)),
  remove: (groupId, userId) => it.remove(groupId, userId),
  sendFile: (chat, name, text, caption) => it.sendFile(JSON.stringify(chat), new File([text], name), caption),
  getFile: (chat, to) => it.getFile(JSON.stringify(chat), to),
};
