import { shorten } from '../shared';
import { SlaError } from './errors';

/** A hundred years: more is a mistake, such as minutes that are milliseconds. */
const mostMs = 100 * 366 * 86_400_000;

const unitsMs = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `d` is a day of 24 hours. */
export type DurationUnit = keyof typeof unitsMs;

const unitNames: Readonly<Record<string, DurationUnit>> = {
	...{ ms: 'ms', s: 's', sec: 's', second: 's', seconds: 's', m: 'min', min: 'min', minute: 'min' },
	...{ minutes: 'min', h: 'h', hour: 'h', hours: 'h', d: 'd', day: 'd', days: 'd' },
};

/**
 * Reads a duration: a number in the unit, or a text such as `90`, `1.5 min`, `1h 30m` or `PT1H30M`.
 *
 * @param field what it is called where it was given
 * @param unit of a number without one
 * @returns whole milliseconds, at least 0
 * @throws SlaError `invalid_input` with the value
 */
export function readDuration(value: unknown, field = 'duration', unit: DurationUnit = 'min'): number {
	const found =
		typeof value === 'number' ? value * unitsMs[unit] : typeof value === 'string' ? textMs(value, unit) : NaN;
	if (Number.isFinite(found) && found >= 0 && found <= mostMs) return Math.round(found);
	throw noDuration(field, value);
}

/** @throws SlaError `invalid_input` */
export function checkedDuration(workingMs: number): number {
	if (typeof workingMs === 'number' && workingMs >= 0 && workingMs <= mostMs) return Math.round(workingMs);
	throw noDuration('workingMs', workingMs);
}

const noDuration = (field: string, value: unknown): SlaError => {
	const said = typeof value === 'string' ? JSON.stringify(shorten(value, 60)) : String(value);
	return new SlaError(
		'invalid_input',
		`"${field}" is no duration from 0 to 100 years: ${said}`,
		'Give a number that is not negative, or a text such as "90 min", "1h 30m" or "PT1H30M".',
		[{ field, problem: `is ${said}` }],
	);
};

function textMs(text: string, unit: DurationUnit): number {
	const trimmed = text.trim().toLowerCase();
	if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * unitsMs[unit];
	const iso = /^p(?!$)(?:([\d.]+)d)?(?:t(?!$)(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?)?$/.exec(trimmed);
	if (iso) {
		const [, d = '0', h = '0', min = '0', s = '0'] = iso;
		return Number(d) * unitsMs.d + Number(h) * unitsMs.h + Number(min) * unitsMs.min + Number(s) * unitsMs.s;
	}
	if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(trimmed)) return NaN;
	let sum = 0;
	for (const [, amount = '', name = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
		const named = Object.hasOwn(unitNames, name) ? unitNames[name] : undefined;
		sum += named === undefined ? NaN : Number(amount) * unitsMs[named];
	}
	return sum;
}
