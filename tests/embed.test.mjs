// The run inside pages of other origins: frames, the custom element, messages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, serveElsewhere, start } from './harness.mjs';

/** The last page of another origin (another port is one), and who serves it. */
let post = '';
let blog;
const answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(post);
};
let site;
before(async () => {
  site = await start();
  blog = await serveElsewhere(answer);
});
after(async () => {
  blog?.close();
  await site?.stop();
});

/** A page of another origin with `body`; remembers every message it gets. */
async function openHost(body, { width = 900, height = 700, ...context } = {}) {
  const made = await site.browser.newContext({ viewport: { width, height }, serviceWorkers: 'block', ...context });
  post = `<!doctype html><html lang="en"><title>A post</title><style>body{margin:0}</style>
    <script>addEventListener('message', (e) => (window.told ??= []).push(e.data))</script>${body}</html>`;
  const page = await made.newPage();
  page.setDefaultTimeout(10_000);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(error.message));
  await page.goto(`${blog.url}/post`);
  page.shut = () => made.close();
  return page;
}

const frame = (query, more = '') =>
  `<iframe title="A run" src="${site.url}${query}" style="width:640px;height:400px;border:0" ${more}></iframe>`;

const element = (attributes) =>
  `<script src="${site.url}embed.js"></script><pattern-scope ${attributes}></pattern-scope>`;

/** Waits until the host page was told something. */
const untilTold = (page, type) =>
  page.waitForFunction((kind) => window.told?.some((it) => it?.type === kind), type);

/** Sends a message to the frame and returns the answer with its id. */
const ask = (page, message) => page.evaluate((sent) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error(`no answer to ${JSON.stringify(sent)}`)), 5000);
  const id = `ask-${Math.random()}`;
  addEventListener('message', function listener({ data }) {
    if (data.id !== id) return;
    removeEventListener('message', listener);
    resolve(data);
  });
  document.querySelector('iframe').contentWindow.postMessage({ patternscope: 1, id, ...sent }, '*');
}), message);

test('a plain frame shows the stage and a way to play it, and is accessible', async () => {
  const page = await openHost(frame('?embed=1&p=pub-sub'));
  const inside = page.frameLocator('iframe');
  await inside.locator('.stage').waitFor();
  assert.equal(await inside.locator('header.top').count(), 0);
  await inside.locator('.timeline .play').waitFor();
  const whole = inside.getByRole('link', { name: 'patternscope' });
  await whole.hover();
  const href = await whole.getAttribute('href');
  assert.match(href, /[?&]p=pub-sub/);
  assert.match(href, /[?&]t=/);
  assert.doesNotMatch(href, /embed/);
  await assertAccessible(page.frames()[1]);
  assert.deepEqual(page.complaints, []);
  await page.shut();
});

test('controls, theme and background are as the link says', async () => {
  const page = await openHost(frame('?embed=1&p=etl&controls=none&theme=dark&background=transparent'));
  const inside = page.frameLocator('iframe');
  await inside.locator('.stage').waitFor();
  assert.equal(await inside.locator('.timeline').count(), 0);
  const colours = await page.frames()[1].evaluate(() => [
    document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor,
  ]);
  assert.deepEqual(colours, ['dark', 'rgba(0, 0, 0, 0)']);
  await page.shut();

  const full = await openHost(frame('?embed=1&p=etl&controls=full'));
  await full.frameLocator('iframe').getByRole('button', { name: 'Load and failures' }).waitFor();
  await full.shut();
});

test('wrong options are named with what would be right', async () => {
  const page = await openHost(frame('?embed=1&p=etl&controls=some&loop=never&step=0&theme=pink'));
  const notices = page.frameLocator('iframe').locator('.notices');
  await notices.waitFor();
  const said = await notices.innerText();
  for (const word of ['controls=some: must be full or min or none', 'loop=never', 'step=0', 'theme=pink']) {
    assert.ok(said.includes(word), `${word} in ${said}`);
  }
  await page.shut();
});

