// The code of a wasm file in streams: all opcodes, all locals, all offsets and
// so on, each kind by itself; locals as how far off a guess was. Compressed, that is
// a fifth smaller than the same code as it stands. The file stays a
// valid wasm file, of custom sections alone, so that hosts compress it.
//
// `split` runs when the site is built, `join` in the browser. Both are the same
// walk over the code: what one takes from the file the other puts there.

/** The letter of each stream. What the others are: FOLLOWS. */
const [REST, HEAD, OPCODE, PREFIXED] = ['rest', 'h', 'p', 'x'];
const [READ, WRITTEN, LOADED, STORED] = ['l', 's', 'm', 'n'];
/** No stream: the alignment of loads and stores is a hint, and becomes natural. */
const ALIGNMENT = 'a';

/** What follows an opcode, a letter each; capital letters: not one LEB128. */
const FOLLOWS = [];
const follow = (kinds, ...opcodes) => opcodes.forEach((opcode) => { FOLLOWS[opcode] = [...kinds]; });
const from = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
follow('b', 0x02, 0x03, 0x04); // block, loop, if: a type
follow('r', 0x0c, 0x0d); // br, br_if: a label
follow('R', 0x0e); // br_table: labels
follow('c', 0x10); // call: a function
follow('tt', 0x11); // call_indirect: a type, a table
follow('O', 0x1c); // select: types
follow('l', 0x20); // local.get
follow('s', 0x21, 0x22); // local.set, local.tee
follow('g', 0x23, 0x24); // global.get, global.set
follow('o', 0x25, 0x26, 0x3f, 0x40, 0xd0, 0xd2); // tables, memory, references
follow('am', ...from(0x28, 0x35)); // loads: alignment, offset
follow('an', ...from(0x36, 0x3e)); // stores
follow('i', 0x41); // i32.const
follow('j', 0x42); // i64.const
follow('F', 0x43); // f32.const
follow('D', 0x44); // f64.const
/** The same after the prefix 0xfc: memory.init, data.drop, memory.copy, ... */
const PREFIX = 0xfc;
const FOLLOWS_PREFIX = ['', '', '', '', '', '', '', '', 'oo', 'o', 'oo', 'o', 'oo', 'o', 'oo', 'o', 'o', 'o']
  .map((kinds) => [...kinds]);
const NOTHING = [];
/** The natural alignment of loads and stores, from 0x28 on. */
const NATURAL = [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2];
/** After these a statement begins: nothing is on the stack, or so it seems. */
const STATEMENT_ENDS = new Set([
  ...from(0x00, 0x05), ...from(0x0b, 0x0f), 0x1a, 0x21, 0x24, ...from(0x36, 0x3e),
]);
const [BLOCK, IF, END, GET] = [0x02, 0x04, 0x0b, 0x20];
/** Opcodes in classes. Brotli takes the two bytes before as context, but tells apart
 * only ranges of them, which begin here; in a file of many bytes that are no text.
 * Alike (by trial) is what is followed by the same. */
const CLASSES = {
  0: [0x20], // local.get
  1: [0x29, 0x42, 0x23, 0xfc, 0x7c, 0x43, 0xad, 0x88, 0x7d, 0x84, 0x83, 0x7e, 0x35, 0xbd],
  16: [0x28, 0x71, 0x1b, 0x2d, 0x2f, 0x72, 0xa7, 0x2a, 0x76, 0x92, 0x94, 0x73, 0x6e, 0x93],
  64: [0x0c, 0x00, 0x0f, 0x0e, ...from(0x45, 0x66)], // jumps, comparisons
  128: [0x6a, 0x6b, 0x02, 0x03, 0x86, 0x95, 0x87],
  192: [0x21, 0x0b, 0x10, 0x04, 0x0d, 0x24, 0x05, 0x0a, 0x11, 0x1a, ...from(0x36, 0x3b)], // ends of statements
  240: [0x22, 0x74, 0x6c, 0x44, 0x2b, 0xa2, 0xa3, 0xa0, 0x25, 0xa1, 0x70],
  255: [0x41], // i32.const
};
const CODE_OF = new Uint8Array(256);
const OPCODE_OF = new Uint8Array(256);
{
  const free = new Set(from(0, 255));
  const left = new Set(free);
  const give = (opcode, code) => {
    CODE_OF[opcode] = code;
    OPCODE_OF[code] = opcode;
    free.delete(code);
    left.delete(opcode);
  };
  for (const [start, opcodes] of Object.entries(CLASSES)) {
    opcodes.forEach((opcode, i) => give(opcode, Number(start) + i));
  }
  for (const opcode of left) give(opcode, Math.min(...free));
}
/** Sections. */
const [CUSTOM, TYPE, FUNCTION, CODE] = [0, 1, 3, 10];
/** Types of values count down from here. */
const FIRST_TYPE = 0x7f;
const WASM = [0, 97, 115, 109, 1, 0, 0, 0];

