// What the API has, and a request for each.

/** What is mounted without an annotation: no listing of policies names it. */
const UNLISTED = [
  { method: "GET", path: "/partners/catalogue.csv", handler: "catalogue", note: "by hand, Cors::of::<Partners>()" },
  { method: "GET", path: "/health", handler: "health", note: "by hand, the app’s fallback" },
  { method: "GET", path: "/nowhere", handler: null, note: "no handler at all, the app’s fallback" },
];

/** An endpoint for each method of each listed policy, then those that no policy lists. */
export function endpointsOf(policies) {
  const listed = policies.flatMap((policy) => policy.methods.map((method) => ({
    method,
    path: policy.path,
    handler: policy.handler.split("::").at(-1),
    policy,
    note: policy.off ? "#[cors(off)]" : "",
  })));
  return [...listed, ...UNLISTED].map((endpoint) => ({
    ...endpoint,
    id: `${endpoint.method} ${endpoint.path}`,
    request: requestFor(endpoint),
  }));
}

/** A request that uses what the policy offers: cookies, and JSON where a content type may be set. */
function requestFor({ method, path, policy }) {
  // Deleting what is not there leaves the others something to read.
  const segment = method === "DELETE" ? "9" : "1";
  const json = policy?.headers?.toLowerCase().includes("content-type");
  return {
    method,
    path: path.replace(/\{[^}]*\}/g, segment),
    headers: json ? [["content-type", "application/json"]] : [],
    body: json ? '{ "name": "desk lamp" }' : "",
    credentials: policy?.credentials ?? false,
  };
}

/** The endpoint that a request is for, or undefined. */
export function endpointFor({ method, path }, endpoints) {
  const [wanted] = path.split("?");
  const segments = wanted.split("/");
  return endpoints.find((endpoint) => {
    const pattern = endpoint.path.split("/");
    return endpoint.method === method.toUpperCase()
      && pattern.length === segments.length
      && pattern.every((segment, index) => segment.startsWith("{") || segment === segments[index]);
  });
}

/** The policy as it stands in the example's source: what a handler has from its module or a named policy comes first. */
export function sourceOf({ handler }, source) {
  const lines = source.split("\n");
  const block = (end) => {
    const start = lines.slice(0, end).findLastIndex((line) => line.trim() === "") + 1;
    return lines.slice(start, end).filter((line) => !line.trim().startsWith("//"));
  };
  const end = lines.findIndex((line) => line.trim().replace(/^pub\(super\) /, "").startsWith(`async fn ${handler}(`));
  if (end < 0) return null;
  const own = [...block(end), `${lines[end].match(/^ */)[0]}async fn ${handler}(…)`];
  const parts = [own.join("\n")];
  if (own[0].startsWith(" ")) {
    const module = lines.slice(0, end).findLastIndex((line) => /^mod \w+ \{/.test(line));
    parts.unshift([...block(module), lines[module]].join("\n"));
  }
  const named = parts.join("\n").match(/policy = (\w+)/)?.[1];
  const struct = lines.indexOf(`struct ${named};`);
  if (struct >= 0) parts.unshift([...block(struct), lines[struct]].join("\n"));
  return parts.join("\n\n");
}
