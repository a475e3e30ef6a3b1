// A run in the page: load, failures, time, links, as a user drives them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './harness.mjs';
import {
  assertSamePicture, booked, clock, commandLine, digest, momentLink, packed, picture, seek, toggle, untilClock,
} from './player.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

const done = async (page) => {
  const text = await page.locator('.chart').first().locator('.key', { hasText: 'done' }).innerText();
  return parseFloat(text.replace(/[^\d.]/g, ''));
};

test('the load slider changes the measured throughput', async () => {
  const page = await site.openPage('?p=request-response&rate=10&speed=5');
  await untilClock(page, 8);
  const before = await done(page);
  const slider = page.locator('input[type=range]#knob-rate');
  await slider.focus();
  for (let i = 0; i < 14; i += 1) await page.keyboard.press('ArrowRight');
  const from = await clock(page);
  await untilClock(page, from + 8);
  const rate = parseFloat(await page.getByLabel('Rate, exact value').inputValue());
  assert.ok(rate > 20, `the slider says ${rate}`);
  const faster = await done(page);
  assert.ok(faster > before * 1.5, `${before} /s before, ${faster} /s after`);
  page.assertClean();
  await page.shut();
});

test('a server crashes by a click and heals by another', async () => {
  const page = await site.openPage('?p=request-response&speed=1');
  await page.getByRole('button', { name: /^server-2:/ }).click({ position: { x: 60, y: 20 } });
  const menu = page.getByRole('dialog', { name: 'Failures of server-2' });
  await menu.getByRole('button', { name: 'until healed' }).click();
  await menu.getByRole('button', { name: 'crash' }).click();
  await page.getByRole('button', { name: /^server-2: crashed/ }).waitFor();
  await page.waitForFunction(() => document.querySelector('.ledger').textContent.includes('lost: crash'));
  await page.getByRole('button', { name: 'Heal: server-2 crashed' }).click();
  await page.getByRole('button', { name: /^server-2: busy/ }).waitFor();
  assert.match(await page.locator('.ledger summary').innerText(), /every unit of work accounted for/);
  page.assertClean();
  await page.shut();
});

test('a link is cut by the list, and what it carried is booked as lost', async () => {
  const page = await site.openPage('?p=request-response&speed=1');
  const form = page.getByRole('group', { name: 'Break something' });
  await form.getByLabel('What to break').selectOption('client-1>server-1');
  await form.getByLabel('How', { exact: true }).selectOption({ label: 'cut' });
  await form.getByRole('button', { name: 'Break' }).click();
  await page.locator('.lane.cut').first().waitFor();
  await page.waitForFunction(() => document.querySelector('.ledger').textContent.includes('lost: cut'));
  assert.ok(await booked(page, 'lost: cut') > 0);
  page.assertClean();
  await page.shut();
});

test('scrubbing back gives the same picture, and steps go there and back', async () => {
  const page = await site.openPage('?p=request-response&rate=60&t=3s');
  await seek(page, 2);
  const first = await picture(page);
  await seek(page, 9);
  assert.ok((await picture(page)) !== first, 'another picture at another time');
  await seek(page, 2);
  assertSamePicture(await picture(page), first);
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await page.waitForTimeout(150);
  const stepped = await picture(page);
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await page.waitForTimeout(150);
  await page.getByRole('button', { name: 'Step back' }).click();
  await page.waitForTimeout(150);
  assertSamePicture(await picture(page), stepped);
  page.assertClean();
  await page.shut();
});

test('an act in the past replaces the future, and undo brings it back', async () => {
  const page = await site.openPage('?p=request-response&t=5s');
  await seek(page, 6);
  const future = await digest(page);
  await seek(page, 2);
  await page.getByRole('button', { name: 'Surge ×5' }).click();
  await seek(page, 6);
  assert.notEqual(await digest(page), future);
  await page.getByRole('button', { name: 'Undo 1 change' }).click();
  await page.waitForFunction(() => document.querySelector('.clock').textContent.includes('Undo'));
  await seek(page, 6.5);
  await seek(page, 6);
  assert.equal(await digest(page), future);
  page.assertClean();
  await page.shut();
});

