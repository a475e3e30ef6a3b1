// The program's bytes: from a file beside the page, or from the page itself
// where all is one file (export/src/single_file.rs writes such pages).
export async function program(address) {
  const inside = document.getElementById('program');
  if (!inside) return (await fetch(address)).arrayBuffer();
  const packed = Uint8Array.from(atob(inside.textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer();
}
