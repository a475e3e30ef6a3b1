// Makes the pictures of the README: a moment of each pattern, as the page's own
// `snapshot` gives it.
//
//   node pictures.mjs [folder]      with a built site in dist/
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { start } from './harness.mjs';

/** A telling moment of each pattern. */
const MOMENTS = {
  'peer-to-peer': 'preset=rumour&peers=12&t=1.1s',
  'api-gateway': 't=1.2s',
  'pub-sub': 't=1.4s',
  'request-response': 't=1.3s',
  'event-sourcing': 't=2s',
  etl: 't=1.2s',
  batching: 't=1.2s',
  'stream-processing': 't=3.1s',
  orchestration: 't=1.6s',
};

const folder = process.argv[2] ?? fileURLToPath(new URL('../pictures', import.meta.url));
await mkdir(folder, { recursive: true });
const site = await start();
const page = await site.browser.newPage({ viewport: { width: 1000, height: 700 } });
for (const [pattern, moment] of Object.entries(MOMENTS)) {
  await page.setContent(`<iframe style="width:860px;height:520px;border:0"
    src="${site.url}?embed=1&controls=none&theme=light&autoplay=0&p=${pattern}&${moment}"></iframe>`);
  const picture = await page.evaluate(() => new Promise((resolve) => {
    const inside = document.querySelector('iframe').contentWindow;
    const ask = () => inside.postMessage({ patternscope: 1, type: 'snapshot', id: 1 }, '*');
    addEventListener('message', ({ data }) => {
      if (data.type === 'ready') setTimeout(ask, 1500);
      if (data.to === 'snapshot') resolve(data.value);
    });
  }));
  await writeFile(`${folder}/${pattern}.svg`, `${picture}\n`);
  console.log(pattern, picture.length);
}
await site.stop();
