// Everything an end-to-end test needs: the site in a subfolder, a real
// Chromium, pages that remember each complaint, and the axe audit.
//
//   const site = await start();               // once a file, in `before`
//   const page = await site.openPage('?p=pub-sub&seed=7', { width: 390, height: 844 });
//   ...
//   page.assertClean();                       // no console error, no foreign request
//   await site.stop();                        // in `after`
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** The built site: the DIST variable, or dist/ of this checkout. */
export const dist = resolve(process.env.DIST ?? `${here}/../dist`);

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium that is installed. */
/** The browser that tests run in. */
export function browserPath() {
  const path = process.env.CHROMIUM ?? BROWSERS.find(existsSync);
  if (!path) throw new Error('no Chromium found: install it, or set CHROMIUM to its path');
  return path;
}

/** Starts the server and the browser that the tests of one file share. */
export async function start() {
  const server = process.env.SITE
    ? { url: process.env.SITE, close: async () => {} }
    : await serve(dist);
  const browser = await chromium.launch({ executablePath: browserPath(), args: ARGUMENTS });
  return {
    url: server.url,
    browser,
    openPage: (query, options) => openPage(browser, server.url, query, options),
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Opens the site at `query` in a context of its own. Options: width, height,
 * colorScheme ('light' | 'dark'), reducedMotion (true | false), javaScript,
 * path (a file within the site), ready (a selector to wait for; null: none),
 * before (runs in the page before its own scripts do), context (further
 * Playwright options).
 */
async function openPage(browser, url, query = '', options = {}) {
  const { width = 1280, height = 720, colorScheme = 'light', reducedMotion = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    javaScriptEnabled: options.javaScript ?? true,
    serviceWorkers: 'block',
    ...options.context,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.complaints = [];
  await watch(page, new URL(url).origin);
  if (options.before) await page.addInitScript(options.before);
  page.assertClean = () => assert.deepEqual(page.complaints, [], 'the page complained');
  page.shut = () => context.close();
  await page.goto(new URL((options.path ?? '') + query, url).href);
  const ready = options.ready === undefined ? 'main' : options.ready;
  if (ready) {
    await page.waitForSelector(ready).catch((error) => {
      throw new Error(`${error.message}\nThe page said: ${page.complaints.join('\n') || 'nothing'}`);
    });
  }
  return page;
}

/** Collects console errors, exceptions, failed and foreign requests; blocks the last. */
async function watch(page, origin) {
  const note = (text) => page.complaints.push(text);
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => note(`exception: ${error.message}`));
  page.on('requestfailed', (request) => {
    // A frame that is replaced gives up what it was loading.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') note(`failed: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) note(`status ${response.status()}: ${response.url()}`);
  });
  await page.context().route(
    (url) => /^(https?|wss?):$/.test(url.protocol) && url.origin !== origin,
    (route) => {
      note(`foreign request: ${route.request().url()}`);
      return route.abort();
    },
  );
}

/**
 * Serves pages of another origin than the site, as hosts of embeds do: another
 * port is one. `answer(request, response)` answers.
 */
export async function serveElsewhere(answer) {
  const server = createServer(answer);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Runs axe over the page and asserts that it finds nothing at all. */
export async function assertAccessible(page, context = 'document') {
  await page.evaluate(require('axe-core').source);
  const violations = await page.evaluate(async (where) => {
    const result = await window.axe.run(where === 'document' ? document : where);
    return result.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.slice(0, 5).map((node) => `${node.target.join(' ')}: ${node.failureSummary}`),
    }));
  }, context);
  assert.deepEqual(violations, [], 'axe found violations');
}

/** Asserts that the page does not scroll sideways. */
export async function assertNoSidewaysScroll(page) {
  const { content, view } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    view: document.documentElement.clientWidth,
  }));
  assert.ok(content <= view, `content is ${content} px wide in a view of ${view} px`);
}
