import {type Miss, type ReportData} from '../../ts/report/report-data.js';

/** What a class name, a prompt or a path may hold. Each would set `window.broken` if it were taken for markup. */
export const PAYLOADS = [
  '</script><script>window.broken=1</script>',
  '<img src=x onerror="window.broken=1">',
  '"><svg onload=window.broken=1>',
  "' onmouseover='window.broken=1",
  '<!--<script>window.broken=1',
  '</title></style></textarea><script>window.broken=1</script>',
  '</option></select><script>window.broken=1</script>',
  ']]><script>window.broken=1</script>',
];

const HARMLESS = '\u202e\u05e9\u05dc\u05d5\u05dd \u{1f43c} \u0000\ud800';

/** The same run with every text replaced by something hostile; names stay unique. */
export function hostile(data: ReportData): ReportData {
  let used = 0;
  const text = () => `${PAYLOADS[used % PAYLOADS.length]!} ${HARMLESS} ${used++}`;
  const names = new Map<string, string>();
  const renamed = (name: string) => names.get(name) ?? names.set(name, text()).get(name)!;
  const renamedMiss = (miss: Miss): Miss => ({
    ...miss,
    set: text(),
    id: text(),
    class: {...miss.class, name: text()},
    negatives: miss.negatives.map((one) => ({...one, name: text()})),
  });
  return {
    ...data,
    title: text(),
    headline: {
      ...data.headline,
      trainedOn: text(),
      classes: data.headline.classes.map(text),
      synthetic: {...data.headline.synthetic, score: text()},
      seed: text(),
      versions: {[text()]: text(), __proto__: text()},
      command: text(),
    },
    detectors: data.detectors.map((detector) => ({
      ...detector,
      name: renamed(detector.name),
      title: text(),
      sets: detector.sets.map((set) => ({
        ...set,
        name: renamed(set.name),
        title: text(),
        fprDefinition: text(),
      })),
    })),
    scores: Object.fromEntries(
      Object.entries(data.scores).map(([name, {ind, sets}]) => [
        renamed(name),
        {ind, sets: Object.fromEntries(Object.entries(sets).map(([set, out]) => [renamed(set), out]))},
      ]),
    ),
    gallery: data.gallery.map((sample) => ({
      ...sample,
      id: text(),
      className: text(),
      contexts: [text(), text()],
      prompt: text(),
      negativeLabel: text(),
      seed: text(),
      reason: text(),
    })),
    comparedWith: data.comparedWith && renamed(data.comparedWith),
    stages: [{name: text(), state: 'damaged', detail: text()}],
    misses: data.misses && {
      ...data.misses,
      detector: text(),
      rejected: data.misses.rejected.map(renamedMiss),
      accepted: data.misses.accepted.map(renamedMiss),
    },
    machine: data.machine && {
      facts: {[text()]: text()},
      stages: data.machine.stages.map((stage) => ({...stage, name: text()})),
    },
    configuration: {[text()]: text()},
    ablation: data.ablation && {
      setting: text(),
      rows: data.ablation.rows.map((row) => ({...row, value: text()})),
    },
    gradients: data.gradients && {
      points: data.gradients.points.map((point) => ({...point, method: renamed(point.method)})),
    },
    leftOut: [{what: text(), reason: text()}],
    notes: [text()],
  };
}
