import {setMaxListeners} from 'node:events';
import {readFile} from 'node:fs/promises';
import {SynoodError} from '../../binding/errors.js';
import {hashJson} from '../../data/files/canonical-hash.js';
import type {ImageInput} from '../../data/image.js';
import {mapAhead} from '../../data/map-ahead.js';
import {abortError} from '../../engine/native-call.js';
import {contentKey} from '../../features/content-key.js';
import {type AnswerCache, type CachedAnswer} from './answer-cache.js';
import {parseElements} from './answer.js';
import {imageDataUrl} from './data-url.js';
import {FormatChoice} from './format-choice.js';
import {Gate} from './gate.js';
import {type AnswerFormat, ask, ELEMENTS, type Instruction} from './instruction.js';
import type {Answer, TokenCounts} from './openai-server.js';
import {CallFailure, type FailureKind, withRetries} from './retry.js';
import {SignsOfLife} from './signs-of-life.js';

/** What answers: OpenAiServer, or anything else that can. */
export interface Answerer {
  ask(prompt: string, imageUrl: string, format: AnswerFormat, signal?: AbortSignal): Promise<Answer>;
}

export interface ContextRequest<T> {
  item: T;
  image: ImageInput;
  /** what messages call the image */
  name: string;
  /** the image's main subject, which is no context */
  subject: string;
}

export interface ExtractOptions {
  /** what tells this model's answers from another's: address, name, settings */
  model: unknown;
  cache?: AnswerCache;
  instruction?: Instruction;
  /** elements asked for */
  count?: number;
  /** of the longer side of the image that is sent, in pixels */
  maxSide?: number;
  /** calls at once */
  concurrency?: number;
  /** calls for one image at most */
  attempts?: number;
  format?: AnswerFormat | 'auto';
  signal?: AbortSignal;
  /** told of each failed call that is tried again */
  onRetry?: (name: string, failure: {kind: FailureKind; message: string}, milliseconds: number) => void;
}

/** How an image ended: with elements, or with a failure that has a name. */
export type Extracted<T> =
  | {item: T; elements: string[]; tokens: TokenCounts; cached: boolean}
  | {item: T; failure: {kind: FailureKind | 'image' | 'empty'; message: string}};

class Extraction<T> {
  readonly #format: FormatChoice;
  readonly #gate: Gate;
  readonly #underWay = new Map<string, Promise<CachedAnswer>>();
  readonly #instruction: Instruction;

  constructor(
    private readonly server: Answerer,
    private readonly options: ExtractOptions,
  ) {
    this.#format = new FormatChoice(options.format ?? 'auto');
    this.#gate = new Gate(options.concurrency ?? 4);
    this.#instruction = options.instruction ?? ELEMENTS;
  }

  async one(request: ContextRequest<T>): Promise<Extracted<T>> {
    const {item} = request;
    const {signal, cache, count = 12, maxSide = 768, model} = this.options;
    if (signal?.aborted) throw abortError(signal);
    try {
      const content =
        typeof request.image === 'string'
          ? await readFile(request.image).catch(() => request.image)
          : request.image;
      const image = typeof content === 'string' ? content : contentKey(content);
      const {subject} = request;
      const key = hashJson({image, model, instruction: this.#instruction, subject, count, maxSide});
      const known = cache?.get(key);
      if (known) return {item, elements: known.elements, tokens: known.tokens, cached: true};
      const other = this.#underWay.get(key);
      if (other) return {item, ...(await other), cached: true};
      const asked = this.#answer({...request, image: content}, key);
      this.#underWay.set(key, asked);
      const {elements, tokens} = await asked.finally(() => this.#underWay.delete(key));
      return {item, elements, tokens, cached: false};
    } catch (error) {
      if (signal?.aborted) throw abortError(signal);
      if (error instanceof CallFailure) return {item, failure: {kind: error.kind, message: error.message}};
      if (error instanceof SynoodError && error.code === 'ERR_IMAGE') {
        return {item, failure: {kind: 'image', message: error.message}};
      }
      if (error instanceof EmptyAnswer) return {item, failure: {kind: 'empty', message: error.message}};
      throw error;
    }
  }

  async #answer({image, name, subject}: ContextRequest<T>, key: string): Promise<CachedAnswer> {
    const {cache, count = 12, maxSide = 768, signal, attempts = 5, onRetry} = this.options;
    const url = await imageDataUrl(image, maxSide, name);
    const call = () => this.#gate.pass(() => this.#call(url, subject, signal), signal);
    const {elements, tokens} = await withRetries(call, {
      attempts,
      signal,
      onWait: (failure, wait) => {
        if (failure.retryAfter !== undefined) this.#gate.pause(failure.retryAfter);
        onRetry?.(name, failure, wait);
      },
    });
    if (elements.length === 0) throw new EmptyAnswer('The model named nothing beside the subject.');
    const row = {key, elements: elements.slice(0, count), tokens};
    await cache?.put(row);
    return row;
  }

  /** One question, in plainer formats too if the server wants that. @throws CallFailure */
  async #call(url: string, subject: string, signal?: AbortSignal): Promise<Omit<CachedAnswer, 'key'>> {
    let refused = false;
    for (let place = this.#format.begin(); ;) {
      const format = this.#format.name(place);
      try {
        const prompt = ask(this.#instruction, subject, this.options.count ?? 12, format);
        const {text, tokens} = await this.server.ask(prompt, url, format, signal);
        const elements = parseElements(text, format === 'text');
        if (!elements) {
          throw new CallFailure(
            'answer',
            `The answer has no elements: ${JSON.stringify(text.slice(0, 120))}`,
          );
        }
        this.#format.worked(place, refused);
        return {elements, tokens};
      } catch (error) {
        const next = error instanceof CallFailure ? this.#format.plainer(place, error) : undefined;
        if (next === undefined) throw error;
        refused ||= (error as CallFailure).kind === 'request';
        place = next;
      }
    }
  }
}

/** The model has answered, and there is nothing beside the subject. */
class EmptyAnswer extends Error {}

/** Every call and every wait listens to it; the caller's own has one listener, however many they are. */
function signalOf({signal}: ExtractOptions): AbortSignal | undefined {
  if (!signal) return undefined;
  const own = AbortSignal.any([signal]);
  setMaxListeners(0, own);
  return own;
}

/**
 * Asks a multimodal language model what images show beside their subjects, several at once. Every image ends once, with elements or
 * with a named failure, in the order of the requests. With a cache, an image that was answered is never asked again, so a run that
 * was cut off goes on.
 *
 * @throws SynoodError ERR_IO if the server answers nobody; ERR_ABORTED
 */
export async function* extractContexts<T>(
  server: Answerer,
  requests: Iterable<ContextRequest<T>> | AsyncIterable<ContextRequest<T>>,
  options: ExtractOptions,
): AsyncGenerator<Extracted<T>, void, undefined> {
  const extraction = new Extraction<T>(server, {...options, signal: signalOf(options)});
  // One slow call shall not keep the others from going on.
  const ahead = 4 * (options.concurrency ?? 4);
  const life = new SignsOfLife();
  for await (const one of mapAhead(requests, ahead, (request) => extraction.one(request))) {
    yield one;
    const lost = life.see(one);
    if (lost !== undefined) {
      throw new SynoodError(
        'ERR_IO',
        `${lost} Check the server's address, its model and the key; the same command goes on from here.`,
      );
    }
  }
}
