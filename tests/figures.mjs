// How fast the page draws: frames a second, and the script's time a frame,
// with many messages in the air. `cargo xtask bench` runs it on the built site.
import { start } from './harness.mjs';
import { untilClock } from './player.mjs';

/** So long is measured, in ms. */
const MEASURED = 5_000;
const LOADS = [
  // One message each way for 2.5 s: five times the rate is in the air.
  { messages: 1_000, rate: 200, fps: 60, script: 4 },
  { messages: 5_000, rate: 1_000, fps: 50 },
];

/** Runs in the page before it does: adds up what its frames cost. */
const addUp = () => {
  const ask = window.requestAnimationFrame.bind(window);
  window.frames = [];
  window.requestAnimationFrame = (callback) => ask((time) => {
    const begun = performance.now();
    callback(time);
    window.frames.push(performance.now() - begun);
  });
};

/** Some share of the values lies below the result. */
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];

const rated = (value, limit, unit, ratio) =>
  `${value.toFixed(1)} ${unit}${limit ? ` (limit ${limit}, ratio ${ratio.toFixed(2)})` : ''}`;

const site = await start();
try {
  for (const { messages, rate, fps, script } of LOADS) {
    const query = `?p=request-response&arrival=steady&rate=${rate}&latency-ms=2500&service-ms=1&workers=64`
      + '&queue-cap=100000&timeout-ms=0&retries=0&t=8s&speed=1&autoplay=1';
    const page = await site.openPage(query, { before: addUp });
    await untilClock(page, 9);
    const [frames, lasted] = await page.evaluate(async (long) => {
      window.frames.length = 0;
      const begun = performance.now();
      await new Promise((done) => setTimeout(done, long));
      return [[...window.frames], performance.now() - begun];
    }, MEASURED);
    const shown = await page.locator('.ledger').innerText();
    const [flying] = /in flight\s*([\d\s]+)/.exec(shown).slice(1);
    const rateOfFrames = frames.length / (lasted / 1000);
    const mean = frames.reduce((sum, each) => sum + each, 0) / frames.length;
    console.log([
      `${messages} messages (${flying.replace(/\D/g, '')} in flight)`,
      rated(rateOfFrames, fps, 'fps', rateOfFrames / fps),
      rated(mean, script, 'ms of script a frame', mean / script),
      `p95 ${quantile(frames, 0.95).toFixed(1)} ms`,
    ].join(', '));
    page.assertClean();
    await page.shut();
  }
} finally {
  await site.stop();
}
