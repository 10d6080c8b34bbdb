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
  const data = JSON.parse(byId('report-data').textContent);
  const controls = byId('gallery-controls');
  const made = new Map([...list.children].map((card) => [Number(card.dataset.index), card]));
  const items = data.gallery.map((sample, index) => {
    const target = sample.target || data.headline.synthetic;
    const last = sample.trajectory[sample.trajectory.length - 1];
    const distance = typeof last === 'number' && typeof target.boundary === 'number' ? Math.abs(last - target.boundary) : NaN;
    const state = sample.accepted ? 'accepted' : 'rejected';
    return {sample, index, target, distance, state, class: sample.className, run: sample.run};
  });
  let page = 0;
  let matching = items;

  // A card of a sample that the page has no picture of. Everything is set as text.
  const SVG = 'http://www.w3.org/2000/svg';
  function element(name, attributes, ...children) {
    const made = ['svg', 'path', 'rect'].includes(name) ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  const shown = (value) => String(Number(value.toPrecision(4))).replace('-', '\u2212');
  function curve({sample, target}) {
    const values = sample.trajectory.filter((value) => typeof value === 'number');
    if (values.length === 0) return '';
    const band = typeof target.boundary === 'number' ? [target.boundary - target.tolerance, target.boundary + target.tolerance] : [];
    const low = Math.min(...values, ...band);
    const span = Math.max(...values, ...band) - low || 1;
    const y = (value) => (39 - ((value - low) / span) * 34).toFixed(1);
    const x = (index) => (5 + (index / Math.max(1, values.length - 1)) * 150).toFixed(1);
    const label = 'Score from ' + shown(values[0]) + ' to ' + shown(values[values.length - 1]) + ' over ' + values.length + ' iterations';
    const svg = element('svg', {class: 'chart spark', viewBox: '0 0 160 44', role: 'img', 'aria-label': label});
    if (band.length) svg.append(element('rect', {x: 0, width: 160, y: y(band[1]), height: Math.max(0.5, y(band[0]) - y(band[1])), class: 'spark-band'}));
    svg.append(element('path', {class: 'spark-line', fill: 'none', 'stroke-width': 2, d: 'M' + values.map((value, index) => x(index) + ' ' + y(value)).join('L')}));
    return svg;
  }
  function plainCard(item) {
    const {sample} = item;
    const isolated = (text) => element('bdi', {}, text);
    const facts = [
      ['Prompt', sample.prompt],
      ['Contexts', sample.contexts.join(', ')],
      ['Negative label', sample.negativeLabel],
      ['Distance', isNaN(item.distance) ? '' : shown(item.distance) + ' from the boundary'],
      [sample.accepted ? 'Accepted' : 'Rejected', sample.reason],
      ['Seed', sample.seed],
      ['Sample', sample.id],
    ].filter(([, value]) => value);
    return element('li', {class: 'card', 'data-index': item.index, 'data-class': sample.className, 'data-state': item.state, 'data-distance': isNaN(item.distance) ? '' : item.distance},
      element('div', {class: 'pair bare'}, element('span', {class: 'missing'}, 'picture in the run\u2019s folder')),
      element('p', {class: 'head'}, element('b', {}, isolated(sample.className)), ' ', element('span', {class: 'badge ' + item.state}, item.state)),
      curve(item),
      element('details', {}, element('summary', {}, isolated(sample.prompt || 'Details')),
        element('dl', {class: 'facts'}, ...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, isolated(value)))))));
  }
  function cardOf(item) {
    let card = made.get(item.index);
    if (!card) made.set(item.index, (card = plainCard(item)));
    const pair = card.querySelector('.pair');
    if (!pair.hasAttribute('tabindex')) {
      pair.tabIndex = 0;
      pair.setAttribute('role', 'button');
      pair.title = 'Larger view';
    }
    return card;
  }

  // Samples without a score come last in either order.
  const orders = {
    index: (a, b) => a.index - b.index,
    near: (a, b) => (a.distance - b.distance) || (isNaN(a.distance) - isNaN(b.distance)) || orders.index(a, b),
    far: (a, b) => (b.distance - a.distance) || (isNaN(a.distance) - isNaN(b.distance)) || orders.index(a, b),
  };
  const within = {
    '': () => true,
    '1': (item) => item.distance <= item.target.tolerance,
    '2': (item) => item.distance <= 2 * item.target.tolerance,
    '-1': (item) => !(item.distance <= item.target.tolerance),
  };

  const pages = () => Math.max(1, Math.ceil(matching.length / PAGE));
  function draw() {
    const start = page * PAGE;
    const some = matching.slice(start, start + PAGE);
    list.replaceChildren(...some.map(cardOf));
    byId('gallery-pager').hidden = matching.length <= PAGE;
    byId('gallery-previous').disabled = page === 0;
    byId('gallery-next').disabled = page === pages() - 1;
    byId('gallery-page').textContent = 'Page ' + (page + 1) + ' of ' + pages();
    byId('gallery-count').textContent =
      matching.length + ' of ' + items.length + (some.length < matching.length ? ', ' + (start + 1) + ' to ' + (start + some.length) + ' shown' : '');
  }
  function filter() {
    const want = new FormData(controls);
    matching = items
      .filter((item) => ['run', 'class', 'state'].every((key) => !want.get(key) || item[key] === want.get(key)))
      .filter(within[want.get('distance')])
      .sort(orders[want.get('order')]);
    page = 0;
    draw();
  }
  function turn(step) {
    page = Math.min(pages() - 1, Math.max(0, page + step));
    draw();
    byId('gallery').scrollIntoView();
  }
  controls.hidden = false;
  controls.addEventListener('input', filter);
  controls.addEventListener('submit', (event) => event.preventDefault());
  byId('gallery-previous').addEventListener('click', () => turn(-1));
  byId('gallery-next').addEventListener('click', () => turn(1));
  filter();

  // The larger view shows a copy of the card.
  const viewer = byId('viewer');
  const body = byId('viewer-body');
  let place = 0;
  function show(index) {
    place = (index + matching.length) % matching.length;
    const copy = cardOf(matching[place]).cloneNode(true);
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
    // The page of the gallery goes along with the larger view.
    page = Math.floor(place / PAGE);
    draw();
    cardOf(matching[place]).querySelector('.pair').focus();
  };
  const open = (event) => {
    const pair = event.target.closest('.pair');
    if (!pair) return;
    event.preventDefault();
    const index = Number(pair.closest('.card').dataset.index);
    show(matching.findIndex((item) => item.index === index));
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
