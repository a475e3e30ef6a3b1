// The page under odd links, without traffic, with all broken, and at rest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './harness.mjs';
import { booked, clock, packed, toggle, untilClock } from './player.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

const ODD = {
  'an unknown pattern': ['?p=request-respons', /request-respons.*request-response/s],
  'an unknown knob': ['?p=request-response&rat=5', /rat.*rate/s],
  'an absurd rate': ['?p=request-response&rate=1e12', /rate.*1e12.*50\s?000/s],
  'not a number': ['?p=request-response&rate=NaN', /rate.*NaN/s],
  'a negative value': ['?p=request-response&workers=-3', /workers.*-3/s],
  'a broken script': ['?p=request-response&script=5s+crash+sever-1;abc', /sever-1.*server-1/s],
  'a damaged fragment': ['?p=request-response#script.AAAA', null],
  'a cut-off script': ['?p=request-response#script=AAAA%25', /script: is cut off/],
  'a script without end': [`?p=request-response#script=${packed('#'.repeat(16 << 20))}`, /script: is longer than/],
  'a megabyte of rubbish': [`?p=request-response#${'x%7f&='.repeat(180_000)}`, null],
};

for (const [what, [query, said]] of Object.entries(ODD)) {
  test(`${what} in a link is told, and the page runs`, async () => {
    const page = await site.openPage(query);
    if (said) {
      await page.locator('.notices').waitFor();
      assert.match(await page.locator('.notices').innerText(), said);
    }
    if (await page.locator('.stage').count()) await untilClock(page, 0.05);
    page.assertClean();
    await page.shut();
  });
}

test('no load: nothing moves and nothing is wrong', async () => {
  const page = await site.openPage('?p=request-response&rate=0&speed=10');
  await untilClock(page, 5);
  assert.equal(await booked(page, 'started'), 0);
  assert.match(await page.locator('.ledger summary').innerText(), /accounted for/);
  page.assertClean();
  await page.shut();
});

test('all servers down, then all links cut: the page stays calm and says so', async () => {
  const script = '1s+crash+server-*;3s+heal+*;3.5s+cut+client-*>server-*';
  const page = await site.openPage(`?p=request-response&speed=2&script=${script}`);
  await untilClock(page, 2);
  assert.equal(await page.getByRole('button', { name: /^server-\d: crashed/ }).count(), 2);
  await untilClock(page, 5);
  assert.ok(await page.locator('.lane.cut').count() >= 6);
  assert.match(await page.locator('.ledger summary').innerText(), /accounted for/);
  page.assertClean();
  await page.shut();
});

/** Counts animation frames that the page asks for. */
const countFrames = () => {
  window.frames_asked = 0;
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => {
    window.frames_asked += 1;
    return ask(callback);
  };
};

test('a paused page asks for no animation frame', async () => {
  const page = await site.openPage('?p=request-response');
  await page.evaluate(countFrames);
  await page.waitForTimeout(300);
  assert.ok(await page.evaluate(() => window.frames_asked) > 5, 'it plays');
  await toggle(page);
  await page.waitForTimeout(400);
  await page.evaluate(() => { window.frames_asked = 0; });
  await page.waitForTimeout(1000);
  assert.equal(await page.evaluate(() => window.frames_asked), 0);
  page.assertClean();
  await page.shut();
});

test('ten seconds of steady play create no node', async () => {
  const page = await site.openPage('?p=request-response&rate=40&speed=0.2');
  await untilClock(page, 0.6);
  const count = () => page.evaluate(() => document.getElementsByTagName('*').length);
  const least = await count();
  let most = least;
  for (let i = 0; i < 20; i += 1) {
    await page.waitForTimeout(500);
    most = Math.max(most, await count());
  }
  // The ledger gains a line when the first message is lost or the first call
  // fails; nothing else may come.
  assert.ok(most - least <= 6, `${least} elements at first, ${most} later`);
  page.assertClean();
  await page.shut();
});

test('the first message moves within a second of navigation', async () => {
  // What else a machine does takes time as well: the best of a few counts.
  let best = Infinity;
  for (let i = 0; i < 4 && best >= 1000; i += 1) {
    const page = await site.openPage('?p=request-response', { ready: null });
    await page.waitForSelector('.glyph:not(.off)', { state: 'attached' });
    best = Math.min(best, await page.evaluate(() => performance.now()));
    page.assertClean();
    await page.shut();
  }
  assert.ok(best < 1000, `${best.toFixed(0)} ms`);
});

test('a hidden page rests', async () => {
  const page = await site.openPage('?p=request-response');
  await untilClock(page, 0.05);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.waitForTimeout(200);
  const stopped = await clock(page);
  await page.waitForTimeout(500);
  assert.equal(await clock(page), stopped);
  page.assertClean();
  await page.shut();
});
