/** The larger view of a sample: its images at every iteration, the way of its score, and everything known of it. */
export const viewer = String.raw`
const viewer = byId('viewer');
const body = byId('viewer-body');
let place = 0;
let step = 0;
let steps = [];
let playing = 0;

/** One of the pictures of a strip, as a place of its own. */
function cell(strip, index, label) {
  const count = Number(strip.dataset.count);
  const tile = element('span', {class: 'tile', role: 'img', 'aria-label': label});
  tile.style.backgroundImage = 'url(' + strip.src + ')';
  tile.style.backgroundSize = count * 100 + '% 100%';
  tile.style.backgroundPosition = (count > 1 ? (index / (count - 1)) * 100 : 0) + '% 0';
  return tile;
}
/** What there is to see of a sample: the original, each iteration, the result. */
function stepsOf(item) {
  const card = cardOf(item);
  const [before, after] = card.querySelector('.pair').children;
  const strip = card.querySelector('img.film');
  const {trajectory} = item.sample;
  const last = trajectory.length - 1;
  const result = {name: 'result', score: trajectory[last], at: last, picture: () => after.cloneNode(true)};
  const original = {name: 'original', score: trajectory[0], at: 0, picture: () => before.cloneNode(true)};
  if (!strip) return [original, result];
  const count = Number(strip.dataset.count);
  // The first score belongs to the image before the search.
  const between = Array.from({length: count}, (_, index) => {
    const at = last - count + 1 + index;
    const name = 'iteration ' + (index + 1);
    return {name, score: trajectory[at], at, picture: () => cell(strip, index, 'Image of ' + name)};
  });
  between[count - 1] = {...result, thumb: between[count - 1].picture};
  return [original, ...between];
}
const caption = ({name, score}) => name + (typeof score === 'number' ? ', score ' + shown(score) : '');
function pathOf(item) {
  const {svg, points} = curve(item, 420, 130, 14, 'path');
  for (const point of points) {
    const dot = element('circle', {cx: point.x, cy: point.y, r: 4, class: 'path-dot', 'data-at': point.index});
    svg.append(dot, element('circle', {cx: point.x, cy: point.y, r: 13, class: 'path-hit', 'data-at': point.index}));
  }
  return svg;
}
function factsOf({sample, distance, target}) {
  const rows = [
    ['Prompt', sample.prompt], ['Contexts', sample.contexts.join(', ')], ['Negative label', sample.negativeLabel],
    ['Score', sample.trajectory.length ? shown(sample.trajectory[0]) + ' \u2192 ' + shown(sample.trajectory[sample.trajectory.length - 1]) + ', boundary ' + shown(target.boundary) + ' \u00b1 ' + shown(target.tolerance) : ''],
    ['Distance', isNaN(distance) ? '' : shown(distance) + ' from the boundary'],
    [sample.accepted ? 'Accepted' : 'Rejected', sample.reason], ['Seed', sample.seed], ['Time', typeof sample.seconds === 'number' ? shown(sample.seconds) + ' s' : ''], ['Run', sample.run], ['Sample', sample.id],
  ].filter(([, value]) => value);
  return element('dl', {class: 'facts'}, ...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, isolated(value)))));
}
function choose(index) {
  step = Math.max(0, Math.min(steps.length - 1, index));
  const now = steps[step];
  byId('viewer-now').replaceChildren(now.picture(), element('figcaption', {}, caption(now)));
  for (const button of body.querySelectorAll('.steps button')) {
    const on = Number(button.dataset.place) === step;
    button.setAttribute('aria-pressed', String(on));
    if (on) button.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }
  for (const dot of body.querySelectorAll('.path-dot')) dot.classList.toggle('now', Number(dot.dataset.at) === now.at);
}
function stop() { clearInterval(playing); playing = 0; }
function play() {
  if (playing) return stop();
  choose(step === steps.length - 1 ? 0 : step + 1);
  playing = setInterval(() => { if (step === steps.length - 1) stop(); else choose(step + 1); }, 700);
}
function show(index) {
  stop();
  place = (index + matching.length) % matching.length;
  const item = matching[place];
  const {sample, state} = item;
  steps = stepsOf(item);
  const film = steps.length < 3 ? '' : element('div', {class: 'steps', role: 'group', 'aria-label': 'Iterations'}, ...steps.map((one, index) =>
    element('button', {type: 'button', 'data-place': index, 'aria-label': caption(one), title: caption(one)}, (one.thumb || one.picture)())));
  body.replaceChildren(
    element('div', {class: 'stage'},
      element('figure', {}, steps[0].picture(), element('figcaption', {}, caption(steps[0]))),
      element('figure', {id: 'viewer-now', 'aria-live': 'polite'})),
    film, sample.trajectory.length ? pathOf(item) : '', factsOf(item));
  byId('viewer-title').replaceChildren(isolated(sample.className), ' ', element('span', {class: 'badge ' + state}, (sample.accepted ? '\u2713 ' : '\u2717 ') + state));
  byId('viewer-place').textContent = (place + 1) + ' of ' + matching.length;
  choose(steps.length - 1);
  if (!viewer.open) viewer.showModal();
  viewer.scrollTop = 0;
}
const close = () => {
  stop();
  viewer.close();
  // The page of the gallery goes along with the larger view.
  page = Math.floor(place / PAGE);
  draw();
  cardOf(matching[place]).querySelector('.pair').focus();
};
const open = (event) => {
  const card = event.target.closest('.pair, .film, .spark');
  if (!card) return;
  event.preventDefault();
  const index = Number(card.closest('.card').dataset.index);
  show(matching.findIndex((item) => item.index === index));
};
list.addEventListener('click', open);
list.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') open(event); });
viewer.addEventListener('click', (event) => {
  if (event.target === viewer || event.target.closest('[data-close]')) return close();
  const button = event.target.closest('[data-step]');
  if (button) return show(place + Number(button.dataset.step));
  const chosen = event.target.closest('[data-place]');
  if (chosen) { stop(); return choose(Number(chosen.dataset.place)); }
  const dot = event.target.closest('[data-at]');
  const at = dot ? steps.findIndex((one) => one.at === Number(dot.dataset.at)) : -1;
  if (at >= 0) { stop(); choose(at); }
});
// What had the focus may be gone with the sample before, so the keys are the page's.
document.addEventListener('keydown', (event) => {
  if (!viewer.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = {
    ArrowLeft: () => show(place - 1), ArrowRight: () => show(place + 1),
    ArrowUp: () => { stop(); choose(step - 1); }, ArrowDown: () => { stop(); choose(step + 1); },
    ...(event.target.closest('button') ? {} : {' ': play}),
  };
  const action = actions[event.key];
  if (action) { event.preventDefault(); action(); }
});
viewer.addEventListener('cancel', (event) => { event.preventDefault(); close(); });

// A swipe that is more across than down; what scrolls by itself is left alone.
let start = null;
viewer.addEventListener('touchstart', (event) => {
  start = event.touches.length === 1 && !event.target.closest('.steps') ? event.changedTouches[0] : null;
}, {passive: true});
viewer.addEventListener('touchend', (event) => {
  if (!start) return;
  const end = event.changedTouches[0];
  const [dx, dy] = [end.clientX - start.clientX, end.clientY - start.clientY];
  if (Math.abs(dx) > 50 && Math.abs(dx) > 2 * Math.abs(dy)) show(place + (dx < 0 ? 1 : -1));
}, {passive: true});
`;
