// The endpoints of the API with their policies, and a request for each.

/** Endpoints without an annotation, which no listing has. Their policy is that of the layer around them. */
const UNLISTED = [
  { method: "GET", path: "/partners/catalogue.csv", handler: "catalogue", layer: "Partners", note: "no annotation: Cors::of::<Partners>()" },
  { method: "GET", path: "/health", handler: "health", layer: "Front", note: "no annotation: the app’s fallback" },
  { method: "GET", path: "/nowhere", handler: null, layer: "Front", note: "no handler: the app’s fallback" },
];

/** An endpoint for each method of each listed policy, then the unlisted endpoints. */
export function endpointsOf({ policies, layers }) {
  const listed = policies.flatMap((policy) => policy.methods.map((method) => ({
    method,
    path: policy.path,
    handler: last(policy.handler),
    policy,
    note: policy.off ? "#[cors(off)]" : "",
  })));
  const unlisted = UNLISTED.map((endpoint) => ({
    ...endpoint,
    policy: layers.map(({ says }) => says).find((says) => says && last(says.policy ?? "") === endpoint.layer),
  }));
  return [...listed, ...unlisted].map((endpoint) => ({
    ...endpoint,
    isListed: listed.includes(endpoint),
    id: `${endpoint.method} ${endpoint.path}`,
    request: requestFor(endpoint),
  }));
}

/** The parts of a policy: its origins, or the name of a policy that has them, and its other keys. */
export function policyInWords({ policy, layer, note }, named) {
  if (policy.off) return ["off: closed to other origins"];
  const name = last(policy.policy ?? "");
  // A handler may replace the origins of its named policy.
  const hasThoseOfName = named.get(name)?.join() === policy.origins.join();
  return [
    ...(hasThoseOfName ? [name] : policy.origins.join(",\n").split("\n")),
    policy.credentials && "credentials",
    policy.headers && `headers: ${policy.headers}`,
    policy.expose_headers && `expose_headers: ${policy.expose_headers}`,
    policy.max_age !== null && `max_age: ${policy.max_age}`,
    policy.enforce && "enforce",
    layer && `(${note})`,
  ].filter(Boolean);
}

/** The origins of each named policy. */
export function namedPolicies(endpoints) {
  const named = new Map();
  for (const { policy } of endpoints) {
    const name = last(policy.policy ?? "");
    if (name && !named.has(name)) named.set(name, policy.origins);
  }
  return named;
}

function last(path) {
  return path.split("::").at(-1);
}

/** A request that uses all that the policy allows: cookies, and JSON if it may set a content type. */
function requestFor({ method, path, handler, policy }) {
  // There is no item 9, so that a DELETE removes no item that other requests need.
  const segment = method === "DELETE" ? "9" : "1";
  const json = policy.headers?.toLowerCase().includes("content-type");
  return {
    method,
    path: path.replace(/\{[^}]*\}/g, segment),
    headers: json ? [["content-type", "application/json"]] : [],
    body: json ? '{ "name": "desk lamp" }' : "",
    credentials: policy.credentials,
    socket: handler === "live",
  };
}

/** The endpoint that a request is for, or undefined. */
export function endpointFor({ method, path }, endpoints) {
  const [wanted] = path.split(/[?#]/);
  const segments = wanted.split("/");
  return endpoints.find((endpoint) => {
    const pattern = endpoint.path.split("/");
    return endpoint.method === method.toUpperCase()
      && pattern.length === segments.length
      && pattern.every((segment, index) => segment.startsWith("{") || segment === segments[index]);
  });
}

/** The policy in the example's source, after the policy of the module or the named policy that it starts from. */
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
