// What tests of the running page share: the player's parts by name, and the
// command line for the same run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { until } from './acts.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The simulated time on the clock, in seconds. */
export const clock = async (page) => parseFloat(await page.locator('.now[aria-label=Now]').innerText());

/** Waits until the clock has passed a time, in seconds. */
export async function untilClock(page, seconds) {
  await page.waitForFunction(
    (least) => parseFloat(document.querySelector('output.now').textContent) >= least,
    seconds,
    { timeout: 20_000 },
  );
}

/** Plays if it is paused, or the other way round. */
export const toggle = (page) => page.getByRole('button', { name: /^(Play|Pause)$/ }).last().click();

/** Seeks by the time slider, and waits for the clock. */
export async function seek(page, seconds) {
  await page.locator('input[aria-label=Time]').evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, seconds);
  await page.waitForFunction(
    (wanted) => Math.abs(parseFloat(document.querySelector('output.now').textContent) - wanted) < 0.006,
    seconds,
  );
}

/** A text as a link's fragment carries it. */
export const packed = (text) => deflateRawSync(text).toString('base64url');

/** The digest of all facts so far, from the panel that shows it. */
export async function digest(page) {
  await page.getByRole('button', { name: 'Theory', exact: true }).click();
  await page.locator('#digest').waitFor();
  return page.locator('#digest').innerText();
}

/** A count of the ledger; zero if it has no such line. */
export async function booked(page, name) {
  const rows = await page.locator('.ledger dl > div').evaluateAll((all) =>
    all.map((row) => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]));
  const found = rows.find(([what]) => what === name);
  return found ? Number(found[1].replace(/\D/g, '')) : 0;
}

/**
 * What the stage shows, an element a line: without what is switched off or
 * emptied, which pictures before have left behind, and with attributes in order.
 */
export const picture = (page) => page.locator('.stage > svg').evaluate((svg) => {
  const lines = (element) => {
    const emptied = element.tagName === 'text' && element.textContent === '';
    if (emptied || element.classList.contains('off')) return [];
    const attributes = [...element.attributes]
      .filter(({ name, value }) => value !== '' && !(name === 'opacity' && value === '1'))
      .map(({ name, value }) => `${name}="${value}"`)
      .sort();
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const line = [element.tagName, ...attributes, ...own.map((node) => node.data)].join(' ');
    return [line, ...[...element.children].flatMap(lines)];
  };
  return lines(svg).join('\n');
});

/** Asserts that two pictures are the same; tells only the first difference. */
export function assertSamePicture(one, other) {
  const lines = other.split('\n');
  const place = one.split('\n').findIndex((line, index) => line !== lines[index]);
  if (one !== other) assert.fail(`line ${place} of the picture: ${one.split('\n')[place]}\nnow ${lines[place]}`);
}

/** The link of this very moment, from the Share button. */
export async function momentLink(page) {
  await page.getByRole('button', { name: 'Share' }).click();
  let link = '';
  // Made in the background: own data is compressed first.
  await until(async () => {
    link = await page.locator('.sharing[open] textarea').inputValue();
    return link.includes('?p=');
  }, 'the link');
  await page.keyboard.press('Escape');
  return link;
}

/** Runs the command line and gives its JSON. */
export function commandLine(...words) {
  const text = execFileSync(
    'cargo',
    ['run', '--quiet', '--package', 'patternscope-cli', '--', ...words, '--json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  return JSON.parse(text);
}

/** Runs the command line with `-o` and gives what it wrote. */
export function commandLineFile(...words) {
  const file = join(tmpdir(), `patternscope-${process.pid}-${Math.random()}`);
  const program = ['run', '--quiet', '--package', 'patternscope-cli', '--', ...words, '-o', file];
  execFileSync('cargo', program, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const content = readFileSync(file);
  rmSync(file);
  return content;
}
