// Loads what makes files only when somebody wants one.
const module = () => import(new URL('./exporting.js', document.baseURI).href);

/** Makes a file and saves it; `tell` hears how far it is. */
export async function make(format, link, [from, to, width], theme, tell) {
  const { run } = await module();
  const dark = document.documentElement.dataset.theme === 'auto'
    ? matchMedia('(prefers-color-scheme: dark)').matches
    : document.documentElement.dataset.theme === 'dark';
  const vectors = format === 'svg' || format === 'animated-svg';
  const seen = theme === 'auto' && !vectors ? (dark ? 'dark' : 'light') : theme;
  return run(format, { link, from, to, theme: seen, width, height: (width * 9) / 16 }, tell);
}

/** Ends what is being made. */
export const cancel = () => void module().then((it) => it.cancel());
