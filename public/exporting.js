// Exports of a run to files: talks to the exporter, which works in a worker
// beside the page, and lets the browser make pixels of pictures. Loaded when
// somebody exports; what fails leaves the run as it is.

/** Pictures a second of a video. */
const VIDEO_RATE = 30;
/** How long the exporter may take to start. */
const START_MS = 20_000;
const VIDEOS = [
  ['webm', 'video/webm;codecs=vp9'],
  ['webm', 'video/webm;codecs=vp8'],
  ['mp4', 'video/mp4;codecs=avc1.42E01E'],
];
const TYPES = {
  svg: 'image/svg+xml', 'animated-svg': 'image/svg+xml', csv: 'text/csv', json: 'application/json',
  trace: 'application/json', html: 'text/html',
};
const ENDINGS = { 'animated-svg': 'svg', trace: 'trace.json' };

/** The kind of video that this browser can write, if any. */
const video = () => window.MediaRecorder && VIDEOS.find(([, type]) => MediaRecorder.isTypeSupported(type));

/** A worker that answers one call at a time. */
class Exporter {
  #calls = new Map();
  #last = 0;

  constructor(tell) {
    this.worker = new Worker(new URL('./exporter.js', import.meta.url));
    this.worker.onmessage = ({ data: { id, done, value, why } }) => {
      if (done === undefined) return tell(value);
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (done) call?.resolve(value);
      else call?.reject(new Error(why));
    };
    this.worker.onerror = (event) => this.#fail(event.message || 'the exporter could not be loaded');
  }

  #fail(why) {
    for (const { reject } of this.#calls.values()) reject(new Error(why));
    this.#calls.clear();
  }

  call(name, ...values) {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#calls.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, values });
    });
  }

  stop() {
    this.worker.terminate();
    this.#fail('cancelled');
  }
}

/** Draws an SVG text on a canvas, as large as it is. */
async function draw(svg, context) {
  const address = URL.createObjectURL(new Blob([svg], { type: TYPES.svg }));
  try {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    context.drawImage(picture, 0, 0, context.canvas.width, context.canvas.height);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function canvasOf({ width, height }) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  return canvas.getContext('2d', { alpha: false, willReadFrequently: true });
}

async function png(exporter, wanted) {
  // Twice as fine, for screens that are.
  const context = canvasOf({ width: wanted.width * 2, height: wanted.height * 2 });
  await draw(await exporter.call('text', 'svg', JSON.stringify(wanted)), context);
  const blob = await new Promise((resolve) => context.canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('the browser could not make a PNG of this size');
  return blob;
}

async function gif(exporter, wanted, tell) {
  const context = canvasOf(wanted);
  const count = await exporter.call('openGif', JSON.stringify(wanted));
  for (let made = 0; made < count; made += 1) {
    await draw(await exporter.call('next'), context);
    const { data } = context.getImageData(0, 0, wanted.width, wanted.height);
    await exporter.call('add', data);
    tell(made / count);
  }
  return new Blob([await exporter.call('finish')], { type: 'image/gif' });
}

/** Records a canvas while the film is drawn on it, at the film's own pace. */
async function film(exporter, wanted, tell, [, type]) {
  const context = canvasOf(wanted);
  const count = await exporter.call('openFilm', JSON.stringify(wanted), VIDEO_RATE);
  await draw(await exporter.call('next'), context);
  const stream = context.canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 4_000_000 });
  const parts = [];
  const ended = new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = resolve;
    recorder.onerror = ({ error }) => reject(new Error(`the browser's encoder: ${error?.message ?? 'failed'}`));
  });
  recorder.start();
  const begun = performance.now();
  track.requestFrame();
  for (let made = 1; made < count; made += 1) {
    const due = begun + (made * 1000) / VIDEO_RATE;
    await draw(await exporter.call('next'), context);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    track.requestFrame();
    tell(made / count);
  }
  await new Promise((resolve) => setTimeout(resolve, 1000 / VIDEO_RATE));
  recorder.stop();
  await ended;
  return new Blob(parts, { type: type.split(';')[0] });
}

/** Loads every file of the site that the one file holds. */
async function html(exporter, wanted) {
  const page = await (await fetch('./index.html', { cache: 'force-cache' })).text();
  const names = ['index.html', ...[...page.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css|wasm))"/g)].map(([, name]) => name)];
  const files = await Promise.all([...new Set(names)].map(async (name) => {
    const answer = await fetch(`./${name}`);
    if (!answer.ok) throw new Error(`${name}: the server answers ${answer.status}`);
    return [name, new Uint8Array(await answer.arrayBuffer())];
  }));
  return exporter.call('html', JSON.stringify(wanted), Object.fromEntries(files));
}

async function make(format, exporter, wanted, tell) {
  if (format === 'png') return png(exporter, wanted);
  if (format === 'gif') return gif(exporter, wanted, tell);
  if (format === 'video') {
    const kind = video();
    if (!kind) throw new Error('this browser cannot write videos; choose a GIF');
    return film(exporter, wanted, tell, kind);
  }
  const text = await (format === 'html' ? html(exporter, wanted) : exporter.call('text', format, JSON.stringify(wanted)));
  return new Blob([text], { type: TYPES[format] });
}

const endingOf = (format) => (format === 'video' ? video()?.[0] : ENDINGS[format] ?? format);

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

let running = null;

/** Ends what is being made. */
export const cancel = () => running?.stop();

/**
 * Makes a file and saves it. `wanted`: link, from, to, theme, width, height;
 * `tell` hears how far it is, 0 to 1. Comes to a sentence about the file, or
 * to an error in words.
 */
export async function run(format, wanted, tell) {
  cancel();
  const exporter = new Exporter(tell);
  running = exporter;
  const late = setTimeout(() => exporter.worker.onerror({ message: 'the exporter does not answer' }), START_MS);
  try {
    await exporter.call('start');
    clearTimeout(late);
    const blob = await make(format, exporter, wanted, tell);
    const name = `patternscope-${new URL(wanted.link).searchParams.get('p')}.${endingOf(format)}`;
    save(blob, name);
    return `${name}: ${Math.ceil(blob.size / 1000)} kB`;
  } finally {
    clearTimeout(late);
    exporter.stop();
    if (running === exporter) running = null;
  }
}
