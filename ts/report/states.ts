import {isolated, markup, type Markup} from './escape.js';
import {type ReportData, type StageState} from './report-data.js';

const WORDS: Record<StageState['state'], [mark: string, word: string]> = {
  done: ['✓', 'done'],
  missing: ['…', 'not done'],
  damaged: ['✗', 'damaged'],
};

export const stateWord = ({state}: StageState): string => WORDS[state][1];

/** What there is of a run that is unfinished or damaged. Nothing of one that is whole. */
export function statesSection({stages}: ReportData): Markup {
  if (!stages || stages.every(({state}) => state === 'done')) return markup``;
  const damaged = stages.some(({state}) => state === 'damaged');
  const rows = stages.map(
    ({name, state, detail}) =>
      markup`<tr class="${state}"><th scope="row">${isolated(name)}</th><td><span aria-hidden="true">${WORDS[state][0]}</span> ${WORDS[state][1]}</td><td>${
        detail ? isolated(detail) : ''
      }</td></tr>`,
  );
  return markup`<section id="stages"><h2>${damaged ? 'This run is damaged' : 'This run is not finished'}</h2><p>The page shows what is there. ${
    damaged
      ? 'A stage whose files are damaged is done again once they are removed.'
      : 'The same command goes on from here.'
  }</p><div class="scroll" tabindex="0" role="region" aria-label="Stages"><table class="small states"><thead><tr><th scope="col">Stage</th><th scope="col">State</th><th scope="col">What is there, or wrong</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}
