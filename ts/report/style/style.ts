import {chartRules, themeVariables} from '../palette.js';
import {charts} from './charts.js';
import {gallery} from './gallery.js';
import {layout} from './layout.js';
import {print} from './print.js';
import {results} from './results.js';

const LIGHT = `color-scheme:light;--page:#f7f8f9;--paper:#fff;--ink:#16191d;--quiet:#58626d;--line:#e1e4e8;--accent:#00629b;--soft:#eff5fa;--raised:#fff;--good:#00629b;--bad:#a63c00;--good-tint:0,113,177;--bad-tint:212,93,0;--shadow:0 1px 2px rgb(16 24 40/.05),0 4px 16px rgb(16 24 40/.05);${themeVariables('light')}`;
const DARK = `color-scheme:dark;--page:#0e1115;--paper:#14181d;--ink:#e9ecf0;--quiet:#a2acb8;--line:#2a313a;--accent:#73c2f3;--soft:#182430;--raised:#1a1f26;--good:#73c2f3;--bad:#ffa06a;--good-tint:77,178,236;--bad-tint:255,138,61;--shadow:none;${themeVariables('dark')}`;

/** The page's style sheet: two themes, screens from 320 pixels up, paper. */
export function style(): string {
  return [
    `:root{${LIGHT}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}`,
    `@media screen{:root[data-theme=dark]{${DARK}}}`,
    layout,
    results,
    charts,
    gallery,
    chartRules(),
    print,
  ]
    .map((part) => part.trim())
    .join('\n');
}
