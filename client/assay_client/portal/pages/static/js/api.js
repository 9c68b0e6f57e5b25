// The gateway's interface. The session lives in cookies that scripts cannot read.

const ROOT = "/api/v1";

/** What went wrong, in the house's form: what happened, whose fault it is, what to do. */
export class Problem extends Error {
  constructor(status, { code, culprit, message, hint }) {
    super(message);
    Object.assign(this, { status, code, culprit, hint });
  }

  /** Whether signing in would help. */
  get unsigned() {
    return this.status === 401;
  }
}

const UNREACHABLE = {
  code: "gateway-unreachable",
  culprit: "local",
  message: "The gateway does not answer.",
  hint: "Check your connection; if the gateway is down, its operator has to start it again.",
};

/** An answer with the block and the receipt that came with it. */
class Reading {
  constructor(path, body, headers) {
    Object.assign(this, {
      path,
      body,
      block: Number(headers.get("Assay-Block")) || null,
      receipt: headers.get("Assay-Receipt"),
    });
  }

  /** What was asked, without what all have in common. */
  get name() {
    return this.path.slice(ROOT.length + 1).replace(/\?$/, "");
  }

  /** The answer with its receipt, as `curl --include` saves it: what `assay receipt verify` checks. */
  get signed() {
    return `HTTP/1.1 200 OK\r\nAssay-Block: ${this.block}\r\nAssay-Receipt: ${this.receipt}\r\n\r\n${this.body}`;
  }

  /** The answer, parsed. */
  get data() {
    return JSON.parse(this.body);
  }
}

/** Read `path` of the interface; signs in again once with the refresh cookie when the access token has expired. */
export async function read(path) {
  let response = await send(ROOT + path);
  if (response.status === 401) response = await alone(() => renewed(ROOT + path));
  return new Reading(ROOT + path, await body(response), response.headers);
}

/** Post JSON to a path of the door. */
export async function post(path, message = {}) {
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Assay": "1" },
    body: JSON.stringify(message),
  };
  return JSON.parse((await body(await send(path, options))) || "null");
}

/** Get JSON from a path of the door. */
export const get = async (path) => JSON.parse(await body(await send(path)));

/** Ask again, with a new access token unless somebody else got one meanwhile. */
async function renewed(path) {
  const response = await send(path);
  if (response.status !== 401) return response;
  return post("/auth/refresh").then(
    () => send(path),
    (error) => (error.status ? response : Promise.reject(error)),
  );
}

let last = Promise.resolve();

/** One at a time, in all tabs: a refresh token is good for one use, and a second use would look like a theft. */
function alone(act) {
  if (navigator.locks) return navigator.locks.request("assay-refresh", act);
  last = last.then(act, act);
  return last;
}

async function send(path, options = {}) {
  try {
    return await fetch(path, {
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(20_000),
      ...options,
    });
  } catch {
    throw new Problem(0, UNREACHABLE);
  }
}

async function body(response) {
  const text = await response.text().catch(() => {
    throw new Problem(0, UNREACHABLE);
  });
  if (response.ok) return text;
  throw new Problem(
    response.status,
    described(text) ?? {
      code: `status-${response.status}`,
      culprit: "gateway",
      message: `The gateway answered with status ${response.status}.`,
      hint: "Reload the page; if it happens again, tell the gateway's operator.",
    },
  );
}

function described(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return null;
  }
}
