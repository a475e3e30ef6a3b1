// The code of a wasm file in streams: all opcodes, all locals, all offsets and
// so on, each kind by itself. Compressed, that is an eighth smaller than the same
// code as it stands, for what follows one another is alike. The file stays a
// valid wasm file, of custom sections alone, so that hosts compress it.
//
// `split` runs when the site is built, `join` in the browser. Both are the same
// walk over the code: what one takes from the file the other puts there.

/** The letter of each stream. What the others are: FOLLOWS. */
const [REST, HEAD, OPCODE, READ, WRITTEN, ALIGNMENT] = ['rest', 'h', 'p', 'l', 's', 'a'];

/** What follows an opcode, a letter each; capital letters: not one LEB128. */
const FOLLOWS = [];
const follow = (kinds, ...opcodes) => opcodes.forEach((opcode) => { FOLLOWS[opcode] = kinds; });
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
const FOLLOWS_PREFIX = ['', '', '', '', '', '', '', '', 'oo', 'o', 'oo', 'o', 'oo', 'o', 'oo', 'o', 'o', 'o'];
/** The alignment of loads and stores that needs no words, from 0x28 on. */
const NATURAL = [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2];
const [BLOCK, IF, END] = [0x02, 0x04, 0x0b];
/** Sections. */
const [CUSTOM, TYPE, FUNCTION, CODE] = [0, 1, 3, 10];
/** Types of values count down from here, so many of them. */
const [FIRST_TYPE, TYPES] = [0x7f, 17];
const WASM = [0, 97, 115, 109, 1, 0, 0, 0];

/** Bytes that are read or written from the start. */
class Tape {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take() {
    return this.bytes[this.at++];
  }

  put(byte) {
    if (this.at === this.bytes.length) {
      const longer = new Uint8Array(2 * this.at + 64);
      longer.set(this.bytes);
      this.bytes = longer;
    }
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

  putNumber(number) {
    for (; number > 127; number >>>= 7) this.put((number & 127) | 128);
    this.put(number);
  }

  putAll(bytes) {
    for (const byte of bytes) this.put(byte);
  }

  written() {
    return this.bytes.subarray(0, this.at);
  }
}

/** A tape a kind, made when first asked for. */
class Streams {
  tapes = {};

  of(kind) {
    return (this.tapes[kind] ??= new Tape(new Uint8Array(0)));
  }
}

/** The locals of a function by how recently they were used: most are used
 * again soon. One that is used for the first time is told by its type alone:
 * numbers within a type are given in that order. */
class Locals {
  recent = [];
  kinds = [];
  unused = {};

  constructor(parameters, groups) {
    for (let local = 0; local < parameters; local += 1) this.recent.push(local);
    let local = parameters;
    for (const [count, type] of groups) {
      for (const end = local + count; local < end; local += 1) {
        const kind = FIRST_TYPE - type;
        this.kinds[local] = kind;
        (this.unused[kind] ??= []).push(local);
      }
    }
  }

  /** Moves to the front what stands at a place. */
  use(place) {
    const [local] = this.recent.splice(place, 1);
    this.recent.unshift(local);
    return local;
  }

  codeOf(local, written) {
    const { recent } = this;
    const place = recent.indexOf(local);
    if (place >= 0) {
      this.use(place);
      return written ? place + TYPES : place;
    }
    const kind = this.kinds[local];
    recent.unshift(local);
    return written ? kind : recent.length - 1 + kind;
  }

  localOf(code, written) {
    const { recent } = this;
    const place = written ? code - TYPES : code;
    if (place >= 0 && place < recent.length) return this.use(place);
    const local = this.unused[written ? code : code - recent.length].shift();
    recent.unshift(local);
    return local;
  }
}

/** How many parameters each function takes, from what stands before the code. */
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
        ofType.push(parameters);
        file.at += parameters;
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
  const functions = move.number(HEAD);
  for (let index = 0; index < functions; index += 1) {
    move.begin();
    const groups = [];
    for (let more = move.number(HEAD); more > 0; more -= 1) {
      groups.push([move.number(HEAD), move.byte(HEAD)]);
    }
    move.locals = new Locals(parameters[index], groups);
    for (let depth = 0; depth >= 0; ) {
      const opcode = move.byte(OPCODE);
      if (opcode >= BLOCK && opcode <= IF) depth += 1;
      if (opcode === END) depth -= 1;
      const kinds = opcode === PREFIX ? FOLLOWS_PREFIX[move.number(OPCODE)] : FOLLOWS[opcode] ?? '';
      for (const kind of kinds) operand(move, kind, opcode);
    }
    move.end();
  }
}

