// Panels that some patterns have beside the common ones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, start } from './harness.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

test('event time against processing time: points are picked by pointer and keys', async () => {
  const page = await site.openPage('?p=stream-processing&preset=late-dropped&t=6s');
  const plot = page.locator('.stage .event-time');
  const field = page.getByRole('application', { name: /^Event time across/ });
  await plot.locator('.watermark[d^="M"]').waitFor({ state: 'attached' });
  assert.ok((await plot.locator('.late').getAttribute('d')).length > 10, 'late elements are crosses');
  assert.match(await plot.locator('.sum.told').first().textContent(), /^\d+$/);
  await field.click();
  const said = () => plot.locator('.words').textContent();
  await page.waitForFunction(() => /^-?\d+ happened at [\d.]+ s, worked on at/.test(
    document.querySelector('.event-time .words').textContent));
  // As any message of the stage: its trace is beside it.
  await page.getByRole('heading', { name: /^Flow \d+$/ }).waitFor();
  const first = await said();
  await field.press('ArrowLeft');
  await page.waitForFunction((before) => document.querySelector('.event-time .words').textContent !== before, first);
  assert.ok((await plot.locator('.picked').getAttribute('d')).startsWith('M'));
  await assertAccessible(page);
  page.assertClean();
  await page.shut();
});

test('a narrow page has both times in a sheet', async () => {
  const page = await site.openPage('?p=stream-processing&t=6s', { width: 390, height: 844 });
  await page.getByRole('button', { name: 'Measures', exact: true }).first().click();
  await page.getByRole('button', { name: 'Times' }).click();
  await page.locator('.panel .event-time .watermark[d^="M"]').waitFor({ state: 'attached' });
  page.assertClean();
  await page.shut();
});

test('the log of Event Sourcing can be looked back over without changing the run', async () => {
  const page = await site.openPage('?p=event-sourcing&t=4s');
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  const digest = async () => page.locator('.clock .now').innerText();
  const before = await digest();
  const slider = page.getByRole('slider', { name: 'Event', exact: true });
  const heading = page.locator('.look-back h2');
  const last = await heading.innerText();
  await slider.press('Home');
  await page.waitForFunction((was) => document.querySelector('.look-back h2').textContent !== was, last);
  assert.match(await heading.textContent(), /event 0 of/);
  assert.equal(await digest(), before);
  await assertAccessible(page);
  page.assertClean();
  await page.shut();
});

test('a ring of peers: all 64 stand apart, more are refused in words', async () => {
  const page = await site.openPage('?p=peer-to-peer&peers=1000&autoplay=0');
  await page.locator('.notices').waitFor();
  assert.match(await page.locator('.notices').innerText(), /peers=1000: the page draws at most 64/);
  const boxes = await page.locator('.node .card').evaluateAll((cards) =>
    cards.map((card) => { const { x, y, width, height } = card.getBoundingClientRect(); return { x, y, width, height }; }));
  assert.equal(boxes.length, 64);
  const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.ok(!meet(a, b), `${i}`)));
  page.assertClean();
  await page.shut();
});
