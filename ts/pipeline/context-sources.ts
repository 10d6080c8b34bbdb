import {ContextsFile} from '../contexts/contexts-file.js';
import {AnswerCache} from '../contexts/mllm/answer-cache.js';
import {extractContexts} from '../contexts/mllm/extract-contexts.js';
import {ELEMENTS, type Instruction, ownInstruction} from '../contexts/mllm/instruction.js';
import {OpenAiServer} from '../contexts/mllm/openai-server.js';
import type {RunContext} from './run-context.js';
import type {SelectedImage} from './stages/select.js';

/** Of the run directory: answers of language models, so that no image is asked about twice. */
export const ANSWERS = 'answers.jsonl';

/** Failures that another time may not have. */
const UNANSWERED = ['connection', 'timeout', 'server', 'rate-limit'];

/** What a source names in an image. */
export interface NamedElements {
  item: SelectedImage;
  elements: string[];
  /** they were one text, and become one again */
  joined: boolean;
}

export interface SourceResult {
  rows: NamedElements[];
  /** counts for run.json */
  details: Record<string, unknown>;
}

/** @throws SynoodError ERR_CONFIG naming file and line */
export async function elementsFromFile(
  run: RunContext,
  selection: readonly SelectedImage[],
): Promise<SourceResult> {
  const path = run.config.data.contexts!;
  const file = await ContextsFile.read(path);
  const rows = selection.flatMap((item) => {
    const found = file.elementsOf(item.id);
    if (found) return [{item, ...found}];
    run.leaveOut(`inDistribution: ${item.id}`, `has no contexts in ${path}`);
    return [];
  });
  return {rows, details: {}};
}

export function instructionOf({config}: Pick<RunContext, 'config'>): Instruction {
  const {instruction} = config.contexts.mllm;
  return instruction === undefined ? ELEMENTS : ownInstruction(instruction);
}

/** What tells this server's answers from another's. No key is among it. */
export function serverOf({config}: Pick<RunContext, 'config'>): Record<string, unknown> {
  const {baseURL, model, maxTokens, temperature} = config.contexts.mllm;
  return {baseURL: baseURL ?? process.env['OPENAI_BASE_URL'] ?? 'cloud', model, maxTokens, temperature};
}

/** Asks a multimodal language model. An image without an answer is named and left out. */
export async function elementsFromServer(
  run: RunContext,
  selection: readonly SelectedImage[],
): Promise<SourceResult> {
  const {model, timeout, elements: count, ...options} = run.config.contexts.mllm;
  const names = new Map((await run.data.classes()).map(({id, name}) => [id, name]));
  const server = await OpenAiServer.connect({...options, model: model!, timeout: timeout * 1000});
  await using cache = await AnswerCache.open(run.directory.file(ANSWERS));
  const requests = selection.map((item) => ({
    item,
    image: item.path,
    name: item.id,
    subject: names.get(item.class)!,
  }));
  const rows: NamedElements[] = [];
  const tokens = {prompt: 0, completion: 0};
  const failures: Record<string, number> = {};
  let [asked, cached, done, retries] = [0, 0, 0, 0];
  for await (const one of extractContexts(server, requests, {
    ...options,
    count,
    cache,
    model: serverOf(run),
    instruction: instructionOf(run),
    signal: run.signal,
    onRetry: () => retries++,
  })) {
    run.progress(++done, selection.length, `${rows.length} answered`);
    if ('failure' in one) {
      const {kind, message} = one.failure;
      failures[kind] = (failures[kind] ?? 0) + 1;
      run.leaveOut(`inDistribution: ${one.item.id}`, `has no contexts (${kind}): ${message}`);
      continue;
    }
    rows.push({item: one.item, elements: one.elements, joined: false});
    if (one.cached) cached++;
    else {
      asked++;
      tokens.prompt += one.tokens.prompt;
      tokens.completion += one.tokens.completion;
    }
  }
  const lost = UNANSWERED.flatMap((kind) => (failures[kind] ? [`${kind} ${failures[kind]}`] : []));
  if (lost.length > 0) {
    run.leaveOut(
      'contexts',
      `of some images the server gave no answer (${lost.join(', ')}); delete ${run.directory.file('contexts.jsonl')}, and the same command asks about those again`,
    );
  }
  const {version} = instructionOf(run);
  return {rows, details: {instruction: version, asked, cached, failures, retries, tokens}};
}
