// Asks the page's server to audit the API's app, and shows the report.

import { $, element, prose } from "/row.js";

export function startAudit() {
  $("#run-audit").addEventListener("click", () => show($("#audit-app").value));
}

async function show(app) {
  const address = `/audit?${new URLSearchParams({ app })}`;
  const report = await (await fetch(address)).json();
  const { asked, answered, faults, unasked, remarks } = report;
  $("#audit-summary").replaceChildren(
    element("strong", {}, `${count(asked, "request")}: ${count(faults.length, "fault")}.`), " ",
    faults.length ? "" : `${answered.length} policies answer for themselves. `,
    element("a", { href: address }, "The report as JSON"));
  $("#audit-report").replaceChildren(
    ...grouped(faults).map(group),
    ...(remarks.length ? [remarksOn(remarks)] : []),
    ...unasked.map((text) => element("p", { class: "fault" }, "Not asked: ", ...prose(text))));
  const { dataset } = document.documentElement;
  dataset.audits = String(Number(dataset.audits ?? 0) + 1);
}

/** The faults in groups of the same cause and remedy. */
function grouped(faults) {
  const groups = new Map();
  for (const fault of faults) {
    const key = `${fault.cause} ${fault.remedy}`;
    groups.set(key, [...(groups.get(key) ?? []), fault]);
  }
  return [...groups.values()];
}

function group(faults) {
  const [{ what, remedy }] = faults;
  // The text behind the colon differs from endpoint to endpoint.
  const [common] = what.split(": ");
  return element("section", { class: "fault" },
    element("p", {}, element("strong", {}, ...prose(sentence(common)))),
    element("p", {}, ...prose(sentence(remedy))),
    element("details", {},
      element("summary", {}, count(faults.length, "endpoint")),
      element("ul", {}, ...faults.map(({ endpoint, what, exchange }) => element("li", {},
        element("strong", {}, endpoint ? `${endpoint.method} ${endpoint.path}` : "the app"),
        element("p", {}, ...prose(what)),
        ...(exchange ?? []).map((text, index) => element("p", {}, `${["asked", "answer", "policy"][index]}: ${text}`)))))));
}

/** Remarks are no faults: the policies are legal, and often mistakes. */
function remarksOn(remarks) {
  return element("details", { class: "fault" },
    element("summary", {}, `${count(remarks.length, "remark")} on policies that are legal and often mistakes`),
    element("ul", {}, ...remarks.map(({ text, about }) => element("li", {},
      element("p", {}, ...prose(text)), element("p", {}, about.join(", "))))));
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function count(number, thing) {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