test('a link gives the same digest in a new tab and on the command line', async () => {
  const page = await site.openPage('?p=request-response&seed=42&speed=1');
  await untilClock(page, 0.5);
  await page.getByRole('button', { name: 'Surge ×5' }).click();
  await untilClock(page, 2);
  await page.keyboard.press('k');
  await page.waitForTimeout(150);
  const [link, here] = [await momentLink(page), await digest(page)];
  const other = await site.openPage(new URL(link).search + new URL(link).hash);
  await other.waitForTimeout(300);
  assert.equal(await digest(other), here);
  const run = commandLine('run', link);
  assert.equal(run.digest, here);
  assert.equal(run.seed, 42);
  for (const each of [page, other]) {
    each.assertClean();
    await each.shut();
  }
});

test('a long script and own rows travel packed, in both directions', async () => {
  const lines = Array.from({ length: 90 }, (_, i) => `${i * 20 + 5}ms slow server-1 x2 for 10ms`);
  const rows = 'at_ms,client,path,service_ms\n' + Array.from({ length: 40 }, (_, i) => `${i * 40},1,/p,9\n`).join('');
  const page = await site.openPage(
    `?p=request-response&t=1s#script=${packed(lines.join('\n'))}&input=${packed(rows)}`);
  await page.getByText('40 rows of your own in use').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Surge ×5' }).click();
  await page.waitForFunction(() => location.hash.includes('script=') && location.hash.includes('input='));
  await seek(page, 1.9);
  const [link, here] = [await momentLink(page), await digest(page)];
  assert.ok(link.length < 1_000, `${link.length} letters`);
  assert.equal(commandLine('run', link).digest, here);
  const other = await site.openPage(new URL(link).search + new URL(link).hash);
  await other.getByText('40 rows of your own in use').waitFor({ state: 'attached' });
  assert.equal(await digest(other), here);
  // Elsewhere and back: what the address carries is read again.
  await other.getByRole('link', { name: 'patternscope' }).click();
  await other.locator('.gallery').waitFor();
  await other.goBack();
  await other.getByText('40 rows of your own in use').waitFor({ state: 'attached' });
  for (const each of [page, other]) {
    each.assertClean();
    await each.shut();
  }
});

test('own data takes the place of made-up traffic, whole or not at all', async () => {
  const page = await site.openPage('?p=request-response&speed=5');
  await page.locator('.own-data summary').click();
  const field = page.locator('.own-data textarea');
  await field.fill('at_ms,client,path,service_ms\n10,1,/a,5\nsoon,1,/b,5\n30,x,/c,-1');
  await page.getByRole('button', { name: 'Use it' }).click();
  const refused = await page.locator('.own-data .refused').innerText();
  assert.match(refused, /line 3.*at_ms/s);
  assert.match(refused, /line 4/);
  assert.equal(await page.locator('.in-use').count(), 0);
  await field.fill('at_ms,client,path,service_ms\n10,1,/a,5\n20,2,/b,5\n30,3,/c,5');
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByText('3 rows of your own in use').waitFor();
  await untilClock(page, 3);
  assert.equal(await booked(page, 'started'), 3);
  assert.equal(await booked(page, 'succeeded'), 3);
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.waitForFunction(() => !document.querySelector('.in-use'));
  page.assertClean();
  await page.shut();
});

test('a far instant under heavy load is caught up with, and can be given up', async () => {
  const page = await site.openPage('?p=request-response&rate=50000&queue-cap=1000&t=3h');
  await page.getByText('catching up').waitFor();
  await toggle(page);
  await page.waitForFunction(() => !document.body.textContent.includes('catching up'));
  const now = await clock(page);
  assert.ok(now < 3 * 3600, `stopped at ${now}`);
  page.assertClean();
  await page.shut();
});
