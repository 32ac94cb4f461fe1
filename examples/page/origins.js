// The page's origins: its own, and those where a frame runs the same script.

import { explain, send } from "/send.js";

const PATIENCE = 15_000;

export class Origins {
  #frames = new Map();
  #waiting = new Map();
  #number = 0;

  /** `config` is what the server says of itself. */
  constructor(config) {
    this.api = config.api;
    this.served = config.origins.includes(location.origin)
      ? [location.origin, ...config.origins.filter((origin) => origin !== location.origin)]
      : [location.origin];
    this.elsewhere = config.elsewhere;
    addEventListener("message", (event) => this.#receive(event));
  }

  /** Sends a request from a page of that origin; where there is none, the policies alone have a say. */
  async send(request, origin) {
    if (origin === location.origin) return send(request, this.api);
    if (!this.served.includes(origin)) {
      const note = "No page of this origin is served here, so no browser was asked.";
      return { outcome: "unasked", note, wire: [], told: await explain(request, origin) };
    }
    const frame = await this.#frame(origin);
    const number = ++this.#number;
    return new Promise((resolve) => {
      const fail = () => this.#answer(number, {
        outcome: "failed", note: `The page on ${origin} does not answer.`, wire: [], told: { problem: "Nobody asked." },
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
