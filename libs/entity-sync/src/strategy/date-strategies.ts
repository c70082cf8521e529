import { type Entity } from '../model/entity.js';
import { type DateStrategyOptions, EntityKeyDateStrategy } from './entity-key-date-strategy.js';

/** Which months a query is about, as `2024-05`; or all of some years. */
export interface MonthStrategyOptions extends DateStrategyOptions {
  readonly months?: readonly string[];
}

/** Which days a query is about, as `2024-05-17`; or all of some months or years. */
export interface DayStrategyOptions extends MonthStrategyOptions {
  readonly days?: readonly string[];
}

/** A key for each year (UTC) in which entities were created: `app.Call.2024`. */
export class EntityKeyYearStrategy extends EntityKeyDateStrategy {
  readonly separator = '.';
  readonly identifierLength = 12;

  getEntityKeyWithoutPrefix(entityName: string, entity: Entity): string {
    return `${entityName}.${dateOf(entity).slice(0, -6)}`;
  }

  generateAllEntityKeys(prefix: string, entityName: string, year: number): readonly string[] {
    return [`${prefix}.${entityName}.${year}`];
  }
}

/** A key for each month (UTC): `app.Call.2024-05`. */
export class EntityKeyMonthStrategy extends EntityKeyDateStrategy<MonthStrategyOptions> {
  readonly separator = '.';
  readonly identifierLength = 12;

  getEntityKeyWithoutPrefix(entityName: string, entity: Entity): string {
    return `${entityName}.${dateOf(entity).slice(0, -3)}`;
  }

  generateAllEntityKeys(prefix: string, entityName: string, year: number): readonly string[] {
    return monthsOf(year).map((month) => `${prefix}.${entityName}.${month}`);
  }

  override entityKeyFilter(prefix: string, entityName: string, options: MonthStrategyOptions) {
    return periodsOf(options)?.flatMap((period) =>
      period.length > 4
        ? [`${prefix}.${entityName}.${period}`]
        : this.generateAllEntityKeys(prefix, entityName, Number(period)),
    );
  }

  override isWanted(entity: Entity, options: MonthStrategyOptions): boolean {
    return isInPeriods(entity, options);
  }
}

/** A key for each day (UTC): `app.Call.2024-05-17`. */
export class EntityKeyDayStrategy extends EntityKeyDateStrategy<DayStrategyOptions> {
  readonly separator = '.';
  readonly identifierLength = 12;

  getEntityKeyWithoutPrefix(entityName: string, entity: Entity): string {
    return `${entityName}.${dateOf(entity)}`;
  }

  generateAllEntityKeys(prefix: string, entityName: string, year: number): readonly string[] {
    return monthsOf(year)
      .flatMap(daysOf)
      .map((day) => `${prefix}.${entityName}.${day}`);
  }

  override entityKeyFilter(prefix: string, entityName: string, options: DayStrategyOptions) {
    return periodsOf(options)?.flatMap((period) => {
      if (period.length <= 4) return this.generateAllEntityKeys(prefix, entityName, Number(period));
      const days = period.length > 7 ? [period] : daysOf(period);
      return days.map((day) => `${prefix}.${entityName}.${day}`);
    });
  }

  override isWanted(entity: Entity, options: DayStrategyOptions): boolean {
    return isInPeriods(entity, options);
  }
}

/** The day, `2024-05-17`, in UTC so that it is the same on every device. */
const dateOf = ({ createdAt }: Entity): string =>
  (createdAt ?? new Date(0)).toISOString().slice(0, -14);

const two = (value: number): string => `${value}`.padStart(2, '0');

const monthsOf = (year: number): readonly string[] =>
  Array.from({ length: 12 }, (_, month) => `${year}-${two(month + 1)}`);

const daysOf = (month: string): readonly string[] =>
  Array.from({ length: 31 }, (_, day) => `${month}-${two(day + 1)}`);

function periodsOf({ years, months, days }: DayStrategyOptions): readonly string[] | undefined {
  if (!years && !months && !days) return undefined;
  return [...(years ?? []).map(String), ...(months ?? []), ...(days ?? [])];
}

function isInPeriods(entity: Entity, options: DayStrategyOptions): boolean {
  const date = dateOf(entity);
  return (
    periodsOf(options)?.some((period) => date === period || date.startsWith(`${period}-`)) ?? true
  );
}
