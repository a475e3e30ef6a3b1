// Own buttons for a run in a post: the element's methods and events.
const run = document.getElementById('run');
const told = document.querySelector('output');

for (const button of document.querySelectorAll('[data-do]')) {
  button.onclick = () => run[button.dataset.do]();
}
document.querySelector('[data-rate]').onclick = ({ target }) => run.set({ rate: Number(target.dataset.rate) });

run.addEventListener('play', () => { told.textContent = 'It runs.'; });
run.addEventListener('pause', () => { told.textContent = 'It rests.'; });
run.addEventListener('error', ({ detail }) => { told.textContent = detail.message; });
