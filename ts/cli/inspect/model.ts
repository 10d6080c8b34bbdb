import {messageOf} from '../../binding/errors.js';
import {Engine} from '../../models/engine.js';
import {
  checkModelFolder,
  type ModelFolder,
  type ModelPart,
  type ModelProblem,
  readModelFolder,
} from '../../models/model-folder.js';
import type {CommandResult} from '../command.js';
import {formatTable} from '../output/table.js';

interface ModelInspection extends ModelFolder {
  parameters: number;
  bytes: number;
  /** whether every part was built; without LibTorch only headers are read */
  checked: boolean;
  problems: ModelProblem[];
  /** why it was not checked */
  unchecked?: string;
}

const RIGHT = 'right' as const;
const COLUMNS = [
  {title: 'part'},
  {title: 'class'},
  {title: 'tensors', align: RIGHT},
  {title: 'parameters', align: RIGHT},
  {title: 'type'},
  {title: 'size', align: RIGHT},
  {title: 'files', align: RIGHT},
];

const grouped = (count: number): string => count.toLocaleString('en-US');
const megabytes = (bytes: number): string => `${grouped(Math.round(bytes / 1e4) / 100)} MB`;

const row = ({name, className, tensors, parameters, dtypes, bytes, files}: ModelPart): string[] => [
  name || '.',
  className,
  grouped(tensors),
  grouped(parameters),
  dtypes.join(', '),
  megabytes(bytes),
  grouped(files.length),
];

function verdict({checked, problems, unchecked}: ModelInspection): string {
  if (!checked) return `Keys were not checked: ${unchecked}`;
  if (problems.length === 0) return 'Every key is used; none is missing or left over.';
  return `Wrong:\n${problems.map(({part, code, message}) => `  - ${part || '.'}: ${message} (${code})`).join('\n')}`;
}

function describe(found: ModelInspection): string {
  const {path, className, parts, parameters, bytes} = found;
  const total = ['', '', '', grouped(parameters), '', megabytes(bytes), ''];
  const rows = [...parts.map(row), ...(parts.length > 1 ? [total] : [])];
  return `${path}: ${className}\n\n${formatTable(COLUMNS, rows)}\n\n${verdict(found)}`;
}

const sum = (parts: ModelPart[], of: (part: ModelPart) => number): number =>
  parts.reduce((total, part) => total + of(part), 0);

/** What a model's folder has, and whether all of it can be used. @throws SynoodError ERR_MODEL_FORMAT, ERR_IO */
export async function inspectModel(path: string, variant?: string): Promise<CommandResult> {
  const folder = await readModelFolder(path, {variant});
  const found: ModelInspection = {
    ...folder,
    parameters: sum(folder.parts, ({parameters}) => parameters),
    bytes: sum(folder.parts, ({bytes}) => bytes),
    checked: false,
    problems: [],
  };
  const engine = await Engine.open({device: 'meta'}).catch((thrown: unknown) => {
    found.unchecked = messageOf(thrown);
  });
  if (engine) {
    found.problems = await checkModelFolder(engine, folder, {variant});
    found.checked = true;
    await engine.dispose();
  }
  return {json: found, text: describe(found), failed: found.problems.length > 0};
}
