// node split.mjs FILE: puts the code of a wasm file in streams, in place, after
// making sure that the same bytes come back.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, split } from './streams.mjs';

const [file] = process.argv.slice(2);
const wasm = readFileSync(file);
const streams = split(wasm);
if (!wasm.equals(await join(streams))) throw new Error(`${file} does not come back from its streams`);
writeFileSync(file, streams);
