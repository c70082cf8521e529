import {
  type DateExample,
  type DateOrder,
  type ImportInspection,
  type ImportSource,
} from './import-types';
import { readLines } from './read-chunks';
import { wallClockText } from './wall-clock';
import { type WhatsAppHeader, headerTime, parseWhatsAppHeader, splitSender } from './whatsapp-line';

/** The share of header lines above which a shape is the export's own, and the others are pasted text. */
const OWN_SHAPE_SHARE = 0.75;
const MAX_EXAMPLES = 3;
const NAMED_IN_SUGGESTION = 2;

/** What is known of the lines of one shape. */
interface ShapeEvidence {
  headers: number;
  /** Dates that only one order can read. */
  onlyDayFirst: number;
  onlyMonthFirst: number;
  /** How often a date is before the one above it; exports are in order of time. */
  backwardDayFirst: number;
  backwardMonthFirst: number;
  lastDayFirst: string;
  lastMonthFirst: string;
  readonly examples: Map<string, DateExample>;
}

/** Reads the whole file to tell the shape of its lines, the order of day and month, and a name for the conversation. */
export async function inspectWhatsApp(source: ImportSource): Promise<ImportInspection> {
  const evidence = new Map<string, ShapeEvidence>();
  const senders = new Set<string>();
  for await (const { lines } of readLines(source)) {
    for (const line of lines) {
      const header = parseWhatsAppHeader(line);
      if (header === null) continue;
      addEvidence(evidence, header);
      if (senders.size < NAMED_IN_SUGGESTION) {
        const sender = splitSender(header.rest)?.sender;
        if (sender !== undefined) senders.add(sender);
      }
    }
  }
  const all = [...evidence.entries()];
  const total = all.reduce((sum, [, { headers }]) => sum + headers, 0);
  const own = all.find(([, { headers }]) => headers >= total * OWN_SHAPE_SHARE);
  const counted = own === undefined ? all.map(([, one]) => one) : [own[1]];
  const { order, isCertain } = decideOrder(counted);
  const layout = { shape: own?.[0] ?? null, dateOrder: order };
  const suggestedName = suggestName(source.name, senders);
  if (isCertain) return { kind: 'ready', format: 'whatsapp', layout, suggestedName };
  const examples = counted.flatMap((one) => [...one.examples.values()]).slice(0, MAX_EXAMPLES);
  return {
    kind: 'needs',
    needs: 'date-order',
    format: 'whatsapp',
    layout,
    suggestedName,
    examples,
  };
}

function addEvidence(evidence: Map<string, ShapeEvidence>, header: WhatsAppHeader): void {
  const known = evidence.get(header.shape) ?? newEvidence();
  evidence.set(header.shape, known);
  known.headers += 1;
  if (header.isOrderKnown) return;
  const dayFirst = headerTime(header, 'day-first');
  const monthFirst = headerTime(header, 'month-first');
  if (dayFirst !== null && monthFirst === null) known.onlyDayFirst += 1;
  if (dayFirst === null && monthFirst !== null) known.onlyMonthFirst += 1;
  if (dayFirst === null || monthFirst === null) return;
  const dayFirstText = wallClockText(dayFirst);
  const monthFirstText = wallClockText(monthFirst);
  if (dayFirstText < known.lastDayFirst) known.backwardDayFirst += 1;
  if (monthFirstText < known.lastMonthFirst) known.backwardMonthFirst += 1;
  known.lastDayFirst = dayFirstText;
  known.lastMonthFirst = monthFirstText;
  if (dayFirstText === monthFirstText || known.examples.size >= MAX_EXAMPLES) return;
  known.examples.set(header.dateText, {
    text: header.dateText,
    dayFirst: dayFirstText.slice(0, 10),
    monthFirst: monthFirstText.slice(0, 10),
  });
}

/**
 * A day above 12 decides. Without one, the order under which time never goes back, when it does under the other. With neither,
 * the person is asked, unless no date of the file reads differently.
 */
function decideOrder(counted: readonly ShapeEvidence[]): {
  readonly order: DateOrder;
  readonly isCertain: boolean;
} {
  const sum = (pick: (one: ShapeEvidence) => number) =>
    counted.reduce((n, one) => n + pick(one), 0);
  const onlyDay = sum((one) => one.onlyDayFirst);
  const onlyMonth = sum((one) => one.onlyMonthFirst);
  if (onlyDay !== onlyMonth) {
    return { order: onlyDay > onlyMonth ? 'day-first' : 'month-first', isCertain: true };
  }
  const backwardDay = sum((one) => one.backwardDayFirst);
  const backwardMonth = sum((one) => one.backwardMonthFirst);
  const order = backwardMonth < backwardDay ? 'month-first' : 'day-first';
  const isOrdered = Math.min(backwardDay, backwardMonth) === 0 && backwardDay !== backwardMonth;
  return { order, isCertain: isOrdered || sum((one) => one.examples.size) === 0 };
}

/** `WhatsApp Chat with Alice.txt` and `WhatsApp Chat - Alice.txt` say it; of `_chat.txt` the first two who write are named. */
function suggestName(fileName: string, senders: ReadonlySet<string>): string {
  const base = fileName.replace(/\.(txt|gz)$/giu, '').replace(/\s*\(\d+\)$/u, '');
  const named = /^WhatsApp[ -]Chat (?:with|mit|con|avec|com|met|-) (.+)$/iu.exec(base)?.[1];
  return named ?? ([...senders].join(', ') || base);
}

function newEvidence(): ShapeEvidence {
  return {
    headers: 0,
    onlyDayFirst: 0,
    onlyMonthFirst: 0,
    backwardDayFirst: 0,
    backwardMonthFirst: 0,
    lastDayFirst: '',
    lastMonthFirst: '',
    examples: new Map(),
  };
}
