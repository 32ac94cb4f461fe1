// The matrix sends a request to every endpoint from every origin.

import { namedPolicies, policyInWords } from "/endpoints.js";
import { KINDS, agree, inWords, kindOf } from "/outcome.js";
import { $, element, prose, who } from "/row.js";

export class Matrix {
  /** `enqueue` keeps the requests in order; `show` is called with a cell that was pressed. */
  constructor({ endpoints, origins, enqueue, show }) {
    Object.assign(this, { endpoints, origins, enqueue, show });
    this.cells = new Map();
    this.#draw();
    this.#drawLegend();
    $("#fill-matrix").addEventListener("click", () => enqueue(() => this.fill()));
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

  #draw() {
    const table = $("#matrix table");
    table.style.setProperty("--origins", this.origins.pages.length);
    const column = (...content) => element("th", { scope: "col", role: "columnheader" }, ...content);
    const head = element("tr", { role: "row" }, column("Endpoint"), column("Policy"));
    for (const { origin, name } of this.origins.pages) {
      const cell = column(who(name), element("span", { class: "hint" }, short(origin)));
      cell.dataset.origin = origin;
      if (origin === location.origin) cell.setAttribute("aria-current", "page");
      head.append(cell);
    }
    $("thead", table).append(head);
    const named = namedPolicies(this.endpoints);
    for (const endpoint of this.endpoints) {
      const name = element("th", { scope: "row", role: "rowheader" },
        element("span", { class: "method" }, endpoint.method), " ", element("span", { class: "path" }, endpoint.path));
      const policy = element("td", { role: "cell", class: "policy" },
        ...policyInWords(endpoint, named).flatMap((words) => [element("span", {}, words), " "]));
      const line = element("tr", { role: "row" }, name, policy);
      for (const page of this.origins.pages) line.append(this.#drawCell(endpoint, page));
      $("tbody", table).append(line);
    }
    $("#named-policies").replaceChildren(...[...named].map(([name, origins]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, origins.join(", ")))));
  }

  #drawLegend() {
    $("#legend").replaceChildren(...Object.entries(KINDS).map(([kind, [symbol, words, about]]) =>
      element("div", {},
        element("dt", { "data-kind": kind }, `${symbol} ${words}${EXAMPLES[kind] ?? ""}`), element("dd", {}, ...prose(about)))));
  }

  #drawCell(endpoint, { origin, name }) {
    const button = element("button", { type: "button", class: "cell" }, "–");
    const cell = { endpoint, origin, name, button, result: null };
    button.dataset.endpoint = endpoint.id;
    button.dataset.origin = origin;
    button.setAttribute("aria-label", `${endpoint.id} from ${name}, ${origin}: nothing sent yet. Send it`);
    button.addEventListener("click", () => this.enqueue(() => this.#open(cell)));
    this.cells.set(`${endpoint.id} ${origin}`, cell);
    return element("td", { role: "cell" }, button);
  }

  async #fillCell(cell) {
    const { endpoint, origin, name, button } = cell;
    cell.result = await this.origins.send(endpoint.request, origin);
    const { explanation } = cell.result;
    const agrees = agree(cell.result);
    const kind = kindOf(cell.result);
    button.dataset.kind = kind.kind;
    button.dataset.agrees = String(agrees);
    // A narrow screen has room for the symbol and the status.
    button.replaceChildren(kind.symbol, element("span", { class: "words" }, ` ${kind.words}`));
    if (kind.status) button.append(element("span", { class: "status" }, ` ${kind.status}`));
    if (!agrees) button.append(element("span", { class: "differs" }, ` ≠ policy: ${explanation.problem ?? explanation.outcome}`));
    button.setAttribute("aria-label", `${endpoint.id} from ${name}, ${origin}: ${inWords(kind)}. Details`);
  }

  /** Shows the details of a cell in the place of the picker's result. */
  async #open(cell) {
    if (!cell.result) await this.#fillCell(cell);
    this.show(cell);
    const address = new URLSearchParams({ endpoint: cell.endpoint.id, origin: cell.origin });
    history.replaceState(null, "", `?${address}`);
  }
}

/** The statuses that the legend shows as examples. */
const EXAMPLES = { readable: " 200", error: " 404", withheld: " 404", refused: " 403" };

function short(origin) {
  return origin.replace(/^\w+:\/\//, "");
}
