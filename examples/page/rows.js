// The prepared requests: what is worth seeing, in order. What comes of them is the policies' affair.

const JSON_TYPE = ["content-type", "application/json"];

export const GROUPS = [
  {
    title: "Reading",
    about: "Simple requests: no preflight. The handler runs in any case, and the policy decides who reads what it says.",
    requests: [
      { id: "list-items", method: "GET", path: "/items", shows: "One header is exposed to script, another is kept from it." },
      { id: "get-item", method: "GET", path: "/items/1", shows: "The module’s policy, as it is: no cookies." },
      { id: "missing-item", method: "GET", path: "/items/99", shows: "A 404 made from an Err: script can read that, too." },
      { id: "broken", method: "GET", path: "/broken", shows: "A handler that fails: a 500 with a reason, not a mystery." },
      { id: "health", method: "GET", path: "/health", shows: "A route built by hand, under the app’s fallback." },
      { id: "public", method: "GET", path: "/public", shows: "For everyone." },
    ],
  },
  {
    title: "Cookies",
    about: "Credentials cross origins only where the policy says so.",
    requests: [
      { id: "me-anonymous", method: "GET", path: "/me", shows: "Sent without the cookie: a 401 that script can read and act on." },
      { id: "orders-anonymous", method: "GET", path: "/account/orders", shows: "A 401 from a middleware, before the handler: no mystery either." },
      { id: "login", method: "POST", path: "/login", credentials: true, shows: "The answer sets a cookie that script never sees." },
      { id: "me", method: "GET", path: "/me", credentials: true, shows: "With the cookie, after the request above." },
      { id: "list-items-with-cookies", method: "GET", path: "/items", credentials: true, shows: "A good origin, but its policy has no credentials." },
      { id: "public-with-cookies", method: "GET", path: "/public", credentials: true, shows: "“Everyone” is never “everyone, as the user”." },
    ],
  },
  {
    title: "Changing",
    about: "The browser asks first, with a preflight. Where the answer is no, the handler never runs.",
    requests: [
      {
        id: "put-item", method: "PUT", path: "/items/7", credentials: true, headers: [JSON_TYPE], body: '{ "name": "teapot" }',
        shows: "The same path as GET with a policy of its own: JSON and cookies.",
      },
      {
        id: "put-bad-json", method: "PUT", path: "/items/7", credentials: true, headers: [JSON_TYPE], body: '{ "name": ',
        shows: "An extractor refuses the body before the handler runs: a readable 400.",
      },
      {
        id: "put-unlisted-header", method: "PUT", path: "/items/7", credentials: true,
        headers: [JSON_TYPE, ["x-trace", "1"]], body: '{ "name": "teapot" }',
        shows: "A request header that the policy does not list.",
      },
      { id: "delete-item", method: "DELETE", path: "/items/7", credentials: true, shows: "A third policy on that path." },
      { id: "patch-item", method: "PATCH", path: "/items/7", shows: "No handler has this method, so none lends it a policy." },
      { id: "clear-items", method: "DELETE", path: "/items", shows: "#[cors(off)]: for the API’s own pages." },
    ],
  },
  {
    title: "Not for every page",
    about: "The server answers these, or would. The browser keeps the answer to itself.",
    requests: [
      { id: "partners", method: "GET", path: "/partners", shows: "For partners: those it was built with, and those of PARTNER_ORIGINS." },
      { id: "theme", method: "GET", path: "/theme", shows: "For tenants, whose origins are looked up when a page asks." },
      { id: "live", method: "GET", path: "/live", shows: "A web socket’s handler, under enforce: other pages’ requests never reach it." },
    ],
  },
];