/** So many candidates are weighed, by so many features; the chances of each feature
 * are told apart by so many bits, and are so high while nothing is known. */
const [CANDIDATES, FEATURES, SLOT_BITS, UNKNOWN] = [24, 5, 16, 3000];
/** How fast chances change, and how low they get. */
const [PACE, LEAST, MOST] = [1 / 12, 16, 0xffff];
/** What scored this much less than what was right learns nothing from that. */
const FAR = 0.1;
/** Shares of the best in the sum of all scores: steps of sureness. */
const SURE = [0.7, 0.9, 0.99];

/** Bytes that are read or written from the start. */
class Tape {
  constructor(bytes = new Uint8Array(0)) {
    this.bytes = bytes;
    this.at = 0;
  }

  take() {
    return this.bytes[this.at++];
  }

  put(byte) {
    if (this.at === this.bytes.length) this.grow(1);
    this.bytes[this.at++] = byte;
  }

  takeNumber() {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.take();
      number |= (byte & 127) << shift;
      if (byte < 128) return number >>> 0;
    }
  }

  grow(more) {
    const longer = new Uint8Array(2 * (this.at + more));
    longer.set(this.bytes);
    this.bytes = longer;
  }

  putNumber(number) {
    for (; number > 127; number >>>= 7) this.put((number & 127) | 128);
    this.put(number);
  }

  putAll(bytes) {
    if (this.at + bytes.length > this.bytes.length) this.grow(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  written() {
    return this.bytes.subarray(0, this.at);
  }
}

/** A tape a kind, or a tape for each part of a kind: made when first asked for. */
class Streams {
  tapes = {};

  constructor(bytesOf = () => new Uint8Array(0)) {
    this.bytesOf = bytesOf;
  }

  of(kind, part = 0) {
    const parts = (this.tapes[kind] ??= []);
    return (parts[part] ??= new Tape(this.bytesOf(kind + part)));
  }

  /** For offsets from a local: by how far they are from the last one, if there is one. */
  offsets(kind, base, opcode) {
    return this.of(kind, base?.offset === undefined ? Number(base !== undefined) : opcode);
  }
}

/** Where the chance is kept of a feature: a hash. */
const slotOf = (feature, around, fact) => (feature << SLOT_BITS)
  | (Math.imul(around + Math.imul(fact, 0x9e3779b1), 0x2c1b3c6d) >>> (32 - SLOT_BITS));

/** Guesses which of some candidates comes next. A candidate has features: pairs
 * of what stands around the place ("before i32.add") and a fact about itself
 * ("last used before i32.load"). How often a pair was right of late is learned on
 * the way, alike on both sides; the product of these chances is the score. */
class Guess {
  count = 0;
  scores = new Float64Array(CANDIDATES);

  constructor() {
    this.chances = new Uint16Array(FEATURES << SLOT_BITS).fill(UNKNOWN);
    this.slots = new Int32Array(FEATURES * CANDIDATES);
    this.around = new Int32Array(FEATURES);
  }

  /** Starts anew. */
  clear() {
    this.count = this.best = this.sum = 0;
  }

  /** Takes one more candidate, of which these are facts, one a feature. */
  weigh(fact0, fact1, fact2, fact3, fact4) {
    const { chances, slots, scores, around, count } = this;
    const at = count * FEATURES;
    const score = chances[(slots[at] = slotOf(0, around[0], fact0))]
      * chances[(slots[at + 1] = slotOf(1, around[1], fact1))]
      * chances[(slots[at + 2] = slotOf(2, around[2], fact2))]
      * chances[(slots[at + 3] = slotOf(3, around[3], fact3))]
      * chances[(slots[at + 4] = slotOf(4, around[4], fact4))];
    scores[count] = score;
    this.sum += score;
    if (score > scores[this.best]) this.best = count;
    this.count = count + 1;
  }

  /** How sure the guess is, in steps. */
  sureness() {
    const share = this.scores[this.best] / this.sum;
    let step = 0;
    while (share > SURE[step]) step += 1;
    return step;
  }

  /** Goes over the candidates, the best first, until `found(place, rank)`; learns
   * from that. */
  seek(found) {
    const { count, scores } = this;
    let place = this.best;
    for (let rank = 0; !found(place, rank); rank += 1) {
      // What was passed has a score of less than nothing.
      let most = (scores[place] = -1);
      for (let i = 0; i < count; i += 1) {
        const score = scores[i];
        if (score > most) {
          most = score;
          place = i;
        }
      }
    }
    const near = scores[place] * FAR;
    for (let i = 0; i < count; i += 1) {
      const score = scores[i];
      if (score < 0 || score > near) this.learn(i, i === place ? MOST : LEAST);
    }
    return place;
  }

  learn(place, right) {
    const { chances, slots } = this;
    for (let i = 0, at = place * FEATURES; i < FEATURES; i += 1, at += 1) {
      chances[slots[at]] += (right - chances[slots[at]]) * PACE;
    }
  }

  /** How many were thought likelier than that at `wanted`. */
  rankOf(wanted) {
    if (wanted >= this.count) return wanted;
    let at;
    this.seek((place, rank) => {
      at = rank;
      return place === wanted;
    });
    return at;
  }

  /** Undoes `rankOf`. */
  placeOf(wanted) {
    return wanted < this.count ? this.seek((_, rank) => rank === wanted) : wanted;
  }
}

/** The state of a local: how it was written, and in the last two bits how often it
 * was read since. Parameters begin with 0. */
const NEVER_WRITTEN = 3 << 2;
const localOf = (number, type, state) => ({ number, type, state, last: 0, offset: undefined });

/** The locals of a function, those used last in front. One that is used for the
 * first time is told by its type alone: numbers within a type are given in that
 * order. */
class Locals {
  recent = [];
  /** Those not used yet, a list a type. */
  unused = [];

  constructor(parameters, groups) {
    let number = 0;
    for (const type of parameters) this.recent.push(localOf(number++, type, 0));
    for (const [count, type] of groups) {
      const kind = (this.unused[FIRST_TYPE - type] ??= []);
      for (const end = number + count; number < end; number += 1) {
        kind.push(localOf(number, type, NEVER_WRITTEN));
      }
    }
    this.unused = this.unused.filter((kind) => kind);
  }

  /** Weighs the first of each type not used yet, then those used. */
  weigh(guess, opcodes) {
    const { around } = guess;
    const { recent, unused } = this;
    const { bytes, at } = opcodes;
    const [earlier, before, opcode, next] = [bytes[at - 3], bytes[at - 2], bytes[at - 1], bytes[at]];
    // Not past the end of the function.
    const later = next === END ? END : bytes[at + 1];
    around[0] = (opcode << 16) | (next << 8) | later;
    around[1] = (opcode << 8) | next;
    around[2] = (opcode << 16) | (earlier << 8) | before;
    around[3] = around[4] = (opcode << 16) | (before << 8) | next;
    const fresh = unused.length;
    guess.clear();
    const count = Math.min(fresh + recent.length, CANDIDATES);
    for (let i = 0; i < count; i += 1) {
      const { type, state, last } = i < fresh ? unused[i][0] : recent[i - fresh];
      const place = ((i < fresh ? type : i - fresh) << 8) | state;
      guess.weigh(place, (last >>> 8 << 8) | state, place, type, (last << 8) | state);
    }
  }

  /** Where a local stands that has this number. */
  placeOf(number) {
    const { recent, unused } = this;
    const is = (local) => local.number === number;
    const kind = unused.findIndex((locals) => locals.some(is));
    if (kind < 0) return unused.length + recent.findIndex(is);
    const [first] = unused[kind];
    unused[kind].find(is).number = first.number;
    first.number = number;
    return kind;
  }

  /** The local at a place. It is used now. */
  use(place, { bytes, at }) {
    const [before, opcode, next] = [bytes[at - 2], bytes[at - 1], bytes[at]];
    const { recent, unused } = this;
    const fresh = unused.length;
    const local = place < fresh ? unused[place].shift() : recent.splice(place - fresh, 1)[0];
    if (place < fresh && unused[place].length === 0) unused.splice(place, 1);
    recent.unshift(local);
    local.last = (next << 8) | before;
    if (opcode !== GET) {
      local.state = (opcode - GET) << 2;
      local.offset = undefined;
    } else if ((local.state & 3) < 3) local.state += 1;
    return local;
  }
}

/** The types of parameters of each function, from what stands before the code. */
function parametersOf(wasm) {
  const [file, ofType, ofFunction] = [new Tape(wasm), [], []];
  file.at = WASM.length;
  while (file.at < wasm.length) {
    const id = file.take();
    const length = file.takeNumber();
    const end = file.at + length;
    for (let more = id === TYPE || id === FUNCTION ? file.takeNumber() : 0; more > 0; more -= 1) {
      if (id === FUNCTION) ofFunction.push(ofType[file.takeNumber()]);
      else {
        file.take();
        const parameters = file.takeNumber();
        ofType.push(wasm.subarray(file.at, (file.at += parameters)));
        const results = file.takeNumber();
        file.at += results;
      }
    }
    file.at = end;
  }
  return ofFunction;
}

/** Walks over the code of all functions; `move` takes each piece across. */
function walk(move, wasm) {
  const parameters = parametersOf(wasm);
  const { opcodes } = move;
  const guess = new Guess();
  const functions = move.number(HEAD);
  for (let index = 0; index < functions; index += 1) {
    move.begin();
    const groups = [];
    for (let more = move.number(HEAD); more > 0; more -= 1) {
      groups.push([move.number(HEAD), move.byte(HEAD)]);
    }
    move.scan();
    const locals = new Locals(parameters[index], groups);
    // The locals with which the last instruction and the statement began, if they
    // did: likely the addresses of what is loaded and stored.
    let [last, first] = [];
    for (let depth = 0, begins = true; depth >= 0; ) {
      const opcode = opcodes.take();
      move.given(opcode);
      if (opcode >= BLOCK && opcode <= IF) depth += 1;
      if (opcode === END) depth -= 1;
      let local;
      for (const kind of move.operands(opcode)) {
        if (kind === READ || kind === WRITTEN) local = move.pick(kind, locals, guess);
        else if (kind === LOADED) move.offset(kind, last, opcode);
        else if (kind === STORED) move.offset(kind, first, opcode);
        else operand(move, kind, opcode, opcodes.bytes[opcodes.at]);
      }
      last = local;
      if (begins) first = local;
      begins = STATEMENT_ENDS.has(opcode);
    }
    move.end();
  }
}

function operand(move, kind, opcode, next) {
  if (kind === ALIGNMENT) move.given(NATURAL[opcode - 0x28]);
  else if (kind === 'F' || kind === 'D') {
    for (let i = kind === 'F' ? 4 : 8; i > 0; i -= 1) move.byte('f');
  } else if (kind === 'R' || kind === 'O') {
    const stream = kind.toLowerCase();
    for (let more = move.number(stream) + (kind === 'R'); more > 0; more -= 1) move.number(stream);
  } else if (kind === 'i' || kind === 'j') {
    // What comes next tells what the constant is for.
    move.number(kind, next);
  } else move.number(kind);
}

/** Takes from `source(kind, part)` to `sink(kind, part)`. */
const mover = (source, sink) => ({
  operands(opcode) {
    return opcode === PREFIX ? FOLLOWS_PREFIX[this.number(PREFIXED)] : FOLLOWS[opcode] ?? NOTHING;
  },
  byte(kind) {
    const byte = source(kind).take();
    sink(kind).put(byte);
    return byte;
  },
  /** A LEB128 as it stands: it need not be the shortest. */
  number(kind, part) {
    const from = source(kind, part);
    const to = sink(kind, part);
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = from.take();
      to.put(byte);
      number |= (byte & 127) << shift;
      if (byte < 128) return number >>> 0;
    }
  },
});

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
export function split(wasm) {
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
    const place = list.placeOf(file.takeNumber());
    streams.of(kind, guess.sureness()).putNumber(guess.rankOf(place));
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

/** Undoes `split`. */
export async function join(file) {
  const module = await WebAssembly.compile(file);
  const streams = new Streams((name) =>
    new Uint8Array(WebAssembly.Module.customSections(module, name)[0]));
  const rest = streams.of(REST);
  const wasm = new Tape(new Uint8Array(3 * file.byteLength));
  const code = new Tape(new Uint8Array(file.byteLength));
  // The length of a function stands before it.
  const body = new Tape(new Uint8Array(1 << 16));
  let sink = code;
  const move = mover((kind, part) => streams.of(kind, part), () => sink);
  move.begin = () => {
    sink = body;
    body.at = 0;
  };
  move.scan = () => {};
  move.opcodes = streams.of(OPCODE);
  move.opcodes.bytes = move.opcodes.bytes.map((code) => OPCODE_OF[code]);
  move.given = (byte) => body.put(byte);
  move.end = () => {
    sink = code;
    code.putNumber(body.at);
    code.putAll(body.written());
  };
  move.pick = (kind, list, guess) => {
    list.weigh(guess, move.opcodes);
    const place = guess.placeOf(streams.of(kind, guess.sureness()).takeNumber());
    const local = list.use(place, move.opcodes);
    body.putNumber(local.number);
    return local;
  };
  move.offset = (kind, base, opcode) => {
    const code = streams.offsets(kind, base, opcode).takeNumber();
    const offset = base?.offset === undefined ? code : (base.offset + ((code >>> 1) ^ -(code & 1))) >>> 0;
    body.putNumber(offset);
    if (base) base.offset = offset;
  };
  wasm.putAll(WASM);
  while (rest.at < rest.bytes.length) {
    const id = rest.take();
    if (id === CODE) walk(move, wasm.written());
    const length = id === CODE ? code.at : rest.takeNumber();
    wasm.put(id);
    wasm.putNumber(length);
    wasm.putAll(id === CODE ? code.written() : rest.bytes.subarray(rest.at, (rest.at += length)));
  }
  return wasm.written();
}
