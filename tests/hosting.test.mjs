// The site on a static host: without a network after a visit, from one version
// to the next, its stub pages for previews of links, and its app manifest.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dist, start } from './harness.mjs';
import { serve } from './server.mjs';

let site;
let patterns;
before(async () => {
  site = await start();
  patterns = (await readdir(join(dist, 'oembed'))).map((name) => name.replace('.json', ''));
});
after(() => site?.stop());

const OFFLINE = { context: { serviceWorkers: 'allow' } };

/** Waits until a visit has left the whole site behind. */
const untilKept = (page) => page.evaluate(async () => {
  const { active } = await navigator.serviceWorker.ready;
  if (active.state !== 'activated') await new Promise((done) => active.addEventListener('statechange', done));
});

/** Names and digests that a service worker lists. */
const listed = (worker) => JSON.parse(/^const FILES = (\{.*?^\});$/ms.exec(worker)[1]);

const digestOf = (content) => createHash('sha256').update(content).digest('hex');

/** A copy of the site with another style, named and listed as the build does it. */
async function nextVersion() {
  const folder = await mkdtemp(join(tmpdir(), 'patternscope-next-'));
  await cp(dist, folder, { recursive: true });
  const edit = async (name, change) => {
    const text = change(await readFile(join(folder, name), 'utf8'));
    await writeFile(join(folder, name), text);
    return digestOf(text);
  };
  const old = (await readdir(folder)).find((name) => name.endsWith('.css') && name !== 'stub.css');
  const styled = await edit(old, (text) => `${text}\n:root{--of-version:next}\n`);
  const style = old.replace(/[0-9a-f]{16}/, styled.slice(0, 16));
  await rename(join(folder, old), join(folder, style));
  const page = await edit('index.html', (text) => text.replace(old, style));
  await edit('sw.js', (text) => {
    const files = { ...listed(text), [style]: styled, 'index.html': page };
    delete files[old];
    return text.replace(/^const FILES = \{.*?^\};$/ms, `const FILES = ${JSON.stringify(files, null, 2)};`)
      .replace(/VERSION = '\w+'/, `VERSION = '${digestOf(JSON.stringify(files)).slice(0, 16)}'`);
  });
  return { folder, old, style };
}

/** What the page and its parts came from: own files, by name. */
const partsOf = (page) => page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname.split('/').pop()));

const versionOf = (page) => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--of-version') || 'first');

test('one visit is enough to do without a network', async () => {
  const page = await site.openPage('?p=pub-sub', OFFLINE);
  await untilKept(page);
  await page.context().setOffline(true);
  for (const query of ['', '?p=etl&rate=20&t=2s', 'index.html?p=batching', '?embed=1&p=orchestration', 'pub-sub/?seed=9']) {
    await page.goto(site.url + query);
    await page.locator('main').waitFor();
    if (query.includes('p=') || query.includes('pub-sub')) await page.locator('.stage').waitFor();
  }
  assert.match(page.url(), /\?p=pub-sub&.*seed=9/);
  await page.reload();
  await page.locator('.stage').waitFor();
  page.assertClean();
  await page.shut();
});

test('a query or a foreign file is kept by nobody', async () => {
  const page = await site.openPage('?p=pub-sub', OFFLINE);
  await untilKept(page);
  await page.goto(`${site.url}?p=etl`);
  await page.locator('.stage').waitFor();
  const kept = await page.evaluate(async () => {
    await Promise.all(['cards/etl.png', 'embed.js?v=2'].map((file) => fetch(file)));
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({ url }) => url);
  });
  const files = listed(await readFile(join(dist, 'sw.js'), 'utf8'));
  assert.equal(kept.length, Object.keys(files).length);
  assert.ok(kept.every((url) => url.startsWith(site.url) && !url.includes('?')), kept.join('\n'));
  page.assertClean();
  await page.shut();
});

