// Two runs side by side: one workload, one time, their figures beside each other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, start } from './harness.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

const cells = (page, row) =>
  page.locator('.figures tr', { hasText: row }).locator('td').allInnerTexts();

test('a run beside its own repetition differs in nothing', async () => {
  const page = await site.openPage('?p=request-response&seed=3&t=6s&with=request-response');
  await page.waitForFunction(() => document.querySelector('.clock .now').textContent.startsWith('6.00'));
  await page.waitForFunction(() => [...document.querySelectorAll('.figures td:nth-child(3)')].every((cell) => cell.textContent !== '–'));
  for (const row of ['Throughput', 'Goodput', 'p50', 'p99', 'Lost']) {
    const [one, two, difference] = await cells(page, row);
    assert.equal(one, two, row);
    assert.match(difference, /^0/, row);
  }
  await assertAccessible(page);
  page.assertClean();
  await page.shut();
});

test('one bar of time moves both, and the address stays', async () => {
  const page = await site.openPage('?p=request-response&preset=retry-storm&with=request-response:retry-budget&autoplay=0');
  const address = page.url();
  const slider = page.locator('.track input');
  await page.getByRole('button', { name: 'Play', exact: true }).first().press('Enter');
  await page.waitForFunction(() => parseFloat(document.querySelector('.clock .now').textContent) > 1);
  await page.getByRole('button', { name: 'Pause', exact: true }).press('Enter');
  await slider.press('Home');
  await page.waitForFunction(() => document.querySelector('.clock .now').textContent === '0.00 s');
  await page.waitForFunction(() => [...document.querySelectorAll('.figures tbody tr')].slice(-1)[0].innerText.includes('0'));
  assert.equal(await page.locator('.compare .stage').count(), 2);
  assert.equal(page.url(), address);
  page.assertClean();
  await page.shut();
});

test('from a page to the comparison and back; on a phone one above the other', async () => {
  const page = await site.openPage('?p=pub-sub&rate=20&autoplay=0', { width: 390, height: 844 });
  await page.getByRole('button', { name: 'Load and failures' }).click();
  await page.getByLabel('Compare with').selectOption('batching');
  await page.locator('.compare').waitFor();
  assert.match(page.url(), /rate=20.*&with=batching/);
  const [one, two] = await page.locator('.compare .stage').evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));
  assert.ok(one.bottom <= two.top, 'stacked');
  assert.ok(one.height > 120 && two.height > 120);
  await assertNoSidewaysScroll(page);
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Pub-Sub' }).first().click();
  await page.locator('.side').waitFor({ state: 'attached' });
  page.assertClean();
  await page.shut();
});

test('a second run that is none is told, and the page is an ordinary one', async () => {
  const page = await site.openPage('?p=etl&with=nothing&autoplay=0');
  assert.match(await page.locator('.notices').innerText(), /with=nothing: must be PATTERN/);
  assert.equal(await page.locator('.compare').count(), 0);
  page.assertClean();
  await page.shut();
});
