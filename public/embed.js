// <pattern-scope pattern="pub-sub" preset="slow-consumer"></pattern-scope>
//
// A run of patternscope inside any page: makes an iframe, as high as it should
// be, and passes on what is asked and told. Types and words: embed.d.ts.
(() => {
  const VERSION = 1;
  /** Attributes that are keys of the link, by their names there. */
  const KEYS = {
    pattern: 'p', preset: 'preset', seed: 'seed', script: 'script', at: 't', speed: 'speed', theme: 'theme',
    controls: 'controls', background: 'background', autoplay: 'autoplay', loop: 'loop', step: 'step', story: 'story',
  };
  const OTHERS = ['settings', 'link', 'base', 'height', 'title', 'sandbox'];
  const own = document.currentScript ?? document.querySelector('script[src*="embed.js"]');
  const home = own?.src || location.href;

  class PatternScope extends HTMLElement {
    static observedAttributes = [...Object.keys(KEYS), ...OTHERS];
    #frame = null;
    #asked = new Map();
    #last = 0;
    #ready = null;
    #hear = (event) => this.#take(event);

    connectedCallback() {
      addEventListener('message', this.#hear);
      if (!this.#frame) {
        this.style.display ||= 'block';
        this.#frame = document.createElement('iframe');
        this.#frame.loading = 'lazy';
        this.#frame.allow = 'fullscreen; clipboard-write';
        this.#frame.style.cssText = 'display:block;width:100%;height:100%;border:0;color-scheme:normal';
        this.append(this.#frame);
      }
      this.#load();
    }

    disconnectedCallback() {
      removeEventListener('message', this.#hear);
      this.#settle(new Error('the element was taken out of the page'));
    }

    attributeChangedCallback() {
      // Several attributes that change at once load it once.
      if (this.isConnected && this.#frame) queueMicrotask(() => this.#load());
    }

    /** The address of the frame. */
    get src() {
      const attribute = (name) => this.getAttribute(name);
      const link = new URL(attribute('link') ?? '', new URL(attribute('base') ?? '.', home));
      for (const [name, key] of Object.entries(KEYS)) {
        const value = attribute(name);
        if (value !== null) link.searchParams.set(key, value || '1');
      }
      for (const pair of (attribute('settings') ?? '').split(/[;&\n]/)) {
        const [key, ...value] = pair.split('=');
        if (key.trim()) link.searchParams.set(key.trim(), value.join('=').trim());
      }
      link.searchParams.set('embed', '1');
      return link.href;
    }

    #load() {
      if (this.#frame.src === this.src) return;
      this.#settle(new Error('another run was loaded'));
      this.#ready = Promise.withResolvers ? Promise.withResolvers() : withResolvers();
      this.#ready.promise.catch(() => {});
      const sandbox = this.getAttribute('sandbox');
      if (sandbox !== null) this.#frame.setAttribute('sandbox', sandbox);
      this.#frame.title = this.getAttribute('title') ?? `patternscope: ${this.getAttribute('pattern') ?? 'a pattern'}`;
      const height = this.getAttribute('height');
      this.style.height = height ? (/^\d+$/.test(height) ? `${height}px` : height) : this.style.height || '360px';
      this.#frame.src = this.src;
    }

    #settle(error) {
      this.#ready?.reject(error);
      for (const { reject } of this.#asked.values()) reject(error);
      this.#asked.clear();
    }

    #take({ source, data }) {
      if (!this.#frame || source !== this.#frame.contentWindow || data?.patternscope !== VERSION) return;
      const { type, id, patternscope, ...detail } = data;
      const asked = this.#asked.get(id);
      if (asked) {
        this.#asked.delete(id);
        return type === 'answer' ? asked.resolve(detail.value) : asked.reject(new Error(detail.message));
      }
      if (type === 'ready') this.#ready.resolve();
      if (type === 'resize' && !this.hasAttribute('height')) this.style.height = `${detail.height}px`;
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    async #ask(type, field) {
      await this.#ready?.promise;
      const id = ++this.#last;
      return new Promise((resolve, reject) => {
        this.#asked.set(id, { resolve, reject });
        this.#frame.contentWindow.postMessage({ patternscope: VERSION, type, id, ...field }, '*');
      });
    }

    play() { return this.#ask('play'); }
    pause() { return this.#ask('pause'); }
    step() { return this.#ask('step'); }
    seek(at) { return this.#ask('seek', { at }); }
    setSpeed(speed) { return this.#ask('speed', { speed }); }
    set(settings) { return this.#ask('set', { settings }); }
    act(script) { return this.#ask('act', { script }); }
    getState() { return this.#ask('getState'); }
    setState(link) { return this.#ask('setState', { link }); }
    snapshot() { return this.#ask('snapshot'); }
  }

  function withResolvers() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
  }

  if (!customElements.get('pattern-scope')) customElements.define('pattern-scope', PatternScope);
})();
