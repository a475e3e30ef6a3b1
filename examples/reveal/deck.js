// A deck with live runs. `?site=ADDRESS` says where patternscope is; without
// it, in dist/ of this checkout.
const site = new URL(new URLSearchParams(location.search).get('site') ?? '../../dist/', location.href);

const script = document.createElement('script');
script.src = new URL('embed.js', site).href;
document.head.append(script);

for (const frame of document.querySelectorAll('iframe[data-site]')) {
  // reveal.js loads what has `data-src` when its slide is near.
  frame.dataset.src = new URL(frame.dataset.site, site).href;
}

const deck = new Reveal({
  hash: true,
  width: 1280,
  height: 720,
  margin: 0.03,
  // Frames are loaded a slide ahead, and told to start and to stop.
  preloadIframes: true,
});

/** Where a run stood before each fragment, so that going back goes there. */
const before = new Map();

deck.on('fragmentshown', async ({ fragment }) => {
  const run = document.getElementById(fragment.dataset.beatOf);
  if (!run) return;
  before.set(fragment, (await run.getState()).link);
  await run.step();
});

deck.on('fragmenthidden', async ({ fragment }) => {
  const run = document.getElementById(fragment.dataset.beatOf);
  if (run && before.has(fragment)) await run.setState(before.get(fragment));
});

for (const button of document.querySelectorAll('button[data-act]')) {
  button.onclick = async () => {
    const run = document.getElementById('yours');
    await run.act(button.dataset.act);
    await run.play();
    // The keys stay with the deck.
    button.blur();
  };
}

deck.initialize();
