import {type DetectorResult, type GallerySample, type ReportData, type RunFacts} from './report-data.js';

/** Settings as "a.b.c" and text. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Map(path === '' ? [] : [[path, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...flat(inner, path === '' ? key : `${path}.${key}`)]),
  );
}

/** Of each run the settings that not all runs agree on. */
export function differingSettings(configurations: readonly unknown[]): Record<string, string>[] {
  const all = configurations.map((configuration) => flat(configuration));
  const keys = [...new Set(all.flatMap((one) => [...one.keys()]))];
  const differing = keys.filter((key) => new Set(all.map((one) => one.get(key))).size > 1);
  return all.map((one) => Object.fromEntries(differing.map((key) => [key, one.get(key) ?? 'not set'])));
}

/** Names that tell runs apart: two with one name get numbers. */
function titlesOf(runs: readonly ReportData[]): string[] {
  const names = runs.map(({title}) => title);
  return names.map((name, index) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${index + 1})`,
  );
}

/** The differences inside a run say nothing of another run. */
function renamed(detector: DetectorResult, name: string, title: string, baseline: boolean): DetectorResult {
  const {difference: _, ...mean} = detector.mean;
  const sets = detector.sets.map(({difference: _own, ...set}) => set);
  const otherMeans = detector.otherMeans?.map(({difference: _other, ...one}) => one);
  return {...detector, name, title, baseline, mean, otherMeans, sets};
}

/** As many samples with pictures as one run's page has, shared among the runs in turn. */
function mixed(runs: readonly ReportData[], titles: readonly string[]): GallerySample[] {
  const longest = Math.max(0, ...runs.map(({gallery}) => gallery.length));
  const samples: GallerySample[] = [];
  for (let place = 0; place < longest; place++) {
    for (const [index, {gallery, headline}] of runs.entries()) {
      const sample = gallery[place];
      if (!sample) continue;
      const {boundary, tolerance} = headline.synthetic;
      samples.push({...sample, run: titles[index]!, target: {boundary, tolerance}});
    }
  }
  return samples;
}

/**
 * Several runs as the data of one page: each run's own detector, the first run's as what the others are compared with, and
 * the first run's baselines before it.
 */
export function mergeRuns(runs: readonly ReportData[]): ReportData {
  const first = runs[0]!;
  const titles = titlesOf(runs);
  const settings = differingSettings(runs.map(({configuration}) => configuration));
  const detectors: DetectorResult[] = [];
  const scores: ReportData['scores'] = {};
  const add = (run: ReportData, detector: DetectorResult, title: string, baseline: boolean) => {
    const name = `${runs.indexOf(run) + 1}:${detector.name}`;
    detectors.push(renamed(detector, name, title, baseline));
    const own = run.scores[detector.name];
    if (own) scores[name] = own;
  };
  for (const detector of first.detectors.filter(({baseline}) => baseline)) {
    add(first, detector, `${titles[0]!}: ${detector.title}`, true);
  }
  let comparedWith: string | undefined;
  for (const [index, run] of runs.entries()) {
    const own = run.detectors.filter(({baseline}) => !baseline).at(-1);
    if (!own) continue;
    add(run, own, `${titles[index]!}: ${own.title}`, false);
    comparedWith ??= detectors.at(-1)!.name;
  }
  const gallery = mixed(runs, titles);
  const facts = runs.map(({headline, stages}, index): RunFacts => ({
    title: titles[index]!,
    headline,
    stages: stages ?? [],
    differs: settings[index]!,
  }));
  return {
    ...first,
    title: titles.join(' · '),
    detectors,
    comparedWith,
    scores,
    training: runs.flatMap(({training}, index) => training.map((curve) => ({...curve, run: titles[index]!}))),
    gallery,
    boundary: {calibrationScores: [], before: [], after: []},
    leftOut: runs.flatMap(({leftOut}, index) =>
      leftOut.map(({what, reason}) => ({what: `${titles[index]!}: ${what}`, reason})),
    ),
    notes: runs.flatMap(({notes}, index) => notes.map((note) => `${titles[index]!}: ${note}`)),
    stages: undefined,
    misses: undefined,
    machine: undefined,
    configuration: undefined,
    ablation: undefined,
    gradients: undefined,
    runs: facts,
  };
}
