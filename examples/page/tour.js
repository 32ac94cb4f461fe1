// The tour: prepared requests, in order. The policies decide their outcomes.

const JSON_TYPE = ["content-type", "application/json"];

export const GROUPS = [
  {
    title: "Reading, without a preflight",
    about: "The browser sends these without a preflight, so the handler runs in any case. The policy decides who reads the answer.",
    requests: [
      { id: "list-items", method: "GET", path: "/items", shows: "The policy exposes one header to script; the browser withholds another." },
      { id: "get-item", method: "GET", path: "/items/1", shows: "The policy of the handler’s module, unchanged." },
      { id: "missing-item", method: "GET", path: "/items/99", shows: "The handler returns an Err: script reads the 404, too." },
      { id: "broken", method: "GET", path: "/broken", shows: "The handler fails: script reads the 500 and its text." },
      { id: "health", method: "GET", path: "/health", shows: "A route without an annotation: the app’s fallback has its policy." },
      { id: "public", method: "GET", path: "/public", shows: "Any page may read this." },
    ],
  },
  {
    title: "Cookies",
    about: "A page sends and receives cookies of another origin only if the policy has `credentials`.",
    requests: [
      { id: "me-anonymous", method: "GET", path: "/me", shows: "Sent without the cookie: script reads the 401." },
      { id: "orders-anonymous", method: "GET", path: "/account/orders", shows: "A middleware answers 401 before the handler runs: script reads that, too." },
      { id: "login", method: "POST", path: "/login", credentials: true, shows: "The answer sets a cookie. The browser hides it from script." },
      { id: "me", method: "GET", path: "/me", credentials: true, shows: "Sent with the cookie that the request above has set." },
      { id: "list-items-with-cookies", method: "GET", path: "/items", credentials: true, shows: "The policy allows the origin, and has no `credentials`." },
      { id: "public-with-cookies", method: "GET", path: "/public", credentials: true, shows: "A policy for any origin never allows cookies." },
    ],
  },
  {
    title: "Changing, with a preflight",
    about: "The browser asks first, with a preflight. If the policy refuses, the handler does not run.",
    requests: [
      {
        id: "put-item", method: "PUT", path: "/items/7", credentials: true, headers: [JSON_TYPE], body: '{ "name": "teapot" }',
        shows: "GET on this path has another policy. This one allows JSON and cookies.",
      },
      {
        id: "put-bad-json", method: "PUT", path: "/items/7", credentials: true, headers: [JSON_TYPE], body: '{ "name": ',
        shows: "An extractor refuses the body: script reads the 400.",
      },
      {
        id: "put-unlisted-header", method: "PUT", path: "/items/7", credentials: true,
        headers: [JSON_TYPE, ["x-trace", "1"]], body: '{ "name": "teapot" }',
        shows: "The policy does not list the header `x-trace`.",
      },
      { id: "delete-item", method: "DELETE", path: "/items/7", credentials: true, shows: "A third policy on the same path." },
      { id: "patch-item", method: "PATCH", path: "/items/7", shows: "No handler takes this method, so no policy allows it." },
      { id: "clear-items", method: "DELETE", path: "/items", shows: "`#[cors(off)]`: closed to other origins." },
    ],
  },
  {
    title: "Policies that allow some pages",
    about: "These policies allow some of the page’s origins and refuse others. Open the page on another origin to see the difference.",
    requests: [
      { id: "partners", method: "GET", path: "/partners", shows: "For partners: some are in the source, the others in the variable `PARTNER_ORIGINS`." },
      { id: "theme", method: "GET", path: "/theme", shows: "For tenants: the API looks an origin up when a page asks." },
      { id: "live", method: "GET", path: "/live", socket: true, shows: "A web socket. `enforce` keeps the pages of other origins from the handler." },
    ],
  },
];