test('the list is of what is there', async () => {
  const files = listed(await readFile(join(dist, 'sw.js'), 'utf8'));
  for (const [name, digest] of Object.entries(files)) {
    assert.equal(digestOf(await readFile(join(dist, name))), digest, name);
  }
  const index = await readFile(join(dist, 'index.html'), 'utf8');
  for (const [, name] of index.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
    assert.ok(name in files || name.startsWith('icons/'), `${name} is loaded and listed`);
  }
});

test('a new version comes whole with the next visit, and works offline', async () => {
  const next = await nextVersion();
  const host = await serve(dist);
  try {
    const context = await site.browser.newContext({ serviceWorkers: 'allow' });
    const visit = await context.newPage();
    const open = async () => {
      await visit.goto(`${host.url}?p=pub-sub`);
      await visit.locator('.stage').waitFor();
    };
    await open();
    await untilKept(visit);
    host.root = next.folder;
    const taken = () => visit.evaluate((name) => caches.match(name).then(Boolean), new URL(next.style, host.url).href);
    await open();
    // A visit is of one version, whichever, while the next one is on its way.
    const parts = await partsOf(visit);
    assert.equal(parts.includes(next.old), !parts.includes(next.style), parts.join(' '));
    for (let i = 0; i < 100 && !(await taken()); i += 1) await visit.waitForTimeout(100);
    await untilKept(visit);
    await visit.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return !registration.installing && !registration.waiting;
    });
    const own = () => visit.evaluate((name) => fetch(`./${name}`).then(({ ok }) => ok), next.old);
    assert.ok(await own(), 'a page that is still open gets its own parts');
    await open();
    assert.equal(await versionOf(visit), 'next');
    assert.ok(!(await partsOf(visit)).includes(next.old));
    await context.setOffline(true);
    await open();
    assert.equal(await versionOf(visit), 'next');
    await context.close();
  } finally {
    await host.close();
    await rm(next.folder, { recursive: true });
  }
});

test('half a version is not taken', async () => {
  const next = await nextVersion();
  const host = await serve(dist);
  try {
    const context = await site.browser.newContext({ serviceWorkers: 'allow' });
    const page = await context.newPage();
    await page.goto(`${host.url}?p=pub-sub`);
    await page.locator('.stage').waitFor();
    await untilKept(page);
    await rm(join(next.folder, next.style));
    host.root = next.folder;
    const gone = page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const found = new Promise((resolve) => registration.addEventListener('updatefound', () => resolve(registration.installing)));
      await registration.update();
      const worker = await found;
      if (worker.state !== 'redundant') await new Promise((done) => { worker.onstatechange = () => worker.state === 'redundant' && done(); });
      return (await caches.keys()).length;
    });
    assert.equal(await gone, 1);
    await page.reload();
    await page.locator('.stage').waitFor();
    assert.equal(await versionOf(page), 'first');
    await context.close();
  } finally {
    await host.close();
    await rm(next.folder, { recursive: true });
  }
});

