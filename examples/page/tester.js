// The picker, which sends one request from one origin, and the matrix, which sends all from all.

import { endpointFor, sourceOf } from "/endpoints.js";
import { $, Row, agree, element } from "/row.js";

export class Tester {
  /** `enqueue` keeps the requests in order. */
  constructor({ endpoints, origins, source, enqueue }) {
    Object.assign(this, { endpoints, origins, source, enqueue });
    this.form = $("#tester-form");
    this.cells = new Map();
    this.#fillPicker();
    this.#drawMatrix();
    this.form.elements.endpoint.addEventListener("change", () => this.#pick(this.form.elements.endpoint.value));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [request, origin] = [this.#request(), this.form.elements.origin.value];
      enqueue(() => this.#fire(request, origin));
    });
    $("#fill-matrix").addEventListener("click", () => enqueue(() => this.fill()));
  }

  /** Puts an endpoint and an origin into the picker, as the page's address may ask. */
  choose(endpoint, origin) {
    if (this.endpoints.some(({ id }) => id === endpoint)) this.#pick(endpoint);
    if ([...this.form.elements.origin.options].some(({ value }) => value === origin)) {
      this.form.elements.origin.value = origin;
    }
  }

  async fill() {
    const button = $("#fill-matrix");
    const total = this.cells.size;
    button.disabled = true;
    for (const [index, cell] of [...this.cells.values()].entries()) {
      $("#matrix-summary").textContent = `Sending ${index + 1} of ${total}…`;
      await this.#fillCell(cell);
    }
    const count = (is) => [...this.cells.values()].filter(({ result }) => is(result)).length;
    const odd = count((result) => agree(result) !== true);
    $("#matrix-summary").replaceChildren(
      element("strong", {}, `${total} requests: ${count(({ outcome }) => outcome === "readable")} readable, ${count(({ outcome }) => outcome === "blocked")} blocked.`), " ",
      odd ? `${odd} not as the policies say.` : "All as the policies say.");
    button.disabled = false;
    document.documentElement.dataset.matrix = "filled";
  }

  #fillPicker() {
    const { endpoint, origin } = this.form.elements;
    const options = (list) => list.map(({ id, note }) => element("option", { value: id }, note ? `${id} (${note})` : id));
    endpoint.append(
      element("optgroup", { label: "With a policy of its own" }, ...options(this.endpoints.filter(({ policy }) => policy))),
      element("optgroup", { label: "Without" }, ...options(this.endpoints.filter(({ policy }) => !policy))));
    const named = (list) => list.map((each) => element("option", { value: each }, each));
    origin.append(
      element("optgroup", { label: "Served here: sent for real" }, ...named(this.origins.served)),
      element("optgroup", { label: "Elsewhere: what the policy says" }, ...named(this.origins.elsewhere)));
    this.#pick(this.endpoints[0].id);
  }

  #pick(id) {
    const { request } = this.endpoints.find((endpoint) => endpoint.id === id);
    const { endpoint, method, path, headers, body, credentials } = this.form.elements;
    endpoint.value = id;
    method.value = request.method;
    path.value = request.path;
    headers.value = request.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    body.value = request.body;
    credentials.checked = request.credentials;
  }

  #request() {
    const { method, path, headers, body, credentials } = this.form.elements;
    const lines = headers.value.split("\n").filter((line) => line.trim());
    return {
      method: method.value.trim(),
      path: path.value.trim(),
      headers: lines.map((line) => {
        const [name, ...value] = line.split(":");
        return [name.trim(), value.join(":").trim()];
      }),
      body: ["GET", "HEAD"].includes(method.value.trim().toUpperCase()) ? "" : body.value,
      credentials: credentials.checked,
    };
  }

  async #fire(request, origin) {
    const row = this.#present(request, origin);
    const result = await row.send();
    $("#tester-summary").textContent = this.#inWords(request, origin, result);
    document.documentElement.dataset.fired = String(Number(document.documentElement.dataset.fired ?? 0) + 1);
  }

  #present(request, origin) {
    const endpoint = endpointFor(request, this.endpoints);
    const row = new Row(
      { ...request, id: "tester", shows: `from ${origin}` },
      endpoint?.handler && sourceOf(endpoint, this.source),
      (sent) => this.origins.send(sent, origin));
    row.open();
    $("#tester-result").replaceChildren(row.root);
    return row;
  }

  #inWords({ method, path }, origin, { outcome, told }) {
    const policy = told.problem ?? `${told.outcome}, ${told.reason}`;
    const browser = outcome === "unasked" ? "no browser was asked" : outcome;
    return `${method} ${path} from ${origin}: ${browser}. The policy says: ${policy}.`;
  }

  #drawMatrix() {
    const head = element("tr", { role: "row" }, element("th", { scope: "col", role: "columnheader" }, "Endpoint"));
    for (const origin of this.origins.served) {
      const cell = element("th", { scope: "col", role: "columnheader" }, short(origin));
      if (origin === location.origin) cell.append(element("span", { class: "hint" }, "this page"));
      head.append(cell);
    }
    $("#matrix thead").append(head);
    for (const endpoint of this.endpoints) {
      const name = element("th", { scope: "row", role: "rowheader" },
        element("span", { class: "method" }, endpoint.method), " ", element("span", { class: "path" }, endpoint.path));
      if (endpoint.note) name.append(element("span", { class: "hint" }, endpoint.note));
      const line = element("tr", { role: "row" }, name);
      for (const origin of this.origins.served) line.append(this.#drawCell(endpoint, origin));
      $("#matrix tbody").append(line);
    }
  }

  #drawCell(endpoint, origin) {
    const button = element("button", { type: "button", class: "cell", "data-outcome": "none" }, "– not sent");
    const cell = { endpoint, origin, button, result: null };
    button.dataset.endpoint = endpoint.id;
    button.dataset.origin = origin;
    button.setAttribute("aria-label", `${endpoint.id} from ${origin}: not sent. Send it`);
    button.addEventListener("click", () => this.enqueue(() => this.#open(cell)));
    this.cells.set(`${endpoint.id} ${origin}`, cell);
    return element("td", { role: "cell", "data-label": short(origin) }, button);
  }

  async #fillCell(cell) {
    const { endpoint, origin, button } = cell;
    cell.result = await this.origins.send(endpoint.request, origin);
    const { outcome, response, told } = cell.result;
    const agrees = agree(cell.result);
    const words = outcome === "readable" ? `readable ${response.status}` : outcome;
    button.dataset.outcome = outcome;
    button.dataset.agrees = String(agrees);
    button.textContent = `${{ readable: "✓", blocked: "✕" }[outcome] ?? "!"} ${words}`;
    if (!agrees) button.append(element("span", { class: "differs" }, ` ≠ policy: ${told.problem ?? told.outcome}`));
    button.setAttribute("aria-label", `${endpoint.id} from ${origin}: ${words}. Details`);
  }

  /** The details of a cell, in the picker: from there it can be changed and sent again. */
  async #open(cell) {
    if (!cell.result) await this.#fillCell(cell);
    const { endpoint, origin, result } = cell;
    this.choose(endpoint.id, origin);
    const row = this.#present(endpoint.request, origin);
    row.show(result);
    $("#tester-summary").textContent = this.#inWords(endpoint.request, origin, result);
    const address = new URLSearchParams({ endpoint: endpoint.id, origin });
    history.replaceState(null, "", `?${address}`);
    row.toggle.focus();
    row.root.scrollIntoView({ block: "center" });
  }
}

function short(origin) {
  return origin.replace(/^\w+:\/\//, "");
}
