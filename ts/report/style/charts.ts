export const charts = `
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,16.5rem),1fr));gap:2rem 1.5rem;margin-top:1.25rem}
.plots.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
figure{margin:0;min-width:0}
.plot h3{margin:0 0 .3rem}
.plot h3 small{font-weight:400}
.plot svg.chart:not(.swatch){display:block;width:100%;height:auto;max-width:27rem}
.two .plot svg.chart:not(.swatch){max-width:34rem}
.chart text{font-family:inherit}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem .9rem;padding:0;margin:.4rem 0;color:var(--ink);font-size:.82rem}
.legend b{font-variant-numeric:tabular-nums;font-weight:600}
.swatch{vertical-align:middle;flex:none}
.beside{align-self:center;overflow-x:auto;min-width:0}
.plots:has(.beside){grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr))}
`;
