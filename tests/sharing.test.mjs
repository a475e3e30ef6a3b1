// The Share dialog: what it hands out is what it says, and files come out of it.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { assertAccessible, browserPath, serveElsewhere, start } from './harness.mjs';
import { commandLineFile } from './player.mjs';

let site;
let post = '';
let blog;
const answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>A post</title>${post}</html>`);
};
before(async () => {
  site = await start();
  blog = await serveElsewhere(answer);
});
after(async () => {
  blog?.close();
  await site?.stop();
});

const RUN = '?p=pub-sub&seed=11&rate=20&script=1s+crash+consumer-1+for+1s&t=2s&speed=0.2';

async function openDialog(query = RUN, options = {}) {
  const page = await site.openPage(query, { context: { acceptDownloads: true }, ...options });
  await page.getByRole('button', { name: 'Share' }).click();
  await page.locator('.sharing').waitFor();
  return page;
}

const tab = (page, name) => page.locator('.sharing .tab', { hasText: name }).click();
const field = (page, name) => page.locator('.sharing label').filter({ hasText: new RegExp(`^${name}`) }).locator('select, input');
const shown = (page) => page.locator('.sharing textarea').inputValue();

/** Makes a file in the dialog and gives what was saved. */
async function made(page, format) {
  await page.locator('.exports select').first().selectOption(format);
  const saving = page.waitForEvent('download', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Make the file' }).click();
  const saved = await saving;
  return { name: saved.suggestedFilename(), content: readFileSync(await saved.path()) };
}

async function range(page, from, to) {
  await field(page, 'From').fill(String(from));
  await field(page, 'To').fill(String(to));
}

test('the dialog is accessible, closes with Escape and gives the focus back', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await openDialog(RUN, { colorScheme });
    for (const name of ['Link', 'iframe', 'Element', 'Markdown', 'File']) {
      await tab(page, name);
      await assertAccessible(page, '.sharing');
    }
    await page.keyboard.press('Escape');
    await page.locator('.sharing').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Share');
    page.assertClean();
    await page.shut();
  }
});

test('frame and element, put into a page of another origin, show the very run', async () => {
  const page = await openDialog();
  await tab(page, 'iframe');
  await field(page, 'Theme').selectOption({ label: 'dark' });
  const frame = await shown(page);
  await tab(page, 'Element');
  const element = await shown(page);
  const preview = page.frameLocator('.preview-frame iframe');
  await preview.locator('.stage').waitFor();
  page.assertClean();
  await page.shut();
  for (const text of [frame, element]) {
    post = text;
    const made = await site.browser.newContext({ serviceWorkers: 'block' });
    const host = await made.newPage();
    await host.goto(`${blog.url}/`);
    const inside = host.frameLocator('iframe');
    const link = inside.getByRole('link', { name: 'patternscope' });
    await link.hover();
    const href = new URL(await link.getAttribute('href'));
    for (const [key, value] of new URLSearchParams(RUN)) {
      assert.equal(href.searchParams.get(key), value, `${key} in ${href}`);
    }
    assert.equal(await inside.locator('html').getAttribute('data-theme'), 'dark');
    await made.close();
  }
});

test('options that are as usual leave no trace; beats of the story are places to start', async () => {
  const page = await openDialog('?p=etl');
  await tab(page, 'iframe');
  assert.doesNotMatch(await shown(page), /theme|controls|autoplay|background|step/);
  await field(page, 'Starts at').selectOption({ label: 'beat 2 of its story' });
  await page.waitForFunction(() => document.querySelector('.sharing textarea').value.includes('step=2'));
  await field(page, 'Plays').selectOption({ label: 'by itself, for ever' });
  assert.match(await shown(page), /autoplay=1&amp;loop=1/);
  page.assertClean();
  await page.shut();
});

test('pictures and data are the same bytes as from the command line', async () => {
  const page = await openDialog();
  await tab(page, 'File');
  await range(page, 1, 2);
  const link = await page.evaluate(() => location.href.split('?')[1]);
  for (const [format, ending] of [['svg', 'svg'], ['animated-svg', 'svg'], ['csv', 'csv'], ['json', 'json'], ['trace', 'trace.json']]) {
    const { name, content } = await made(page, format);
    assert.equal(name, `patternscope-pub-sub.${ending}`);
    const native = commandLineFile('export', `?${link}&speed=0.2`, '--format', format, '--from', '1s', '--to', '2s');
    assert.equal(content.equals(native), true, `${format}: ${content.length} and ${native.length} bytes`);
  }
  page.assertClean();
  await page.shut();
});

test('the animated picture moves inside <img> under a strict policy, and rests for who asks', async () => {
  const page = await openDialog();
  await tab(page, 'File');
  await range(page, 1, 2);
  const { content } = await made(page, 'animated-svg');
  await page.shut();
  const picture = `data:image/svg+xml;base64,${content.toString('base64')}`;
  const html = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:"><img src="${picture}">`;
  const shots = async (browser) => {
    const other = await browser.newPage({ viewport: { width: 960, height: 560 } });
    await other.setContent(html);
    await other.waitForTimeout(700);
    const one = await other.screenshot();
    await other.waitForTimeout(500);
    const two = await other.screenshot();
    await other.close();
    return one.equals(two);
  };
  assert.equal(await shots(site.browser), false, 'it should move');
  const calm = await chromium.launch({
    executablePath: browserPath(),
    args: ['--no-sandbox', '--disable-gpu', '--force-prefers-reduced-motion'],
  });
  assert.equal(await shots(calm), true, 'it should rest');
  await calm.close();
});

