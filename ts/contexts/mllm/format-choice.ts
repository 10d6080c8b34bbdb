import type {AnswerFormat} from './instruction.js';
import type {CallFailure} from './retry.js';

const FORMATS: AnswerFormat[] = ['json_schema', 'json_object', 'text'];

/** So many answers that only a plainer format gave, and every image is asked in that. */
const ENOUGH = 3;

/** The most exact form of an answer that a server takes: it is asked for a JSON schema first, then for JSON, then for words. */
export class FormatChoice {
  #best: number;
  #plainer = 0;

  constructor(private readonly wanted: AnswerFormat | 'auto') {
    this.#best = wanted === 'auto' ? 0 : FORMATS.indexOf(wanted);
  }

  /** One image's calls: `first` and what comes after it. */
  begin(): number {
    return this.#best;
  }

  name(place: number): AnswerFormat {
    return FORMATS[place]!;
  }

  /** The next plainer format after a failure that another format may mend; undefined if there is none. */
  plainer(place: number, failure: CallFailure): number | undefined {
    const mends = failure.kind === 'request' || failure.kind === 'answer';
    return this.wanted === 'auto' && mends && place + 1 < FORMATS.length ? place + 1 : undefined;
  }

  /** An image was answered in this format, after others failed in so many words. */
  worked(place: number, refused: boolean): void {
    if (place <= this.#best) this.#plainer = 0;
    else if (refused || ++this.#plainer >= ENOUGH) {
      this.#best = place;
      this.#plainer = 0;
    }
  }
}
