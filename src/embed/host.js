// The page around an embedded one: what it may ask, and what it is told.
//
// Every message is an object with `patternscope: 1` and a `type`; an `id` comes
// back with the answer. Only the page right around this one is heard. Messages
// that are not for us are left alone, wrong ones are answered with an error.

const VERSION = 1;
/** Longer texts are no links and no scripts. */
const LONGEST = 1 << 20;
/** What may be asked, and the field that must come with it. */
const ASKS = {
  play: null, pause: null, step: null, getState: null, snapshot: null,
  seek: 'at', speed: 'speed', set: 'settings', act: 'script', setState: 'link',
};
/** reveal.js tells the frames of its slides in words of its own. */
const SLIDES = { 'slide:start': 'play', 'slide:stop': 'pause' };
/** The height that suits a width: upright where it is narrow. */
const heightFor = (width) => Math.round(width < 560 ? width * 1.35 : width * 0.62);

const isHosted = () => window.parent !== window;

/** The field of a message as text, or an error that says what would be right. */
function field(name, value) {
  if (name === null) return '';
  if (name === 'settings') {
    const entries = value && typeof value === 'object' ? Object.entries(value) : [];
    const isPlain = ([key, it]) => ['string', 'number', 'boolean'].includes(typeof it) && !/[\n=]/.test(key);
    if (!entries.length || entries.length > 200 || !entries.every(isPlain)) {
      throw new Error('settings: must be an object of knobs and their values, such as { rate: 40 }');
    }
    return entries.map(([key, it]) => `${key}=${String(it).replaceAll('\n', ' ')}`).join('\n').slice(0, LONGEST);
  }
  const isNumber = Number.isFinite(value);
  if (name === 'speed' && isNumber) return String(value);
  if (name === 'at' && isNumber) return `${value}s`;
  if (typeof value === 'string' && value.length <= LONGEST) return value;
  throw new Error(`${name}: must be a text of at most ${LONGEST} letters`);
}

/** The type of a message and its field; undefined if it is not for us. */
function read(data) {
  if (typeof data === 'string' && Object.hasOwn(SLIDES, data)) return [SLIDES[data], ''];
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'patternscope')) return undefined;
  if (data.patternscope !== VERSION) throw new Error(`patternscope: must be ${VERSION}`);
  const { type } = data;
  if (typeof type !== 'string' || !Object.hasOwn(ASKS, type)) {
    throw new Error(`type: must be one of ${Object.keys(ASKS).join(', ')}`);
  }
  return [type, field(ASKS[type], data[ASKS[type]])];
}

/** Answers the page around by `ask(type, text)`, until the function it returns is called. */
export function hear(ask) {
  const listener = async ({ source, origin, data }) => {
    if (!isHosted() || source !== window.parent) return;
    const answer = (message) => {
      const id = data?.id;
      const known = ['string', 'number'].includes(typeof id) ? { id } : {};
      // A frame without an origin has no other address.
      source.postMessage({ patternscope: VERSION, ...known, ...message }, origin === 'null' ? '*' : origin);
    };
    try {
      const asked = read(data);
      if (!asked) return;
      const value = await ask(...asked);
      if (value instanceof Error) throw value;
      if (typeof data !== 'string') answer({ type: 'answer', to: asked[0], value });
    } catch (error) {
      answer({ type: 'error', message: error.message });
    }
  };
  const watcher = new ResizeObserver(([{ contentRect: { width } }]) => {
    tell('resize', { width: Math.round(width), height: heightFor(width) });
  });
  addEventListener('message', listener);
  if (isHosted()) watcher.observe(document.documentElement);
  return () => {
    removeEventListener('message', listener);
    watcher.disconnect();
  };
}

/** Tells the page around; it holds nothing that anybody may not know. */
export function tell(type, detail) {
  if (isHosted()) window.parent.postMessage({ patternscope: VERSION, type, ...detail }, '*');
}

/** Gives the keys back to the page around. */
export function leave() {
  if (isHosted()) window.parent.focus();
}
