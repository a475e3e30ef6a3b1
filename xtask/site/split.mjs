// node split.mjs FILE: puts the code of a wasm file in streams, in place, after
// making sure that it comes back. Locals may get other numbers, and loads and
// stores other hints, so that what comes back is compared as streams.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from './join.mjs';
import {
  CODE, CODE_OF, CUSTOM, OPCODE, REST, Streams, Tape, WASM, mover, operand, walk,
} from './streams.mjs';

/** How many candidates were thought likelier than that at `wanted`. */
function rankOf(guess, wanted) {
  if (wanted >= guess.count) return wanted;
  let at;
  guess.seek((place, rank) => {
    at = rank;
    return place === wanted;
  });
  return at;
}

/** Where a local stands that has this number. Of those of its type that are not
 * used yet it becomes the first. */
function placeOf({ recent, unused }, number) {
  const is = (local) => local.number === number;
  const kind = unused.findIndex((locals) => locals.some(is));
  if (kind < 0) return unused.length + recent.findIndex(is);
  const [first] = unused[kind];
  unused[kind].find(is).number = first.number;
  first.number = number;
  return kind;
}

/** Puts the opcodes from here to `end` in a stream of their own. */
function scan(file, end, opcodes) {
  const others = new Tape();
  const skip = mover(() => file, () => others);
  skip.given = () => file.take();
  while (file.at < end) {
    const opcode = file.take();
    opcodes.put(opcode);
    for (const kind of skip.operands(opcode)) operand(skip, kind, opcode);
  }
}

/** A wasm file of which the code stands in streams. */
function split(wasm) {
  const file = new Tape(wasm);
  const streams = new Streams();
  const rest = streams.of(REST);
  const move = mover(() => file, (kind, part) => streams.of(kind, part));
  let end;
  move.begin = () => {
    const length = file.takeNumber();
    end = file.at + length;
  };
  // What comes next is known before the walk gets there.
  move.opcodes = new Tape();
  move.scan = () => {
    const start = file.at;
    scan(file, end, streams.of(OPCODE));
    move.opcodes.bytes = streams.of(OPCODE).bytes;
    file.at = start;
  };
  move.given = () => file.take();
  move.pick = (kind, list, guess) => {
    list.weigh(guess, move.opcodes);
    const place = placeOf(list, file.takeNumber());
    streams.of(kind, guess.sureness()).putNumber(rankOf(guess, place));
    return list.use(place, move.opcodes);
  };
  move.offset = (kind, base, opcode) => {
    const offset = file.takeNumber();
    const step = (offset - (base?.offset ?? 0)) | 0;
    streams.offsets(kind, base, opcode).putNumber(base?.offset === undefined ? offset : ((step << 1) ^ (step >> 31)) >>> 0);
    if (base) base.offset = offset;
  };
  move.end = () => {};
  file.at = WASM.length;
  while (file.at < wasm.length) {
    const id = file.take();
    const length = file.takeNumber();
    if (id === CUSTOM) {
      file.at += length;
      continue;
    }
    rest.put(id);
    if (id === CODE) walk(move, wasm);
    else {
      rest.putNumber(length);
      rest.putAll(wasm.subarray(file.at, (file.at += length)));
    }
  }
  const opcodes = streams.of(OPCODE);
  opcodes.bytes = opcodes.bytes.map((opcode) => CODE_OF[opcode]);
  return sections(streams.tapes);
}

/** A wasm file of custom sections. */
function sections(tapes) {
  const file = new Tape();
  file.putAll(WASM);
  for (const [kind, parts] of Object.entries(tapes)) {
    for (const [part, tape] of Object.entries(parts)) {
      const name = new TextEncoder().encode(kind + part);
      file.put(CUSTOM);
      file.putNumber(1 + name.length + tape.at);
      file.putNumber(name.length);
      file.putAll(name);
      file.putAll(tape.written());
    }
  }
  return file.written();
}

const [file] = process.argv.slice(2);
const wasm = readFileSync(file);
const streams = split(wasm);
const back = await join(streams);
if (!WebAssembly.validate(back) || !Buffer.from(split(back)).equals(streams)) {
  throw new Error(`${file} does not come back from its streams`);
}
writeFileSync(file, streams);
