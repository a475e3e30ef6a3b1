// Takes pictures of the built site: three sizes, light and dark.
//   node screenshots.mjs FOLDER [QUERY]...      e.g. node screenshots.mjs /tmp/shots '?p=pub-sub'
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { start } from './harness.mjs';

const SIZES = [[1440, 900], [1280, 720], [390, 844]];

const [folder, ...queries] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node screenshots.mjs FOLDER [QUERY]...   e.g. '?p=pub-sub&t=5s'");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const site = await start();
try {
  for (const query of queries.length ? queries : ['']) {
    const name = query.replace(/[^\w.=-]+/g, '_').replace(/^_/, '') || 'start';
    for (const [width, height] of SIZES) {
      for (const colorScheme of ['light', 'dark']) {
        const page = await site.openPage(query, { width, height, colorScheme });
        await page.waitForTimeout(Number(process.env.WAIT_MS ?? 1500));
        const path = join(folder, `${name}-${width}x${height}-${colorScheme}.png`);
        await page.screenshot({ path });
        console.log(path, page.complaints.length ? page.complaints : '');
        await page.shut();
      }
    }
  }
} finally {
  await site.stop();
}
