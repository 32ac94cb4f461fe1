// Sends the requests, shows what the browser let through, and says why.

// ---- The prepared requests -------------------------------------------------------------------
//
// `expect` is what the page gets on an origin that the policies name (any port of 127.0.0.1), and
// on any other: the status that script reads, or BLOCKED.

const BLOCKED = "blocked";
const JSON_TYPE = { "content-type": "application/json" };

const GROUPS = [
  {
    title: "Reading",
    about: "Simple requests: no preflight. The handler runs in any case, and the policy decides who reads what it says.",
    requests: [
      {
        id: "list-items", method: "GET", path: "/items", handler: "list_items",
        shows: "One header is exposed to script, another is kept from it.",
        expect: { named: 200, other: BLOCKED },
      },
      {
        id: "get-item", method: "GET", path: "/items/1", handler: "get_item",
        shows: "Any port of 127.0.0.1, without cookies.",
        expect: { named: 200, other: BLOCKED },
      },
      {
        id: "missing-item", method: "GET", path: "/items/99", handler: "get_item",
        shows: "A 404 made from an Err: script can read that, too.",
        expect: { named: 404, other: BLOCKED },
      },
      {
        id: "broken", method: "GET", path: "/broken", handler: "broken",
        shows: "A handler that fails: a 500 with a reason, not a mystery.",
        expect: { named: 500, other: BLOCKED },
      },
      {
        id: "public", method: "GET", path: "/public", handler: "public",
        shows: "For everyone.",
        expect: { named: 200, other: 200 },
      },
    ],
  },
  {
    title: "Cookies",
    about: "Credentials cross origins only where the policy says so.",
    requests: [
      {
        id: "me-anonymous", method: "GET", path: "/me", handler: "me",
        shows: "Sent without the cookie: a 401 that script can read and act on.",
        expect: { named: 401, other: BLOCKED },
      },
      {
        id: "login", method: "POST", path: "/login", handler: "login", credentials: true,
        shows: "The answer sets a cookie that script never sees.",
        expect: { named: 200, other: BLOCKED },
      },
      {
        id: "me", method: "GET", path: "/me", handler: "me", credentials: true,
        shows: "With the cookie, after the request above.",
        expect: { named: 200, other: BLOCKED },
      },
      {
        id: "list-items-with-cookies", method: "GET", path: "/items", handler: "list_items", credentials: true,
        shows: "A good origin, but its policy has no credentials.",
        expect: { named: BLOCKED, other: BLOCKED },
      },
      {
        id: "public-with-cookies", method: "GET", path: "/public", handler: "public", credentials: true,
        shows: "“Everyone” is never “everyone, as the user”.",
        expect: { named: BLOCKED, other: BLOCKED },
      },
    ],
  },
  {
    title: "Changing",
    about: "The browser asks first, with a preflight. Where the answer is no, the handler never runs.",
    requests: [
      {
        id: "put-item", method: "PUT", path: "/items/7", handler: "put_item", credentials: true,
        headers: JSON_TYPE, body: '{ "name": "teapot" }',
        shows: "The same path as GET with a policy of its own: JSON and cookies.",
        expect: { named: 200, other: BLOCKED },
      },
      {
        id: "put-bad-json", method: "PUT", path: "/items/7", handler: "put_item", credentials: true,
        headers: JSON_TYPE, body: '{ "name": ',
        shows: "An extractor refuses the body before the handler runs: a readable 400.",
        expect: { named: 400, other: BLOCKED },
      },
      {
        id: "put-unlisted-header", method: "PUT", path: "/items/7", handler: "put_item", credentials: true,
        headers: { ...JSON_TYPE, "x-trace": "1" }, body: '{ "name": "teapot" }',
        shows: "A request header that the policy does not list.",
        expect: { named: BLOCKED, other: BLOCKED },
      },
      {
        id: "delete-item", method: "DELETE", path: "/items/7", handler: "delete_item", credentials: true,
        shows: "A third policy on that path.",
        expect: { named: 204, other: BLOCKED },
      },
      {
        id: "patch-item", method: "PATCH", path: "/items/7", handler: null,
        shows: "No handler has this method, so none lends it a policy.",
        expect: { named: BLOCKED, other: BLOCKED },
      },
    ],
  },
  {
    title: "Not for this page",
    about: "The server runs these and answers. The browser keeps the answer to itself.",
    requests: [
      {
        id: "partners", method: "GET", path: "/partners", handler: "partners",
        shows: "For the sites of partner.example.",
        expect: { named: BLOCKED, other: BLOCKED },
      },
      {
        id: "private", method: "GET", path: "/private", handler: "private",
        shows: "No annotation: nobody else’s page reads it.",
        expect: { named: BLOCKED, other: BLOCKED },
      },
    ],
  },
];

