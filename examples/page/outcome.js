// The outcomes of requests, in the words and symbols that the whole page uses.

/** The entries of the legend, one for each kind, in order. */
export const KINDS = {
  readable: ["✓", "readable", "Script reads the answer."],
  error: ["!", "readable", "Script reads the answer, which is an error. The policy allowed it; the API did not do what was asked."],
  unsent: ["⊘", "not sent", "The policy refused the preflight, so the request was not sent and the handler did not run."],
  ran: ["✕", "ran, withheld", "No preflight was needed, so the handler ran. The browser withholds its answer from script."],
  withheld: ["✕", "withheld", "No preflight was needed, and the API answered with an error. The browser withholds it from script."],
  refused: ["⊘", "refused", "The policy has `enforce`: it refused the request itself, and the handler did not run."],
};

/** The kind of an outcome, with its words, and with the status if script or the API saw one. */
export function kindOf({ outcome, response, wire = [] }) {
  const actual = wire.find((exchange) => !exchange.preflight);
  if (outcome === "unasked") return { kind: "unasked", words: "not asked" };
  if (outcome === "failed") return { kind: "failed", symbol: "!", words: "failed" };
  if (outcome === "readable") {
    const { status } = response;
    return status === 101 ? of("readable", status, "opened") : of(status < 400 ? "readable" : "error", status, "readable");
  }
  if (!actual) return of("unsent");
  if (actual.reason) return of("refused", actual.status);
  return actual.status < 400 ? of("ran") : of("withheld", actual.status);
}

/** The same for the outcome that the policies predict. */
export function kindOfExplanation({ problem, outcome, status }) {
  if (problem) return { kind: "failed", words: "unknown" };
  if (outcome === "blocked") return { kind: "blocked", words: "blocked" };
  if (outcome === "redirect") return { kind: "error", words: "redirected", status };
  return kindOf({ outcome, response: { status } });
}

function of(kind, status, words = KINDS[kind][1]) {
  return { kind, symbol: KINDS[kind][0], words, status };
}

/** The words with the status: "readable 200". */
export function inWords({ words, status }) {
  return status ? `${words} ${status}` : words;
}

/** Whether the browser did what the policies say, or null if one of the two is unknown. */
export function agree({ outcome, response, explanation }) {
  if (explanation.problem || outcome === "unasked") return null;
  if (outcome === "failed") return explanation.outcome === "blocked" && explanation.checks.length === 0;
  return outcome === explanation.outcome && (outcome !== "readable" || response.status === explanation.status);
}
