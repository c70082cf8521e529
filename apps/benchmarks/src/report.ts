import { readFileSync, writeFileSync } from 'node:fs';
import { type Figure, isWithinBudget } from './benchmark.ts';

/** What one benchmark found, where and how. */
export interface Measured {
  /** Name of the benchmark. */
  readonly name: string;
  /** Processor, Node and browser. */
  readonly machine: string;
  readonly command: string;
  readonly figures: readonly Figure[];
}

/** A figure that grew by more than this is shown as a regression. */
const REGRESSION = 1.1;

/** Prints figures with their budgets; `before` are the recorded ones of the same benchmark. */
export function printFigures(figures: readonly Figure[], before: readonly Figure[]): void {
  for (const figure of figures) {
    const mark = figure.budget === undefined ? ' ' : isWithinBudget(figure) ? '✓' : '✗';
    const old = before.find(({ what }) => what === figure.what);
    const isWorse = old !== undefined && old.unit !== 'ms' && figure.value > old.value * REGRESSION;
    const change = isWorse ? `  was ${formatValue(old)}` : '';
    console.log(
      `${mark} ${figure.what.padEnd(76)} ${formatValue(figure)}${formatBudget(figure)}${change}`,
    );
  }
}

const BEGIN = '<!-- figures: written by `npm run bench -- --record` -->';
const END = '<!-- end of figures -->';

/** Writes the figures as a table into the page, between its marks, and as data beside the benchmarks. */
export function writeReport(page: string, data: string, measured: readonly Measured[]): void {
  writeFileSync(data, `${JSON.stringify(measured, undefined, 2)}\n`);
  const text = readFileSync(page, 'utf8');
  const [head = '', rest = ''] = text.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  writeFileSync(page, `${head}${BEGIN}\n\n${measured.map(toTable).join('\n')}\n${END}${tail}`);
}

function toTable({ name, machine, command, figures }: Measured): string {
  return [
    `### ${name}`,
    '',
    '| what | measured | budget | |',
    '| --- | --- | --- | --- |',
    ...toRows(figures).map(toLine),
    '',
    `\`${command} --only ${name}\` on ${machine}`,
    '',
  ].join('\n');
}

/** What is shown in one row of a table. */
interface Row {
  readonly title: string;
  readonly figures: readonly Figure[];
}

function toRows(figures: readonly Figure[]): readonly Row[] {
  return figures.reduce<readonly Row[]>((rows, figure) => {
    const title = figure.row ?? figure.what;
    const last = rows.at(-1);
    if (last?.title !== title) return [...rows, { title, figures: [figure] }];
    return [...rows.slice(0, -1), { title, figures: [...last.figures, figure] }];
  }, []);
}

function toLine({ title, figures }: Row): string {
  const limited = figures.flatMap((figure) =>
    figure.budget === undefined ? [] : [{ ...figure, value: figure.budget }],
  );
  const isKept = figures.every(isWithinBudget);
  const verdict = limited.length === 0 ? '' : isKept ? 'kept' : '**missed**';
  const cell = (values: readonly Figure[]) => values.map(formatValue).join(', ');
  return `| ${title} | ${cell(figures)} | ${cell(limited)} | ${verdict} |`;
}

function formatValue({ value, unit }: Figure): string {
  const digits = { maximumFractionDigits: value < 10 ? 3 : 1 };
  return `${value.toLocaleString('en', digits)} ${unit}`;
}

const formatBudget = ({ budget }: Figure): string =>
  budget === undefined ? '' : ` (budget ${budget.toLocaleString('en')})`;