function operand(move, kind, opcode) {
  if (kind === READ || kind === WRITTEN) move.local(kind);
  else if (kind === ALIGNMENT) move.byte(ALIGNMENT, NATURAL[opcode - 0x28]);
  else if (kind === 'F' || kind === 'D') {
    for (let i = kind === 'F' ? 4 : 8; i > 0; i -= 1) move.byte('f');
  } else if (kind === 'R' || kind === 'O') {
    const stream = kind.toLowerCase();
    for (let more = move.number(stream) + (kind === 'R'); more > 0; more -= 1) move.number(stream);
  } else if (kind === 'i' || kind === 'j') {
    // What comes next tells what the constant is for.
    move.number(kind + move.next());
  } else move.number(kind);
}

/** Takes from `source(kind)` to `sink(kind)`. */
const mover = (source, sink) => ({
  byte(kind, mask = 0) {
    const byte = source(kind).take();
    sink(kind).put(byte ^ mask);
    return byte;
  },
  /** A LEB128 as it stands: it need not be the shortest. */
  number(kind) {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte(kind);
      number |= (byte & 127) << shift;
      if (byte < 128) return number >>> 0;
    }
  },
});

/** A wasm file of which the code stands in streams. */
export function split(wasm) {
  const file = new Tape(wasm);
  const streams = new Streams();
  const rest = streams.of(REST);
  const move = mover(() => file, (kind) => streams.of(kind));
  move.begin = () => file.takeNumber();
  /** The opcode after the number that comes now. */
  move.next = () => {
    let at = file.at;
    while (file.bytes[at] > 127) at += 1;
    return file.bytes[at + 1];
  };
  move.end = () => {};
  move.local = (kind) => streams.of(kind)
    .putNumber(move.locals.codeOf(file.takeNumber(), kind === WRITTEN));
  file.at = WASM.length;
  while (file.at < wasm.length) {
    const id = file.take();
    const length = file.takeNumber();
    rest.put(id);
    if (id === CODE) walk(move, wasm);
    else {
      rest.putNumber(length);
      rest.putAll(wasm.subarray(file.at, (file.at += length)));
    }
  }
  return sections(streams.tapes);
}

/** A wasm file of custom sections. */
function sections(tapes) {
  const file = new Tape(new Uint8Array(0));
  file.putAll(WASM);
  for (const [name, tape] of Object.entries(tapes)) {
    const section = new Tape(new Uint8Array(0));
    section.putNumber(name.length);
    section.putAll(new TextEncoder().encode(name));
    section.putAll(tape.written());
    file.put(CUSTOM);
    file.putNumber(section.at);
    file.putAll(section.written());
  }
  return file.written();
}

/** Undoes `split`. */
export async function join(file) {
  const module = await WebAssembly.compile(file);
  const streams = new Streams();
  const of = (kind) => (streams.tapes[kind] ??=
    new Tape(new Uint8Array(WebAssembly.Module.customSections(module, kind)[0])));
  const rest = of(REST);
  const wasm = new Tape(new Uint8Array(3 * file.byteLength));
  const code = new Tape(new Uint8Array(file.byteLength));
  // The length of a function stands before it.
  const body = new Tape(new Uint8Array(1 << 16));
  let sink = code;
  const move = mover(of, () => sink);
  move.begin = () => {
    sink = body;
    body.at = 0;
  };
  move.next = () => of(OPCODE).bytes[of(OPCODE).at];
  move.end = () => {
    sink = code;
    code.putNumber(body.at);
    code.putAll(body.written());
  };
  move.local = (kind) => body
    .putNumber(move.locals.localOf(of(kind).takeNumber(), kind === WRITTEN));
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
