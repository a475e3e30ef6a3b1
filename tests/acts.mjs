// Acts on the stage as a user does.
import assert from 'node:assert/strict';

/** Waits until `look`, called again and again, gives something true. */
export async function until(look, what, timeout = 10_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    assert.ok(Date.now() < end, `never came: ${what}`);
    await new Promise((done) => setTimeout(done, 30));
  }
}

/** A node or a link of the stage, by the beginning of its label. */
export const part = (page, name) => page.getByRole('button', { name: new RegExp(`^${name}: `) });

const menu = (page, name) => page.getByRole('dialog', { name: `Failures of ${name}` });

/** Opens the menu of a node by a key; gives the menu. */
export async function openNode(page, name, key = 'Enter') {
  await part(page, name).press(key);
  await menu(page, name).waitFor();
  return menu(page, name);
}

/** Opens the menu of a link, such as "client-1 – server-2", by a click on its line. */
export async function openLink(page, name) {
  const spot = await part(page, `Link ${name}`).evaluate((element) => {
    const link = element.closest('.link');
    const path = link.querySelector('.hit');
    const [matrix, length] = [path.getScreenCTM(), path.getTotalLength()];
    // Somewhere no other link lies over it.
    for (let share = 0.1; share < 0.95; share += 0.05) {
      const { x, y } = path.getPointAtLength(length * share).matrixTransform(matrix);
      if (document.elementFromPoint(x, y)?.closest('.link') === link) return { x, y };
    }
    return null;
  });
  assert.ok(spot, `the link ${name} lies under the pointer somewhere`);
  await page.mouse.click(spot.x, spot.y);
  await menu(page, name).waitFor();
  return menu(page, name);
}

/** What the list of failures says. */
export const broken = (page) => page.locator('.broken li span').allInnerTexts();

/** Label or text of what has the focus. */
export const focused = (page) =>
  page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
