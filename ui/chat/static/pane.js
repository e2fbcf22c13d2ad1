// Buttons of a pane raise events: the data of a button, and the fields of its form.
const raise = (event) => {
  const source = event.target.closest('[data-event]');
  if (!source || !element.contains(source) || source.disabled) return;
  const data = {...source.dataset};
  for (const field of source.closest('[data-form]')?.querySelectorAll('[name]') ?? [])
    data[field.name] = field.type === 'checkbox' ? field.checked : field.value;
  trigger(source.dataset.event, data);
};
element.addEventListener('click', raise);
element.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !event.target.matches('input')) return;
  const form = event.target.closest('[data-form]');
  const main = form?.querySelector('.fn-main') ?? form?.querySelector('[data-event]');
  if (main) { event.preventDefault(); main.click(); }
});
// What is drawn again keeps its elements, and with them what the user did to check boxes.
const drawn = {subtree: true, childList: true, attributes: true, attributeFilter: ['checked']};
new MutationObserver(() => {
  for (const box of element.querySelectorAll('[type=checkbox][data-event]'))
    box.checked = box.hasAttribute('checked');
}).observe(element, drawn);
