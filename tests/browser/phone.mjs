// Somebody with a page as their phone.
import { until } from "./browser.mjs";
import { freshNumber } from "./server.mjs";

/// The chat with somebody.
export const user = ({ userId }) => ({ user_id: userId });
export const texts = (messages) => messages.map(({ text }) => text);

export class Phone {
  /// Registers somebody with a store of their own.
  static async register(browser, server, file, options = {}) {
    const phone = await Phone.#at(browser, server, file, options);
    phone.number = freshNumber();
    const id = await phone.call("askForCode", phone.number);
    await phone.call("verify", id, await server.code(phone.number));
    await phone.open();
    return phone;
  }

  /// Links a further device of somebody, by a token that another one has.
  static async link(browser, server, file, token) {
    const phone = await Phone.#at(browser, server, file, {});
    await phone.call("link", token);
    await phone.open();
    return phone;
  }

  static async #at(browser, server, file, options) {
    const config = { http_url: server.http, socket_url: server.ws, file, ...options };
    const phone = Object.assign(new Phone(), { browser, config, page: await browser.page() });
    await phone.call("prepare", config);
    return phone;
  }

  call(method, ...args) {
    return this.page.call(method, ...args);
  }

  event(isIt) {
    return this.page.event(isIt);
  }

  /// Waits until a text is shown.
  hears(text) {
    return this.event(`({ event, message }) => event === "message" && message.text === ${JSON.stringify(text)}`);
  }

  /// Opens its app, as soon as who had its store has left it, and waits until what waited is here.
  async open({ isOnline = true } = {}) {
    await until(async () => (this.userId = await this.call("openPhone", this.config)));
    if (isOnline) {
      await this.event(({ event }) => event === "connected");
    }
  }

  /// Opens it in another page, as after a reload or a crash.
  async openAgain(options) {
    await this.page.close();
    this.page = await this.browser.page();
    await this.open(options);
  }
}
