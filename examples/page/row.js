// One request on the page: the request, its outcome, and the reason.

import { agree, inWords, kindOf, kindOfExplanation } from "/outcome.js";

export const $ = (selector, within = document) => within.querySelector(selector);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function stamp(id) {
  return $(`#${id}`).content.firstElementChild.cloneNode(true);
}

/** Text in which `backticks` mark code. */
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

/** The name of an origin. */
export function who(name) {
  return element("span", { class: "who" }, name);
}

function mark(place, kind) {
  place.dataset.kind = kind.kind;
  place.textContent = inWords(kind);
}

/** One request on the page: its row, and how to run it. */
export class Row {
  /** `policy` is the source of the policy for the request, or null; `send` sends it. */
  constructor(request, policy, send) {
    this.transport = send;
    this.request = request;
    this.root = stamp("request-template");
    this.root.dataset.request = request.id;
    this.root.id = `request-${request.id}`;
    $(".method", this.root).textContent = request.method;
    $(".path", this.root).textContent = request.path;
    $(".extras", this.root).textContent = extrasOf(request);
    $(".shows", this.root).append(...prose(request.shows));

    const story = $(".story", this.root);
    story.id = `story-${request.id}`;
    this.toggle = $(".toggle", this.root);
    this.toggle.setAttribute("aria-controls", story.id);
    this.toggle.addEventListener("click", () => this.open(story.hidden));

    this.run = $(".run", this.root);
    this.run.setAttribute("aria-label", `Run ${request.method} ${request.path}: ${request.shows}`);
    this.outcome = $(".outcome", this.root);
    this.#showSource(policy);
  }

  open(open = true) {
    $(".story", this.root).hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  async send() {
    this.outcome.dataset.kind = "running";
    this.outcome.textContent = "sending";
    const result = await this.transport(this.request);
    this.show(result);
    return result;
  }

  show(result) {
    const { outcome, response, explanation, note, wire } = result;
    const kind = kindOf(result);
    this.outcome.dataset.outcome = outcome;
    this.outcome.dataset.status = response?.status ?? "";
    mark(this.outcome, kind);
    const expected = $(".expected", this.root);
    this.met = agree(result);
    expected.textContent = explanation.problem ? "policy: unknown" : `policy: ${explanation.status ?? explanation.outcome}`;
    if (this.met !== null) expected.dataset.met = String(this.met);

    mark($(".explained .verdict", this.root), kindOfExplanation(explanation));
    $(".explained .reason", this.root).replaceChildren(...prose(explanation.problem ?? explanation.reason));
    mark($(".browser .verdict", this.root), kind);
    $(".browser .detail", this.root).textContent = note;
    const agreement = $(".agreement", this.root);
    agreement.textContent = { true: "They agree.", false: "They do not agree.", null: "" }[this.met];
    agreement.dataset.met = String(this.met);
    $(".verdicts", this.root).hidden = false;

    const consequences = $(".consequences", this.root);
    consequences.hidden = false;
    consequences.open = explanation.outcome !== "blocked";
    this.#showChecks(explanation);
    this.#showWire(wire);
    this.#showScript(result);
  }

  #showSource(policy) {
    const code = $(".source code", this.root);
    if (!policy) {
      code.append(element("span", { class: "comment" }, "// no handler has this"));
      return;
    }
    if (!policy.includes("#[cors(")) code.append(element("span", { class: "comment" }, "// no #[cors] here\n"));
    for (const part of policy.split(/("[^"]*")/)) {
      code.append(part.startsWith('"') ? element("span", { class: "string" }, part) : part);
    }
  }

  #showChecks({ checks = [], account }) {
    $(".account", this.root).hidden = !account;
    $(".account pre", this.root).replaceChildren(...prose(account ?? ""));
    $(".checks", this.root).replaceChildren(...checks.map(({ preflight, name, passed, says }) =>
      element("li", { "data-passed": String(passed) },
        element("span", { class: "mark" }, passed ? "✓ passed" : "✗ failed"), " ",
        element("span", {}, ...prose(`${preflight ? "preflight, " : ""}${name}: ${says}`)))));
  }

  #showWire(exchanges) {
    const items = exchanges.map((exchange) => {
      const allowing = exchange.response.filter(([name]) => name.startsWith("access-control-") || name === "vary").sort();
      const asking = exchange.request.filter(([name]) => name === "origin" || name.startsWith("access-control-")).sort();
      const item = element("li", { "data-exchange": exchange.preflight ? "preflight" : "request" },
        element("p", { class: "what" }, exchange.preflight ? "Preflight" : "Request"),
        element("p", { class: "request-line" }, `${exchange.method} ${exchange.path}`),
        headerList(asking),
        element("p", { class: "what answer" }, "Answer"),
        element("p", { class: "request-line" }, String(exchange.status)),
        headerList(allowing));
      if (exchange.reason) item.append(element("p", { class: "reason" }, ...prose(exchange.reason)));
      return item;
    });
    $(".exchanges", this.root).replaceChildren(
      ...(items.length ? items : [element("li", { class: "none" }, "Nothing was sent.")]));
  }

  #showScript({ outcome, response, wire }) {
    const seen = $(".seen", this.root);
    if (outcome === "unasked") return seen.replaceChildren("Nothing was sent.");
    const { socket } = this.request;
    if (!response) {
      return seen.replaceChildren(socket
        ? "An “error” event, and no web socket: no status, and no reason."
        : "“TypeError: Failed to fetch”, or words like it: no status, no headers, no body.");
    }
    const { status, statusText, headers, body } = response;
    seen.replaceChildren(element("p", { class: "status" }, `${status} ${statusText}`));
    if (socket) {
      seen.append("An open web socket, and its first message:");
    } else {
      seen.append(headerList(headers));
      const names = new Set(headers.map(([name]) => name));
      const sent = wire.find(({ preflight }) => !preflight)?.response ?? [];
      const withheld = [...new Set(sent.map(([name]) => name).filter((name) => !names.has(name)))]
        .filter((name) => !name.startsWith("access-control-"));
      if (withheld.length) {
        seen.append(element("p", { class: "hidden-headers" }, `Sent, and withheld from script: ${withheld.join(", ")}`));
      }
    }
    if (body) seen.append(element("pre", { tabindex: "0" }, body.length > 4000 ? `${body.slice(0, 4000)}…` : body));
  }
}

/** The headers and cookies of a request, in words. */
function extrasOf({ headers = [], credentials, socket }) {
  if (socket) return "web socket";
  const names = headers.map(([name]) => name);
  return [...names, ...(credentials ? ["cookies"] : [])].map((name) => `+ ${name}`).join(" ");
}

function headerList(headers) {
  return element("dl", { class: "headers" }, ...headers.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}
