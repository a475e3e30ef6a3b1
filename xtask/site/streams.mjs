// The code of a wasm file in streams: all opcodes, all locals, all offsets and
// so on, each kind by itself. Compressed, that is a ninth smaller than the same
// code as it stands, for what follows one another is alike. The file stays a
// valid wasm file, of custom sections alone, so that hosts compress it.
//
// `split` runs when the site is built, `join` in the browser. Both are the same
// walk over the code: what one takes from the file the other puts there.

/** The letter of each stream. What the others are: FOLLOWS. */
const [REST, HEAD, OPCODE, LOCAL, ALIGNMENT] = ['rest', 'h', 'p', 'l', 'a'];

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
follow('l', 0x20, 0x21, 0x22); // local.get, local.set, local.tee
follow('g', 0x23, 0x24); // global.get, global.set
follow('o', 0x25, 0x26, 0x3f, 0x40, 0xd0, 0xd2); // tables, memory, references
follow('am', ...from(0x28, 0x3e)); // loads and stores: alignment, offset
follow('i', 0x41); // i32.const
follow('j', 0x42); // i64.const
follow('F', 0x43); // f32.const
follow('D', 0x44); // f64.const
/** The same after the prefix 0xfc: memory.init, data.drop, memory.copy, ... */
const PREFIX = 0xfc;
const FOLLOWS_PREFIX = ['', '', '', '', '', '', '', '', 'oo', 'o', 'oo', 'o', 'oo', 'o', 'oo', 'o', 'o', 'o'];
/** The alignment of loads and stores that needs no words, from 0x28 on. */
const NATURAL = [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2];
const [BLOCK, IF, END, CODE, CUSTOM] = [0x02, 0x04, 0x0b, 10, 0];
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

/** Locals by how recently they were used: most are used again soon. */
class Recent {
  locals = [];

  /** Moves to the front what stands at a place. */
  use(place) {
    const [local] = this.locals.splice(place, 1);
    this.locals.unshift(local);
    return local;
  }

  reach(length) {
    while (this.locals.length < length) this.locals.push(this.locals.length);
  }

  placeOf(local) {
    this.reach(local + 1);
    const place = this.locals.indexOf(local);
    this.use(place);
    return place;
  }

  localAt(place) {
    this.reach(place + 1);
    return this.use(place);
  }
}

/** Walks over the code of all functions; `move` takes each piece across. */
function walk(move) {
  for (let functions = move.number(HEAD); functions > 0; functions -= 1) {
    move.begin();
    for (let groups = move.number(HEAD); groups > 0; groups -= 1) {
      move.number(HEAD);
      move.byte(HEAD);
    }
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
  if (kind === LOCAL) move.local();
  else if (kind === ALIGNMENT) move.byte(ALIGNMENT, NATURAL[opcode - 0x28]);
  else if (kind === 'F' || kind === 'D') {
    for (let i = kind === 'F' ? 4 : 8; i > 0; i -= 1) move.byte('f');
  } else if (kind === 'R' || kind === 'O') {
    const stream = kind.toLowerCase();
    for (let more = move.number(stream) + (kind === 'R'); more > 0; more -= 1) move.number(stream);
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
  let recent;
  move.begin = () => {
    file.takeNumber();
    recent = new Recent();
  };
  move.end = () => {};
  move.local = () => streams.of(LOCAL).putNumber(recent.placeOf(file.takeNumber()));
  file.at = WASM.length;
  while (file.at < wasm.length) {
    const id = file.take();
    const length = file.takeNumber();
    rest.put(id);
    if (id === CODE) walk(move);
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
  let [sink, recent] = [code, null];
  const move = mover(of, () => sink);
  move.begin = () => {
    sink = body;
    body.at = 0;
    recent = new Recent();
  };
  move.end = () => {
    sink = code;
    code.putNumber(body.at);
    code.putAll(body.written());
  };
  move.local = () => body.putNumber(recent.localAt(of(LOCAL).takeNumber()));
  wasm.putAll(WASM);
  while (rest.at < rest.bytes.length) {
    const id = rest.take();
    wasm.put(id);
    if (id === CODE) {
      walk(move);
      wasm.putNumber(code.at);
      wasm.putAll(code.written());
    } else {
      const length = rest.takeNumber();
      wasm.putNumber(length);
      wasm.putAll(rest.bytes.subarray(rest.at, (rest.at += length)));
    }
  }
  return wasm.written();
}
