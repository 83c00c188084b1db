// What a shop's back office does with an order, by a client of Klarna's from npm: @crystallize/node-klarna, as it comes. The
// profile beside this file calls these functions, each for one step of its journeys.
//   npm install @crystallize/node-klarna
import http from "node:http";
import https from "node:https";
import { Klarna } from "@crystallize/node-klarna";

// The package takes a host name and puts https:// before it; the gate is an address of this machine. So it is handed the
// gate's whole address as its host name, which is taken apart here. A client that takes a base URL needs none of this.
https.request = (options, answered) => {
  const { hostname, port, pathname } = new URL(options.hostname);
  const path = pathname.slice(0, -1) + options.path;
  return http.request({ ...options, hostname, port, path }, answered);
};

/** No key: the gate leaves out whatever is sent, and puts the run's own in its place. */
function orderManagement(baseUrl) {
  const nobody = { username: "nobody", password: "nothing" };
  return new Klarna({ ...nobody, apiEndpoint: baseUrl }).orderManagementV1;
}

/** What the package gives back in place of throwing it. */
function checked({ statusCode, error }) {
  if (error !== undefined) throw new Error(`${statusCode} ${error.error_code ?? error}`);
}

/** @type {import("klarna-perf").ClientFunction} */
export async function acknowledge({ baseUrl, values }) {
  checked(await orderManagement(baseUrl).orders.acknowledge(values.order));
}

/** @type {import("klarna-perf").ClientFunction} */
export async function captureInTwoParts({ baseUrl, values }) {
  const { captures } = orderManagement(baseUrl);
  checked(await captures.capture(values.order, { captured_amount: 600 }));
  checked(await captures.capture(values.order, { captured_amount: 400 }));
  return { captured: 1000 };
}
