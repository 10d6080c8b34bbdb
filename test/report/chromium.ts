import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {type Readable, type Writable} from 'node:stream';
import {pathToFileURL} from 'node:url';

/** The browser on this computer, or undefined: nothing that a test needs may depend on it. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

type Json = Record<string, unknown>;

/** One page in a headless browser, spoken to over a pipe in the Chrome DevTools protocol. */
export class BrowserPage {
  /** Exceptions, console errors, refusals of the content security policy. */
  readonly problems: string[] = [];
  /** Addresses that were asked for, less the page and what it holds in itself. */
  readonly requests: string[] = [];
  private next = 1;
  private session: string | undefined;
  private readonly waiting = new Map<number, {resolve: (result: Json) => void; reject: (e: Error) => void}>();
  private readonly events = new Map<string, () => void>();

  private constructor(
    private readonly child: ReturnType<typeof spawn>,
    private readonly profile: string,
  ) {
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop()!;
      for (const part of parts) this.receive(JSON.parse(part) as Json);
    });
  }

  static async launch(chromium: string): Promise<BrowserPage> {
    const profile = mkdtempSync(join(tmpdir(), 'synood-chromium-'));
    const child = spawn(
      chromium,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--hide-scrollbars',
        '--remote-debugging-pipe',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']},
    );
    const page = new BrowserPage(child, profile);
    child.on('exit', () => {
      for (const {reject} of page.waiting.values()) reject(new Error('the browser ended'));
    });
    const {targetInfos} = (await page.send('Target.getTargets')) as {targetInfos: Json[]};
    const target = targetInfos.find(({type}) => type === 'page')!;
    const {sessionId} = await page.send('Target.attachToTarget', {
      targetId: target['targetId'],
      flatten: true,
    });
    page.session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.send(`${domain}.enable`);
    return page;
  }

  /** Opens a file at a width, in one of the themes, and waits until it is loaded. */
  async open(path: string, width: number, theme: 'light' | 'dark', height = 844): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.send('Emulation.setEmulatedMedia', {
      features: [{name: 'prefers-color-scheme', value: theme}],
    });
    const loaded = new Promise<void>((resolve) => this.events.set('Page.loadEventFired', resolve));
    await this.send('Page.navigate', {url: pathToFileURL(path).href});
    await loaded;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const {result, exceptionDetails} = (await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as {result: {value: T}; exceptionDetails?: {text: string; exception?: {description?: string}}};
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async press(key: 'Enter' | 'Escape' | 'ArrowLeft' | 'ArrowRight'): Promise<void> {
    const windowsVirtualKeyCode = {Enter: 13, Escape: 27, ArrowLeft: 37, ArrowRight: 39}[key];
    const event = {key, code: key, windowsVirtualKeyCode, ...(key === 'Enter' ? {text: '\r'} : {})};
    await this.send('Input.dispatchKeyEvent', {type: 'keyDown', ...event});
    await this.send('Input.dispatchKeyEvent', {type: 'keyUp', ...event});
  }

  /** The page as a PNG, in whole or what is in view. */
  async screenshot(whole: boolean): Promise<Buffer> {
    const {data} = await this.send('Page.captureScreenshot', {captureBeyondViewport: whole, format: 'png'});
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    await this.send('Browser.close', {}, false).catch(() => {});
    await ended;
    rmSync(this.profile, {recursive: true, force: true, maxRetries: 5});
  }

  send(method: string, params: Json = {}, inSession = true): Promise<Json> {
    const id = this.next++;
    const session = inSession && this.session ? {sessionId: this.session} : {};
    (this.child.stdio[3] as Writable).write(JSON.stringify({id, method, params, ...session}) + '\0');
    return new Promise((resolve, reject) => this.waiting.set(id, {resolve, reject}));
  }

  private receive(message: Json): void {
    const waiting = this.waiting.get(message['id'] as number);
    if (waiting) {
      this.waiting.delete(message['id'] as number);
      const error = message['error'] as {message: string} | undefined;
      if (error) waiting.reject(new Error(error.message));
      else waiting.resolve(message['result'] as Json);
      return;
    }
    const params = message['params'] as Json;
    this.events.get(message['method'] as string)?.();
    if (message['method'] === 'Runtime.exceptionThrown' || message['method'] === 'Log.entryAdded') {
      this.problems.push(JSON.stringify(params));
    }
    if (message['method'] === 'Runtime.consoleAPICalled' && params['type'] === 'error') {
      this.problems.push(JSON.stringify(params));
    }
    if (message['method'] === 'Network.requestWillBeSent') {
      const {url} = params['request'] as {url: string};
      if (!url.startsWith('data:') && !url.startsWith('file:')) this.requests.push(url);
    }
  }
}
