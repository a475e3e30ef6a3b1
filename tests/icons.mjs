// Makes the icons of the app and the site's own card for previews of links,
// from public/favicon.svg.
//
//   node icons.mjs        needs no built site
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { browserPath } from './harness.mjs';

const root = new URL('../public/', import.meta.url);
const icon = await readFile(new URL('favicon.svg', root), 'utf8');
const ground = /<rect[^>]*fill="(#\w+)"/.exec(icon)[1];
/** The mark alone, as launchers that cut their own shape want it: within four fifths. */
const maskable = icon
  .replace(/<rect[^>]*rx="7"[^>]*>/, `<rect width="32" height="32" fill="${ground}"/>`)
  .replace('<g id="mark">', '<g id="mark" transform="translate(16 16) scale(.8) translate(-16 -16)">');
const square = maskable.replace('scale(.8)', 'scale(.94)');

const card = `<style>
    body { margin: 0; width: 1200px; height: 630px; background: #fbfbf8; color: #1a1f26; font-family: "DejaVu Sans", sans-serif;
      background-image: radial-gradient(#e4e6ea 1.5px, transparent 1.5px); background-size: 30px 30px; background-position: 15px 15px; }
    main { position: absolute; inset: 0; padding: 0 90px; display: grid; grid-template-columns: 250px 1fr; gap: 62px; align-items: center; }
    svg { width: 250px; height: 250px; }
    h1 { margin: 0 0 20px; font-size: 68px; letter-spacing: -2px; line-height: 1.1; }
    p { margin: 0; font-size: 32px; line-height: 1.42; color: #5c6570; }
  </style><main>${icon}<div><h1>Patternscope</h1><p>Nine architecture patterns, running live.<br>Change the load, break things, rewind.</p></div></main>`;

const bare = (svg, size) => `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`;
const PICTURES = [
  ['icons/icon-192.png', bare(icon, 192), 192, 192],
  ['icons/icon-512.png', bare(icon, 512), 512, 512],
  ['icons/maskable-512.png', bare(maskable, 512), 512, 512],
  // Apple cuts the corners itself, and paints what is transparent black.
  ['icons/apple-touch-icon.png', bare(square, 180), 180, 180],
  ['card.png', card, 1200, 630],
];

const browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
await mkdir(new URL('icons', root), { recursive: true });
for (const [file, html, width, height] of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.setContent(html);
  const png = await page.screenshot({ omitBackground: true });
  await writeFile(new URL(file, root), png);
  console.log(file, png.length);
  await page.close();
}
await browser.close();
