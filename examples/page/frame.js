// The page in one of its other origins: sends what the page asks for, and posts back what came of it.

import { send } from "/send.js";

const config = fetch("/config.json").then((response) => response.json());

addEventListener("message", async (event) => {
  const { api, origins } = await config;
  if (event.source !== parent || !origins.includes(event.origin)) return;
  const { number, request } = event.data;
  parent.postMessage({ number, result: await send(request, api) }, event.origin);
});
