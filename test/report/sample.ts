import sharp from 'sharp';
import {
  type DetectorResult,
  type GallerySample,
  type Miss,
  type ReportData,
  type SetResult,
} from '../../ts/report/report-data.js';

/** Mulberry32: numbers in [0, 1) from a seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Box and Muller's normal numbers. */
export function normal(seed: number, count: number, mean = 0, deviation = 1): number[] {
  const next = random(seed);
  return Array.from(
    {length: count},
    () => mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/** A photo-like picture: a smooth background, a few shapes, some grain. */
async function scene(seed: number, edge: number, grain: number, changed = false): Promise<Buffer> {
  const next = random(seed);
  const hue = Math.floor(next() * 360);
  const shapes = Array.from({length: 5}, (_, index) => {
    const [x, y, r] = [next() * edge, next() * edge, (0.08 + next() * 0.2) * edge];
    const tone = (hue + 60 * index + (changed && index > 2 ? 140 : 0)) % 360;
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${tone},65%,${30 + next() * 40}%)"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${edge}" height="${edge}"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="hsl(${hue},50%,80%)"/><stop offset="1" stop-color="hsl(${hue + 70},40%,55%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>${shapes.join('')}</svg>`;
  const {data, info} = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({resolveWithObject: true});
  const noise = random(seed + (changed ? 1 : 0));
  for (let i = 0; i < data.length; i++)
    data[i] = Math.max(0, Math.min(255, data[i]! + (noise() - 0.5) * grain));
  return await sharp(data, {raw: info}).png().toBuffer();
}

const CLASSES = ['giant panda', 'lighthouse', 'bicycle', 'hot air balloon', 'violin', 'red fox'];
const CONTEXTS = ['snow', 'a wooden fence', 'bamboo', 'the sea', 'a street at night', 'clouds'];

async function gallerySample(index: number, edge: number, grain: number): Promise<GallerySample> {
  const next = random(1000 + index);
  const [className, context] = [CLASSES[index % 6]!, CONTEXTS[Math.floor(next() * 6)]!];
  const accepted = next() < 0.75;
  const end = -6.2 + (accepted ? (next() - 0.5) * 0.6 : (next() < 0.5 ? -1 : 1) * (0.6 + next()));
  const start = -9.5 + next();
  const length = 6 + Math.floor(next() * 14);
  const trajectory = Array.from(
    {length},
    (_, i) =>
      end + (start - end) * (1 - i / (length - 1)) ** 1.6 + (i < length - 1 ? (next() - 0.5) * 0.4 : 0),
  );
  return {
    id: `${className.replaceAll(' ', '-')}/${String(index).padStart(5, '0')}`,
    className,
    contexts: [context, 'a hill'],
    prompt: `the nice ${context}`,
    ...(accepted ? {negativeLabel: ['snowdrift', 'picket fence', 'cane brake'][index % 3]} : {}),
    seed: `7:${index}`,
    accepted,
    reason: accepted ? 'within the tolerance' : 'still outside the tolerance after 20 iterations',
    trajectory,
    before: await scene(index, edge, grain),
    after: await scene(index, edge, grain, true),
    iterations: await Promise.all([1, 2, 3].map((step) => scene(index, edge, grain * step * 0.3, step > 1))),
  };
}

const SETS: [name: string, title: string, shift: number, count: number][] = [
  ['near-animals', 'Near: animals', 1.1, 180],
  ['near-vehicles', 'Near: vehicles', 1.6, 140],
  ['far-symbols', 'Far: symbols', 3.2, 260],
  ['far-textures', 'Far: textures', 2.4, 90],
];

/** AUROC by counting every pair, ties as half. */
export function pairwiseAuroc(inScores: ArrayLike<number>, outScores: ArrayLike<number>): number {
  let wins = 0;
  for (const a of Array.from(inScores)) {
    for (const b of Array.from(outScores)) wins += a > b ? 1 : a === b ? 0.5 : 0;
  }
  return wins / (inScores.length * outScores.length);
}

async function missesOf(sets: string[], score: number): Promise<Miss[]> {
  const misses = sets.map(async (set, index) => ({
    set,
    id: `${set}/${index}.png`,
    score: score + 0.01 * index,
    image: await scene(500 + index, 64, 10),
    class: {name: 'red fox', cosine: 0.31},
    negatives: [
      {name: 'snowdrift', cosine: 0.28},
      {name: 'cane brake', cosine: 0.27},
    ],
  }));
  return Promise.all(misses);
}

/** A run of many samples, with the pictures of a few of them over and over. */
export async function manySamples(count: number): Promise<ReportData> {
  const data = await sampleReport({samples: 12, edge: 64});
  data.gallery = Array.from({length: count}, (_, index) => {
    const {iterations: _iterations, ...facts} = data.gallery[index % 12]!;
    return {...facts, id: `${facts.className}/${index}`, seed: `7:${index}`};
  });
  return data;
}

/** A run that was evaluated as widely as can be: the detectors and sets of a sample, over and over. */
export async function manyDetectors(detectors: number, sets: number): Promise<ReportData> {
  const data = await sampleReport({samples: 4});
  const shape = data.detectors;
  const scores = data.scores;
  data.scores = {};
  data.detectors = Array.from({length: detectors}, (_, index): DetectorResult => {
    const like = shape[index % shape.length]!;
    const own = scores[like.name]!;
    const names = Array.from({length: sets}, (_, place) => ({
      like: like.sets[place % like.sets.length]!,
      place,
    }));
    const name = index === detectors - 1 ? 'synood' : `detector-${index}`;
    data.scores[name] = {
      ind: own.ind,
      sets: Object.fromEntries(names.map((set) => [`set-${set.place}`, own.sets[set.like.name]!])),
    };
    return {
      ...like,
      name,
      title: `${like.title} ${index}`,
      baseline: index < detectors / 2,
      sets: names.map(({like: set, place}) => ({
        ...set,
        name: `set-${place}`,
        title: `${set.title} ${place}`,
      })),
    };
  });
  data.comparedWith = 'detector-0';
  return data;
}

/** A finished run with four detectors on four sets, everything drawn from a seed. */
export async function sampleReport({
  samples = 30,
  edge = 96,
  grain = 24,
}: {samples?: number; edge?: number; grain?: number} = {}): Promise<ReportData> {
  const kinds: [name: string, title: string, gains: number[]][] = [
    ['neglabel', 'NegLabel', [0, 0, 0, 0]],
    ['projection', 'Image side', [0.35, 0.2, 0.2, -0.05]],
    ['labels', 'Label side', [0.2, 0.25, 0.1, 0.05]],
    ['synood', 'SynOOD', [0.6, 0.5, 0.3, -0.3]],
  ];
  const scores: ReportData['scores'] = {};
  const detectors = kinds.map(([name, title, gains], kind): DetectorResult => {
    const ind = normal(10 + kind, 400, 0.7, 0.1);
    const threshold = [...ind].sort((a, b) => a - b)[20]!;
    const outs = SETS.map(([, , shift, count], index) =>
      normal(100 + index + 10 * kind, count, 0.7 - 0.1 * (shift + gains[index]!), 0.12),
    );
    scores[name] = {
      ind: Float64Array.from(ind),
      sets: Object.fromEntries(SETS.map(([set], index) => [set, outs[index]!])),
    };
    const around = (value: number, half: number) => ({low: Math.max(0, value - half), high: value + half});
    const sets = SETS.map(([set, setTitle, , count], index): SetResult => ({
      name: set,
      title: setTitle,
      count,
      auroc: pairwiseAuroc(ind, outs[index]!),
      aupr: {in: 0.9 + 0.02 * kind, out: 0.8 + 0.01 * index},
      fpr95: outs[index]!.filter((value) => value >= threshold).length / count,
      fprDefinition: 'id-positive',
      intervals: {auroc: around(0.9, 0.03), fpr95: around(0.3, 0.08)},
      ...(kind === 0
        ? {}
        : {
            difference: {
              auroc: {low: -0.01, high: 0.05 + 0.001 * kind},
              fpr95: {low: -0.2, high: -0.02},
              p: 0.04 * index,
            },
          }),
    }));
    const mean = (key: 'auroc' | 'fpr95') => sets.reduce((sum, set) => sum + set[key], 0) / sets.length;
    return {
      name,
      title,
      baseline: kind === 0,
      inDistribution: {count: ind.length, accuracy: 0.87 + 0.01 * kind, threshold},
      mean: {auroc: mean('auroc'), fpr95: mean('fpr95')},
      sets,
    };
  });
  const gallery = await Promise.all(
    Array.from({length: samples}, (_, index) => gallerySample(index, edge, grain)),
  );
  return {
    title: 'demo',
    headline: {
      trainedOn: 'Emoji World, artists 1 to 4',
      classes: CLASSES,
      images: 1200,
      synthetic: {
        made: samples,
        accepted: gallery.filter(({accepted}) => accepted).length,
        boundary: -6.2,
        tolerance: 0.4,
        score: 'energy',
      },
      negativeLabels: 320,
      seed: '7',
      versions: {synood: '0.1.0', LibTorch: '2.13.0 (cpu)', Node: '20.19.0'},
      command: 'synood run --out runs/demo --seed 7',
    },
    detectors,
    comparedWith: 'neglabel',
    scores,
    training: [
      {
        name: 'projection',
        title: 'Image projection',
        losses: normal(3, 900, 0, 0.06).map((x, i) => x + 0.4 + 2 * Math.exp(-i / 150)),
      },
      {
        name: 'labels',
        title: 'Negative labels',
        losses: normal(4, 240, 0, 0.03).map((x, i) => x + 0.9 + Math.exp(-i / 50)),
        more: {accuracies: normal(8, 240, 0.5, 0.1), learningRates: normal(9, 240, 1e-3, 1e-5)},
      },
    ],
    gallery,
    boundary: {
      calibrationScores: normal(5, 500, -9, 1.2),
      before: normal(6, 200, -9.2, 1),
      after: normal(7, 200, -6.3, 0.5),
    },
    misses: {
      detector: 'SynOOD',
      threshold: 0.55,
      rejected: await missesOf(['validation'], 0.3),
      accepted: await missesOf(['near-animals', 'far-symbols'], 0.8),
    },
    machine: {
      facts: {System: 'linux 6.1 (x64)', Processor: 'Example CPU', Memory: '15.6 GiB'},
      stages: [
        {name: 'select', seconds: 2.4, peakMemory: 3.1e8},
        {name: 'synthesize', seconds: 512, peakMemory: 1.4e9},
      ],
    },
    configuration: {name: 'demo', seed: 7, synthesize: {maxIterations: 20}},
    ablation: {
      setting: 'synthesize.maxIterations',
      rows: [
        {value: '5', auroc: 0.91, fpr95: 0.41},
        {
          value: '20',
          auroc: 0.94,
          fpr95: 0.33,
          intervals: {auroc: {low: 0.92, high: 0.95}, fpr95: {low: 0.3, high: 0.37}},
        },
      ],
    },
    gradients: {
      points: [0.2, 0.4, 0.6].flatMap((strength) =>
        ['skip', 'exact'].map((method, index) => ({
          strength,
          method,
          cosine: index === 1 ? 1 : 0.8 - strength / 2,
          normRatio: index === 1 ? 1 : 0.5,
          change: -0.1 * strength,
        })),
      ),
    },
    leftOut: [
      {what: 'photos/ind/0012.jpg', reason: 'the file ends in the middle of the image'},
      {what: 'set "Places"', reason: 'its folder is not there'},
    ],
    notes: ['The synthetic images were made on the CPU, in float32.'],
  };
}
