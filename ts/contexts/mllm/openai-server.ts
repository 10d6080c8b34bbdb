import type * as OpenAiPackage from 'openai';
import type OpenAI from 'openai';
import type {ChatCompletion} from 'openai/resources/chat/completions';
import {messageOf, SynoodError} from '../../binding/errors.js';
import {ELEMENTS_SCHEMA, type AnswerFormat} from './instruction.js';
import {CallFailure, parseRetryAfter} from './retry.js';

export interface OpenAiServerOptions {
  /** such as http://localhost:8000/v1; default: OPENAI_BASE_URL, or the cloud */
  baseURL?: string;
  model: string;
  /** the environment variable that holds the key; a server that needs none takes anything */
  apiKeyVariable?: string;
  timeout: number;
  maxTokens: number;
  temperature: number;
}

export interface TokenCounts {
  prompt: number;
  completion: number;
}

export interface Answer {
  text: string;
  tokens: TokenCounts;
}

async function load(): Promise<typeof OpenAiPackage> {
  try {
    return await import('openai');
  } catch (error) {
    throw new SynoodError(
      'ERR_CONFIG',
      'Asking a server needs the "openai" package. Run: npm install openai',
      {
        cause: error,
      },
    );
  }
}

/** A key in a URL would be written into run.json. */
function checkUrl(baseURL: string | undefined): void {
  if (baseURL === undefined) return;
  let url: URL;
  try {
    url = new URL(baseURL);
  } catch {
    throw new SynoodError(
      'ERR_CONFIG',
      `Expected a server's address such as http://localhost:8000/v1, got '${baseURL}'.`,
    );
  }
  if (url.username || url.password) {
    throw new SynoodError(
      'ERR_CONFIG',
      "The server's address has a password in it. Give keys in the environment.",
    );
  }
}

/** One model of an OpenAI-compatible server. The key stays in here: no message and no file has it. */
export class OpenAiServer {
  private constructor(
    private readonly client: OpenAI,
    private readonly errors: typeof OpenAiPackage,
    private readonly options: OpenAiServerOptions,
    private readonly key: string | undefined,
  ) {}

  /** @throws SynoodError ERR_CONFIG if the address is none, or the cloud is meant and there is no key */
  static async connect(options: OpenAiServerOptions): Promise<OpenAiServer> {
    const baseURL = options.baseURL ?? (process.env['OPENAI_BASE_URL'] || undefined);
    checkUrl(baseURL);
    const variable = options.apiKeyVariable ?? 'OPENAI_API_KEY';
    const key = process.env[variable] || undefined;
    if (key === undefined && baseURL === undefined) {
      throw new SynoodError(
        'ERR_CONFIG',
        `Expected a key in the environment variable ${variable}, or the address of a server (contexts.mllm.baseURL).`,
      );
    }
    const openai = await load();
    // Retries are counted here, so that each is told and the pause is everybody's.
    const client = new openai.OpenAI({
      apiKey: key ?? 'none',
      baseURL,
      maxRetries: 0,
      timeout: options.timeout,
    });
    return new OpenAiServer(client, openai, options, key);
  }

  /** Settings that this model does not take, as it has told. */
  readonly #refused = new Set<string>();

  /** @throws CallFailure in every case but an abort, which is thrown as it is */
  async ask(prompt: string, imageUrl: string, format: AnswerFormat, signal?: AbortSignal): Promise<Answer> {
    try {
      return await this.#ask(prompt, imageUrl, format, signal);
    } catch (error) {
      // Newer models of the cloud take another name of the limit, and no temperature.
      const told = error instanceof CallFailure && error.kind === 'request' ? error.message : '';
      const setting = ['max_tokens', 'temperature'].find(
        (one) => told.includes(`'${one}'`) && !this.#refused.has(one),
      );
      if (setting === undefined) throw error;
      this.#refused.add(setting);
      return this.ask(prompt, imageUrl, format, signal);
    }
  }

  async #ask(prompt: string, imageUrl: string, format: AnswerFormat, signal?: AbortSignal): Promise<Answer> {
    const {model, maxTokens, temperature} = this.options;
    const responseFormat = {
      json_schema: {type: 'json_schema', json_schema: ELEMENTS_SCHEMA},
      json_object: {type: 'json_object'},
      text: undefined,
    } as const;
    const body = {
      model,
      ...(this.#refused.has('temperature') ? {} : {temperature}),
      [this.#refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens']: maxTokens,
      response_format: responseFormat[format],
      messages: [
        {
          role: 'user',
          content: [
            {type: 'image_url', image_url: {url: imageUrl}},
            {type: 'text', text: prompt},
          ],
        },
      ],
    };
    try {
      const completion = await this.client.chat.completions.create(body as never, {signal});
      return this.#answerOf(completion as ChatCompletion);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.#failureOf(error);
    }
  }

  #answerOf(completion: ChatCompletion): Answer {
    const choice = completion?.choices?.[0];
    const {prompt_tokens: prompt = 0, completion_tokens: tokens = 0} = completion?.usage ?? {};
    if (!choice) throw new CallFailure('answer', 'The server answered without a choice.');
    if (choice.message?.refusal) {
      throw new CallFailure('refusal', `The model refused: ${this.#safe(choice.message.refusal)}`);
    }
    if (choice.finish_reason === 'content_filter')
      throw new CallFailure('refusal', "The server's filter refused.");
    return {text: choice.message?.content ?? '', tokens: {prompt, completion: tokens}};
  }

  #failureOf(error: unknown): CallFailure {
    if (error instanceof CallFailure) return error;
    const {APIConnectionError, APIConnectionTimeoutError, APIError} = this.errors;
    const failure = (kind: CallFailure['kind'], message: string, retryAfter?: number) =>
      new CallFailure(kind, message, retryAfter);
    if (error instanceof APIConnectionTimeoutError) {
      return failure('timeout', `No answer within ${this.options.timeout / 1000} s`);
    }
    if (error instanceof APIConnectionError) {
      const cause = error.cause instanceof Error ? ` (${messageOf(error.cause)})` : '';
      return failure('connection', this.#safe(`The connection failed${cause}`));
    }
    if (error instanceof APIError && typeof error.status === 'number') {
      const headers = error.headers as Headers | undefined;
      const wait = parseRetryAfter(headers?.get('retry-after'));
      const text = this.#safe(`HTTP ${error.status}: ${messageOf(error)}`);
      if (error.status === 429) return failure('rate-limit', text, wait);
      if (error.status >= 500 || error.status === 408 || error.status === 409)
        return failure('server', text, wait);
      return failure('request', text);
    }
    // A body that is cut off, or that is no JSON.
    return failure('connection', this.#safe(`The answer could not be read (${messageOf(error)})`));
  }

  /** One line without the key, should a server send it back. */
  #safe(text: string): string {
    const line = text.replace(/\s+/g, ' ').slice(0, 300);
    return this.key ? line.replaceAll(this.key, '***') : line;
  }
}
