// Breaking, mending and taking back, by every way there is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { broken, focused, openLink, openNode, part, until } from './acts.mjs';
import { start } from './harness.mjs';
import { assertSamePicture, booked, clock, digest, picture, seek, toggle, untilClock } from './player.mjs';

/** A run that stands still at its start. */
const STILL = '?p=request-response&seed=7&autoplay=0';

let site;
before(async () => {
  site = await start();
});
after(() => site?.stop());

test('Home and End move a slider that has the focus, not the time', async () => {
  const page = await site.openPage(`${STILL}&t=2s`);
  const slider = page.locator('#knob-rate');
  const value = async () => parseFloat((await slider.getAttribute('aria-valuetext')).replace(/\s/g, ''));
  const until = async (wanted) => {
    for (let i = 0; i < 40 && (await value()) !== wanted; i += 1) await page.waitForTimeout(50);
    assert.equal(await value(), wanted);
  };
  await slider.press('End');
  await until(50_000);
  await slider.press('Home');
  await until(0);
  assert.equal(await clock(page), 2);
  page.assertClean();
  await page.shut();
});

test('a typed value is not mistaken for keys of the player', async () => {
  const page = await site.openPage(STILL);
  const field = page.getByLabel('Rate, exact value');
  await field.fill('');
  await field.pressSequentially('12.5');
  await field.press('Tab');
  assert.equal(await clock(page), 0, 'no step');
  assert.match(page.url(), /p=request-response/);
  assert.match(page.url(), /rate=12\.5/);
  await field.fill('1e12');
  await field.press('Tab');
  await page.getByText('must be 0 to 50000 /s').waitFor();
  assert.match(page.url(), /rate=12\.5/, 'a refused value changes nothing');
  page.assertClean();
  await page.shut();
});

test('the list of failures keeps the focus while time passes', async () => {
  const page = await site.openPage('?p=request-response&seed=7&speed=0.5');
  await page.getByLabel('What to break').selectOption('server-2');
  await page.getByLabel('For how long').selectOption({ label: '5 s' });
  await page.getByRole('button', { name: 'Break', exact: true }).click();
  await page.getByRole('button', { name: 'Heal: server-2 crashed' }).focus();
  await untilClock(page, (await clock(page)) + 0.3);
  assert.match(await page.locator('.broken small').innerText(), /^4\.\d s$/, 'the time that is left');
  assert.equal(await focused(page), 'Heal: server-2 crashed');
  await page.keyboard.press('Enter');
  await until(async () => (await broken(page)).length === 0, 'an empty list');
  page.assertClean();
  await page.shut();
});

test('a menu opens by Enter and by space, and gives the focus back', async () => {
  const page = await site.openPage(STILL);
  for (const key of ['Enter', 'Space']) {
    await openNode(page, 'server-1', key);
    assert.equal(await focused(page), 'Failures of server-1');
    await page.keyboard.press('Escape');
    await until(async () => (await focused(page)).startsWith('server-1: '), `the focus back after ${key}`);
  }
  const menu = await openNode(page, 'server-1');
  await menu.getByRole('button', { name: 'crash' }).press('Enter');
  await until(async () => (await focused(page)).startsWith('server-1: crashed'), 'the focus back');
  assert.equal(await clock(page), 0, 'space did not play');
  page.assertClean();
  await page.shut();
});

test('a link is cut by its menu, one way', async () => {
  const page = await site.openPage(`${STILL}&speed=5&lb=round-robin`);
  const menu = await openLink(page, 'client-1 – server-2');
  await menu.getByRole('button', { name: 'to server-2' }).click();
  await menu.getByRole('button', { name: 'until healed' }).click();
  await menu.getByRole('button', { name: 'cut' }).click();
  await page.getByRole('button', { name: 'Link client-1 – server-2: cut' }).waitFor();
  assert.deepEqual(await broken(page), ['client-1 → server-2 cut']);
  assert.equal(await page.locator('.lane.cut').count(), 1, 'one lane is drawn as cut');
  await toggle(page);
  await untilClock(page, 3);
  assert.ok((await booked(page, 'lost: cut')) > 0);
  page.assertClean();
  await page.shut();
});

for (const [what, script, name, said] of [
  ['every node crashed', '0s crash client-*;0s crash server-*', 'client-1', /crashed/],
  ['every link cut', '0s cut client-*>server-*;0s cut server-*>client-*', 'Link client-1 – server-1', /cut/],
]) {
  test(`with ${what} the page is calm and says so`, async () => {
    const page = await site.openPage(`?p=request-response&speed=20&script=${encodeURIComponent(script)}`);
    assert.equal(await page.locator('.notices li').count(), 0, 'the script is understood');
    await untilClock(page, 20);
    assert.match(await part(page, name).getAttribute('aria-label'), said);
    assert.equal(await booked(page, 'succeeded'), 0);
    assert.match(await page.locator('.ledger summary').innerText(), /^✓/);
    assert.doesNotMatch(await page.locator('main').innerText(), /NaN|\binf\b|undefined/);
    page.assertClean();
    await page.shut();
  });
}

test('undo takes back all that one press did, and stays at the instant', async () => {
  const page = await site.openPage(`${STILL}&t=6s`);
  await seek(page, 5);
  const [future, drawn] = [await digest(page), await picture(page)];
  await seek(page, 2);
  const menu = await openLink(page, 'client-1 – server-1');
  await menu.getByRole('button', { name: 'both ways' }).click();
  await menu.getByRole('button', { name: 'cut' }).click();
  await seek(page, 5);
  assert.notEqual(await digest(page), future);
  await page.getByRole('button', { name: 'Undo 1 change' }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).waitFor();
  assert.equal(await clock(page), 5);
  assert.equal(await digest(page), future);
  assertSamePicture(await picture(page), drawn);
  page.assertClean();
  await page.shut();
});

test('the keys do what their list says', async () => {
  const page = await site.openPage(`${STILL}&t=2s`);
  const press = (key) => page.keyboard.press(key);
  const stands = async (what) => {
    const [at, seen] = [await clock(page), await picture(page)];
    assert.ok(at > 0, what);
    return [at, seen];
  };
  await press('.');
  const one = await stands('one step');
  const moved = async () => (await picture(page)) !== one[1];
  await press('.');
  await until(moved, 'another step');
  await press(',');
  await until(async () => !(await moved()), 'the same picture one step back');
  await press(' ');
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  await untilClock(page, 2.05);
  await press('k');
  await page.getByRole('button', { name: 'Play', exact: true }).last().waitFor();
  const speed = () => page.getByLabel('Speed').getAttribute('aria-valuetext');
  const before = await speed();
  await press('>');
  await until(async () => (await speed()) !== before, 'another speed');
  await press('r');
  await until(async () => (await clock(page)) === 0, 'the start');
  await press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
  page.assertClean();
  await page.shut();
});
