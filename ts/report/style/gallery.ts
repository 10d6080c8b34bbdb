/** Cards, the larger view, and the misses. */
export const gallery = `
.controls{display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:end;margin:1rem 0}
.controls label{font-size:.78rem;color:var(--quiet);display:grid;gap:.15rem}
.controls select{color:var(--ink);max-width:14rem}
.controls output{font-size:.875rem;color:var(--quiet);padding-bottom:.55rem}
.cards{list-style:none;padding:0;margin:1.25rem 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13.5rem),1fr));gap:1rem}
.card{border:1px solid var(--line);border-radius:14px;padding:.6rem .6rem .7rem;min-width:0;background:var(--raised);box-shadow:var(--shadow)}
.card:hover{border-color:var(--accent)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:3px;border-radius:9px}
.scripted .cards .pair,.scripted .cards .film,.scripted .cards .spark{cursor:zoom-in}
.pair>*,.stage figure>:first-child{display:block;width:100%;aspect-ratio:1;object-fit:cover;background-color:var(--line)}
.pair>:first-child{border-radius:9px 0 0 9px}.pair>:last-child{border-radius:0 9px 9px 0}
.tile[role=img]{display:block;background-repeat:no-repeat;border:0;padding:0;box-shadow:none;aspect-ratio:1}
.missing{display:grid!important;place-items:center;text-align:center;font-size:.75rem;color:var(--quiet);padding:.3rem}
.film{display:block;width:min(100%,calc(var(--n)*2.6rem));height:auto;aspect-ratio:var(--n)/1;margin-top:3px;border-radius:5px}
.head{margin:.5rem 0 .2rem;display:flex;justify-content:space-between;gap:.5rem;align-items:center;font-size:.95rem}
.head b{font-weight:620}
.spark{display:block;width:100%;height:auto}
.spark-band{fill:var(--line)}.spark-line{stroke:var(--chart-0);stroke-linejoin:round}.spark-end{fill:var(--chart-0)}
.spark-boundary{stroke:var(--quiet);stroke-dasharray:3 3}
.prompt{margin:.3rem 0 0;font-size:.82rem;line-height:1.4;color:var(--quiet);display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.scripted .card>details{display:none}
.card>details{margin-top:.3rem}
.pager{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;justify-content:center;margin-top:1rem;font-size:.9rem}
dialog{border:1px solid var(--line);border-radius:18px;background:var(--paper);color:var(--ink);width:min(52rem,calc(100vw - 1.5rem));max-height:calc(100dvh - 1.5rem);padding:1.1rem 1.25rem;overflow:auto}
dialog::backdrop{background:rgb(8 10 14/.65);backdrop-filter:blur(3px)}
.viewer-bar{display:flex;gap:.5rem;align-items:center;position:sticky;top:-1.1rem;background:var(--paper);z-index:1;padding-block:.4rem;margin-block:-.4rem .4rem}
.viewer-bar>div{flex:1;min-width:0}
.viewer-bar h3{margin:0;font-size:1.1rem}
#viewer-place{font-size:.8rem;color:var(--quiet)}
.stage{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;max-width:min(100%,72dvh);margin:0 auto}
.stage figure>:first-child{border-radius:12px}
.stage figcaption{text-align:center;padding-top:.3rem}
.steps{display:flex;gap:6px;overflow-x:auto;padding:.5rem 3px;justify-content:safe center;scrollbar-width:thin}
.steps button{flex:none;padding:0;min-height:0;min-width:0;width:4.2rem;border:2px solid transparent;border-radius:10px;overflow:hidden;background:none}
.steps button>*{display:block;width:100%;aspect-ratio:1;object-fit:cover}
.steps button:hover{border-color:var(--line)}.steps button[aria-pressed=true]{border-color:var(--accent)}
.path{display:block;width:100%;max-width:34rem;height:auto;margin:.4rem auto}
.path-dot{fill:var(--paper);stroke:var(--chart-0);stroke-width:2}
.path-dot.now{fill:var(--chart-0);r:6px}
.path-hit{fill:transparent;cursor:pointer}
.keys{font-size:.78rem;color:var(--quiet);margin:.8rem 0 0}
.keys kbd:not(:first-child){margin-inline-start:.35rem}
@media(hover:none){.keys{display:none}}
.cards.misses{grid-template-columns:repeat(auto-fill,minmax(min(100%,17.5rem),1fr));gap:.75rem}
.miss{border:1px solid var(--line);border-radius:14px;padding:.6rem;min-width:0;display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:.8rem;align-items:start;font-size:.85rem;background:var(--raised)}
.miss>img,.miss>.missing{width:5.5rem;aspect-ratio:1;object-fit:cover;border-radius:9px;background:var(--line)}
.miss .facts{margin:0;font-size:.82rem}
.miss .facts div{grid-template-columns:4.2rem 1fr;padding:.08rem 0}
@media(max-width:40rem){
.cards:not(.misses){grid-template-columns:1fr 1fr;gap:.6rem}
.card{padding:.45rem .45rem .6rem}
.card .badge .word{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.card .head{position:relative}
.controls label{flex:1 1 8rem}.controls select{max-width:none;width:100%}
dialog{padding:.9rem}
.viewer-bar{top:-.9rem}
.steps button{width:3.6rem}
}
`;
