// One request on the page: what it is, what came of it, and why.

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

/** Whether the browser did what the policies say; null where one of the two is not known. */
export function agree({ outcome, response, told }) {
  if (told.problem || outcome === "unasked") return null;
  if (outcome === "failed") return told.outcome === "blocked" && told.checks.length === 0;
  return outcome === told.outcome && (outcome !== "readable" || response.status === told.status);
}

/** Writes an outcome in words. */
export function mark(place, outcome, status, wire) {
  place.dataset.outcome = outcome;
  place.dataset.status = status ?? "";
  place.textContent = {
    readable: `readable, ${status}`,
    blocked: !wire.length ? "blocked" : wire.some(isActual) ? "blocked: withheld" : "blocked: not sent",
    failed: "failed",
    redirect: `redirected, ${status}`,
    unasked: "not asked",
  }[outcome];
}

function isActual(exchange) {
  return !exchange.preflight;
}

/** One request on the page: its row, and how to run it. */
export class Row {
  /** `policy` is the source of what covers the request, or null; `send` sends it. */
  constructor(request, policy, send) {
    this.transport = send;
    this.request = request;
    this.root = stamp("request-template");
    this.root.dataset.request = request.id;
    this.root.id = `request-${request.id}`;
    $(".method", this.root).textContent = request.method;
    $(".path", this.root).textContent = request.path;
    $(".extras", this.root).textContent = extrasOf(request);
    $(".shows", this.root).textContent = request.shows;

    const story = $(".story", this.root);
    story.id = `story-${request.id}`;
    this.toggle = $(".toggle", this.root);
    this.toggle.setAttribute("aria-controls", story.id);
    this.toggle.addEventListener("click", () => this.open(story.hidden));

    this.run = $(".run", this.root);
    this.run.setAttribute("aria-label", `Run ${request.method} ${request.path}: ${request.shows}`);
    this.outcome = $(".outcome", this.root);
    this.outcome.textContent = "not sent";
    this.showPolicy(policy);
    this.showWire([]);
    this.showScript({});
  }

  open(open = true) {
    $(".story", this.root).hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  async send() {
    this.outcome.dataset.outcome = "running";
    this.outcome.textContent = "sending";
    const result = await this.transport(this.request);
    this.show(result);
    return result;
  }

  show(result) {
    const { outcome, response, told, note, wire } = result;
    mark(this.outcome, outcome, response?.status, wire);
    const expected = $(".expected", this.root);
    this.met = agree(result);
    expected.textContent = told.problem ? "policy: unknown" : `policy: ${told.status ?? told.outcome}`;
    if (this.met !== null) expected.dataset.met = String(this.met);

    mark($(".browser .verdict", this.root), outcome, response?.status, wire);
    $(".browser .detail", this.root).textContent = note;
    mark($(".told .verdict", this.root), told.problem ? "failed" : told.outcome, told.status, []);
    $(".told .detail", this.root).textContent = told.problem ?? told.reason;
    const agreement = $(".agreement", this.root);
    agreement.textContent = { true: "They agree.", false: "They do not agree.", null: "" }[this.met];
    agreement.dataset.met = String(this.met);
    $(".verdicts", this.root).hidden = false;

    $(".account", this.root).hidden = Boolean(told.problem);
    $(".account pre", this.root).textContent = told.account ?? "";
    $(".checks", this.root).replaceChildren(...(told.checks ?? []).map(({ preflight, check, passed, says }) =>
      element("li", { "data-passed": String(passed) },
        element("span", { class: "mark" }, passed ? "✓ passed" : "✗ failed"), " ",
        element("span", {}, `${preflight ? "preflight, " : ""}${check}: ${says}`))));
    this.showWire(wire);
    this.showScript(result);
  }

  showPolicy(policy) {
    const code = $(".policy code", this.root);
    if (!policy) {
      code.append(element("span", { class: "comment" }, "// no handler has this"));
      return;
    }
    if (!policy.includes("#[cors(")) code.append(element("span", { class: "comment" }, "// no #[cors] here\n"));
    for (const part of policy.split(/("[^"]*")/)) {
      code.append(part.startsWith('"') ? element("span", { class: "string" }, part) : part);
    }
  }

  showWire(exchanges) {
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
      if (exchange.reason) item.append(element("p", { class: "reason" }, exchange.reason));
      return item;
    });
    $(".exchanges", this.root).replaceChildren(
      ...(items.length ? items : [element("li", { class: "none" }, "Nothing yet.")]));
  }

  showScript({ outcome, response, wire }) {
    const seen = $(".seen", this.root);
    if (outcome === undefined) return seen.replaceChildren("Nothing yet.");
    if (outcome === "unasked") return seen.replaceChildren("Nothing was sent.");
    if (!response) return seen.replaceChildren("“TypeError: Failed to fetch”, or words like it: no status, no headers, no body.");

    const readable = response.headers;
    const names = new Set(readable.map(([name]) => name));
    const sent = wire.find(isActual)?.response ?? [];
    const withheld = [...new Set(sent.map(([name]) => name).filter((name) => !names.has(name)))]
      .filter((name) => !name.startsWith("access-control-"));
    seen.replaceChildren(
      element("p", { class: "status" }, `${response.status} ${response.statusText}`),
      headerList(readable));
    if (withheld.length) {
      seen.append(element("p", { class: "hidden-headers" }, `Sent, but kept from script: ${withheld.join(", ")}`));
    }
    const { body } = response;
    if (body) seen.append(element("pre", { tabindex: "0" }, body.length > 4000 ? `${body.slice(0, 4000)}…` : body));
  }
}

/** What a request carries beyond its method and path. */
function extrasOf({ headers = [], credentials }) {
  const names = headers.map(([name]) => name);
  return [...names, ...(credentials ? ["cookies"] : [])].map((name) => `+ ${name}`).join(" ");
}

function headerList(headers) {
  return element("dl", { class: "headers" }, ...headers.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}
