// Runs before the program: takes the loading text away once it has started,
// and says so in plain words when it cannot start.
(() => {
  let started = false;
  const loading = () => document.getElementById('loading');
  const fail = () => {
    const text = loading();
    if (started || !text) return;
    text.setAttribute('role', 'alert');
    text.textContent =
      'Patternscope could not start. It needs a browser with WebAssembly (any from 2022 on) ' +
      'and a web server: opened straight from a file it cannot load its parts. Reload to try again.';
  };
  addEventListener('TrunkApplicationStarted', () => {
    started = true;
    loading()?.remove();
  });
  addEventListener('error', fail, true);
  addEventListener('unhandledrejection', fail);
})();
