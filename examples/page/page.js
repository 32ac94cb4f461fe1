// Builds the page from its parts.

import { startAudit } from "/audit.js";
import { endpointFor, endpointsOf, sourceOf } from "/endpoints.js";
import { Matrix } from "/matrix.js";
import { Origins } from "/origins.js";
import { $, Row, element, prose, stamp, who } from "/row.js";
import { Tester } from "/tester.js";
import { GROUPS } from "/tour.js";

/** On a telephone, more parts are folded, so that the page is short. */
const isNarrow = matchMedia("(max-width: 44rem)").matches;

/** Requests are sent one at a time and in order, because some depend on the one before. */
let queue = Promise.resolve();
function enqueue(work) {
  queue = queue.then(work, work);
  return queue;
}

/** This page with an arrow to the API, and the same page on its other origins. */
function showOrigins({ pages, api }) {
  const box = (name, attributes, { origin, name: role, about }, ...more) => element(name,
    { class: "box", "data-origin": origin, ...attributes },
    who(role), element("span", { class: "origin" }, origin), element("span", { class: "note" }, about, ...more));
  const here = pages.find(({ origin }) => origin === location.origin);
  $("#here").replaceChildren(box("p", { "aria-current": "page" }, here));
  $("#origins").replaceChildren(...pages.filter((page) => page !== here).map((page) => element("li", {},
    box("a", { href: page.origin + location.pathname }, page, " ", element("span", { class: "go" }, "Open the page here")))));
  $("#api").textContent = api;
  // The two example origins in the text become those of this program.
  const stranger = pages.at(-1);
  if (stranger.origin !== pages[0].origin) {
    $("#one").textContent = pages[0].origin;
    $("#another").textContent = stranger.origin;
  }
}

function drawTour({ endpoints, origins, source }) {
  const rows = [];
  for (const [index, { title, about, requests }] of GROUPS.entries()) {
    const group = stamp("group-template");
    group.open = index === 0 && !isNarrow;
    $("h3", group).textContent = title;
    $(".about", group).append(...prose(about));
    for (const request of requests) {
      const endpoint = endpointFor(request, endpoints);
      const row = new Row(request, endpoint?.handler && sourceOf(endpoint, source),
        (sent) => origins.send(sent, location.origin));
      row.run.addEventListener("click", () => enqueue(() => runOne(row)));
      rows.push(row);
      $(".rows", group).append(row.root);
    }
    $("#groups").append(group);
  }
  return rows;
}

/** Shows the outcomes of a group's requests in its title, because the group may be folded. */
function tally() {
  for (const group of document.querySelectorAll(".group")) {
    const outcomes = [...group.querySelectorAll(".outcome[data-outcome]")].map(({ dataset }) => dataset.outcome);
    $(".tally", group).textContent = inNumbers(outcomes);
  }
}

function inNumbers(outcomes) {
  const count = (outcome) => outcomes.filter((each) => each === outcome).length;
  return ["readable", "blocked", "failed"].filter(count).map((outcome) => `${count(outcome)} ${outcome}`).join(", ");
}

function summarize(rows) {
  const odd = rows.filter((row) => row.met === false).length;
  $("#summary").replaceChildren(
    element("strong", {}, `${rows.length} requests: ${inNumbers(rows.map((row) => row.outcome.dataset.outcome))}.`), " ",
    odd ? `${odd} not as the policies say.` : "All as the policies say.");
}

async function runAll(rows) {
  const button = $("#run-all");
  button.disabled = true;
  for (const [index, row] of rows.entries()) {
    $("#summary").textContent = `Sending ${index + 1} of ${rows.length}…`;
    await row.send();
    tally();
  }
  summarize(rows);
  button.disabled = false;
  document.documentElement.dataset.done = "all";
}

async function runOne(row) {
  await row.send();
  tally();
  row.open();
  $("#summary").textContent = `${row.request.method} ${row.request.path}: ${row.outcome.textContent}.`;
}

/** Goes to the anchor of the address, which may be in a folded group, and which did not exist when the browser loaded the page. */
function goToAnchor() {
  const target = document.getElementById(location.hash.slice(1));
  const group = target?.closest(".group");
  if (group) group.open = true;
  target?.scrollIntoView();
}

async function start() {
  const [config, source] = await Promise.all([
    fetch("/config.json").then((response) => response.json()),
    fetch("/server.rs").then((response) => response.text()),
  ]);
  const origins = new Origins(config);
  const endpoints = endpointsOf(config.policies);
  showOrigins(origins);
  const tester = new Tester({ endpoints, origins, source, enqueue });
  const rows = drawTour({ endpoints, origins, source });
  const matrix = new Matrix({ endpoints, origins, enqueue, show: (cell) => tester.show(cell) });
  $(".key").open = !isNarrow;
  startAudit();
  $("#run-all").addEventListener("click", () => enqueue(() => runAll(rows)));
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;

  const search = new URLSearchParams(location.search);
  tester.choose(search.get("endpoint"), search.get("origin"));
  if (search.get("run") === "all") {
    enqueue(() => runAll(rows));
    enqueue(() => matrix.fill());
  }
  for (const id of search.getAll("open")) rows.find((row) => row.request.id === id)?.open();
  addEventListener("hashchange", goToAnchor);
  goToAnchor();
}

start().catch((error) => {
  $("#summary").textContent = `The page could not start: ${error.message}`;
});
