import {chartRules, themeVariables} from './palette.js';

const LIGHT = `color-scheme:light;--page:#f6f7f9;--paper:#fff;--ink:#1b1f24;--quiet:#5a636e;--line:#d9dde2;--accent:#0069a6;--soft:#e8f1f8;--good:#00664b;--bad:#b03a00;${themeVariables('light')}`;
const DARK = `color-scheme:dark;--page:#101418;--paper:#171c22;--ink:#e8ebef;--quiet:#a3adb9;--line:#2f3740;--accent:#6cc0f2;--soft:#1b2c39;--good:#45d6a9;--bad:#ff9a5c;${themeVariables('dark')}`;

const LAYOUT = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:6.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
header{position:sticky;top:0;z-index:2;background:var(--paper);border-bottom:1px solid var(--line)}
.bar,nav,main,footer{max-width:78rem;margin:0 auto;padding-inline:1rem}
.bar{display:flex;align-items:center;gap:1rem;padding-top:.6rem}
h1{flex:1;min-width:0;font-size:1.25rem;line-height:1.3;margin:0;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
nav{display:flex;gap:1.1rem;overflow-x:auto;scrollbar-width:none;white-space:nowrap;padding-block:.35rem .5rem}
nav a{color:var(--quiet);text-decoration:none;font-size:.9rem;padding:.2rem 0}
nav a:hover,nav a:focus-visible{color:var(--accent);text-decoration:underline}
section{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1.25rem;margin:1.25rem 0}
h2{font-size:1.35rem;line-height:1.25;margin:0 0 .5rem}
h3{font-size:1rem;margin:0 0 .4rem}
p{margin:.4rem 0 .8rem;max-width:70ch}
a{color:var(--accent)}
.lead{font-size:1.1rem}
.quiet,.empty,small,figcaption,footer{color:var(--quiet)}
.quiet,figcaption,footer{font-size:.875rem}
small{font-size:.78rem}
footer{padding-block:.5rem 2rem}
button,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:.35rem .7rem;min-height:2.5rem}
button{cursor:pointer;min-width:2.5rem}
button:hover{border-color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
html:not(.scripted) .script-only{display:none}
.download{display:inline-block;font-size:.85rem;padding:.3rem 0}
.badge{font-size:.72rem;border:1px solid currentColor;border-radius:99px;padding:.05rem .5rem;white-space:nowrap;font-weight:400;color:var(--quiet)}
.badge.accepted,.better{color:var(--good)}
.badge.rejected,.worse{color:var(--bad)}
`;

const RESULTS = `
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,9.5rem),1fr));gap:.75rem;margin:1rem 0}
.tile{display:flex;flex-direction:column-reverse;justify-content:flex-end;background:var(--soft);border-radius:10px;padding:.8rem 1rem}
.tile dt{font-size:.85rem;color:var(--quiet)}
.tile dd{margin:0;display:contents}
.tile b{font-size:1.45rem;line-height:1.2;font-variant-numeric:tabular-nums;order:2}
.tile dt{order:1}.tile small{order:0}
.chips{display:flex;flex-wrap:wrap;gap:.35rem;list-style:none;margin:.5rem 0;padding:0}
.chips li{border:1px solid var(--line);border-radius:99px;padding:.05rem .6rem;font-size:.82rem}
.verdict{padding-inline-start:1.2rem;margin:1rem 0 .5rem}
.verdict li{margin:.3rem 0;max-width:80ch}
.scroll{overflow-x:auto;margin:1rem 0 .3rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:start;color:var(--quiet);font-size:.85rem;padding-bottom:.6rem}
th,td{padding:.5rem .55rem;text-align:end;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:normal}
th[scope=row],thead th:first-child{text-align:start}
thead tr:nth-child(2) th{text-align:end}
thead th{font-size:.85rem;vertical-align:bottom}
thead [scope=colgroup]{text-align:center}
th small,td small{display:block;font-weight:400;white-space:nowrap}
th[scope=row] small{white-space:normal}
.results th[scope=row]{min-width:9rem}
.mean,thead [scope=colgroup]:nth-child(2){background:var(--soft)}
.mean>span:nth-last-of-type(1){font-weight:700}
.baseline th .name{font-weight:400}
.of,.measure{display:none}
.absent{text-align:center;color:var(--quiet)}
@media screen and (max-width:52rem){
.tile:last-child:nth-child(odd){grid-column:1/-1}
.results,.results tbody,.results tr,.results th[scope=row]{display:block}
.results thead{display:none}
.results caption{display:block}
.results tr{border:1px solid var(--line);border-radius:10px;margin:.75rem 0;overflow:hidden;display:grid;grid-template-columns:1fr 1fr}
.results th[scope=row]{grid-column:1/-1;border-bottom:1px solid var(--line)}
.results td{display:block;text-align:start;padding:.4rem .8rem}
.results td.absent{grid-column:1/-1}
.results td.second{padding-top:1.9rem}
.results .of{display:block;font-weight:600;height:1.5rem;white-space:nowrap}
.results .measure{display:inline;color:var(--quiet);font-size:.75rem;margin-inline-end:.4rem}
}
`;

const CHARTS = `
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,16.5rem),1fr));gap:1.5rem 1.5rem;margin-top:1rem}
.plots.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
figure{margin:0;min-width:0}
.plot svg.chart:not(.swatch){display:block;width:100%;height:auto;max-width:27rem}
.two .plot svg.chart:not(.swatch){max-width:32rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1rem;padding:0;margin:.4rem 0;color:var(--ink)}
.legend b{font-variant-numeric:tabular-nums}
.swatch{vertical-align:middle;flex:none}
.beside{align-self:center;overflow-x:auto;min-width:0}
.small{font-size:.875rem}
`;

const GALLERY = `
.controls{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;margin:.75rem 0}
.controls label{font-size:.875rem;color:var(--quiet)}
.controls select{color:var(--ink);max-width:14rem}
.cards{list-style:none;padding:0;margin:1rem 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15.5rem),1fr));gap:1rem}
.card{border:1px solid var(--line);border-radius:10px;padding:.7rem;min-width:0;background:var(--paper)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.5rem;border-radius:6px}
.scripted .cards .pair{cursor:zoom-in}
.pair figcaption{font-size:.75rem;text-align:center}
.pair img,.missing{display:block;width:100%;aspect-ratio:1;object-fit:contain;border-radius:6px;background:var(--page)}
.missing{display:grid;place-items:center;font-size:.8rem;color:var(--quiet)}
.pair.bare{grid-template-columns:1fr}
.bare .missing{aspect-ratio:3}
.pager{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;justify-content:center;margin-top:1rem}
button:disabled{opacity:.5;cursor:default}
.spark-band{fill:var(--line)}.spark-line{stroke:var(--accent)}
.misses .miss{border:1px solid var(--line);border-radius:10px;padding:.7rem;min-width:0;display:grid;grid-template-columns:5rem minmax(0,1fr);gap:.7rem;align-items:start;font-size:.85rem}
.miss img,.miss .missing{width:5rem;border-radius:6px}
.miss .facts div{grid-template-columns:4.5rem 1fr}
.cards.misses{grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr))}
.states .damaged td:nth-child(2){color:var(--bad)}.states .done td:nth-child(2){color:var(--good)}
.states td{text-align:start}
.range{color:var(--quiet)}
.steps{display:flex;gap:3px;margin:.3rem 0}
.steps img{flex:1 1 0;min-width:0;max-width:4rem;border-radius:4px}
.head{margin:.3rem 0;display:flex;justify-content:space-between;gap:.5rem;align-items:center}
.spark{display:block;width:100%;height:auto}
details{font-size:.85rem;margin-top:.4rem}
summary{cursor:pointer;color:var(--quiet)}
.facts{margin:.4rem 0 0}
.facts div{display:grid;grid-template-columns:6.5rem 1fr;gap:.5rem;padding:.15rem 0}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;min-width:0}
.facts.wide div{grid-template-columns:minmax(6.5rem,12rem) 1fr}
dialog{border:1px solid var(--line);border-radius:14px;background:var(--paper);color:var(--ink);width:min(46rem,calc(100vw - 1.5rem));max-height:calc(100dvh - 1.5rem);padding:1rem;overflow:auto}
dialog::backdrop{background:rgb(0 0 0/.6)}
dialog .card{border:0;padding:0;margin-top:.75rem}
dialog .facts{font-size:.95rem}
dialog .steps img{max-width:7rem}
dialog .spark{max-width:26rem;margin:auto}
dialog .pair{max-width:min(100%,75dvh);margin:auto;min-width:min(100%,18rem)}
dialog .steps{justify-content:center}
.viewer-bar{display:flex;gap:.75rem;align-items:center}
.viewer-bar [data-close]{margin-inline-start:auto}
.rows{list-style:none;padding:0}
.rows li{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,2fr);gap:.25rem 1rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
@media(max-width:40rem){.rows li{grid-template-columns:1fr}section{padding:1rem .85rem;border-radius:0;border-inline:0;margin-inline:-1rem}}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875rem}
pre{background:var(--page);border:1px solid var(--line);border-radius:8px;padding:.8rem;white-space:pre-wrap;margin:.5rem 0}
`;

const PRINT = `
@media print{
header{position:static}nav,.controls,.download,#theme,.pager,.script-only,dialog{display:none!important}
body,section{background:#fff}section{border:0;padding:0;margin:1.5rem 0}
figure,.card,tr,.tile{break-inside:avoid}h2,h3{break-after:avoid}
.cards{grid-template-columns:repeat(3,1fr)}.plots{grid-template-columns:repeat(2,1fr)}
.scroll{overflow:visible}.results{font-size:.68rem}.results th,.results td{padding:.3rem .22rem}.results small{font-size:.55rem}.results thead th{font-size:.65rem}.results th[scope=row]{min-width:0}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;

/** The page's style sheet: two themes, screens from 320 pixels up, paper. */
export function style(): string {
  return [
    `:root{${LIGHT}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}`,
    `@media screen{:root[data-theme=dark]{${DARK}}}`,
    LAYOUT,
    RESULTS,
    CHARTS,
    GALLERY,
    chartRules(),
    PRINT,
  ]
    .map((part) => part.trim())
    .join('\n');
}
