import test from 'ava';
import {writeTable} from '../../ts/cli/output/table-formats.js';

const table = {
  columns: ['detector', 'far AUROC', 'FPR95'],
  rows: [
    ['MSP, "plain" | 100 %', '98.50', '4.1'],
    ['=1+1_a', '', '12.0'],
  ],
};

test('aligned for a terminal', (t) => {
  t.is(
    writeTable(table, 'table'),
    [
      'detector              far AUROC  FPR95',
      '--------------------  ---------  -----',
      'MSP, "plain" | 100 %      98.50    4.1',
      '=1+1_a                            12.0',
    ].join('\n'),
  );
});

test('CSV as RFC 4180 has it, and no cell is a formula', (t) => {
  t.is(
    writeTable(table, 'csv'),
    ['detector,far AUROC,FPR95', '"MSP, ""plain"" | 100 %",98.50,4.1', "'=1+1_a,,12.0"].join('\r\n'),
  );
  t.is(writeTable({columns: ['a'], rows: [['two\nlines']]}, 'csv'), 'a\r\n"two\nlines"');
});

test('Markdown: numbers to the right, a bar in a cell is no column', (t) => {
  t.is(
    writeTable(table, 'md'),
    [
      '| detector | far AUROC | FPR95 |',
      '| --- | ---: | ---: |',
      '| MSP, "plain" \\| 100 % | 98.50 | 4.1 |',
      '| =1+1_a |  | 12.0 |',
    ].join('\n'),
  );
});

test('LaTeX: booktabs, with every special sign as itself', (t) => {
  t.is(
    writeTable(table, 'latex'),
    [
      '\\begin{tabular}{lrr}',
      '\\toprule',
      'detector & far AUROC & FPR95 \\\\',
      '\\midrule',
      'MSP, "plain" | 100 \\% & 98.50 & 4.1 \\\\',
      '=1+1\\_a &  & 12.0 \\\\',
      '\\bottomrule',
      '\\end{tabular}',
    ].join('\n'),
  );
  t.is(
    writeTable({columns: ['\\ ~ ^ & $ # { }'], rows: []}, 'latex').split('\n')[2],
    '\\textbackslash{} \\textasciitilde{} \\textasciicircum{} \\& \\$ \\# \\{ \\} \\\\',
  );
});
