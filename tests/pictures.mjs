// Makes the pictures of the README: a moment of each pattern, as the page's own
// `snapshot` gives it.
//
//   node pictures.mjs [folder]      with a built site in dist/
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { start } from './harness.mjs';

/** A telling moment of each pattern. */
const MOMENTS = JSON.parse(await readFile(new URL('../pictures/moments.json', import.meta.url), 'utf8'));

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