test('pixels: a PNG, a GIF that loops, and a video', async () => {
  const page = await openDialog();
  await tab(page, 'File');
  await range(page, 1, 1.4);
  const png = await made(page, 'png');
  assert.equal(png.content.subarray(1, 4).toString(), 'PNG');
  assert.equal(png.content.readUInt32BE(16), 1920);
  await field(page, 'Size').selectOption('640');
  const gif = await made(page, 'gif');
  assert.equal(gif.content.subarray(0, 6).toString(), 'GIF89a');
  assert.ok(gif.content.includes('NETSCAPE2.0'), 'it loops');
  // 0.4 s of the run last six seconds, 12.5 frames each.
  const frames = gif.content.toString('latin1').split('\x21\xf9\x04').length - 1;
  assert.equal(frames, 75);
  const video = await made(page, 'video');
  assert.match(video.name, /\.(webm|mp4)$/);
  assert.ok(video.content.length > 10_000);
  page.assertClean();
  await page.shut();
});

test('the one file opens from the disk without a network, and shows the run', async () => {
  const page = await openDialog();
  await tab(page, 'File');
  await range(page, 1.5, 2);
  const { content } = await made(page, 'html');
  await page.shut();
  const file = join(tmpdir(), `patternscope-${process.pid}.html`);
  writeFileSync(file, content);
  const context = await site.browser.newContext({ offline: true });
  const other = await context.newPage();
  const wrong = [];
  other.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  other.on('pageerror', (error) => wrong.push(error.message));
  other.on('request', (request) => /^https?:/.test(request.url()) && wrong.push(request.url()));
  await other.goto(`file://${file}`);
  await other.locator('.stage').waitFor();
  assert.match(await other.locator('.timeline').innerText(), /1\.50 s/);
  await other.keyboard.press('k');
  await other.waitForFunction(() => !document.querySelector('.timeline').innerText.includes('1.50 s'));
  assert.deepEqual(wrong, []);
  await context.close();
  rmSync(file);
});

test('what fails says so and leaves the run as it is; a long one can be cancelled', async () => {
  const page = await openDialog();
  await tab(page, 'File');
  await range(page, 3, 2);
  await page.getByRole('button', { name: 'Make the file' }).click();
  await page.getByText(/No file was made: .*after/).waitFor();
  await range(page, 'soon', 2);
  await page.getByRole('button', { name: 'Make the file' }).click();
  await page.getByText(/must be seconds/).waitFor();
  await range(page, 1, 2);
  await page.locator('.exports select').first().selectOption('gif');
  await page.getByRole('button', { name: 'Make the file' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(/No file was made: cancelled/).waitFor();
  await page.context().route('**/patternscope-exporter*', (route) => route.abort());
  await page.getByRole('button', { name: 'Make the file' }).click();
  await page.getByText(/No file was made/).waitFor();
  await page.keyboard.press('Escape');
  assert.match(await page.locator('.timeline').innerText(), /2\.00 s/);
  await page.shut();
});
