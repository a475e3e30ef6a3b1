// The site without a network: keeps one whole version of it and answers from
// that. `cargo xtask dist` enters the files (xtask/src/hosting/offline.rs).
//
// From the cache first, the page itself too. Its parts are named by their
// content, so whichever index.html is shown, its parts are of its own version;
// asking the network first would only make a bad network slow. The browser looks
// for a new sw.js at each visit; what that one lists is fetched in the
// background, whole or not at all, and shown from the next visit on.
const VERSION = '';
/** SHA-256 of each file. */
const FILES = {};

/** Another folder of this host may hold another patternscope. */
const OWN = `patternscope ${registration.scope} `;
const CACHE = OWN + VERSION;
const NAMED_BY_CONTENT = /-[0-9a-f]{16}[._][^/]*$/;

addEventListener('install', (event) => event.waitUntil(keepAll().then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(forgetOld()));
addEventListener('fetch', (event) => {
  const name = nameOf(event.request);
  if (Object.hasOwn(FILES, name) || NAMED_BY_CONTENT.test(name)) event.respondWith(answer(event.request, name));
});

/** The file that is asked for; empty if it is not of this site. */
function nameOf({ method, mode, url }) {
  const { href, search } = new URL(url);
  const address = href.replace(/[?#].*/s, '');
  // The query of a page is the page's business; any other query means the host.
  const meant = method === 'GET' && (mode === 'navigate' || !search) && address.startsWith(registration.scope);
  return meant ? address.slice(registration.scope.length).replace(/(^|\/)$/, '$1index.html') : '';
}

/** Hosts may lead away from `index.html` to its folder: ask for that. */
const addressOf = (name) => new URL(name.replace(/(^|\/)index\.html$/, '$1'), registration.scope).href;

async function answer(request, name) {
  const own = await caches.open(CACHE);
  // A page opened before this version came may still want its own parts.
  const kept = (await own.match(addressOf(name))) ?? (NAMED_BY_CONTENT.test(name) && (await caches.match(addressOf(name))));
  return kept || fetch(request);
}

async function keepAll() {
  try {
    const cache = await caches.open(CACHE);
    await Promise.all(Object.keys(FILES).map(async (name) => cache.put(addressOf(name), await find(name))));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

/** A file as it is in this version: from an older cache, or from the host. */
async function find(name) {
  const places = [(address) => caches.match(address), (address) => fetch(address, { cache: 'no-cache' })];
  for (const place of places) {
    const found = await place(addressOf(name));
    if (!found?.ok) continue;
    const content = await found.arrayBuffer();
    if ((await digest(content)) === FILES[name]) return new Response(content, { headers: headersOf(found) });
  }
  throw new Error(`the host has another version of ${name}`);
}

async function digest(content) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What the host said of a file, apart from how it sent it. */
function headersOf(response) {
  const headers = new Headers(response.headers);
  for (const name of ['content-encoding', 'content-length', 'vary']) headers.delete(name);
  return headers;
}

/** The version before this one stays, for pages that are still open. */
async function forgetOld() {
  const others = (await caches.keys()).filter((name) => name.startsWith(OWN) && name !== CACHE);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
}
