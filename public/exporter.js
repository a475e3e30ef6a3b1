// The worker that exports: starts the program of export/worker and does what
// the page asks, one call at a time.
importScripts('./patternscope-exporter.js');

const { text, html, Frames, GifFile } = wasm_bindgen;
let frames = null;
let gif = null;
const tell = (value) => postMessage({ value });

const calls = {
  start: () => wasm_bindgen({ module_or_path: './patternscope-exporter_bg.wasm' }).then(() => true),
  text: (format, wanted) => text(format, wanted, tell),
  html: (wanted, files) => html(wanted, (name) => {
    if (!files[name]) throw new Error(name);
    return files[name];
  }),
  openFilm(wanted, rate) {
    frames = new Frames(wanted, rate);
    return frames.count();
  },
  openGif(wanted) {
    const { width, height, theme } = JSON.parse(wanted);
    gif = new GifFile(width, height, theme);
    return calls.openFilm(wanted, GifFile.a_second());
  },
  next: () => frames.picture(),
  add: (pixels) => gif.add(pixels),
  finish: () => gif.finish(),
};

onmessage = async ({ data: { id, name, values } }) => {
  try {
    postMessage({ id, done: true, value: await calls[name](...values) });
  } catch (error) {
    postMessage({ id, done: false, why: error?.message ?? String(error) });
  }
};
