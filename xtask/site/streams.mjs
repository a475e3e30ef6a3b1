// The code of a wasm file in streams: all opcodes, all locals, all offsets and
// so on, each kind by itself; locals as how far off a guess was. Compressed, that is
// a fifth smaller than the same code as it stands. The file stays a
// valid wasm file, of custom sections alone, so that hosts compress it.
//
// split.mjs runs when the site is built, join.mjs in the browser. Both are the
// same walk over the code, which is here: what one takes from the file the other
// puts there.

/** The letter of each stream. What the others are: FOLLOWS. */
export const [REST, HEAD, OPCODE, PREFIXED] = ['rest', 'h', 'p', 'x'];
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
export const CODE_OF = new Uint8Array(256);
export const OPCODE_OF = new Uint8Array(256);
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
export const [CUSTOM, TYPE, FUNCTION, CODE] = [0, 1, 3, 10];
/** Types of values count down from here. */
const FIRST_TYPE = 0x7f;
export const WASM = [0, 97, 115, 109, 1, 0, 0, 0];

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
export class Tape {
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
export class Streams {
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

  /** The place of the candidate that so many are thought likelier than. */
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
export function walk(move, wasm) {
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

export function operand(move, kind, opcode, next) {
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
export const mover = (source, sink) => ({
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
