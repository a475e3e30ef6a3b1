// Everybody can use it: by keyboard, on a phone, with less motion, with a
// screen reader.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, start } from './harness.mjs';
import { clock, picture, untilClock } from './player.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

const BROKEN = '?p=request-response&rate=70&t=4s&script=2s+crash+server-2;3s+loss+client-1>server-1+30%25';

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[1280, 720], [390, 844]]) {
    test(`axe finds nothing on a broken run at ${width}x${height}, ${colorScheme}`, async () => {
      const page = await site.openPage(BROKEN, { width, height, colorScheme });
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      for (const tab of width > 900 ? ['Theory', 'Table', 'About'] : []) {
        await page.getByRole('button', { name: tab, exact: true }).click();
        await assertAccessible(page);
      }
      for (const sheet of width < 900 ? ['Load and failures', 'Measures'] : []) {
        await page.getByRole('button', { name: sheet }).click();
        await assertAccessible(page);
        await assertNoSidewaysScroll(page);
      }
      page.assertClean();
      await page.shut();
    });
  }
}

test('by keyboard alone: pause, step, seek, break and heal', async () => {
  const page = await site.openPage('?p=request-response&speed=0.5');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Pause the motion');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(150);
  const paused = await clock(page);
  await page.waitForTimeout(300);
  assert.equal(await clock(page), paused);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('.');
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(150);
  assert.ok(await clock(page) > paused);
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('button', { name: /^server-1:/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Failures of server-1' }).waitFor();
  const crash = async () => {
    for (let i = 0; i < 12; i += 1) {
      await page.keyboard.press('Tab');
      const text = await page.evaluate(() => document.activeElement.textContent);
      if (text === 'crash') return true;
    }
    return false;
  };
  assert.ok(await crash(), 'Tab reaches the button');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^server-1: crashed/ }).waitFor();
  await page.keyboard.press('u');
  await page.getByRole('button', { name: /^server-1: busy/ }).waitFor();
  await page.keyboard.press('n');
  await page.getByText('1 of 6').waitFor();
  page.assertClean();
  await page.shut();
});

test('on a phone everything is within reach of a finger', async () => {
  const page = await site.openPage('?p=request-response', { width: 390, height: 844, context: { hasTouch: true } });
  await page.getByRole('button', { name: 'Load and failures' }).tap();
  await page.locator('#knob-rate').waitFor();
  await page.getByRole('group', { name: 'Break something' }).getByRole('button', { name: 'Break' }).tap();
  await page.getByRole('button', { name: /^Heal: server-1/ }).waitFor();
  await page.getByRole('button', { name: 'Load and failures' }).tap();
  await page.getByRole('button', { name: /^server-1: crashed/ }).waitFor();
  const small = await page.locator('button:visible, a:visible, input:visible, select:visible, summary:visible')
    .evaluateAll((all) => all
      .filter((it) => !it.closest('.unseen') && !it.classList.contains('skip') && !it.classList.contains('mark'))
      .map((it) => [it.textContent || it.getAttribute('aria-label'), it.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
      .map(([name, box]) => `${name}: ${box.width.toFixed()}x${box.height.toFixed()}`));
  assert.deepEqual(small, [], 'targets below 24 px');
  await assertNoSidewaysScroll(page);
  page.assertClean();
  await page.shut();
});

test('with less motion nothing travels, and play is still offered', async () => {
  const page = await site.openPage('?p=request-response', { reducedMotion: true });
  await page.waitForTimeout(300);
  assert.equal(await clock(page), 0, 'it does not start by itself');
  await page.getByRole('button', { name: 'Play' }).last().click();
  await untilClock(page, 0.1);
  const places = () => page.locator('.few .glyph:not(.off)')
    .evaluateAll((all) => all.map((it) => it.getAttribute('transform')));
  let same = 0;
  let before = await places();
  for (let i = 0; i < 10; i += 1) {
    await page.waitForTimeout(100);
    const now = await places();
    same += JSON.stringify(now) === JSON.stringify(before) ? 1 : 0;
    before = now;
  }
  assert.ok(same >= 6, `the picture stood still ${same} times of 10`);
  page.assertClean();
  await page.shut();
});

test('the stage is told in words as well', async () => {
  const page = await site.openPage(BROKEN);
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const table = await page.locator('.panel').innerText();
  assert.match(table, /server-2\s+crashed/);
  assert.match(table, /client-1 → server-1: 30 % lost/);
  assert.ok((await picture(page)).includes('aria-label="Stage: Request-Response"'));
  page.assertClean();
  await page.shut();
});
