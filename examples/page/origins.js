// The page's origins: its own, and those of frames that send requests for it.

import { explain, send } from "/send.js";

const PATIENCE = 15_000;

export class Origins {
  #frames = new Map();
  #waiting = new Map();
  #number = 0;

  /** `config` is the content of `/config.json`. */
  constructor(config) {
    this.api = config.api;
    const here = config.origins.find(({ origin }) => origin === location.origin);
    // If the page was opened under a name that the server does not know, no frame answers.
    this.pages = here ? config.origins : [{ origin: location.origin, name: "this page", about: "" }];
    this.elsewhere = config.elsewhere;
    addEventListener("message", (event) => this.#receive(event));
  }

  /** The first origin of that name. */
  named(wanted) {
    return this.pages.find(({ name }) => name === wanted)?.origin;
  }

  /** The name of the page at that origin. */
  nameOf(wanted) {
    return [...this.pages, ...this.elsewhere].find(({ origin }) => origin === wanted)?.name;
  }

  /** Sends a request from a page of that origin. If this program serves no such page, it only explains the request. */
  async send(request, origin) {
    if (origin === location.origin) return send(request, this.api);
    if (!this.pages.some((page) => page.origin === origin)) {
      const note = "This program serves no page of that origin, so nothing was sent.";
      return { outcome: "unasked", note, wire: [], explanation: await explain(request, origin, this.api) };
    }
    const frame = await this.#frame(origin);
    const number = ++this.#number;
    return new Promise((resolve) => {
      const fail = () => this.#answer(number, {
        outcome: "failed", note: `The page on ${origin} does not answer.`, wire: [], explanation: { problem: "The policies were not asked." },
      });
      this.#waiting.set(number, { origin, resolve, timer: setTimeout(fail, PATIENCE) });
      frame.contentWindow.postMessage({ number, request }, origin);
    });
  }

  #frame(origin) {
    if (!this.#frames.has(origin)) {
      const frame = document.createElement("iframe");
      frame.src = `${origin}/frame.html`;
      frame.title = `The page on ${origin}`;
      frame.hidden = true;
      this.#frames.set(origin, new Promise((resolve) => {
        frame.addEventListener("load", () => resolve(frame), { once: true });
      }));
      document.body.append(frame);
    }
    return this.#frames.get(origin);
  }

  #receive({ origin, data }) {
    if (this.#waiting.get(data?.number)?.origin === origin) this.#answer(data.number, data.result);
  }

  #answer(number, result) {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    clearTimeout(waiting?.timer);
    waiting?.resolve(result);
  }
}
