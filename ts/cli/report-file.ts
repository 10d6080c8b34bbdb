import {spawn} from 'node:child_process';
import {join} from 'node:path';
import type {Options} from 'yargs';
import type {CommandResult} from './command.js';
import {nearPath} from './output/run-summary.js';
import type {Session} from './session.js';

export const reportOptions: Record<string, Options> = {
  format: {
    choices: ['html', 'md', 'json'],
    default: 'html',
    describe: 'One page with curves and pictures, tables as Markdown, or all figures as JSON',
    requiresArg: true,
  },
  out: {
    alias: 'o',
    type: 'string',
    describe:
      'The file to write; without it report.html in the run directory, and Markdown and JSON are printed',
    requiresArg: true,
  },
  open: {type: 'boolean', describe: 'Show the page in the browser'},
};

/** The system's own way to show a file. Nobody waits for the browser. */
function showFile(path: string, session: Session): void {
  const [program, ...args] = {
    darwin: ['open', path],
    win32: ['cmd', '/c', 'start', '', path],
  }[process.platform as string] ?? ['xdg-open', path];
  const child = spawn(program!, args, {detached: true, stdio: 'ignore'});
  child.on('error', () => session.say(`Cannot open a browser; the page is ${path}`));
  child.unref();
}

/** Writes or prints the report of one run, or several side by side. */
export async function makeReport(
  runs: readonly string[],
  args: Record<string, unknown>,
  session: Session,
): Promise<CommandResult> {
  const {reportOfRuns} = await import('../pipeline/report-page.js');
  const {reportFigures} = await import('../report/figures.js');
  const {writeFileAtomic} = await import('../data/files/atomic-file.js');
  const data = await reportOfRuns(runs);
  const figures = reportFigures(data);
  const format = args['format'] as 'html' | 'md' | 'json';
  const given = args['out'] as string | undefined;
  const failed = (data.runs ?? [{stages: data.stages ?? []}]).some(({stages}) =>
    stages.some(({state}) => state === 'damaged'),
  );
  const written = async (text: string, path: string): Promise<CommandResult> => {
    await writeFileAtomic(path, text);
    if (args['open'] === true) showFile(path, session);
    return {json: {file: path, ...figures}, text: nearPath(path), failed};
  };
  if (format === 'html') {
    const {renderReport} = await import('../report/render.js');
    const place = runs.length === 1 ? join(runs[0]!, 'report.html') : 'comparison.html';
    return written(await renderReport(data), given ?? place);
  }
  const text =
    format === 'json'
      ? `${JSON.stringify(figures, null, 2)}\n`
      : (await import('../report/markdown.js')).renderMarkdown(data);
  if (given !== undefined) return written(text, given);
  return {json: figures, text: text.trimEnd(), failed};
}
