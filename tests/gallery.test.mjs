// The gallery: nine cards, each with a small run of its pattern.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './harness.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.stop());

const TOUCH = { width: 390, height: 844, context: { hasTouch: true, isMobile: true } };
const gallery = (options) => site.openPage('', { ready: '.tile', ...options });
const messages = (card) => card.locator('.messages').innerHTML();
const until = async (card, before) => {
  for (let i = 0; i < 100 && (await messages(card)) === before; i += 1) await card.page().waitForTimeout(30);
  assert.ok((await messages(card)) !== before, `does not move: ${await card.innerText()}`);
};

/** Whether the picture of a card is the same half a second later. */
async function rests(page, card) {
  const before = await messages(card);
  await page.waitForTimeout(500);
  return before === (await messages(card));
}

test('a card moves while it is pointed at or focused, and leads to its pattern', async () => {
  const page = await gallery();
  const cards = page.locator('.cards > li');
  assert.equal(await cards.count(), 9);
  for (let i = 0; i < 9; i += 1) {
    const card = cards.nth(i);
    assert.ok(await rests(page, card), 'nobody looks at it');
    const still = await messages(card);
    await card.hover();
    await until(card, still);
    await page.mouse.move(1, 1);
  }
  const last = cards.nth(8);
  const still = await messages(last);
  await last.locator('a').focus();
  await until(last, still);
  await page.keyboard.press('Enter');
  await page.locator('.stage').waitFor();
  assert.match(page.url(), /p=orchestration/);
  page.assertClean();
  await page.shut();
});

test('a number opens the pattern of that number', async () => {
  const page = await gallery();
  await page.keyboard.press('3');
  await page.locator('.stage').waitFor();
  assert.match(page.url(), /p=pub-sub/);
  await page.shut();
});

test('where nothing can hover, the cards in sight move, unless motion is unwelcome', async () => {
  const page = await gallery(TOUCH);
  const [first, last] = [page.locator('.cards > li').first(), page.locator('.cards > li').last()];
  await until(first, await messages(first));
  assert.ok(await rests(page, last), 'it is out of sight');
  await last.scrollIntoViewIfNeeded();
  await until(last, await messages(last));
  await page.waitForTimeout(100);
  assert.ok(await rests(page, first), 'it is out of sight now');
  await page.shut();

  const calm = await gallery({ ...TOUCH, reducedMotion: true });
  for (const card of await calm.locator('.cards > li').all()) assert.ok(await rests(calm, card));
  await calm.shut();
});
