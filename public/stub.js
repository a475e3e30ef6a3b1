// On the page of one pattern, which is there for previews of links: goes on to
// the run, with all else that the link says.
(() => {
  const { src, dataset } = document.currentScript;
  const others = location.search.slice(1).split('&').filter((pair) => pair && !/^p(=|$)/.test(pair));
  const query = [`p=${dataset.pattern}`, ...others].join('&');
  // Takes the place of this page, so that "back" does not come here.
  location.replace(`${new URL('./', src).href}?${query}${location.hash}`);
})();
