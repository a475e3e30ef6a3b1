// What a link attaches, in letters that are safe in its fragment (deflate,
// base64url), and back, by the browser's own streams. src/share.rs calls this;
// engine/src/scenario/address.rs is the same for other programs.

const DAMAGED = 'is cut off or damaged; copy the whole link again';

const through = (bytes, stream) => new Blob([bytes]).stream().pipeThrough(stream);

/** Packs each text of an array. */
export const pack = (texts) => Promise.all(texts.map(packOne));

async function packOne(text) {
  const stream = through(text, new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let letters = '';
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Unpacks each text of an array, none to more than `most` bytes: for each the
 * plain text, or an Error that says what is wrong.
 */
export const unpack = (texts, most) =>
  Promise.all(texts.map((text, i) => unpackOne(text, most[i]).catch((error) => error)));

async function unpackOne(text, most) {
  const long = new Error(`is longer than ${most} bytes`);
  if (text.length > 2 * most) throw long;
  try {
    const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const reader = through(bytes, new DecompressionStream('deflate-raw')).getReader();
    const pieces = [];
    for (let length = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      // Not read on: it may go on without end.
      if (length > most) throw long;
      pieces.push(value);
    }
    const whole = await new Blob(pieces).arrayBuffer();
    return new TextDecoder('utf-8', { fatal: true }).decode(whole);
  } catch (error) {
    throw error === long ? long : new Error(DAMAGED);
  }
}
