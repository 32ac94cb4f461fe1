// Sends a request as any script would, and asks the page's server what passed and what the policies say of it.

/**
 * `outcome` is "readable", "blocked" (the browser withheld the answer) or "failed" (there was none to
 * withhold: the request cannot be made, or nobody listens). All of the result can be posted to another window.
 */
export async function send(request, api) {
  // Before the request itself, which may change what there is to say.
  const told = await explain(request, location.origin);
  let prepared;
  try {
    prepared = new Request(new URL(request.path, api), {
      method: request.method,
      headers: request.headers,
      body: request.body || undefined,
      credentials: request.credentials ? "include" : "omit",
    });
    if (new URL(prepared.url).origin !== api) throw new TypeError("The path leads away from the API.");
  } catch (error) {
    return { outcome: "failed", note: `The browser does not send this: ${error.message}`, wire: [], told };
  }

  const before = (await exchangesAfter(0)).at(-1)?.number ?? 0;
  let response;
  try {
    const answer = await fetch(prepared);
    const { status, statusText } = answer;
    response = { status, statusText, headers: [...answer.headers], body: await answer.text() };
  } catch { /* The browser tells script nothing but that it failed. */ }
  const { pathname, search } = new URL(prepared.url);
  const wire = (await exchangesAfter(before)).filter((exchange) => exchange.path === pathname + search);

  if (response) return { outcome: "readable", note: remark(request, prepared, wire), wire, told, response };
  if (wire.length === 0) {
    return { outcome: "failed", note: "Nothing arrived at the API. Is the example still running?", wire, told };
  }
  return { outcome: "blocked", note: remark(request, prepared, wire), wire, told };
}

/** What the policies say of the request on a page of that origin; `{ problem }` where the server does not know. */
export async function explain(request, origin) {
  const { method, path, headers = [], body, credentials = false } = request;
  try {
    const response = await fetch("/explain", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ origin, method, path, headers, body: body || null, credentials }),
    });
    return response.ok ? await response.json() : { problem: await response.text() };
  } catch (error) {
    return { problem: error.message };
  }
}

/** What was on the wire, in words. */
function remark(request, prepared, wire) {
  const asked = wire.some((exchange) => exchange.preflight);
  const actual = wire.find((exchange) => !exchange.preflight);
  const dropped = (request.headers ?? [])
    .map(([name]) => name.toLowerCase())
    .filter((name) => !prepared.headers.has(name));
  return [
    asked && actual ? "The browser asked first, was told yes, and sent the request."
      : asked ? "The browser asked first, and never sent the request: no handler ran."
        : `The browser sent the request without asking first${actual ? `; the API answered ${actual.status}` : ""}.`,
    dropped.length ? `It lets no script set ${dropped.join(", ")}, and left that out.` : "",
  ].filter(Boolean).join(" ");
}

/** The page's server has noted them: a browser hides preflights and blocked answers from script. */
async function exchangesAfter(number) {
  try {
    const response = await fetch(`/journal?after=${number}`, { cache: "no-store" });
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}
