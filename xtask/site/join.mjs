// In the browser: puts together again the code that split.mjs has put in streams.
import { CODE, OPCODE, OPCODE_OF, REST, Streams, Tape, WASM, mover, walk } from './streams.mjs';

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
