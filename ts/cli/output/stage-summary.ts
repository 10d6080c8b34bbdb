import prettyMilliseconds from 'pretty-ms';
import type {StageOutcome} from '../../pipeline/do-stage.js';
import type {StageName} from '../../pipeline/stage.js';

type Details = Record<string, unknown>;

/** Of a source that asks a server. */
function askedText({asked, tokens, failures}: Details): string {
  if (asked === undefined) return '';
  const {prompt, completion} = tokens as {prompt: number; completion: number};
  const failed = Object.values(failures as Record<string, number>).reduce((sum, one) => sum + one, 0);
  const told = failed > 0 ? `, ${failed} without an answer` : '';
  return `, ${asked as number} asked for ${prompt} + ${completion} tokens${told}`;
}

const facts: Record<StageName, (details: Details) => string> = {
  select: ({images, of, classes}) => `${images} of ${of} images, ${classes} classes`,
  contexts: (details) => `contexts of ${details['images'] as number} images${askedText(details)}`,
  synthesize: ({made, accepted}) => `${made} images, ${accepted} of them at the boundary`,
  mine: ({candidates, negatives}) => `${negatives} negative labels of ${candidates} words`,
  finetune: ({inDistribution, synthetic}) =>
    `a detector from ${inDistribution} real and ${synthetic} synthetic images`,
  evaluate: ({detectors, sets}) => `${detectors} detectors on ${sets} ${sets === 1 ? 'set' : 'sets'}`,
  report: () => 'report.html',
};

/** What a stage came to, in one line. */
export function stageSummary({name, status, seconds, details}: StageOutcome): string {
  const took = prettyMilliseconds(seconds * 1000, {secondsDecimalDigits: 1});
  return `${facts[name](details)} ${status === 'skipped' ? '(done already)' : `(${took})`}`;
}
