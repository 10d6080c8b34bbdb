import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

/** A call as the server sees it. */
export interface Call {
  subject: string;
  format: string;
  authorization: string | undefined;
  imageBytes: number;
  at: number;
  body: Record<string, unknown>;
}

export type Behaviour = (call: Call, response: ServerResponse, nth: number) => void;

export const answer = (response: ServerResponse, content: string, more: object = {}): void => {
  response.writeHead(200, {'content-type': 'application/json'});
  const message = {role: 'assistant', content, refusal: null, ...more};
  const choice = {index: 0, finish_reason: 'stop', message};
  const usage = {prompt_tokens: 100, completion_tokens: 10, total_tokens: 110};
  response.end(
    JSON.stringify({id: 'x', object: 'chat.completion', created: 0, model: 'm', choices: [choice], usage}),
  );
};

export const fail = (
  response: ServerResponse,
  status: number,
  message: string,
  headers: object = {},
): void => {
  response.writeHead(status, {'content-type': 'application/json', ...headers});
  response.end(JSON.stringify({error: {message, type: 'error', code: status}}));
};

export const elements = (...words: string[]): string => JSON.stringify({elements: words});

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as Record<string, unknown>;
}

/** An OpenAI-compatible server on loopback that behaves as told, by the subject that it is asked about. */
export async function faultyServer(t: ExecutionContext, behaviours: Record<string, Behaviour>) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const [message] = body['messages'] as {content: {text?: string; image_url?: {url: string}}[]}[];
      const text = message!.content.find((part) => part.text)!.text!;
      const url = message!.content.find((part) => part.image_url)!.image_url!.url;
      const call: Call = {
        subject: /image is: (.*?)\./.exec(text)?.[1] ?? '',
        format: (body['response_format'] as {type: string} | undefined)?.type ?? 'text',
        authorization: request.headers.authorization,
        imageBytes: Buffer.from(url.split(',')[1]!, 'base64').length,
        at: performance.now(),
        body,
      };
      const nth = calls.filter(({subject}) => subject === call.subject).length;
      calls.push(call);
      (behaviours[call.subject] ?? behaviours['*']!)(call, response, nth);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const {port} = server.address() as AddressInfo;
  return {baseURL: `http://127.0.0.1:${port}/v1`, calls};
}
