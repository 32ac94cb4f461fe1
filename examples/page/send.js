// Sends a request as any script would, and fetches the exchanges and the policies' explanation from the page's server.

/** The API's URL for a typed path, as the browser reads it: `/../x y?z#f` is `/x%20y?z`. */
export function urlOf(path, api) {
  const url = new URL(api + path);
  url.hash = "";
  return url;
}

/**
 * `outcome` is "readable", "blocked" (the browser withheld the answer) or "failed" (there was no
 * answer: the request cannot be made, or nobody listens). All of the result can be posted to another window.
 */
export async function send(request, api) {
  // Explained first, because the request may change the answer.
  const explanation = await explain(request, location.origin, api);
  const url = urlOf(request.path, api);
  let prepared;
  if (!request.socket) {
    try {
      prepared = new Request(url, {
        method: request.method,
        headers: request.headers,
        body: request.body || undefined,
        credentials: request.credentials ? "include" : "omit",
      });
    } catch (error) {
      return { outcome: "failed", note: `The browser does not send this: ${error.message}`, wire: [], explanation };
    }
  }

  const before = (await exchangesAfter(0)).at(-1)?.number ?? 0;
  const response = request.socket ? await throughSocket(url) : await throughFetch(prepared);
  const wire = (await exchangesAfter(before)).filter((exchange) => exchange.path === url.pathname + url.search);
  const note = request.socket ? socketNote(wire) : fetchNote(request, prepared, wire);

  if (response) return { outcome: "readable", note, wire, explanation, response };
  if (wire.length === 0) {
    return { outcome: "failed", note: "Nothing arrived at the API. Is the example still running?", wire, explanation };
  }
  return { outcome: "blocked", note, wire, explanation };
}

async function throughFetch(prepared) {
  try {
    const answer = await fetch(prepared);
    const { status, statusText, headers } = answer;
    return { status, statusText, headers: [...headers], body: await answer.text() };
  } catch {
    // The browser tells script only that the request failed.
    return undefined;
  }
}

/** Opens a web socket, sends a message, and returns the first answer. */
function throughSocket(url) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.href.replace(/^http/, "ws"));
    socket.addEventListener("open", () => socket.send("How many items?"));
    socket.addEventListener("message", ({ data }) => {
      resolve({ status: 101, statusText: "Switching Protocols", headers: [], body: data });
      socket.close();
    });
    socket.addEventListener("close", () => resolve(undefined));
  });
}

/** The policies' explanation of a request from a page of that origin, or `{ problem }` if the server has none. */
export async function explain(request, origin, api) {
  const { method, headers = [], body, credentials = false, socket = false } = request;
  const { pathname, search } = urlOf(request.path, api);
  try {
    const response = await fetch("/explain", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ origin, method, path: pathname + search, headers, body: body || null, credentials, socket }),
    });
    return response.ok ? await response.json() : { problem: await response.text() };
  } catch (error) {
    return { problem: error.message };
  }
}

function fetchNote(request, prepared, wire) {
  const asked = wire.some((exchange) => exchange.preflight);
  const actual = wire.find((exchange) => !exchange.preflight);
  const dropped = (request.headers ?? [])
    .map(([name]) => name.toLowerCase())
    .filter((name) => !prepared.headers.has(name));
  return [
    asked && actual ? "It asked first, with a preflight, and then sent the request."
      : asked ? "It asked first, with a preflight, and did not send the request: no handler ran."
        : `It sent the request without asking first${actual ? `, and the API answered ${actual.status}` : ""}.`,
    dropped.length ? `It lets no script set ${dropped.join(", ")}, and left that out.` : "",
  ].filter(Boolean).join(" ");
}

function socketNote(wire) {
  const status = wire[0]?.status;
  return `It asked for a web socket, which needs no preflight from any page${status ? `, and the API answered ${status}` : ""}.`;
}

/** The exchanges that the page's server has recorded, because a browser hides preflights and blocked answers from script. */
async function exchangesAfter(number) {
  try {
    const response = await fetch(`/journal?after=${number}`, { cache: "no-store" });
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}
