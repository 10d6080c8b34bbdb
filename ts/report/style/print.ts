/** Paper: no controls, nothing cut in two, the first page of the gallery. */
export const print = `
@media print{
@page{margin:14mm}
header{position:static;border:0}nav,.controls,.download,#theme,.pager,.script-only,dialog,.keys{display:none!important}
body{background:#fff;font-size:10pt}section{padding-block:1rem}
.bar,main,footer{padding-inline:0;max-width:none}
.hero h2{font-size:20pt;max-width:none}
.tile b{font-size:16pt}.tile,.card,.miss{box-shadow:none}
figure,.card,.miss,tr,.tile,.outcomes>div{break-inside:avoid}h2,h3,caption,section>p{break-after:avoid}
.card .badge .word{display:none}
.tiles{grid-template-columns:repeat(4,1fr)}
.cards:not(.misses){grid-template-columns:repeat(4,1fr);gap:.5rem}.cards:not(.misses) .card:nth-child(n+25){display:none}
.cards.misses{grid-template-columns:repeat(2,1fr)}
.strip ul{flex-wrap:wrap;overflow:visible}.strip img{width:3.6rem;height:3.6rem}
.plots{grid-template-columns:repeat(3,1fr);gap:1rem}.plots.two{grid-template-columns:repeat(2,1fr)}
.scroll{overflow:visible}.matrix{font-size:6.5pt;min-width:0;table-layout:fixed}.matrix th,.matrix td{padding:.2rem .15rem}.matrix thead th{min-width:0;max-width:none;font-size:6pt}.matrix small,.matrix thead th small,.matrix td small{font-size:5.5pt;white-space:normal}
.matrix th:first-child{position:static;min-width:0}
.leaderboard{font-size:8.5pt}.leaderboard small{font-size:7pt}.leaderboard th[scope=row]{min-width:0}.effect .forest{width:7rem}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
