// Script in a frame on another of the page's origins: sends the requests that the page posts to it, and posts their outcomes back.

import { send } from "/send.js";

const config = fetch("/config.json").then((response) => response.json());

addEventListener("message", async (event) => {
  const { api, origins } = await config;
  if (event.source !== parent || !origins.some(({ origin }) => origin === event.origin)) return;
  const { number, request } = event.data;
  parent.postMessage({ number, result: await send(request, api) }, event.origin);
});
