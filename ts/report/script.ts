/**
 * The page's script: theme, filters, and the larger view. The page is whole without it. It must not contain
 * `</script` or `<!--`, and takes nothing from the data but attributes of elements.
 */
export const script = String.raw`'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;
  root.classList.add('scripted');

  // Theme. Storage may be closed to files; the choice then lasts as long as the page.
  const remember = (value) => { try { localStorage.setItem('synood-theme', value); } catch {} };
  const remembered = () => { try { return localStorage.getItem('synood-theme'); } catch { return null; } };
  const theme = byId('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  if (['light', 'dark'].includes(remembered())) root.dataset.theme = remembered();
  theme.hidden = false;
  theme.addEventListener('click', () => {
    const now = root.dataset.theme || (dark.matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
    remember(root.dataset.theme);
  });

  const list = byId('cards');
  if (!list) return;
  const PAGE = 24;
  const cards = [...list.children];
  const controls = byId('gallery-controls');
  const more = byId('gallery-more');
  let shown = PAGE;
  let matching = cards;

  const distance = (card) => card.dataset.distance === '' ? NaN : Number(card.dataset.distance);
  // Samples without a score come last in either order.
  const orders = {
    index: (a, b) => a.dataset.index - b.dataset.index,
    near: (a, b) => (distance(a) - distance(b)) || (isNaN(distance(a)) - isNaN(distance(b))) || orders.index(a, b),
    far: (a, b) => (distance(b) - distance(a)) || (isNaN(distance(a)) - isNaN(distance(b))) || orders.index(a, b),
  };

  function draw() {
    const set = new Set(matching.slice(0, shown));
    for (const card of cards) card.hidden = !set.has(card);
    more.hidden = matching.length <= shown;
    byId('gallery-count').textContent =
      matching.length + ' of ' + cards.length + (matching.length > shown ? ', ' + shown + ' shown' : '');
  }
  function filter() {
    const want = new FormData(controls);
    matching = cards
      .filter((card) => ['class', 'state'].every((key) => !want.get(key) || card.dataset[key] === want.get(key)))
      .sort(orders[want.get('order')]);
    list.append(...matching);
    shown = PAGE;
    draw();
  }
  controls.hidden = false;
  controls.addEventListener('input', filter);
  controls.addEventListener('submit', (event) => event.preventDefault());
  more.addEventListener('click', () => { shown += PAGE; draw(); });
  filter();

  // The larger view shows a copy of the card.
  const viewer = byId('viewer');
  const body = byId('viewer-body');
  let place = 0;
  function show(index) {
    place = (index + matching.length) % matching.length;
    const copy = matching[place].cloneNode(true);
    copy.hidden = false;
    for (const part of copy.querySelectorAll('details')) part.open = true;
    for (const part of copy.querySelectorAll('[tabindex]')) part.removeAttribute('tabindex');
    const box = document.createElement('div');
    box.className = 'card';
    box.append(...copy.childNodes);
    body.replaceChildren(box);
    byId('viewer-place').textContent = (place + 1) + ' of ' + matching.length;
    if (!viewer.open) viewer.showModal();
  }
  const close = () => {
    viewer.close();
    const card = matching[place];
    if (card && !card.hidden) card.querySelector('.pair').focus();
  };
  for (const pair of list.querySelectorAll('.pair')) {
    pair.tabIndex = 0;
    pair.setAttribute('role', 'button');
    pair.setAttribute('aria-label', 'Larger view of ' + pair.closest('.card').dataset.class);
  }
  const open = (event) => {
    const pair = event.target.closest('.pair');
    if (!pair) return;
    event.preventDefault();
    show(matching.indexOf(pair.closest('.card')));
  };
  list.addEventListener('click', open);
  list.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') open(event); });
  viewer.addEventListener('click', (event) => {
    if (event.target === viewer || event.target.closest('[data-close]')) return close();
    const button = event.target.closest('[data-step]');
    if (button) show(place + Number(button.dataset.step));
  });
  viewer.addEventListener('keydown', (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (step) { event.preventDefault(); show(place + step); }
  });
  viewer.addEventListener('cancel', (event) => { event.preventDefault(); close(); });

  // A swipe that is more across than down.
  let start = null;
  viewer.addEventListener('touchstart', (event) => { start = event.changedTouches[0]; }, {passive: true});
  viewer.addEventListener('touchend', (event) => {
    const end = event.changedTouches[0];
    const [dx, dy] = [end.clientX - start.clientX, end.clientY - start.clientY];
    if (Math.abs(dx) > 50 && Math.abs(dx) > 2 * Math.abs(dy)) show(place + (dx < 0 ? 1 : -1));
  }, {passive: true});
})();
`;