test('frames keep nothing, and a refused worker is no complaint', async () => {
  const framed = await site.openPage('', { ...OFFLINE, path: 'embed.js', ready: null });
  await framed.setContent(`<iframe src="${site.url}?embed=1&p=etl" title="A run"></iframe>`);
  await framed.frameLocator('iframe').locator('.stage').waitFor();
  await framed.waitForTimeout(300);
  assert.equal(await framed.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
  framed.assertClean();
  await framed.shut();

  const refuse = () => {
    if (navigator.serviceWorker) navigator.serviceWorker.register = () => Promise.reject(new DOMException('no', 'SecurityError'));
  };
  const page = await site.openPage('?p=etl', { ...OFFLINE, before: refuse });
  await page.locator('.stage').waitFor();
  page.assertClean();
  await page.shut();
});

test('a stub page goes on to the run with all that the link says', async () => {
  const page = await site.openPage('?seed=7&p=etl&rate=12&t=1s#x=1', { path: 'pub-sub/', ready: '.stage' });
  assert.match(page.url(), /\/some\/folder\/\?p=pub-sub&/);
  assert.match(page.url(), /seed=7/);
  assert.match(page.url(), /rate=12/);
  page.assertClean();
  await page.shut();

  // Before the page itself puts the address in order.
  const seen = [];
  const raw = await site.openPage('', { ready: null });
  raw.on('framenavigated', (frame) => seen.push(frame.url()));
  await raw.goto(`${site.url}etl/index.html?seed=7&script=5s+crash+loader-1&p=x#script=ab`);
  await raw.locator('main .stage').waitFor();
  assert.ok(seen.includes(`${site.url}?p=etl&seed=7&script=5s+crash+loader-1#script=ab`), seen.join('\n'));
  await raw.shut();
});

for (const colorScheme of ['light', 'dark']) {
  test(`a stub page says what it is where no script runs, ${colorScheme}`, async () => {
    const page = await site.openPage('', { path: 'etl/', javaScript: false, ready: 'h1', colorScheme });
    assert.equal(await page.getByRole('heading').innerText(), 'ETL');
    assert.equal(await page.getByRole('link').getAttribute('href'), '../?p=etl');
    assert.match(await page.locator('main').innerText(), /needs JavaScript/);
    assert.equal(await page.locator('img').evaluate(({ naturalWidth }) => naturalWidth).catch(() => 1200), 1200);
    page.assertClean();
    await page.shut();
  });
}

test('each pattern has a page, a picture and an oEmbed answer', async () => {
  assert.ok(patterns.length >= 9);
  for (const pattern of patterns) {
    const html = await readFile(join(dist, pattern, 'index.html'), 'utf8');
    const tag = (name) => new RegExp(`(?:property|name)="${name}" content="([^"]+)"`).exec(html)?.[1];
    for (const name of ['og:title', 'og:description', 'og:image', 'og:type', 'description', 'twitter:card']) {
      assert.ok(tag(name), `${name} of ${pattern}`);
    }
    assert.match(tag('og:image'), new RegExp(`cards/${pattern}\\.png$`));
    assert.match(html, new RegExp(`application/json\\+oembed" href="[^"]*oembed/${pattern}\\.json"`));
    assert.deepEqual(await sizeOf(`cards/${pattern}.png`), [1200, 630]);

    const answer = JSON.parse(await readFile(join(dist, 'oembed', `${pattern}.json`), 'utf8'));
    assert.equal(answer.version, '1.0');
    assert.equal(answer.type, 'rich');
    assert.match(answer.html, new RegExp(`^<iframe src="[^"]*\\?embed=1&amp;p=${pattern}" width="720" height="440"`));
    assert.match(answer.thumbnail_url, new RegExp(`cards/${pattern}\\.png$`));
  }
});

test('the manifest is whole and its icons have their sizes', async () => {
  const page = await site.openPage();
  const href = await page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = await page.evaluate(async (address) => (await fetch(address)).json(), href);
  assert.equal(manifest.start_url, './');
  assert.equal(manifest.display, 'standalone');
  assert.ok(manifest.icons.some(({ purpose }) => purpose === 'maskable'));
  for (const { src, sizes } of manifest.icons.filter(({ type }) => type === 'image/png')) {
    assert.deepEqual(await sizeOf(src), sizes.split('x').map(Number), src);
  }
  assert.deepEqual(await sizeOf(await page.locator('link[rel=apple-touch-icon]').getAttribute('href')), [180, 180]);
  const themes = await page.locator('meta[name=theme-color]').evaluateAll((all) => all.map(({ media, content }) => [media, content]));
  assert.equal(themes.length, 2);
  const errors = await page.context().newCDPSession(page).then((session) => session.send('Page.getAppManifest'));
  assert.deepEqual(errors.errors, []);
  page.assertClean();
  await page.shut();
});

/** Width and height of a PNG of the site. */
async function sizeOf(file) {
  const png = await readFile(join(dist, file));
  assert.equal(png.toString('latin1', 1, 4), 'PNG', file);
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}
