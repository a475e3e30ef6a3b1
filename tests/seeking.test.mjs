// Going to any instant, near or far, without the page ever freezing; and own
// data that travels with the link.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './acts.mjs';
import { start } from './harness.mjs';
import { clock, commandLine, digest, momentLink, seek } from './player.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

/** Runs in the page before it does: the longest time between two frames. */
const watchGaps = () => {
  let last = performance.now();
  window.longestGap = 0;
  const look = (now) => {
    window.longestGap = Math.max(window.longestGap, now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

test('a far instant under the greatest load does not freeze the page', async () => {
  const page = await site.openPage('?p=request-response&rate=50000&queue-cap=1000&t=3h');
  const word = page.getByText('catching up');
  await word.waitFor();
  await page.evaluate(watchGaps);
  const at = await clock(page);
  await until(async () => (await clock(page)) > at, 'progress');
  await page.waitForTimeout(1_000);
  const gap = await page.evaluate(() => window.longestGap);
  assert.ok(gap < 400, `a frame took ${gap.toFixed(0)} ms`);
  // Another wish takes its place.
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Home');
  await until(async () => (await clock(page)) === 0, 'the start');
  await until(async () => (await word.count()) === 0, 'no word of catching up');
  page.assertClean();
  await page.shut();
});

test('an instant minutes away is reached while paused, and is the right one', async () => {
  const page = await site.openPage('?p=request-response&rate=500&service-ms=10&autoplay=0&t=120s');
  await until(async () => (await clock(page)) === 120, 'the instant', 30_000);
  const there = await digest(page);
  await seek(page, 100);
  await seek(page, 120);
  assert.equal(await digest(page), there);
  page.assertClean();
  await page.shut();
});

const ROWS = 'at_ms,client,path,service_ms\n10,1,/a,5\n20,client-2,"/b, or not",50\n30,3,/c,5\n';

test('own data comes from a file and travels with the link', async () => {
  const page = await site.openPage('?p=request-response&autoplay=0');
  await page.locator('.own-data summary').click();
  const file = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  const input = page.locator('.own-data input[type=file]');
  await input.setInputFiles(file('bad.csv', `${ROWS}soon,1,/d,-5\n`));
  const refused = page.locator('.own-data .refused');
  await until(async () => (await refused.innerText()).includes('line 5, column at_ms'), 'the reason');
  assert.match(await refused.innerText(), /line 5, column service_ms: `-5` must be/);
  assert.equal(await page.locator('.in-use').count(), 0, 'nothing is half-loaded');
  await input.setInputFiles(file('good.csv', ROWS));
  await page.getByText('3 rows of your own in use').waitFor();
  assert.equal(await refused.innerText(), '', 'what was wrong is forgotten');
  await seek(page, 1);
  const [link, here] = [await momentLink(page), await digest(page)];
  const other = await site.openPage(new URL(link).search + new URL(link).hash);
  await other.getByText('3 rows of your own in use').waitFor({ state: 'attached' });
  await until(async () => (await clock(other)) === 1, 'the instant');
  assert.equal(await digest(other), here);
  assert.equal(commandLine('run', link, '--until', '1s').digest, here);
  for (const each of [page, other]) {
    each.assertClean();
    await each.shut();
  }
});
