/** The gallery's samples, and cards of those that the page has none of: everything is set as text. */
export const cards = String.raw`
const list = byId('cards');
const data = JSON.parse(byId('report-data').textContent);
const small = JSON.parse(byId('gallery-sheets').textContent);
const made = new Map([...list.children].map((card) => [Number(card.dataset.index), card]));
const items = data.gallery.map((sample, index) => {
  const target = sample.target || data.headline.synthetic;
  const last = sample.trajectory[sample.trajectory.length - 1];
  const distance = typeof last === 'number' && typeof target.boundary === 'number' ? Math.abs(last - target.boundary) : NaN;
  const state = sample.accepted ? 'accepted' : 'rejected';
  return {sample, index, target, distance, state, class: sample.className, run: sample.run};
});
const shown = (value) => (typeof value === 'number' ? String(Number(value.toPrecision(4))).replace('-', '\u2212') : '\u2013');
const isolated = (text) => element('bdi', {}, text);

/** The way of a score, in a drawing of that size: what is common to a card's curve and the larger one. */
function curve({sample, target}, width, height, margin, kind) {
  const values = sample.trajectory;
  const numbers = values.filter((value) => typeof value === 'number');
  const band = typeof target.boundary === 'number' ? [target.boundary - target.tolerance, target.boundary + target.tolerance] : [];
  const low = Math.min(...numbers, ...band);
  const span = Math.max(...numbers, ...band) - low || 1;
  const y = (value) => Number((height - margin - ((value - low) / span) * (height - 2 * margin)).toFixed(1));
  const x = (index) => Number((margin + (index / Math.max(1, values.length - 1)) * (width - 2 * margin)).toFixed(1));
  const points = values.flatMap((value, index) => (typeof value === 'number' ? [{index, x: x(index), y: y(value)}] : []));
  const label = numbers.length ? 'Score from ' + shown(numbers[0]) + ' to ' + shown(numbers[numbers.length - 1]) + ' over ' + values.length + ' values; boundary ' + shown(target.boundary) : 'No score';
  const svg = element('svg', {class: 'chart ' + kind, viewBox: '0 0 ' + width + ' ' + height, role: 'img', 'aria-label': label});
  if (band.length) {
    svg.append(element('rect', {x: 0, width, y: y(band[1]), height: Math.max(0.5, y(band[0]) - y(band[1])), class: 'spark-band'}));
    svg.append(element('line', {x1: 0, x2: width, y1: y(target.boundary), y2: y(target.boundary), class: 'spark-boundary'}));
  }
  if (points.length) svg.append(element('path', {class: 'spark-line', fill: 'none', 'stroke-width': 2, d: 'M' + points.map((point) => point.x + ' ' + point.y).join('L')}));
  return {svg, points};
}
/** A square of a sheet of small pictures, or a place without one. */
function square(index, column, label) {
  const place = index - small.first;
  if (place < 0 || place >= small.count) return element('span', {class: 'missing'}, 'in the run\u2019s folder');
  const sheet = Math.floor(place / small.rows);
  const row = place % small.rows;
  const rows = Math.min(small.rows, small.count - sheet * small.rows);
  const tile = element('span', {class: 'tile', role: 'img', 'aria-label': label});
  tile.style.backgroundImage = 'url(' + small.sheets[sheet] + ')';
  tile.style.backgroundSize = '200% ' + rows * 100 + '%';
  tile.style.backgroundPosition = column * 100 + '% ' + (rows > 1 ? (row / (rows - 1)) * 100 : 0) + '%';
  return tile;
}
function makeCard(item) {
  const {sample, index} = item;
  const {svg, points} = curve(item, 160, 44, 5, 'spark');
  const last = points[points.length - 1];
  if (last) svg.append(element('circle', {cx: last.x, cy: last.y, r: 2.5, class: 'spark-end'}));
  return element('li', {class: 'card', 'data-index': index, 'data-class': sample.className, 'data-state': item.state, 'data-distance': isNaN(item.distance) ? '' : item.distance},
    element('div', {class: 'pair'}, square(index, 0, 'Before: ' + sample.className), square(index, 1, 'After: ' + sample.prompt)),
    element('p', {class: 'head'}, element('b', {}, isolated(sample.className)), ' ',
      element('span', {class: 'badge ' + item.state}, element('span', {'aria-hidden': 'true'}, sample.accepted ? '\u2713 ' : '\u2717 '), element('span', {class: 'word'}, item.state))),
    svg, element('p', {class: 'prompt'}, isolated(sample.prompt)));
}
function cardOf(item) {
  let card = made.get(item.index);
  if (!card) made.set(item.index, (card = makeCard(item)));
  const pair = card.querySelector('.pair');
  if (!pair.hasAttribute('tabindex')) {
    pair.tabIndex = 0;
    pair.setAttribute('role', 'button');
    pair.setAttribute('aria-label', 'Larger view of ' + item.sample.className + ', ' + item.state);
  }
  return card;
}
`;
