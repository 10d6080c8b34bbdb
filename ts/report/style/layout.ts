/** Type, colours and the page's frame: sections one below the other, their names above them or at the side. */
export const layout = `
*{box-sizing:border-box}
html{scroll-padding-top:6.5rem;-webkit-text-size-adjust:100%}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
header{position:sticky;top:0;z-index:2;background:var(--page);border-bottom:1px solid var(--line)}
.bar,nav,main,footer{max-width:70rem;margin-inline:auto;padding-inline:1.25rem}
.bar{display:flex;align-items:center;gap:1rem;padding-top:.6rem}
h1{flex:1;min-width:0;font-size:1.05rem;font-weight:650;line-height:1.3;margin:0;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
nav{display:flex;gap:.15rem;overflow-x:auto;scrollbar-width:none;white-space:nowrap;padding-block:.3rem .45rem;position:relative}
nav a{color:var(--quiet);text-decoration:none;font-size:.875rem;padding:.25rem .6rem;border-radius:7px}
nav a:first-child{margin-inline-start:-.6rem}
nav a:hover{color:var(--ink)}
nav a[aria-current]{color:var(--accent);background:var(--soft);font-weight:550}
section{padding-block:2.25rem;border-bottom:1px solid var(--line)}
section:last-child{border:0}
section.hero{padding-top:2rem}
h2{font-size:1.5rem;font-weight:680;letter-spacing:-.015em;line-height:1.25;margin:0 0 .6rem}
.hero h2{font-size:clamp(1.7rem,1.2rem + 2.2vw,2.6rem);letter-spacing:-.025em;line-height:1.15;max-width:26ch;text-wrap:balance;margin-bottom:.9rem}
h3{font-size:1rem;font-weight:650;margin:1.6rem 0 .5rem}
p{margin:.4rem 0 .9rem;max-width:68ch;text-wrap:pretty}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
.lead{font-size:1.1rem;color:var(--quiet);max-width:60ch}
.quiet,.empty,small,figcaption,footer{color:var(--quiet)}
.quiet,figcaption,footer{font-size:.85rem}
small{font-size:.78rem}
footer{padding-block:.75rem 3rem}
button,select{font:inherit;font-size:.9rem;color:inherit;background:var(--raised);border:1px solid var(--line);border-radius:9px;padding:.35rem .7rem;min-height:2.5rem}
button{cursor:pointer;min-width:2.5rem}
button:hover:enabled,select:hover{border-color:var(--accent)}
button:disabled{opacity:.45;cursor:default}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
.spoken{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
html:not(.scripted) .script-only{display:none}
.download{display:inline-block;font-size:.82rem;padding:.3rem 0}
.download::before{content:"↓ ";text-decoration:none}
.badge{display:inline-block;font-size:.72rem;line-height:1.5;border:1px solid currentColor;border-radius:99px;padding:0 .5rem;white-space:nowrap;font-weight:500;color:var(--quiet)}
.badge.accepted,.better{color:var(--good)}
.badge.rejected,.worse{color:var(--bad)}
details{margin-top:.75rem}
summary{cursor:pointer;color:var(--accent);font-size:.9rem;padding:.25rem 0;width:fit-content}
.facts{margin:.5rem 0 0;font-size:.9rem}
.facts div{display:grid;grid-template-columns:7rem 1fr;gap:.5rem;padding:.2rem 0}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;min-width:0}
.facts.wide div{grid-template-columns:minmax(7rem,12rem) 1fr}
.rows{list-style:none;padding:0;font-size:.9rem}
.rows li{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,2fr);gap:.25rem 1rem;padding:.45rem 0;border-bottom:1px solid var(--line)}
code,pre,kbd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.86em}
kbd{border:1px solid var(--line);border-bottom-width:2px;border-radius:5px;padding:0 .35em;background:var(--raised)}
pre{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;white-space:pre-wrap;margin:.6rem 0}
#stages{border:1px solid var(--bad);border-radius:14px;background:var(--paper);padding:1.25rem 1.5rem;margin-block:1.5rem}
@media(max-width:40rem){.rows li{grid-template-columns:1fr}section{padding-block:1.75rem}}
@media screen and (min-width:80rem){
html{scroll-padding-top:1rem}
body{display:grid;grid-template-columns:15rem minmax(0,1fr);max-width:88rem;margin:0 auto}
header{align-self:start;height:100vh;overflow-y:auto;border:0;border-inline-end:1px solid var(--line);padding:1.75rem 0}
.bar{padding:0 1.25rem .75rem}
nav{flex-direction:column;padding-inline:1.25rem}
nav a{white-space:normal}
main,footer{max-width:none;width:100%;padding-inline:2.5rem}
footer{grid-column:2}
}
`;
