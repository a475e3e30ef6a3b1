// A small static server: serves the built site under a subfolder, as a
// project page on a static host would, and nothing outside of it.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** Serves `root`, which may become another one, under `prefix` on a free port. */
export async function serve(root, prefix = '/some/folder/') {
  const host = { root };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    const answer = (status, body, type = 'text/plain') => {
      // As hosts of static pages do, so that frames without an origin may load it.
      response.writeHead(status, {
        'content-type': type, 'cache-control': 'no-store', 'access-control-allow-origin': '*',
      });
      response.end(body);
    };
    if (!path.startsWith(prefix)) return answer(404, 'outside of the subfolder');
    const inside = path.slice(prefix.length);
    const file = normalize(join(host.root, inside === '' || inside.endsWith('/') ? `${inside}index.html` : inside));
    if (!file.startsWith(normalize(host.root) + sep)) return answer(404, 'outside of the site');
    try {
      answer(200, await readFile(file), TYPES[extname(file)] ?? 'application/octet-stream');
    } catch {
      answer(404, 'no such file');
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  return Object.assign(host, {
    url: `http://127.0.0.1:${port}${prefix}`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
}

