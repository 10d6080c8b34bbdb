import {type Miss, type ReportData} from './report-data.js';

/** A page keeps the trajectories of so many samples in full; the others as exactly as a curve can show them. */
const EXACT = 200;
const short = (value: number): number => Number(value.toPrecision(6));

const withoutImage = ({image: _image, ...facts}: Miss) => facts;

/**
 * The report's figures without its pictures, in full precision: what the page has for programs and `--format json`
 * writes. The scores themselves are in the run's scores/.
 */
export function reportFigures(data: ReportData, {short: shorten = false} = {}) {
  const {scores: _scores, gallery, misses, training, boundary: _boundary, ...rest} = data;
  return {
    ...rest,
    misses: misses && {
      ...misses,
      rejected: misses.rejected.map(withoutImage),
      accepted: misses.accepted.map(withoutImage),
    },
    training: training.map(({losses, more: _more, ...curve}) => ({
      ...curve,
      steps: losses.length,
      first: losses[0],
      last: losses.at(-1),
    })),
    gallery: gallery.map(({before: _before, after: _after, iterations: _iterations, ...facts}, index) => ({
      ...facts,
      trajectory: shorten && index >= EXACT ? facts.trajectory.map(short) : facts.trajectory,
    })),
  };
}
