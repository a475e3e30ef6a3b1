// node split.mjs FILE: puts the code of a wasm file in streams, in place, after
// making sure that it comes back. Locals may get other numbers, and loads and
// stores other hints, so that what comes back is compared as streams.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, split } from './streams.mjs';

const [file] = process.argv.slice(2);
const wasm = readFileSync(file);
const streams = split(wasm);
const back = await join(streams);
if (!WebAssembly.validate(back) || !Buffer.from(split(back)).equals(streams)) {
  throw new Error(`${file} does not come back from its streams`);
}
writeFileSync(file, streams);
