// The page as a whole: it loads from a subfolder, from nowhere else, in
// silence, under its policy, and axe has nothing to say about it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, start } from './harness.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

test('the page loads from a subfolder without a complaint', async () => {
  const page = await site.openPage();
  assert.match(await page.title(), /Patternscope/);
  assert.ok((await page.locator('main').innerText()).trim().length > 0, 'first content');
  assert.equal(await page.locator('#loading').count(), 0, 'the loading text has gone');
  page.assertClean();
  await page.shut();
});

test('the policy allows neither inline scripts nor inline styles', async () => {
  const page = await site.openPage();
  const policy = await page
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .getAttribute('content');
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/);
  assert.equal(await page.locator('script:not([src])').count(), 0, 'no inline script');
  await page.shut();
});

test('a browser without WebAssembly is told so', async () => {
  const page = await site.openPage('', { ready: null });
  await page.addInitScript(() => delete window.WebAssembly);
  await page.reload();
  const alert = page.locator('#loading[role=alert]');
  await alert.waitFor();
  assert.match(await alert.innerText(), /could not start/);
  await page.shut();
});

test('a trap of the program is told, with the link and a way on', async () => {
  const page = await site.openPage('?p=request-response&seed=5');
  await page.evaluate(() => {
    // (module (func (export "trap") unreachable))
    const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0,
      7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11];
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)));
    setTimeout(exports.trap);
  });
  const notice = page.getByRole('alert');
  await notice.getByText('has stopped').waitFor();
  assert.match(await notice.getByRole('link').getAttribute('href'), /p=request-response&.*seed=5/);
  await notice.getByRole('button', { name: 'Load again' }).click();
  await page.locator('.stage').waitFor();
  assert.equal(await page.getByText('has stopped').count(), 0);
  await page.shut();
});

test('without JavaScript the page says what it needs', async () => {
  const page = await site.openPage('', { javaScript: false, ready: null });
  assert.match(await page.locator('body').innerText(), /needs JavaScript/);
  await page.shut();
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    test(`axe finds nothing at ${width}x${height}, ${colorScheme}`, async () => {
      const page = await site.openPage('', { width, height, colorScheme });
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
      await page.shut();
    });
  }
}