// ---- The browser -----------------------------------------------------------------------------

/**
 * Sends a request as any script would, and asks the page's server what that looked like from there.
 *
 * `outcome` is "readable", "blocked" (the browser withheld the answer) or "failed" (there was none to
 * withhold: the request cannot be made, or nobody listens).
 */
async function send(request) {
  let prepared;
  try {
    prepared = new Request(new URL(request.path, setup.api), {
      method: request.method,
      headers: request.headers,
      body: request.body || undefined,
      credentials: request.credentials ? "include" : "omit",
    });
    if (new URL(prepared.url).origin !== setup.api) throw new TypeError("The path leads away from the API.");
  } catch (error) {
    return { outcome: "failed", because: `The browser does not send this: ${error.message}`, wire: [] };
  }

  const dropped = pairsOf(request.headers ?? [])
    .map(([name]) => name.toLowerCase())
    .filter((name) => !prepared.headers.has(name));
  const note = dropped.length ? ` The browser lets no script set ${dropped.join(", ")}, and left that out.` : "";

  const before = await latestExchange();
  let response, body;
  try {
    response = await fetch(prepared);
    body = await response.text();
  } catch { /* The browser tells script nothing but that it failed. */ }
  const wire = (await exchangesAfter(before)).filter((exchange) => exchange.path === pathOf(prepared));

  if (response) {
    return { outcome: "readable", because: whyReadable(prepared, wire) + note, wire, response, body };
  }
  if (wire.length === 0) {
    return { outcome: "failed", because: "Nothing arrived at the API. Is the example still running?", wire };
  }
  return { outcome: "blocked", because: whyBlocked(prepared, wire) + note, wire };
}

function pathOf(prepared) {
  const { pathname, search } = new URL(prepared.url);
  return pathname + search;
}

// ---- The wire --------------------------------------------------------------------------------

