// The page is whole without this: it only narrows the list of cases.
const form = document.getElementById('filter');
const cases = [...document.querySelectorAll('details.case')];
function narrow() {
  const kind = form.elements.kind.value, words = form.elements.words.value.trim().toLowerCase();
  let shown = 0;
  for (const one of cases) {
    const fits = (!kind || one.dataset.kind === kind) && (!words || one.textContent.toLowerCase().includes(words));
    one.hidden = !fits;
    shown += fits;
  }
  form.elements.told.value = `${shown} of ${cases.length} cases are shown.`;
}
function turn(open) {
  for (const one of cases) if (!one.hidden) one.open = open;
}
if (cases.length) {
  form.hidden = false;
  form.addEventListener('input', narrow);
  form.addEventListener('submit', event => event.preventDefault());
  form.elements.open.addEventListener('click', () => turn(true));
  form.elements.close.addEventListener('click', () => turn(false));
  narrow();
}