test('it fits a box of 320 by 180', async () => {
  const small = frame('?embed=1&p=request-response').replace('width:640px;height:400px', 'width:320px;height:180px');
  const page = await openHost(small);
  await page.frameLocator('iframe').locator('.stage').waitFor();
  const [content, view] = await page.frames()[1].evaluate(() => {
    const it = document.scrollingElement;
    return [[it.scrollWidth, it.scrollHeight], [innerWidth, innerHeight]];
  });
  assert.ok(content[0] <= view[0] && content[1] <= view[1], `${content} in ${view}`);
  await page.shut();
});

test('a sandboxed frame without an origin runs', async () => {
  const page = await openHost(frame('?embed=1&p=batching', 'sandbox="allow-scripts"'));
  await untilTold(page, 'ready');
  const state = await ask(page, { type: 'getState' });
  assert.match(state.value.link, /p=batching/);
  await page.shut();
});

test('messages are answered: play, pause, seek, set, act, state, picture', async () => {
  const page = await openHost(frame('?embed=1&p=request-response&autoplay=0'));
  await untilTold(page, 'ready');
  const ready = await page.evaluate(() => window.told.find((it) => it.type === 'ready'));
  assert.equal(ready.pattern, 'request-response');
  assert.equal((await ask(page, { type: 'play' })).type, 'answer');
  await untilTold(page, 'play');
  await ask(page, { type: 'pause' });
  await untilTold(page, 'pause');
  await ask(page, { type: 'seek', at: 3 });
  await ask(page, { type: 'set', settings: { rate: 55, 'queue-cap': '7' } });
  await ask(page, { type: 'act', script: 'crash server-1 for 2s; poison' });
  await untilTold(page, 'statechange');
  const { value } = await ask(page, { type: 'getState' });
  assert.equal(value.playing, false);
  assert.ok(Math.abs(value.at - 3) < 0.01, `${value.at}`);
  const link = decodeURIComponent(value.link.replaceAll('+', ' '));
  for (const part of ['set rate=55', 'set queue-cap=7', 'crash server-1 for 2s', 'poison']) {
    assert.ok(link.includes(part), `${part} in ${link}`);
  }
  const picture = (await ask(page, { type: 'snapshot' })).value;
  assert.match(picture, /^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.doesNotMatch(picture, /\sclass=|<script|\sstyle=|<text[^>]*\/?><\/text>/);
  assert.ok(picture.includes('server-1'));

  assert.equal((await ask(page, { type: 'setState', link: '?p=batching&rate=20&autoplay=0' })).type, 'answer');
  const other = await ask(page, { type: 'getState' });
  assert.match(other.value.link, /p=batching&.*rate=20/);
  assert.deepEqual(page.complaints, []);
  await page.shut();
});

test('bad messages are refused whole, others left alone', async () => {
  const page = await openHost(frame('?embed=1&p=request-response&autoplay=0'));
  await untilTold(page, 'ready');
  const before = (await ask(page, { type: 'getState' })).value.link;
  const refused = {
    'type: must be one of': { type: 'explode' },
    'at: must be a text': { type: 'seek', at: {} },
    'at=soon: must be a time': { type: 'seek', at: 'soon' },
    'settings: must be an object': { type: 'set', settings: 'rate=5' },
    'rat': { type: 'set', settings: { rate: 50, rat: 5 } },
    'sever-1': { type: 'act', script: 'poison; crash sever-1' },
    'speed': { type: 'speed', speed: -1 },
    'patternscope: must be 1': { type: 'play', patternscope: 2 },
    'p=nothing': { type: 'setState', link: '?p=nothing' },
    'names no pattern': { type: 'setState', link: 'https://elsewhere.example/' },
  };
  for (const [why, message] of Object.entries(refused)) {
    const answer = await ask(page, message);
    assert.equal(answer.type, 'error', why);
    assert.ok(answer.message.includes(why), `${why}: ${answer.message}`);
  }
  await page.evaluate(() => {
    const inside = document.querySelector('iframe').contentWindow;
    for (const other of [null, 7, 'hello', [], { some: 'thing' }, { patternscope: {} }]) inside.postMessage(other, '*');
  });
  assert.equal((await ask(page, { type: 'getState' })).value.link, before);
  assert.deepEqual(page.complaints, []);
  await page.shut();
});

test('slides of reveal.js start and stop it', async () => {
  const page = await openHost(frame('?embed=1&p=request-response&autoplay=0'));
  await untilTold(page, 'ready');
  const say = (word) => page.evaluate((it) => document.querySelector('iframe').contentWindow.postMessage(it, '*'), word);
  await say('slide:start');
  await untilTold(page, 'play');
  await say('slide:stop');
  await untilTold(page, 'pause');
  await page.shut();
});

test('a step is a beat of the story, and each is told', async () => {
  const page = await openHost(frame('?embed=1&p=request-response&step=2'));
  const untilBeat = (beat) => page.waitForFunction(
    (beat) => window.told?.filter((it) => it.type === 'beat').at(-1)?.beat === beat,
    beat,
  );
  await untilBeat(2);
  await ask(page, { type: 'step' });
  await untilBeat(3);
  await page.shut();
});

test('a loop begins again', async () => {
  const page = await openHost(frame('?embed=1&p=request-response&loop=400ms&speed=1'));
  await untilTold(page, 'ready');
  let [last, again] = [0, 0];
  for (let i = 0; i < 40 && again < 2; i += 1) {
    const { at } = (await ask(page, { type: 'getState' })).value;
    if (at < last) again += 1;
    last = at;
    await page.waitForTimeout(50);
  }
  assert.ok(again >= 2, 'it never began again');
  await page.shut();
});

test('the element makes a frame of the right height and has methods and events', async () => {
  const page = await openHost(element('pattern="pub-sub" settings="rate=33; consumers=2" autoplay="0" controls="min"'));
  const state = await page.evaluate(async () => {
    const scope = document.querySelector('pattern-scope');
    const heard = new Promise((resolve) => scope.addEventListener('play', () => resolve(true)));
    await scope.play();
    await heard;
    await scope.pause();
    await scope.seek('2s');
    return scope.getState();
  });
  assert.match(state.link, /p=pub-sub/);
  assert.match(state.link, /rate=33/);
  assert.ok(Math.abs(state.at - 2) < 0.01);
  const refused = await page.evaluate(() => document.querySelector('pattern-scope').set({ nope: 1 }).catch((e) => e.message));
  assert.match(refused, /nope/);
  await page.waitForFunction(() => document.querySelector('pattern-scope').offsetHeight === 558);
  await page.evaluate(() => document.querySelector('pattern-scope').setAttribute('pattern', 'batching'));
  await page.waitForFunction(async () => (await document.querySelector('pattern-scope').getState()).link.includes('p=batching'));
  assert.deepEqual(page.complaints, []);
  await page.shut();
});

test('frames out of sight ask for no frames', async () => {
  const page = await openHost(`<div style="height:3000px"></div>${frame('?embed=1&p=pub-sub&autoplay=1')}`);
  await untilTold(page, 'ready');
  const first = (await ask(page, { type: 'getState' })).value;
  await page.waitForTimeout(500);
  const second = (await ask(page, { type: 'getState' })).value;
  assert.equal(second.playing, true);
  assert.ok(second.at - first.at < 0.01, `${first.at} to ${second.at}`);
  await page.evaluate(() => document.querySelector('iframe').scrollIntoView());
  await page.waitForTimeout(800);
  assert.ok((await ask(page, { type: 'getState' })).value.at > second.at);
  await page.shut();
});

test('keys are the host page\'s until the frame is entered, and given back by Escape', async () => {
  const page = await openHost(`<button>Deck</button>${frame('?embed=1&p=pub-sub&autoplay=0')}`);
  await untilTold(page, 'ready');
  await page.evaluate(() => addEventListener('keydown', ({ key }) => (window.keys ??= []).push(key)));
  await page.getByRole('button', { name: 'Deck' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await page.evaluate(() => window.keys), ['ArrowRight']);
  await page.frameLocator('iframe').locator('.timeline .play').focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  assert.equal(await page.evaluate(() => window.keys.at(-1)), 'n');
  await page.shut();
});
