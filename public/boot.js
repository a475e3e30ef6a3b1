// Beside the program: takes the loading text away once it has started, says so
// in plain words when it cannot start, and when it has stopped; has the site
// kept for use without a network.
(() => {
  let started = false;
  // Only a finished site names a worker: while it is being made, old files would be in the way.
  const worker = document.currentScript?.dataset.offline;
  const loading = () => document.getElementById('loading');

  const cannotStart = () => {
    const text = loading();
    if (!text) return;
    text.setAttribute('role', 'alert');
    text.textContent =
      'Patternscope could not start. It needs a browser with WebAssembly (any from 2022 on) ' +
      'and a web server: opened straight from a file it cannot load its parts. Reload to try again.';
  };

  const element = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };

  const hasStopped = (error) => {
    if (document.querySelector('.failure')) return;
    const again = element('button', 'Load again');
    again.onclick = () => location.reload();
    const link = element('a', location.href);
    link.href = location.href;
    const notice = element('div', '');
    notice.className = 'failure';
    notice.setAttribute('role', 'alert');
    notice.append(
      element('h1', 'Patternscope has stopped'),
      element('p', 'That is a fault of the program, not of yours. Load it again to go on; ' +
        'with the link and the details below it can be repaired.'),
      again,
      element('pre', error.stack || String(error)),
      link,
    );
    document.body.append(notice);
    again.focus();
  };

  const failed = (error) => {
    // Whatever panics ends in a trap.
    if (window.WebAssembly && error instanceof WebAssembly.RuntimeError) hasStopped(error);
    else if (!started) cannotStart();
  };

  // A frame in somebody's page leaves nothing on the disks of its readers.
  const keepForOffline = async () => {
    if (!worker || !/^https?:$/.test(location.protocol) || window.top !== window) return;
    try {
      await navigator.serviceWorker?.register(worker, { updateViaCache: 'none' });
    } catch {
      // Refused, or no storage: the page does not need it.
    }
  };

  addEventListener('TrunkApplicationStarted', () => {
    started = true;
    loading()?.remove();
    keepForOffline();
  });
  addEventListener('error', (event) => failed(event.error), true);
  addEventListener('unhandledrejection', (event) => failed(event.reason));
})();
