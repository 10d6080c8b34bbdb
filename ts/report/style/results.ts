/** The headline, its figures, and the tables. */
export const results = `
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,11rem),1fr));gap:.75rem;margin:1.5rem 0}
.tile{display:flex;flex-direction:column;background:var(--raised);border:1px solid var(--line);border-radius:14px;padding:.9rem 1.1rem;box-shadow:var(--shadow)}
.tile dt{font-size:.82rem;color:var(--quiet)}
.tile dd{margin:0}
.tile b{display:block;font-size:2rem;font-weight:680;letter-spacing:-.02em;line-height:1.25;font-variant-numeric:tabular-nums}
.tile i{font-style:normal;font-size:1rem;font-weight:450;letter-spacing:0;color:var(--quiet);margin-inline-start:.25rem}
.tile small{display:block;line-height:1.4}
.strip{margin:1.75rem 0}
.strip ul{list-style:none;display:flex;gap:.75rem;overflow-x:auto;padding:.2rem 0 .5rem;margin:0;scrollbar-width:thin}
.strip li{flex:none;display:grid;grid-template-columns:auto auto;gap:2px;font-size:.78rem;color:var(--quiet)}
.strip img{width:4.6rem;height:4.6rem;object-fit:cover;background:var(--line)}
.strip img:nth-child(1){border-radius:9px 0 0 9px}.strip img:nth-child(2){border-radius:0 9px 9px 0}
.strip span{grid-column:1/-1;max-width:9.3rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.chips{display:flex;flex-wrap:wrap;gap:.35rem;list-style:none;margin:.4rem 0;padding:0}
.chips li{border:1px solid var(--line);border-radius:8px;padding:.1rem .55rem;font-size:.82rem;background:var(--raised);color:var(--ink)}
.verdict{list-style:none;padding:0;margin:1.5rem 0 1rem;display:grid;gap:.75rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
.verdict li{border-inline-start:3px solid var(--line);padding-inline-start:.9rem;color:var(--ink)}
.verdict li.better{border-color:var(--good)}.verdict li.worse,.verdict li.mixed{border-color:var(--bad)}
.verdict span{display:block;font-size:.85rem;color:var(--quiet)}
.verdict em{display:block;font-style:normal;font-size:.9rem;color:var(--quiet)}
.outcomes{margin:1rem 0}
.outcomes>div{display:grid;grid-template-columns:12rem 1fr;gap:.25rem 1rem;padding:.3rem 0;align-items:baseline}
.outcomes dt{font-size:.9rem}.outcomes dd{margin:0}
.outcomes .unclear,.outcomes .mixed{color:var(--quiet)}
.outcomes .chips{margin:0}
.classes{font-size:.9rem}
.scroll{position:relative;overflow-x:auto;margin:1.25rem 0 .3rem;scrollbar-width:thin}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:start;color:var(--quiet);font-size:.85rem;padding-bottom:.5rem}
caption b{color:var(--ink)}
th,td{padding:.5rem .6rem;text-align:end;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:normal}
th[scope=row],thead th:first-child,.words,.states th,.states td{text-align:start}
th[scope=row]{font-weight:550;padding-inline-start:0}
thead th:first-child{padding-inline-start:0}
thead th{font-size:.8rem;font-weight:550;color:var(--quiet);vertical-align:bottom}
tfoot th,tfoot td{border:0;font-weight:650}
th small,td small{display:block;font-weight:400;white-space:nowrap}
td b{font-weight:550}
.own th[scope=row],.own td b{font-weight:700}
.small{font-size:.875rem;width:auto;min-width:min(100%,34rem)}.figures .small{width:100%}
.share{width:30%;min-width:5rem;vertical-align:middle}.share span{display:block;height:.6rem;border-radius:4px;background:var(--accent);width:max(2px,calc(100%*var(--share)))}
.small th[scope=row]{font-weight:500}
.absent{color:var(--quiet);font-size:.8rem}
.measure{display:none}
.leaderboard td.value{white-space:nowrap}
.leaderboard th[scope=row]{min-width:10rem}
.leaderboard th[scope=row] small{white-space:normal}
.leaderboard thead th:nth-child(2n+3),.leaderboard .effect{text-align:start;padding-inline-start:1rem}
.effect-words{display:block;line-height:1.35}
.effect-words b{font-weight:550}
.effect-words small{white-space:nowrap;display:inline}
.unclear{color:var(--quiet)}
.effect .forest{display:block;width:9.5rem;height:auto;margin-top:.15rem}
.own{background:var(--soft)}
.own th[scope=row]{padding-inline-start:.6rem;box-shadow:inset 3px 0 var(--accent)}
.matrix{font-size:.85rem}
.matrix th,.matrix td{padding:.35rem .45rem}
.matrix thead th{min-width:4.1rem;line-height:1.25}
.matrix thead th small{white-space:normal;font-size:.7rem}
.matrix th:first-child{position:sticky;inset-inline-start:0;background:var(--page);max-width:10rem;padding-inline:0 .6rem;z-index:1;min-width:6.5rem}
.matrix .own th:first-child{background:var(--soft);padding-inline-start:.6rem}
.matrix .mean{border-inline-start:2px solid var(--line)}
.matrix td.better{background:rgb(var(--good-tint),calc(.05 + .25*var(--tint)))}
.matrix td.worse{background:rgb(var(--bad-tint),calc(.05 + .25*var(--tint)))}
.matrix td small{color:inherit;font-size:.72rem}
.matrix td.better b,.matrix td.worse b,.matrix td.better,.matrix td.worse{color:var(--ink)}
.matrix td.unclear small{color:var(--quiet)}
.matrix td b{color:var(--ink)}
.states .damaged td:nth-child(2){color:var(--bad)}.states .done td:nth-child(2){color:var(--good)}
@media screen and (max-width:46rem){
.tiles{grid-template-columns:1fr 1fr;gap:.6rem}.tile{padding:.7rem .8rem}.tile b{font-size:1.5rem}
.outcomes>div{grid-template-columns:1fr}
.leaderboard,.leaderboard tbody,.leaderboard caption{display:block}
.leaderboard thead{display:none}
.leaderboard tr{display:grid;grid-template-columns:minmax(6.5rem,auto) 1fr;border:1px solid var(--line);border-radius:12px;background:var(--raised);margin:.6rem 0;padding:.5rem .9rem .7rem;column-gap:.75rem}
.leaderboard tr.own{background:var(--soft);border-color:var(--accent)}
.leaderboard th,.leaderboard td{border:0;padding:.2rem 0;text-align:start}
.leaderboard th[scope=row]{grid-column:1/-1;padding:0;box-shadow:none}
.leaderboard .measure{display:block;font-size:.75rem;color:var(--quiet);line-height:1.2}
.leaderboard .effect .measure{display:none}
.leaderboard .effect{padding:0}
.leaderboard .effect-words small{display:inline}
.matrix th:first-child{max-width:7rem}
}
`;