async function exchangesAfter(number) {
  try {
    const response = await fetch(`/journal?after=${number}`, { cache: "no-store" });
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

/** Asked anew each time: a restarted server counts from one again. */
async function latestExchange() {
  return (await exchangesAfter(0)).at(-1)?.number ?? 0;
}

function isActual(exchange) {
  return !exchange.preflight;
}

function headerOf(exchange, name) {
  const values = exchange.response.filter(([key]) => key === name).map(([, value]) => value);
  return values.length ? values.join(", ") : null;
}

function listOf(exchange, name) {
  return (headerOf(exchange, name) ?? "").split(",").map((element) => element.trim());
}

// ---- The reasons -----------------------------------------------------------------------------
//
// The CORS protocol of the Fetch standard, applied to what was on the wire. The browser has already
// decided: this only finds the step at which it did.

const CONSOLE = "The browser’s console names the cause.";
const SIMPLE_METHODS = ["GET", "HEAD", "POST"];
const SIMPLE_HEADERS = ["accept", "accept-language", "content-language", "range"];
const SIMPLE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/** The names of a request's headers that need the server's consent. */
function askedHeaders(prepared) {
  return [...prepared.headers]
    .filter(([name, value]) => name === "content-type"
      ? !SIMPLE_TYPES.includes(value.split(";")[0].trim().toLowerCase())
      : !SIMPLE_HEADERS.includes(name))
    .map(([name]) => name);
}

function needsPreflight(prepared) {
  return !SIMPLE_METHODS.includes(prepared.method) || askedHeaders(prepared).length > 0;
}

function whyReadable(prepared, wire) {
  const actual = wire.find(isActual);
  const allowed = actual && headerOf(actual, "access-control-allow-origin");
  const who = allowed === "*" ? "every origin" : "this origin";
  if (!needsPreflight(prepared)) return `A simple request: no preflight. The answer lets ${who} read it.`;
  return wire.some((exchange) => exchange.preflight)
    ? `The browser asked first, was told yes, and sent the request. The answer lets ${who} read it.`
    : `The browser remembers the answer to an earlier preflight and did not ask again. The answer lets ${who} read it.`;
}

function whyBlocked(prepared, wire) {
  const actual = wire.find(isActual);
  if (actual) {
    return `The server received the request and answered ${actual.status}; the browser withheld the answer from script. ${fault(prepared, actual) ?? CONSOLE}`;
  }
  const preflight = wire.at(-1);
  return `The browser asked first and never sent the request, so the handler did not run. ${preflightFault(prepared, preflight)}`;
}

/** What stands between a response and script on this origin. */
function fault(prepared, exchange) {
  const origin = headerOf(exchange, "access-control-allow-origin");
  const credentials = prepared.credentials === "include";
  if (origin === null) return `The answer carries no Access-Control-Allow-Origin: no policy lets ${location.origin} read it.`;
  if (origin === "*" && credentials) return "The policy is for everyone, and that excludes requests with credentials.";
  if (origin !== "*" && origin !== location.origin) return `The answer is for ${origin}, not for ${location.origin}.`;
  if (credentials && headerOf(exchange, "access-control-allow-credentials") !== "true") {
    return "The policy lets this origin read the answer, but not with credentials.";
  }
  return null;
}

function preflightFault(prepared, exchange) {
  if (exchange.status === 403) return `Its policy does not name ${location.origin}, so the preflight was refused.`;
  if (exchange.status < 200 || exchange.status > 299) {
    return `No annotated handler of this path has ${prepared.method}, so nobody answers the preflight (${exchange.status}).`;
  }
  const origin = fault(prepared, exchange);
  if (origin) return origin;

  // `*` is a wildcard only where there are no credentials, and never covers `authorization`.
  const listed = (list, name) => list.includes(name)
    || (list.includes("*") && prepared.credentials !== "include" && name !== "authorization");
  const methods = listOf(exchange, "access-control-allow-methods");
  if (!SIMPLE_METHODS.includes(prepared.method) && !listed(methods, prepared.method)) {
    return `The policy does not allow ${prepared.method}.`;
  }
  const headers = listOf(exchange, "access-control-allow-headers").map((name) => name.toLowerCase());
  const missing = askedHeaders(prepared).filter((name) => !listed(headers, name));
  if (missing.length) return `The policy does not allow the request header ${missing.join(", ")}.`;
  return CONSOLE;
}

// ---- The policies, as they stand in the example's source ---------------------------------------

/** The attributes and the first line of a handler, or null. */
function policyOf(handler) {
  const lines = setup.source.split("\n");
  const end = lines.findIndex((line) => line.startsWith(`async fn ${handler}(`));
  if (end < 0) return null;
  const start = lines.slice(0, end).findLastIndex((line) => line.trim() === "") + 1;
  const attributes = lines.slice(start, end).filter((line) => !line.startsWith("//"));
  return [...attributes, `async fn ${handler}(…)`].join("\n");
}

/** The handler of a request that someone typed: the one that a prepared request of its kind has. */
function handlerOf({ method, path }) {
  const shape = (text) => text.split("?")[0].replace(/\/\d+(?=\/|$)/g, "/{}");
  const same = ALL.find((known) => known.method === method.toUpperCase() && shape(known.path) === shape(path));
  return same?.handler ?? null;
}

// ---- The page --------------------------------------------------------------------------------

const ALL = GROUPS.flatMap((group) => group.requests);
const $ = (selector, within = document) => within.querySelector(selector);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function stamp(id) {
  return $(`#${id}`).content.firstElementChild.cloneNode(true);
}

/** One request on the page: its row, and how to run it. */
class Row {
  constructor(request) {
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
    if (request.expect) {
      this.expected = request.expect[setup.named ? "named" : "other"];
      $(".expected", this.root).textContent =
        `expected: ${this.expected}`;
    }
    this.showPolicy();
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
    const result = await send(this.request);
    this.show(result);
    return result;
  }

  show(result) {
    const status = result.response?.status;
    this.outcome.dataset.outcome = result.outcome;
    this.outcome.dataset.status = status ?? "";
    this.outcome.textContent = {
      readable: `readable, ${status}`,
      blocked: result.wire.some(isActual) ? "blocked: withheld" : "blocked: not sent",
      failed: "failed",
    }[result.outcome];
    if (this.expected !== undefined) {
      this.met = this.expected === (status ?? result.outcome);
      $(".expected", this.root).dataset.met = String(this.met);
    }
    $(".because", this.root).textContent = result.because;
    this.showWire(result.wire);
    this.showScript(result);
  }

  showPolicy() {
    const code = $(".policy code", this.root);
    const policy = this.request.handler && policyOf(this.request.handler);
    if (!policy) {
      code.append(element("span", { class: "comment" }, `// ${this.request.method} ${this.request.path} has no handler that the page knows`));
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

  showScript({ outcome, response, body, wire }) {
    const seen = $(".seen", this.root);
    if (outcome === undefined) return seen.replaceChildren("Nothing yet.");
    if (!response) return seen.replaceChildren("“TypeError: Failed to fetch”, or words like it: no status, no headers, no body.");

    const readable = [...response.headers];
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
    if (body) seen.append(element("pre", { tabindex: "0" }, body.length > 4000 ? `${body.slice(0, 4000)}…` : body));
  }
}

/** What a request carries beyond its method and path. */
function extrasOf({ headers = [], credentials }) {
  const names = pairsOf(headers).map(([name]) => name);
  return [...names, ...(credentials ? ["cookies"] : [])].map((name) => `+ ${name}`).join(" ");
}

function pairsOf(headers) {
  return Array.isArray(headers) ? headers : Object.entries(headers);
}

function headerList(headers) {
  return element("dl", { class: "headers" }, ...headers.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

/** The page's own origin, and the same page on the other one. */
function showOrigins() {
  const { protocol, port, origin } = location;
  const known = ["127.0.0.1", "localhost"].map((host) => `${protocol}//${host}${port && `:${port}`}`);
  const origins = known.includes(origin) ? known : [origin, ...known];
  $("#origins").replaceChildren(...origins.map((each) => {
    const here = each === origin;
    const note = element("span", { class: "note" }, isNamed(each) ? "Named by the policies" : "A stranger to the policies");
    const link = element("a", { href: each + location.pathname + location.search, "data-origin": each },
      element("span", { class: "origin" }, each), note);
    if (here) link.setAttribute("aria-current", "page");
    else note.append(". ", element("span", { class: "go" }, "Open the page here"));
    return element("li", {}, link);
  }));
  $("#api").textContent = setup.api;
}

function isNamed(origin) {
  const { protocol, hostname } = new URL(origin);
  return protocol === "http:" && hostname === "127.0.0.1";
}

/** Requests go out one at a time, in order: some build on the one before. */
let queue = Promise.resolve();
function enqueue(work) {
  queue = queue.then(work, work);
  return queue;
}

function summarize(rows) {
  const count = (outcome) => rows.filter((row) => row.outcome.dataset.outcome === outcome).length;
  const parts = ["readable", "blocked", "failed"].filter(count).map((outcome) => `${count(outcome)} ${outcome}`);
  const odd = rows.filter((row) => row.met === false).length;
  $("#summary").replaceChildren(
    element("strong", {}, `${rows.length} requests: ${parts.join(", ")}.`), " ",
    odd ? `${odd} not as expected.` : "All as expected on this origin.");
}

async function runAll(rows) {
  const button = $("#run-all");
  button.disabled = true;
  for (const [index, row] of rows.entries()) {
    $("#summary").textContent = `Sending ${index + 1} of ${rows.length}…`;
    await row.send();
  }
  summarize(rows);
  button.disabled = false;
  document.documentElement.dataset.done = "all";
}

async function runOne(row) {
  const { outcome, response } = await row.send();
  row.open();
  $("#summary").textContent = `${row.request.method} ${row.request.path}: ${outcome}${response ? `, ${response.status}` : ""}.`;
}

function customRequest(form) {
  const fields = new FormData(form);
  const headers = fields.get("headers").split("\n").filter((line) => line.trim()).map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  const request = {
    id: "custom",
    method: fields.get("method").trim(),
    path: fields.get("path").trim(),
    headers,
    body: fields.get("body"),
    credentials: fields.has("credentials"),
    shows: "",
  };
  if (["GET", "HEAD"].includes(request.method.toUpperCase())) request.body = "";
  return { ...request, handler: handlerOf(request) };
}

const setup = { api: "", source: "", named: isNamed(location.origin) };

async function start() {
  const [config, source] = await Promise.all([
    fetch("/config.json").then((response) => response.json()),
    fetch("/server.rs").then((response) => response.text()),
  ]);
  Object.assign(setup, { api: config.api, source });
  showOrigins();

  const rows = [];
  for (const { title, about, requests } of GROUPS) {
    const group = stamp("group-template");
    $("h2", group).textContent = title;
    $(".about", group).textContent = about;
    for (const request of requests) {
      const row = new Row(request);
      row.run.addEventListener("click", () => enqueue(() => runOne(row)));
      rows.push(row);
      $(".rows", group).append(row.root);
    }
    $("#requests").append(group);
  }

  $("#run-all").addEventListener("click", () => enqueue(() => runAll(rows)));
  $("#custom-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const row = new Row(customRequest(event.target));
    $("#custom-result").replaceChildren(row.root);
    enqueue(() => runOne(row));
  });
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;

  const search = new URLSearchParams(location.search);
  if (search.get("run") === "all") enqueue(() => runAll(rows));
  for (const id of search.getAll("open")) rows.find((row) => row.request.id === id)?.open();
}

start().catch((error) => {
  $("#summary").textContent = `The page could not start: ${error.message}`;
});
