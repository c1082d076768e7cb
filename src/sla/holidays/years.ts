import { SlaError } from '../errors';

/** Years of which holidays are wanted, both included. */
export interface Years {
	from: number;
	to: number;
}

const mostYears = 50;

/** @throws SlaError `invalid_input` */
export function checkYears({ from, to }: Years): Years {
	const isYear = (year: number): boolean => Number.isInteger(year) && year >= 1970 && year <= 2100;
	if (isYear(from) && isYear(to) && from <= to && to - from < mostYears) return { from, to };
	throw new SlaError(
		'invalid_input',
		`The years ${String(from)} to ${String(to)} are none to look for holidays in.`,
		`Give years from 1970 to 2100, the first not after the last, at most ${mostYears} at a time.`,
		[{ field: 'years', problem: `are ${String(from)} to ${String(to)}` }],
	);
}
