import {type Scores} from '../report-data.js';

export interface Point {
  x: number;
  y: number;
}

/** Ascending; what is not a number has no rank. */
const ranked = (scores: Scores): Float64Array =>
  Float64Array.from(scores)
    .filter((score) => !Number.isNaN(score))
    .sort();

/** Counts of positives and negatives at or above each distinct score, from the highest down. */
function* cumulative(inScores: Scores, outScores: Scores): Generator<{positives: number; negatives: number}> {
  const positive = ranked(inScores);
  const negative = ranked(outScores);
  let p = positive.length;
  let n = negative.length;
  while (p > 0 || n > 0) {
    const threshold = Math.max(positive[p - 1] ?? -Infinity, negative[n - 1] ?? -Infinity);
    while (p > 0 && positive[p - 1]! >= threshold) p--;
    while (n > 0 && negative[n - 1]! >= threshold) n--;
    yield {positives: positive.length - p, negatives: negative.length - n};
  }
}

/** ROC with in-distribution as the positive class: x is the false, y the true positive rate. */
export function rocCurve(inScores: Scores, outScores: Scores): Point[] {
  const points: Point[] = [{x: 0, y: 0}];
  for (const {positives, negatives} of cumulative(inScores, outScores)) {
    points.push({x: negatives / outScores.length, y: positives / inScores.length});
  }
  return points;
}

/** Precision (y) over recall (x) with in-distribution as the positive class. */
export function precisionRecallCurve(inScores: Scores, outScores: Scores): Point[] {
  const points: Point[] = [];
  for (const {positives, negatives} of cumulative(inScores, outScores)) {
    points.push({x: positives / inScores.length, y: positives / (positives + negatives)});
  }
  return points;
}

/**
 * At most `limit` of a curve's own points, spread evenly along its length (as |dx| + |dy|), ends included: steep
 * parts keep their shape.
 */
export function thinned(points: Point[], limit = 300): Point[] {
  if (points.length <= limit) return points;
  const lengths = [0];
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    lengths.push(lengths[i - 1]! + Math.abs(b.x - a.x) + Math.abs(b.y - a.y));
  }
  const total = lengths[lengths.length - 1]!;
  const kept: Point[] = [];
  for (let i = 0; i < points.length && kept.length < limit - 1; i++) {
    if (lengths[i]! >= (total * kept.length) / (limit - 1)) kept.push(points[i]!);
  }
  const last = points[points.length - 1]!;
  if (kept[kept.length - 1] !== last) kept.push(last);
  return kept;
}

/** A series of values as at most `limit` points; where there are more, each is the mean of a run of them. */
export function bucketed(values: readonly number[], limit = 300): Point[] {
  const width = Math.ceil(values.length / limit);
  const points: Point[] = [];
  for (let start = 0; start < values.length; start += width) {
    const bucket = values.slice(start, start + width);
    points.push({
      x: start + (bucket.length + 1) / 2,
      y: bucket.reduce((sum, value) => sum + value, 0) / bucket.length,
    });
  }
  return points;
}
