// The picker, which sends one request from one origin.

import { endpointFor, sourceOf } from "/endpoints.js";
import { inWords, kindOf } from "/outcome.js";
import { $, Row, element } from "/row.js";
import { urlOf } from "/send.js";

export class Tester {
  /** `enqueue` keeps the requests in order. */
  constructor({ endpoints, origins, source, enqueue }) {
    Object.assign(this, { endpoints, origins, source });
    this.form = $("#tester-form");
    this.#fillPicker();
    // The page begins with a request whose preflight is refused, because it shows the most.
    this.choose("PUT /items/{id}", origins.named("stranger") ?? location.origin);
    this.form.elements.endpoint.addEventListener("change", () => this.#pick(this.form.elements.endpoint.value));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [request, origin] = [this.#request(), this.form.elements.origin.value];
      enqueue(() => this.#fire(request, origin));
    });
  }

  /** Puts an endpoint and an origin into the picker, as the page's address may ask. */
  choose(endpoint, origin) {
    if (this.endpoints.some(({ id }) => id === endpoint)) this.#pick(endpoint);
    if ([...this.form.elements.origin.options].some(({ value }) => value === origin)) {
      this.form.elements.origin.value = origin;
    }
  }

  /** Shows a result of the matrix. The visitor can change the request here and send it again. */
  show({ endpoint, origin, result }) {
    this.choose(endpoint.id, origin);
    const row = this.#present(endpoint.request, origin);
    row.show(result);
    this.#summarize(endpoint.request, origin, result);
    row.toggle.focus({ preventScroll: true });
    row.root.scrollIntoView({ block: "start" });
  }

  #fillPicker() {
    const { endpoint, origin } = this.form.elements;
    const options = (list) => list.map(({ id, note }) => element("option", { value: id }, note ? `${id} (${note})` : id));
    endpoint.append(
      element("optgroup", { label: "With an annotation" }, ...options(this.endpoints.filter(({ isListed }) => isListed))),
      element("optgroup", { label: "Without" }, ...options(this.endpoints.filter(({ isListed }) => !isListed))));
    const pages = (list) => list.map((page) => element("option", { value: page.origin }, `${page.name}: ${page.origin}`));
    origin.append(
      element("optgroup", { label: "Served here: your browser sends the request" }, ...pages(this.origins.pages)),
      element("optgroup", { label: "Elsewhere: what the policy says" }, ...pages(this.origins.elsewhere)));
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
    const request = {
      method: method.value.trim(),
      path: path.value.trim(),
      headers: lines.map((line) => {
        const [name, ...value] = line.split(":");
        return [name.trim(), value.join(":").trim()];
      }),
      body: ["GET", "HEAD"].includes(method.value.trim().toUpperCase()) ? "" : body.value,
      credentials: credentials.checked,
    };
    return { ...request, socket: this.#endpointFor(request)?.request.socket ?? false };
  }

  #endpointFor({ method, path }) {
    return endpointFor({ method, path: urlOf(path, this.origins.api).pathname }, this.endpoints);
  }

  async #fire(request, origin) {
    const row = this.#present(request, origin);
    this.#summarize(request, origin, await row.send());
    document.documentElement.dataset.fired = String(Number(document.documentElement.dataset.fired ?? 0) + 1);
  }

  #present(request, origin) {
    const endpoint = this.#endpointFor(request);
    const row = new Row(
      { ...request, id: "tester", shows: `from ${origin}, ${this.origins.nameOf(origin)}` },
      endpoint?.handler && sourceOf(endpoint, this.source),
      (sent) => this.origins.send(sent, origin));
    row.open();
    $("#tester-result").replaceChildren(row.root);
    return row;
  }

  /** For a screen reader. */
  #summarize({ method, path }, origin, result) {
    const { explanation } = result;
    const policy = explanation.problem ?? `${explanation.outcome}. ${explanation.reason}`;
    $("#tester-summary").textContent =
      `${method} ${path} from ${origin}: ${inWords(kindOf(result))}. The policy says: ${policy}`;
  }
}
