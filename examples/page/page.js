// Puts the page together.

import { endpointFor, endpointsOf, sourceOf } from "/endpoints.js";
import { Origins } from "/origins.js";
import { $, Row, element, stamp } from "/row.js";
import { GROUPS } from "/rows.js";
import { Tester } from "/tester.js";

/** Requests go out one at a time, in order: some build on the one before. */
let queue = Promise.resolve();
function enqueue(work) {
  queue = queue.then(work, work);
  return queue;
}

/** The page's own origin, and the same page on the others. */
function showOrigins(origins) {
  $("#origins").replaceChildren(...origins.served.map((each) => {
    const note = element("span", { class: "note" });
    const link = element("a", { href: each + location.pathname, "data-origin": each },
      element("span", { class: "origin" }, each), note);
    if (each === location.origin) {
      link.setAttribute("aria-current", "page");
      note.append("This page");
    } else {
      note.append(element("span", { class: "go" }, "Open the page here"));
    }
    return element("li", {}, link);
  }));
  $("#api").textContent = origins.api;
}

function drawRows({ endpoints, origins, source }) {
  const rows = [];
  for (const { title, about, requests } of GROUPS) {
    const group = stamp("group-template");
    $("h3", group).textContent = title;
    $(".about", group).textContent = about;
    for (const request of requests) {
      const endpoint = endpointFor(request, endpoints);
      const row = new Row(request, endpoint?.handler && sourceOf(endpoint, source),
        (sent) => origins.send(sent, location.origin));
      row.run.addEventListener("click", () => enqueue(() => runOne(row)));
      rows.push(row);
      $(".rows", group).append(row.root);
    }
    $("#requests").append(group);
  }
  return rows;
}

function summarize(rows) {
  const count = (outcome) => rows.filter((row) => row.outcome.dataset.outcome === outcome).length;
  const parts = ["readable", "blocked", "failed"].filter(count).map((outcome) => `${count(outcome)} ${outcome}`);
  const odd = rows.filter((row) => row.met === false).length;
  $("#summary").replaceChildren(
    element("strong", {}, `${rows.length} requests: ${parts.join(", ")}.`), " ",
    odd ? `${odd} not as the policies say.` : "All as the policies say.");
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

async function start() {
  const [config, source] = await Promise.all([
    fetch("/config.json").then((response) => response.json()),
    fetch("/server.rs").then((response) => response.text()),
  ]);
  const origins = new Origins(config);
  const endpoints = endpointsOf(config.policies.policies);
  showOrigins(origins);
  const tester = new Tester({ endpoints, origins, source, enqueue });
  const rows = drawRows({ endpoints, origins, source });
  $("#run-all").addEventListener("click", () => enqueue(() => runAll(rows)));
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;

  const search = new URLSearchParams(location.search);
  tester.choose(search.get("endpoint"), search.get("origin"));
  if (search.get("run") === "all") {
    enqueue(() => tester.fill());
    enqueue(() => runAll(rows));
  }
  for (const id of search.getAll("open")) rows.find((row) => row.request.id === id)?.open();
}

start().catch((error) => {
  $("#summary").textContent = `The page could not start: ${error.message}`;
});
