// Requests: to this project's routes, which only read, and to Airflow's own REST API, which does everything else.

// The page may be served under a prefix, which is the path of the document's base.
const base = new URL(document.baseURI).pathname;

/** The account that the page shows, by its address; undefined where there is one account. */
export const account = () => /\/plugin\/inventory\/account\/(\w+)/.exec(window.location.pathname)?.[1];

/** The address of a route of this project, for the account of the page, with the parameters that have a value. */
export function address(path, parameters = {}) {
  const given = Object.entries({ account: account(), ...parameters }).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${base}indicaonline/${path}${query && `?${query}`}`;
}

/** An answer that is not the expected one: its message is a sentence for the user. */
class Problem extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function answer(response) {
  const text = await response.text();
  let body = text;
  try {
    body = text && JSON.parse(text);
  } catch {
    // Not JSON: the SQL of a dataset, or an error page of a proxy.
  }
  if (response.ok) return body;
  throw new Problem(sentence(response.status, body), response.status);
}

function sentence(status, body) {
  const detail = body?.problem ?? body?.detail?.message ?? body?.detail;
  if (status === 401) return 'Your session has ended: log in again.';
  if (status === 403) return 'You do not have the right to do this: an administrator of Airflow grants it.';
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) return detail.map((each) => each.msg).join(' ');
  return `Airflow answered with status ${status}: try again, or see the log of its API server.`;
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem('Airflow cannot be reached: check the network, then reload the page.');
  }
  return answer(response);
}

/** Read a route of this project: JSON, or text. */
export const read = (path, parameters, signal) => request(address(path, parameters), { signal });

/** Read a dataset; returns its rows as objects, and whether there are more of them. */
export async function readRows(dataset, parameters, signal) {
  const { columns, rows, more } = await read(`rows/${dataset}`, parameters, signal);
  return { columns, more, rows: rows.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], cell]))) };
}

/** Call Airflow's REST API with the session of the user, such as `airflow('POST', 'backfills', {...})`. */
export const airflow = (method, path, body) =>
  request(`${base}api/v2/${path}`, {
    method,
    headers: body && { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
