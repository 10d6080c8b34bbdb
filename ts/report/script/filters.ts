/** Which samples are shown, in which order, and on how many pages. */
export const filters = String.raw`
const PAGE = 24;
const controls = byId('gallery-controls');
let page = 0;
let matching = items;
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
`;
