/** Theme, the place in the navigation, and helpers for the rest of the script. */
export const base = String.raw`
const byId = (id) => document.getElementById(id);
const root = document.documentElement;
root.classList.add('scripted');
const SVG = 'http://www.w3.org/2000/svg';
const drawn = ['svg', 'path', 'rect', 'line', 'circle', 'text'];
/** An element with attributes and children; strings become text. */
function element(name, attributes, ...children) {
  const made = drawn.includes(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Storage may be closed to files; the choice then lasts as long as the page.
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

// The section that is read is the last one that begins above the middle of the upper half.
const links = [...document.querySelectorAll('nav a')];
const sections = links.map((link) => byId(link.hash.slice(1)));
let waiting = false;
function mark() {
  waiting = false;
  const place = Math.max(0, sections.findLastIndex((section) => section.getBoundingClientRect().top < innerHeight / 3));
  links.forEach((link, index) => {
    if (index !== place) return link.removeAttribute('aria-current');
    if (link.getAttribute('aria-current')) return;
    link.setAttribute('aria-current', 'true');
    const nav = link.parentElement;
    nav.scrollTo({left: link.offsetLeft - nav.clientWidth / 2 + link.clientWidth / 2});
  });
}
addEventListener('scroll', () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(mark);
}, {passive: true});
mark();
`;
